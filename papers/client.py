"""arXiv's search interface: questions in, records out, with a memory of a day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlencode

from errors import ArxivError, ArxivNotFoundError, FetchStoppedError
from papers.answer_cache import AnswerCache, CachedAnswer
from papers.feed import Feed, parse_feed
from papers.pacing import REAL_CLOCK, Clock, Pace, never
from papers.query import Query, build_query
from papers.transport import Transport, hosts_of
from papers.values import ArxivId, PaperRecord, SearchAnswer

FEED_BYTES = 10_000_000
"""A page of 100 results has some 230 kB."""
MOST_RESULTS = 100
"""Of one search."""
IDS_AT_ONCE = 50

Waiting = Callable[[float], None]

log = logging.getLogger(__name__)


class ArxivClient:
    """Asks arXiv. All methods may be called from any thread, and block."""

    def __init__(
        self,
        folder: Path,
        *,
        api_url: str,
        pdf_url: str,
        spacing_seconds: float = 3.0,
        timeout_seconds: float = 20.0,
        clock: Clock = REAL_CLOCK,
        pace_folder: Path | None = None,
    ) -> None:
        """A client that keeps its memory in `folder`, and its place in the queue there or in `pace_folder`.

        Raises:
            ArxivError: one of the addresses is none.
        """
        self.api_url, self.pdf_url = _address(api_url), _address(pdf_url)
        self.clock = clock
        self.transport = Transport(
            pace=Pace(pace_folder or folder, spacing_seconds=spacing_seconds, clock=clock),
            hosts=hosts_of([self.api_url, self.pdf_url]),
            timeout_seconds=timeout_seconds,
        )
        self._cache = AnswerCache(folder / "answers", wall=clock.wall)

    def search(
        self,
        text: str = "",
        *,
        author: str = "",
        category: str = "",
        since: date | str | None = None,
        until: date | str | None = None,
        ids: Sequence[ArxivId] = (),
        limit: int = 10,
        cancelled: Callable[[], bool] = never,
        waiting: Waiting | None = None,
    ) -> SearchAnswer:
        """The papers that fit best, best first; the newest first where only filters are given.

        Where no paper has all of many words, those that have some of them are given, with a notice.

        Raises:
            ArxivError: there is nothing to look for, or arXiv gave no usable answer.
        """
        today = datetime.fromtimestamp(self.clock.wall(), UTC).date()
        query = build_query(text, author=author, category=category, since=since, until=until, today=today)
        if not query.text and not ids:
            raise ArxivError("There is nothing to search for.", hint="Give a few words, an author or an arXiv id.")
        most = max(1, min(limit, MOST_RESULTS))
        answer = self._ask(_search_arguments(query.text, query, ids, most), cancelled, waiting)
        if answer.records or not query.relaxed or ids:
            return answer
        some = self._ask(_search_arguments(query.relaxed, query, ids, most), cancelled, waiting)
        notice = "No paper has all of these words; these have some of them."
        return SearchAnswer(some.records, some.total, some.from_cache, (notice, *some.notices))

    def get(
        self, ids: Iterable[ArxivId], *, cancelled: Callable[[], bool] = never, waiting: Waiting | None = None
    ) -> SearchAnswer:
        """The records of those of the papers that arXiv knows, in the order asked for.

        Raises:
            ArxivError: arXiv gave no usable answer.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[ArxivId, PaperRecord] = {}
        notices: list[str] = []
        cached = True
        for start in range(0, len(wanted), IDS_AT_ONCE):
            batch = sorted(wanted[start : start + IDS_AT_ONCE], key=str)
            arguments = {"id_list": ",".join(map(str, batch)), "start": "0", "max_results": str(len(batch))}
            answer = self._ask(arguments, cancelled, waiting)
            cached = cached and answer.from_cache
            notices += answer.notices
            for record in sorted(answer.records, key=lambda each: each.version):
                found[record.id] = found[record.id.any_version] = record
        records = tuple(found[paper] for paper in wanted if paper in found)
        return SearchAnswer(records, len(records), cached, tuple(dict.fromkeys(notices)))

    def _ask(
        self, arguments: Mapping[str, str], cancelled: Callable[[], bool], waiting: Waiting | None
    ) -> SearchAnswer:
        """The answer from the memory while it is fresh, else from arXiv; an old one where arXiv fails."""
        url = f"{self.api_url}/api/query?{urlencode(arguments)}"
        stored = self._cache.read(url)
        known = self._parsed(url, stored)
        if stored is not None and known is not None and stored.fresh:
            return SearchAnswer(known.records, known.total, True)
        try:
            feed = self._fetch(url, cancelled, waiting)
        except FetchStoppedError:
            raise
        except ArxivError as error:
            if stored is None or known is None or not known.records:
                raise
            log.info("An old answer serves: %s", error)
            hours = max(1, round(stored.age_seconds / 3600))
            notice = f"{error.message} This is its answer of {hours} hours ago."
            return SearchAnswer(known.records, known.total, True, (notice,))
        return SearchAnswer(feed.records, feed.total, False)

    def _parsed(self, url: str, stored: CachedAnswer | None) -> Feed | None:
        if stored is None:
            return None
        try:
            return parse_feed(stored.body)
        except ArxivError as error:
            log.info("A stored answer cannot be read: %s", error)
            self._cache.forget(url)
            return None

    def _fetch(self, url: str, cancelled: Callable[[], bool], waiting: Waiting | None) -> Feed:
        """A new answer, which is remembered; an empty one is asked for once more.

        arXiv now and then sends an empty page where there are results.
        """
        feed, body = self._request(url, cancelled, waiting)
        if not feed.records:
            feed, body = self._request(url, cancelled, waiting)
        self._cache.write(url, body, empty=not feed.records)
        return feed

    def _request(self, url: str, cancelled: Callable[[], bool], waiting: Waiting | None) -> tuple[Feed, bytes]:
        receiver = FeedReceiver()
        answer = self.transport.fetch(url, receiver, cancelled=cancelled, waiting=waiting)
        if answer.status not in (200, 400):
            raise ArxivError(
                f"arXiv refused the question (HTTP {answer.status}).", hint="Try again later, or ask in other words."
            )
        body = receiver.body if answer.status == 200 else answer.refusal
        return parse_feed(body), body


