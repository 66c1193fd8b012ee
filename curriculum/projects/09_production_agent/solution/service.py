"""The service around an agent: every request passes the same gates in the same order, and none can take it down."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard import Act, Request, RequestError, may_run, read_object, read_request, safe_output
from monitoring import Log, Metrics
from reliability import Cache, RateLimiter, TransientError, retry, within


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
        return self._counted("ask", lambda note: self._ask(body, note))

    def confirm(self, body: bytes) -> Response:
        """Run a proposed act, {"done": [...]}: the body is {"user", "token"}, of the user it was proposed to.

        A token works once. 404 for a token that is unknown, used or another user's.
        """
        return self._counted("confirm", lambda note: self._confirm(body, note))

    def health(self) -> Response:
        """200 and {"status": "ok"}, or 503 and {"status": "closing"}; the agent is not asked."""
        return Response(503, {"status": "closing"}) if self.closing else Response(200, {"status": "ok"})

    def close(self, grace_seconds: float) -> bool:
        """Take no new requests and wait for those that run; whether all ended within the grace."""
        with self.changed:
            self.closing = True
            return self.changed.wait_for(lambda: self.running == 0, timeout=grace_seconds)

    def _counted(self, name: str, handle: Callable[[dict[str, Any]], Response]) -> Response:
        """Handle a request; whatever happens becomes a response, a line in the log and a count."""
        begun, note = self.clock(), dict[str, Any]()
        with self.changed:
            closing = self.closing
            self.running += 1
        try:
            response = Response(503, {"error": "The service is closing."}) if closing else handle(note)
        except RequestError as error:
            response = Response(error.status, {"error": error.message})
        except TimeoutError:
            response = Response(504, {"error": "The agent took too long."})
        except TransientError as error:
            note["fault"] = repr(error)
            response = Response(502, {"error": "The agent cannot be reached at the moment."})
        except Exception as error:
            note["fault"] = repr(error)
            response = Response(500, {"error": "Something went wrong."})
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()
        seconds = self.clock() - begun
        cost, cached = float(note.get("cost", 0.0)), bool(note.get("cached", False))
        self.metrics.record(response.status, seconds, cost=cost, cached=cached)
        self.log.event(name, status=response.status, seconds=round(seconds, 3), **note)
        return response

    def _ask(self, body: bytes, note: dict[str, Any]) -> Response:
        request = read_request(body)
        note |= {"user": request.user, "characters": len(request.text), "documents": len(request.documents)}
        wait = self.limiter.wait_seconds(request.user)
        if wait:
            return Response(429, {"error": "Too many requests.", "retry_seconds": round(wait, 3)})
        known = self.cache.get(request)
        if known is not None:
            note["cached"] = True
            return Response(200, {**known, "cached": True})
        reply = within(lambda: self._try(request), self.settings.time_limit_seconds)
        note["cost"] = reply.cost
        answer = {"text": safe_output(reply.text, self.settings.secrets), **self._sort(request, reply.acts, note)}
        if not reply.acts:
            self.cache.put(request, answer)
        return Response(200, {**answer, "cached": False})

    def _try(self, request: Request) -> Reply:
        return retry(lambda: self.agent(request), sleep=self.sleep, chance=self.chance, tries=self.settings.tries)

    def _sort(self, request: Request, acts: tuple[Act, ...], note: dict[str, Any]) -> dict[str, Any]:
        """Run what may run, and keep the rest until the user confirms it."""
        done, proposed = [], []
        for act in acts:
            rule = self.acts.get(act.name)
            if rule is None:
                continue
            if may_run(request, harmless=rule.harmless):
                done.append({"name": act.name, "result": self._run(act)})
            else:
                token = secrets.token_urlsafe(16)
                self.proposals[token] = (request.user, act)
                proposed.append({"name": act.name, "arguments": act.arguments, "token": token})
        note |= {"done": [each["name"] for each in done], "proposed": [each["name"] for each in proposed]}
        return {"done": done, "proposed": proposed}

    def _run(self, act: Act) -> str:
        return safe_output(self.acts[act.name].function(**act.arguments), self.settings.secrets)

    def _confirm(self, body: bytes, note: dict[str, Any]) -> Response:
        values = read_object(body, {"user", "token"})
        user, token = str(values.get("user")), str(values.get("token"))
        note["user"] = user
        with self.changed:
            if self.proposals.get(token, ("", None))[0] != user:
                raise RequestError(404, "There is nothing to confirm under this token.")
            _, act = self.proposals.pop(token)
        note["done"] = [act.name]
        return Response(200, {"done": [{"name": act.name, "result": self._run(act)}]})
