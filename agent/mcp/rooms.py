"""What the tools for other programs stand on: the library, open for reading only, and the learner's record.

A program that speaks this protocol runs for days. It never holds the library's one place for a writer, so that the page
can add documents meanwhile; what the page adds is found here at once. Only a library that is not there yet is made
first, with the notes that every new home starts with, or gets the rest of them where that was broken off. The learner's
record has a short transaction for each act and takes them from several processes, so answers are recorded also while
the page is open.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from errors import HomeBusyError, LibraryError
from vectorstore.embedder import DEFAULT_OPTIONS, EmbeddingOptions

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from ingestion.limits import ReadLimits
    from learner.short_answers import Similarity
    from learner.study_desk import StudyDesk
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

WAIT_SECONDS = 45.0
"""Longest wait of one call for the library; clients give up after a minute or so."""
CLOSE_SECONDS = 10.0


@dataclass(kw_only=True)
class StudyRooms:
    """The rooms of one data folder; nothing is opened by making them."""

    home: Path
    embedding_model: str
    ollama_url: str
    read_limits: ReadLimits
    embedding: EmbeddingOptions = DEFAULT_OPTIONS
    reranker_model: str = ""
    wait_seconds: float = WAIT_SECONDS
    _library: Future[Library] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _closing: threading.Event = field(default_factory=threading.Event, init=False)
    _record_checked: threading.Event = field(default_factory=threading.Event, init=False)

    def start(self) -> None:
        """Begin to open the library in the background."""
        self._opening()

    def library(self) -> Library:
        """The library, for reading; waits for it. After a fault the next call tries again.

        Raises:
            StudyError: it cannot be opened, or is not within the time.
        """
        try:
            return self._opening().result(self.wait_seconds)
        except TimeoutError:
            raise LibraryError(
                "The library is still being made ready.",
                hint="A new one takes in its teaching notes first; ask again in half a minute.",
            ) from None

    @property
    def curriculum(self) -> Curriculum:
        """The roadmap."""
        from curriculum.load import load_curriculum

        return load_curriculum()

    def desk(self) -> StudyDesk:
        """The door to quizzes and reviews; a damaged record is rebuilt the first time.

        Raises:
            StudyError: the learner's record cannot be read or written.
        """
        from agent.assemble import LEARNER
        from learner.recovery import open_record
        from learner.store import LearnerStore
        from learner.study_desk import StudyDesk

        path = self.home / LEARNER
        if self._record_checked.is_set() and path.exists():
            return StudyDesk(LearnerStore(path), similarity=self._similarity())
        store, rescue = open_record(path, at=datetime.now(UTC))
        self._record_checked.set()
        if rescue is not None:
            logger.warning("%s", rescue.sentence)
        return StudyDesk(store, similarity=self._similarity())

    def close(self) -> None:
        """Give the library back; one that is still being made is stopped."""
        self._closing.set()
        if self._library is None:
            return
        try:
            self._library.result(CLOSE_SECONDS).close()
        except Exception as error:  # it never opened, and there is nobody left to tell
            logger.info("The library was not open at the end: %r", error)

    def _similarity(self) -> Similarity | None:
        """How alike two sentences are; None, so that words alone are compared, while the library is not open."""
        from agent.similarity import similarity_of

        if self._library is None or not self._library.done() or self._library.exception() is not None:
            return None
        compare = similarity_of(self._library.result().embedder)
        return lambda one, other: max(0.0, compare(one, [other])[0])

    def _opening(self) -> Future[Library]:
        with self._lock:
            failed = self._library is not None and self._library.done() and self._library.exception() is not None
            if self._library is None or failed:
                self._library = Future()
                threading.Thread(target=self._open, args=(self._library,), name="open-library", daemon=True).start()
            return self._library

    def _open(self, opened: Future[Library]) -> None:
        try:
            opened.set_result(self._open_library())
        except BaseException as error:
            logger.info("The library did not open: %r", error)
            opened.set_exception(error)

    def _open_library(self) -> Library:
        from curriculum.shelves import shelves
        from vectorstore.embedder import load_embedder
        from vectorstore.library import Library
        from vectorstore.reranker import load_reranker

        embedder = load_embedder(self.embedding_model, ollama_url=self.ollama_url, options=self.embedding)
        reranker, curriculum = load_reranker(self.reranker_model), self.curriculum

        def open_as(*, read_only: bool) -> Library:
            return Library.open(
                self.home / "library",
                embedder,
                limits=self.read_limits,
                read_only=read_only,
                expansions=curriculum.glossary,
                aliases=curriculum.aliases,
                subjects=shelves(curriculum),
                reranker=reranker,
            )

        return opened_for_reading(open_as, self.home, self._closing.is_set)


def opened_for_reading(open_as: Callable[..., Library], home: Path, cancelled: Callable[[], bool]) -> Library:
    """The library for reading; one that is not there, of an older version or left half full is made ready first.

    Raises:
        HomeBusyError: it must be made ready, and another process is at it.
        HomeError: the folder cannot be made or written.
        LibraryError: a newer version wrote it.
    """
    from agent.first_start import NOTES_MEMORY, ensure_notes, was_broken_off

    memory, is_usable = home / NOTES_MEMORY, False
    try:
        library = open_as(read_only=True)
        if not was_broken_off(library, memory):
            return library
        library.close()
        is_usable = True
    except LibraryError as error:
        logger.info("%s It is made ready first.", error.message)
    try:
        with open_as(read_only=False) as library:
            ensure_notes(library, memory, cancelled=cancelled)
    except HomeBusyError:
        if not is_usable:
            raise  # else the page has it open, and goes on with the notes
    return open_as(read_only=True)
