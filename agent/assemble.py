"""Puts library, curriculum, models and tutor together from plain values; doors read the settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.hands import Hands
from agent.models_in_memory import ModelsInMemory
from errors import HomeBusyError, LearnerRecordError
from vectorstore.embedder import DEFAULT_OPTIONS, EmbeddingOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_core.language_models import BaseChatModel

    from agent.context import Limits, Roadmap, RunPython
    from agent.providers.options import ModelOptions
    from agent.tracing import Traces
    from agent.tutor import Tutor
    from curriculum.curriculum import Curriculum
    from ingestion.limits import ReadLimits
    from learner.store import LearnerStore
    from learner.study_desk import StudyDesk
    from papers.service import PaperService
    from sandbox.sandbox import PythonSandbox
    from vectorstore.embedder import Embedder
    from vectorstore.library import Library
    from vectorstore.reranker import Reranker

logger = logging.getLogger(__name__)

LEARNER = "learner.sqlite"
NOTES_MEMORY = "notes-added.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a tutor's hands reach beyond its library; the default is nowhere."""

    sandbox_folder: Path | None = None
    """Where the sandbox keeps what it compiled; None for no sandbox."""
    prepare_sandbox: bool = False
    """Compile what the sandbox needs, in the background: about 80 seconds of one core, once."""
    run_python: RunPython = "auto"
    arxiv_url: str = ""
    """Of the search interface; empty for no arXiv."""
    arxiv_pdf_url: str = ""
    arxiv_pace_folder: Path | None = None
    """Where several homes keep the pause between their requests; None for the home's own folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The opened library and its tutor."""

    library: Library
    tutor: Tutor
    read_only: str = ""
    """Why nothing can be added, in one sentence; empty when the library can be written."""
    sandbox: PythonSandbox | None = None
    record: LearnerStore | None = None
    """What the learner did; None when it cannot be opened."""
    traces: Traces | None = None

    def close(self) -> None:
        """End what runs in the sandbox, and give the library back to other processes."""
        try:
            if self.sandbox is not None:
                self.sandbox.close()
            if self.traces is not None:
                self.traces.close()
        finally:
            self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def assemble(
    home: Path,
    *,
    model: str,
    embedding_model: str,
    embedding: EmbeddingOptions = DEFAULT_OPTIONS,
    reranker_model: str = "",
    options: ModelOptions,
    limits: Limits,
    read_limits: ReadLimits,
    with_notes: bool = True,
    reach: Reach | None = None,
    traces: Traces | None = None,
    undo_time: timedelta | None = None,
    cancelled: Callable[[], bool] | None = None,
    models: ModelsInMemory | None = None,
    chroma_url: str = "",
) -> Assembly:
    """The library of `home`, for writing where it is free, with the notes it starts with, and its tutor.

    The sandbox is prepared only when the library is open: both want the processor, and questions come first.
    `undo_time` is how long a deleted conversation can be brought back, an hour when None.
    `cancelled` is asked while notes are added, so that a door that closes meanwhile need not wait for all of them.
    `models` are those that other homes of this process use as well.
    `chroma_url` is the address of a Chroma server; empty for the embedded one.

    Raises:
        HomeError: the folder cannot be made, read or written.
        EmbeddingError: the embedding model is not there.
        RerankerError: a reranker is named and not there.
        ModelMissingError: `model` names no provider we know.
    """
    from agent.first_start import ensure_notes
    from curriculum.load import load_curriculum

    reach, models = reach or Reach(), models or ModelsInMemory()
    curriculum = load_curriculum()
    library, read_only = _open_library(
        home,
        models.embedder(embedding_model, ollama_url=options.ollama_url, options=embedding),
        lambda name: models.former(name, ollama_url=options.ollama_url, options=embedding),
        models.reranker(reranker_model),
        read_limits,
        curriculum,
        chroma_url,
    )
    sandbox = None
    try:
        if with_notes and not read_only:
            ensure_notes(library, home / NOTES_MEMORY, cancelled=cancelled)
        sandbox = _open_sandbox(reach)
        learner = _open_learner(home)
        tutor = open_tutor(
            home,
            library,
            model=model,
            options=options,
            limits=limits,
            roadmap=curriculum,
            glossary=curriculum.glossary,
            hands=Hands(
                python=sandbox,
                papers=_open_papers(home, library, curriculum, reach),
                curriculum=curriculum,
                learner=learner,
                desk=_open_desk(learner, library),
                run_python=reach.run_python,
                read_only=read_only,
            ),
            traces=traces,
            undo_time=undo_time,
        )
    except BaseException:
        if sandbox is not None:
            sandbox.close()
        library.close()
        raise
    return Assembly(library=library, tutor=tutor, read_only=read_only, sandbox=sandbox, record=learner, traces=traces)


