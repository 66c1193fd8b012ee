"""The service around an agent: every request passes the same gates in the same order, and none can take it down."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard import Act, Request, RequestError, may_run, read_object, read_request, safe_output  # noqa: F401
from monitoring import Log, Metrics  # noqa: F401
from reliability import Cache, RateLimiter, TransientError, retry, within  # noqa: F401


@dataclass(frozen=True)
class Reply:
    """What an agent gives: text, acts that it wants done, and what it cost."""

    text: str
    acts: tuple[Act, ...] = ()
    cost: float = 0.0


Agent = Callable[[Request], Reply]
"""May raise anything; TransientError is worth another try."""


@dataclass(frozen=True)
class ActRule:
    """An act the service can carry out; a harmless one changes nothing and sends nothing."""

    function: Callable[..., str]
    harmless: bool = False


@dataclass(frozen=True)
class Response:
    """An HTTP status and a JSON object."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """How the service behaves."""

    time_limit_seconds: float = 10.0
    tries: int = 3
    cache_size: int = 100
    cache_seconds: float = 300.0
    burst: int = 5
    per_second: float = 1.0
    secrets: tuple[str, ...] = ()


@dataclass
class Service:
    """One agent with its acts. Clock, sleep and chance are fields, so that tests need not wait."""

    agent: Agent
    acts: Mapping[str, ActRule]
    settings: Settings = field(default_factory=Settings)
    write_log: Callable[[str], None] = print
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        self.log = Log(self.write_log, self.settings.secrets)
        self.cache = Cache(self.settings.cache_size, self.settings.cache_seconds, self.clock)
        self.limiter = RateLimiter(self.settings.burst, self.settings.per_second, self.clock)
        self.proposals: dict[str, tuple[str, Act]] = {}
        self.closing = False
        self.running = 0
        self.changed = threading.Condition()

    def ask(self, body: bytes) -> Response:
        """The answer to a request, {"text", "done", "proposed", "cached"}, or {"error": one sentence}.

        In this order: 503 when closing; 400 or 413 for a bad request; 429 with "retry_seconds" above the rate; the
        cache; the agent with retries, all tries within the time limit. 504 when it takes too long, 502 when tries are
        used up, 500 for any other exception, whose text stays in the log. An answer without acts is cached for the same
        user, text and documents. Acts that may run are run and listed in "done" as {"name", "result"}; the others are
        listed in "proposed" as {"name", "arguments", "token"} and wait for `confirm`. Unknown acts are left out.
        Every request is counted and logged, whatever became of it: a line with "status", "seconds", and "fault" with
        the text of an exception.
        """
        raise NotImplementedError

    def confirm(self, body: bytes) -> Response:
        """Run a proposed act, {"done": [...]}: the body is {"user", "token"}, of the user it was proposed to.

        A token works once. 404 for a token that is unknown, used or another user's.
        """
        raise NotImplementedError

    def health(self) -> Response:
        """200 and {"status": "ok"}, or 503 and {"status": "closing"}; the agent is not asked."""
        raise NotImplementedError

    def close(self, grace_seconds: float) -> bool:
        """Take no new requests and wait for those that run; whether all ended within the grace."""
        raise NotImplementedError
