"""Requests to arXiv: in turn, with limits on everything, and with patience where arXiv asks for it.

A request runs in an event loop of its own, so that it can be stopped at any moment: while a name is looked
up, a connection made, or a body awaited that never comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from errors import ArxivError
from papers.pacing import (
    LONGEST_PAUSE_SECONDS,
    LONGEST_WAIT_SECONDS,
    POLL_SECONDS,
    Pace,
    never,
    spoken_seconds,
    stop_if,
)

if TYPE_CHECKING:
    import ssl

    import httpx

TRIES = 4
"""Most requests for one thing; fewer where arXiv cannot be reached at all."""
UNREACHED_TRIES = 2
MOST_REDIRECTS = 3
REFUSAL_BYTES = 65_536
"""Read of an answer that is not what was asked for."""
WHOLE_FACTOR = 3.0
"""A whole answer may take so many times the longest wait for a piece of it, unless said otherwise."""
BUSY = frozenset({429, 500, 502, 503, 504})
MOVED = frozenset({301, 302, 303, 307, 308})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CHECK_NETWORK = "Check the network connection, and try again in a minute."

log = logging.getLogger(__name__)


class Receiver(Protocol):
    """Takes one answer in; each try begins anew."""

    def headers(self) -> dict[str, str]:
        """What to ask with, beyond the usual."""

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer begins; `headers` have names in lower case."""

    def write(self, block: bytes) -> None:
        """A piece of the body."""

    def end(self) -> None:
        """The body is over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How an exchange ended. The body of a good one went to the receiver."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    refusal: bytes = b""
    """Beginning of the body of an answer that is neither good nor busy, at most REFUSAL_BYTES."""


class TroubleError(Exception):
    """One try failed; another may do better."""

    def __init__(self, sentence: str, *, unreached: bool = False) -> None:
        super().__init__(sentence)
        self.unreached = unreached
        """True when not even a connection was made."""


@dataclass(kw_only=True)
class Transport:
    """Speaks with arXiv's hosts, and with no other."""

    pace: Pace
    hosts: frozenset[str]
    """`scheme://host:port` of all addresses that may be asked."""
    timeout_seconds: float
    """Longest wait for a connection, and for the next piece of an answer."""
    user_agent: str = field(default_factory=lambda: _user_agent())
    _trust: ssl.SSLContext | None = field(default=None, init=False)
    """The certificates to trust; read once."""

    def fetch(
        self,
        url: str,
        receiver: Receiver,
        *,
        cancelled: Callable[[], bool] = never,
        waiting: Callable[[float], None] | None = None,
        whole_seconds: float | None = None,
        fault: type[ArxivError] = ArxivError,
    ) -> Answer:
        """The answer to a GET request, after redirects and new tries.

        Args:
            url: on one of `hosts`.
            receiver: gets the body of a good answer.
            cancelled: asked all the time, also while nothing comes.
            waiting: hears how many seconds the next try has to wait.
            whole_seconds: longest time for one try.
            fault: class of the error when all tries failed.

        Raises:
            FetchStoppedError: `cancelled` said so.
            ArxivError: of class `fault`; it did not work out, in one sentence.
        """
        redirects = tries = 0
        limit = whole_seconds or WHOLE_FACTOR * self.timeout_seconds
        while True:
            with self.pace.turn(cancelled=cancelled, waiting=waiting):
                try:
                    answer = asyncio.run(self._try(url, receiver, cancelled, limit))
                except TroubleError as trouble:
                    tries += 1
                    self._give_up_or_pause(trouble, tries, fault)
                    continue
                if answer.status in BUSY:
                    tries += 1
                    self._back_off(answer, tries, fault)
                    continue
            if answer.status not in MOVED:
                return answer
            redirects += 1
            url = self._moved(url, answer, redirects, fault)

    async def _try(self, url: str, receiver: Receiver, cancelled: Callable[[], bool], whole_seconds: float) -> Answer:
        task = asyncio.create_task(self._exchange(url, receiver))
        try:
            async with asyncio.timeout(whole_seconds):
                while not task.done():
                    await asyncio.wait({task}, timeout=POLL_SECONDS)
                    stop_if(cancelled)
            return task.result()
        except TimeoutError as error:
            raise TroubleError(f"arXiv's answer took longer than {spoken_seconds(whole_seconds)}.") from error
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _exchange(self, url: str, receiver: Receiver) -> Answer:
        import httpx

        headers = {"User-Agent": self.user_agent, "Accept-Encoding": "identity", **receiver.headers()}
        limits = httpx.Timeout(self.timeout_seconds)
        self._trust = self._trust or httpx.create_ssl_context()
        environment = httpx.URL(url).host not in LOOPBACK  # a proxy of the environment is for the network outside
        try:
            async with (
                httpx.AsyncClient(timeout=limits, headers=headers, trust_env=environment, verify=self._trust) as client,
                client.stream("GET", url) as response,
            ):
                return await _receive(response, receiver)
        except httpx.TimeoutException as error:
            unreached = isinstance(error, httpx.ConnectTimeout)
            sentence = f"arXiv did not answer within {spoken_seconds(self.timeout_seconds)}."
            raise TroubleError(sentence, unreached=unreached) from error
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise TroubleError("arXiv cannot be reached.", unreached=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TroubleError(f"arXiv's answer broke off ({type(error).__name__}).") from error

    def _give_up_or_pause(self, trouble: TroubleError, tries: int, fault: type[ArxivError]) -> None:
        log.info("Try %d failed: %s", tries, trouble)
        if tries >= (UNREACHED_TRIES if trouble.unreached else TRIES):
            raise fault(str(trouble), hint=CHECK_NETWORK) from trouble
        self.pace.pause(self._own_pause(tries))

    def _back_off(self, answer: Answer, tries: int, fault: type[ArxivError]) -> None:
        """Keep everybody from asking until arXiv wants to be asked again."""
        from papers.retry_after import seconds_of

        asked = seconds_of(answer.headers.get("retry-after", ""), now=self.pace.clock.wall())
        pause = self._own_pause(tries) if asked is None else min(asked, LONGEST_PAUSE_SECONDS)
        self.pace.pause(pause)
        log.info("arXiv answered %d; the next request waits %.1f s.", answer.status, pause)
        if tries >= TRIES or pause > LONGEST_WAIT_SECONDS:
            wait = f" and asks for a pause of {spoken_seconds(pause)}" if asked else ""
            raise fault(f"arXiv is busy (HTTP {answer.status}){wait}.", hint="Try again after a while.")

    def _own_pause(self, tries: int) -> float:
        """Twice the spacing, then four times, then eight times."""
        return min(self.pace.spacing_seconds * 2.0**tries, LONGEST_WAIT_SECONDS)

    def _moved(self, url: str, answer: Answer, redirects: int, fault: type[ArxivError]) -> str:
        import httpx

        try:
            target = httpx.URL(url).join(answer.headers.get("location", ""))
        except (httpx.InvalidURL, ValueError) as error:
            raise fault("arXiv's answer leads to an address that is none.") from error
        if host_of(str(target)) not in self.hosts:
            raise fault(
                f"arXiv's answer leads to another host ({target.host[:80]!r}), which is not asked.",
                hint="A network that asks for a login first does that; so does a wrong STUDY_ARXIV_URL.",
            )
        if redirects > MOST_REDIRECTS:
            raise fault("arXiv's answer leads from address to address.", hint="Try again later.")
        return str(target)


def host_of(url: str) -> str:
    """`scheme://host:port` of an address."""
    import httpx

    address = httpx.URL(url)
    return f"{address.scheme}://{address.host}:{address.port or {'http': 80, 'https': 443}.get(address.scheme)}"


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """The hosts of some addresses; one that is reached by http may send on to its https."""
    hosts = {host_of(url) for url in urls}
    safer = {
        f"https://{host.removeprefix('http://').removesuffix(':80')}:443" for host in hosts if host.endswith(":80")
    }
    return frozenset(hosts | safer)


async def _receive(response: httpx.Response, receiver: Receiver) -> Answer:
    headers: dict[str, Any] = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code in BUSY or response.status_code in MOVED:
        return Answer(response.status_code, headers)
    if response.status_code not in (200, 206):
        return Answer(response.status_code, headers, await _beginning(response))
    if headers.get("content-encoding", "identity") != "identity":
        raise TroubleError("arXiv's answer is packed in a way that was not asked for.")
    receiver.begin(response.status_code, headers)
    async for block in response.aiter_raw():
        receiver.write(block)
    receiver.end()
    return Answer(response.status_code, headers)


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    async for block in response.aiter_raw():
        body += block
        if len(body) >= REFUSAL_BYTES:
            break
    return body[:REFUSAL_BYTES]


def _user_agent() -> str:
    """Who we are, without pretence."""
    from importlib.metadata import PackageNotFoundError, version

    import httpx

    try:
        own = version("roadmap-study-assistant")
    except PackageNotFoundError:
        own = "0"
    return f"roadmap-study-assistant/{own} (a learner's own tool; spaced, cached requests) httpx/{httpx.__version__}"