def _open_sandbox(reach: Reach) -> PythonSandbox | None:
    if reach.sandbox_folder is None:
        return None
    from sandbox.sandbox import open_sandbox

    sandbox = open_sandbox(reach.sandbox_folder)
    if reach.prepare_sandbox and reach.run_python != "off":
        sandbox.start()
    return sandbox


def _open_papers(home: Path, library: Library, curriculum: Curriculum, reach: Reach) -> PaperService | None:
    if not reach.arxiv_url:
        return None
    from papers.service import open_papers

    return open_papers(
        library,
        curriculum,
        home,
        api_url=reach.arxiv_url,
        pdf_url=reach.arxiv_pdf_url,
        pace_folder=reach.arxiv_pace_folder,
    )


def _open_learner(home: Path) -> LearnerStore | None:
    """The learner's record; None, and a line in the log, where it cannot be used: questions need it not."""
    from learner.recovery import open_record

    try:
        store, rescue = open_record(home / LEARNER, at=datetime.now(UTC))
    except LearnerRecordError as error:
        logger.warning("The learner's record is not used: %s", error.as_text())
        return None
    if rescue is not None:
        logger.warning("%s", rescue.sentence)
    return store


def _open_desk(learner: LearnerStore | None, library: Library) -> StudyDesk | None:
    """Quizzes over the learner's record; short answers are judged by their meaning, too."""
    if learner is None:
        return None
    from agent.similarity import similarity_of
    from learner.study_desk import StudyDesk

    similarity = similarity_of(library.embedder)
    return StudyDesk(learner, similarity=lambda one, other: similarity(one, [other])[0])


def open_tutor(
    home: Path,
    library: Library,
    *,
    model: str,
    options: ModelOptions,
    limits: Limits,
    roadmap: Roadmap,
    glossary: Mapping[str, str],
    hands: Hands | None = None,
    traces: Traces | None = None,
    undo_time: timedelta | None = None,
) -> Tutor:
    """The tutor of an open library; `glossary` tells the embedded model what acronyms mean.

    Raises:
        ModelMissingError: `model` names no provider we know.
        HomeError: the folder cannot be made, read or written.
    """
    from agent.llm import load_chat_model, resolve_model
    from agent.tutor import Tutor

    def embedded() -> BaseChatModel:
        from agent.embedded.lore import lore_of
        from agent.embedded.model import EmbeddedChatModel
        from agent.embedded.shelf import shelf_of
        from agent.embedded.spelling import mended

        known = hands.curriculum if hands else None
        shelf = shelf_of(library.documents, known.aliases if known else {}, known)
        lore = lore_of(known, shelf, lambda question: mended(question, library.rarity))
        return EmbeddedChatModel(
            embed=library.embedder.embed, rarity=library.rarity, glossary=dict(glossary), lore=lore
        )

    return Tutor.open(
        home,
        library,
        model_loader=lambda name: load_chat_model(name, options, embedded=embedded),
        default_model=resolve_model(model, options),
        roadmap=roadmap,
        limits=limits,
        hands=hands,
        prices=options.prices,
        traces=traces,
        undo_time=undo_time,
    )


def _open_library(
    home: Path,
    embedder: Embedder,
    former_embedder: Callable[[str], Embedder],
    reranker: Reranker | None,
    read_limits: ReadLimits,
    curriculum: Curriculum,
    chroma_url: str,
) -> tuple[Library, str]:
    """The library, and why it is open for reading only; empty when it can be written."""
    from curriculum.shelves import shelves
    from vectorstore.library import Library

    def open_as(read_only: bool) -> Library:
        return Library.open(
            home / "library",
            embedder,
            limits=read_limits,
            read_only=read_only,
            expansions=curriculum.glossary,
            aliases=curriculum.aliases,
            subjects=shelves(curriculum),
            reranker=reranker,
            former_embedder=former_embedder,
            chroma_url=chroma_url,
        )

    try:
        return open_as(False), ""
    except HomeBusyError as error:
        logger.info("%s It is opened for reading.", error.message)
        return open_as(True), error.message
