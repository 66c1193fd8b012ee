"""What others would find: keywords alone over our passages, and the pipeline of the tutorials."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.cases import Case
from evals.outcome import Found, Outcome
from evals.questions import PageReference
from evals.retrieval import first_right_rank
from evals.scoring import Scorer

if TYPE_CHECKING:
    from vectorstore.library import Library

Search = Callable[[str, int], list[Found]]

DEPTH = 10


def keyword_search(library: Library, name_of: Callable[[str], str]) -> Search:
    """BM25 as bm25s ships it (English stop words, Snowball stems) over the library's passages; no titles, no vectors.

    `name_of` gives a document's name in the questions.
    """
    import bm25s
    from Stemmer import Stemmer

    chunks = [chunk for document in library.documents() for chunk in library.chunks(document.id)]
    stemmer = Stemmer("english")
    index = bm25s.BM25()
    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells of every step
    index.index(_tokens(bm25s, [chunk.text for chunk in chunks], stemmer), show_progress=False)

    def search(question: str, limit: int) -> list[Found]:
        places, _ = index.retrieve(_tokens(bm25s, [question], stemmer), k=min(limit, len(chunks)), show_progress=False)
        best = [chunks[int(place)] for place in places[0]]
        return [
            Found(PageReference(name_of(chunk.document_id), chunk.page_number), chunk.id, chunk.text) for chunk in best
        ]

    return search


@contextmanager
def tutorial_search(paths: Sequence[Path], folder: Path) -> Iterator[Search]:
    """The tutorials' pipeline (PyPDFLoader, 1000/200 splitter, MiniLM, Chroma) over the same files.

    Raises:
        MissingPackageError: the packages of the extra `bench` are not installed.
    """
    from evals.bench.tutorial import open_search

    store = open_search(paths, folder)

    def search(question: str, limit: int) -> list[Found]:
        return [
            Found(PageReference(document, page), f"{document}#{page}:{place}", text)
            for place, (document, page, text) in enumerate(store(question, limit))
        ]

    yield search


def run_search(name: str, search: Search, cases: Sequence[Case], *, scorer: Scorer | None = None) -> list[Outcome]:
    """One outcome an answerable question, with what the search found and no answer."""
    scorer = scorer or Scorer()
    return [_outcome(name, search, case, scorer) for case in cases if case.answerable]


def _outcome(name: str, search: Search, case: Case, scorer: Scorer) -> Outcome:
    started = time.perf_counter()
    found = tuple(search(case.question, DEPTH))
    seconds = time.perf_counter() - started
    pages = tuple(item.page for item in found)
    return Outcome(
        id=case.id,
        split=case.split,
        kind=case.kind,
        question=case.question,
        answerable=True,
        right_pages=case.right_pages,
        found_pages=pages,
        rank=first_right_rank(pages, case.right_pages),
        answer="",
        refused=False,
        fact_stated=False,
        fact_first=False,
        citations=(),
        support={},
        model=name,
        seconds=0.0,
        search_seconds=seconds,
        reference=case.reference,
        evidence=case.evidence,
        found=found,
        scores=scorer.of_retrieval(case, found),
    )


def _tokens(bm25s: Any, texts: list[str], stemmer: Any) -> Any:
    return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)
