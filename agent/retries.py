"""Asking a model again after a fault that passes: how often, how long, and never twice for the same words.

LangChain's `ModelRetryMiddleware` (1.4) counts and waits as well. It knows no Retry-After, no bound on the time, not
whether a part of the answer was shown, and no one to tell; hence this.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from agent.events import ModelRetry
from agent.llm import explain_model_fault
from agent.providers.passing import PassingFault, passing_fault

T = TypeVar("T")
logger = logging.getLogger(__name__)

GROWTH = 2.0
"""Each pause is so many times the one before."""
JITTER = 0.25
"""A pause is up to this share longer by chance, so that many who were refused at once do not return at once."""
STALL_ATTEMPTS = 2
"""Tries when the model says nothing: each of them costs the whole limit of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """Bounds of the tries of one call of a model."""

    attempts: int = 3
    """The first one included; 1 for none after it."""
    first_seconds: float = 1.0
    """The first pause; it doubles."""
    longest_seconds: float = 30.0
    """All pauses of one call together; a server that asks for more is not waited for."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Retries:
    """The tries of one turn's calls."""

    model_name: str
    rules: RetryRules = field(default_factory=RetryRules)
    ends_at: float = float("inf")
    """When the turn must be over, by the rules' clock: a pause beyond it is not begun."""
    count: int = 0
    """How many calls were made again."""
    attempts: int = 0
    """How often the call that is made, or that failed at last, was tried; 0 after one that was answered."""
    has_begun: bool = False
    """Whether a part of the present call's answer came."""

    async def call(self, attempt: Callable[[], Awaitable[T]], tell: Callable[[ModelRetry], object]) -> T:
        """What `attempt` returns, tried again after faults that pass while nothing of the answer came.

        A pause is an await like any other, so stopping the turn ends it at once.

        Raises:
            Exception: the last try's own.
        """
        self.attempts, paused_seconds = 0, 0.0
        while True:
            self.attempts += 1
            self.has_begun = False
            try:
                answer = await attempt()
            except Exception as error:
                fault = None if self.has_begun else passing_fault(error)
                pause_seconds = self._pause(fault, paused_seconds) if fault else None
                if fault is None or pause_seconds is None:
                    raise
                await self._wait(error, fault, pause_seconds, tell)
                paused_seconds += pause_seconds
            else:
                self.attempts = 0
                return answer

    def _pause(self, fault: PassingFault, paused_seconds: float) -> float | None:
        """How long to wait before the next try; None when there is none."""
        if self.attempts >= self._most(fault):
            return None
        own = self.rules.first_seconds * GROWTH ** (self.attempts - 1)
        pause = max(own, fault.asked_seconds or 0.0) + own * JITTER * random.random()
        is_late = self.rules.clock() + pause >= self.ends_at
        return None if is_late or paused_seconds + pause > self.rules.longest_seconds else pause

    def _most(self, fault: PassingFault) -> int:
        return min(self.rules.attempts, STALL_ATTEMPTS) if fault.kind == "timeout" else self.rules.attempts

    async def _wait(
        self, error: Exception, fault: PassingFault, seconds: float, tell: Callable[[ModelRetry], object]
    ) -> None:
        self.count += 1
        told = explain_model_fault(error, self.model_name)
        event = ModelRetry(told.message if told else "", seconds, self.attempts + 1, self._most(fault))
        logger.warning("The model %s failed (%s): %s", self.model_name, fault.kind, event.text)
        tell(event)
        await self.rules.sleep(seconds)


def retries_of_turn(model_name: str, rules: RetryRules, turn_seconds: float) -> Retries:
    """The tries of a turn that begins now and may take so long."""
    return Retries(model_name, rules, ends_at=rules.clock() + turn_seconds)