def not_found(paper: ArxivId) -> ArxivNotFoundError:
    """The error for a paper, or a version of it, that arXiv does not know."""
    return ArxivNotFoundError(
        f"arXiv knows no paper {paper}.", hint="Check the number (and the version); a search by title finds it too."
    )


class FeedReceiver:
    """Gathers a feed in memory, up to a size."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._size = 0

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self._blocks)

    def headers(self) -> dict[str, str]:
        """Nothing special is asked for."""
        return {"Accept": "application/atom+xml"}

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Forget an earlier try.

        Raises:
            ArxivError: it is a web page.
        """
        if headers.get("content-type", "").lower().startswith("text/html"):
            raise ArxivError(
                "arXiv sent a web page instead of an answer.",
                hint="A network that asks for a login first does that; so does a wrong STUDY_ARXIV_URL.",
            )
        self._blocks, self._size = [], 0

    def write(self, block: bytes) -> None:
        """Keep a piece.

        Raises:
            ArxivError: there is more than any feed has.
        """
        self._size += len(block)
        if self._size > FEED_BYTES:
            raise ArxivError(
                f"arXiv's answer is larger than {FEED_BYTES // 1_000_000} MB and was not read.", hint="Ask for less."
            )
        self._blocks.append(block)

    def end(self) -> None:
        """Nothing is left to do."""


def _search_arguments(text: str, query: Query, ids: Sequence[ArxivId], most: int) -> dict[str, str]:
    arguments = {"search_query": text, "start": "0", "max_results": str(most)}
    arguments["sortBy"] = "relevance" if query.words else "submittedDate"
    arguments["sortOrder"] = "descending"
    if ids:
        arguments["id_list"] = ",".join(map(str, ids))
    return arguments


def _address(url: str) -> str:
    cleaned = url.strip().rstrip("/")
    if not cleaned.startswith(("http://", "https://")):
        raise ArxivError(
            f"{url[:80]!r} is no web address of an arXiv.",
            hint="Leave STUDY_ARXIV_URL and STUDY_ARXIV_PDF_URL as they are.",
        )
    return cleaned
