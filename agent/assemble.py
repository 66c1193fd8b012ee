"""Puts library, curriculum, models and tutor together from plain values; doors read the settings."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.assembly_plan import AssemblyPlan, Reach
from agent.first_start import NOTES_MEMORY
from agent.hands import Hands
from agent.models_in_memory import ModelsInMemory
from errors import HomeBusyError, LearnerRecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_core.language_models import BaseChatModel

    from agent.context import Limits, Roadmap
    from agent.note_filling import FillingStatus, NoteFilling
    from agent.providers.options import ModelOptions
    from agent.tracing import Traces
    from agent.tutor import Tutor
    from curriculum.curriculum import Curriculum
    from learner.store import LearnerStore
    from learner.study_desk import StudyDesk
    from papers.service import PaperService
    from sandbox.sandbox import PythonSandbox
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

LEARNER = "learner.sqlite"


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
    filling: NoteFilling | None = None
    """The program's notes on their way into the library; None where none are added."""

    def close(self) -> None:
        """End what runs in the sandbox and in the background, and give the library back to other processes."""
        try:
            if self.filling is not None:
                self.filling.close()
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
    plan: AssemblyPlan,
    *,
    models: ModelsInMemory | None = None,
    told: Callable[[FillingStatus], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Assembly:
    """The library of the plan's home, for writing where it is free, with the notes it starts with, and its tutor.

    `models` are those that other homes of this process use as well. `told` hears how far the notes have come;
    `cancelled` is asked meanwhile, so that a door that closes need not wait for all of them.

    Raises:
        HomeError: the folder cannot be made, read or written.
        EmbeddingError: the embedding model is not there.
        RerankerError: a reranker is named and not there.
        ModelMissingError: the plan's model names no provider we know.
    """
    from curriculum.load import load_curriculum

    curriculum = load_curriculum()
    with ExitStack() as opened:
        library, read_only = _open_library(plan, models or ModelsInMemory(), curriculum)
        opened.callback(library.close)
        sandbox = _open_sandbox(plan.reach, opened)
        filling = None if read_only or plan.notes == "none" else _filling(plan.home, library, told, cancelled, opened)
        _fill_then_prepare(plan, filling, sandbox)
        record = _open_learner(plan.home)
        hands = _hands(plan, library, curriculum, record, sandbox, filling, read_only)
        tutor = _tutor(plan, library, curriculum, hands)
        opened.pop_all()  # from here on it is the assembly that closes them
    return Assembly(
        library=library,
        tutor=tutor,
        read_only=read_only,
        sandbox=sandbox,
        record=record,
        traces=plan.traces,
        filling=filling,
    )


def _filling(
    home: Path,
    library: Library,
    told: Callable[[FillingStatus], None] | None,
    cancelled: Callable[[], bool] | None,
    opened: ExitStack,
) -> NoteFilling:
    from agent.note_filling import NoteFilling

    filling = NoteFilling(library, home / NOTES_MEMORY, told=told, cancelled=cancelled)
    opened.callback(filling.close)
    return filling


def _fill_then_prepare(plan: AssemblyPlan, filling: NoteFilling | None, sandbox: PythonSandbox | None) -> None:
    """Add the notes, and only then prepare the sandbox: both want the processor, and questions come first."""

    def prepare() -> None:
        if sandbox is not None and plan.reach.prepare_sandbox and plan.reach.run_python != "off":
            sandbox.start()

    if filling is None:
        prepare()
    elif plan.notes == "background":
        filling.start(then=prepare)
    else:
        filling.run()
        prepare()


def _hands(
    plan: AssemblyPlan,
    library: Library,
    curriculum: Curriculum,
    record: LearnerStore | None,
    sandbox: PythonSandbox | None,
    filling: NoteFilling | None,
    read_only: str,
) -> Hands:
    return Hands(
        python=sandbox,
        papers=_open_papers(plan.home, library, curriculum, plan.reach),
        curriculum=curriculum,
        learner=record,
        desk=_open_desk(record, library),
        notes=filling,
        run_python=plan.reach.run_python,
        read_only=read_only,
    )


def _tutor(plan: AssemblyPlan, library: Library, curriculum: Curriculum, hands: Hands) -> Tutor:
    return open_tutor(
        plan.home,
        library,
        model=plan.model,
        options=plan.options,
        limits=plan.limits,
        roadmap=curriculum,
        glossary=curriculum.glossary,
        hands=hands,
        traces=plan.traces,
        undo_time=plan.undo_time,
    )


def _open_sandbox(reach: Reach, opened: ExitStack) -> PythonSandbox | None:
    if reach.sandbox_folder is None:
        return None
    from sandbox.sandbox import open_sandbox

    sandbox = open_sandbox(reach.sandbox_folder)
    opened.callback(sandbox.close)
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

    curriculum = hands.curriculum if hands else None
    return Tutor.open(
        home,
        library,
        model_loader=lambda name: load_chat_model(
            name, options, embedded=lambda: _embedded_model(library, glossary, curriculum)
        ),
        default_model=resolve_model(model, options),
        roadmap=roadmap,
        limits=limits,
        hands=hands,
        prices=options.prices,
        traces=traces,
        undo_time=undo_time,
    )


def _embedded_model(library: Library, glossary: Mapping[str, str], curriculum: Curriculum | None) -> BaseChatModel:
    from agent.embedded.lore import lore_of
    from agent.embedded.model import EmbeddedChatModel
    from agent.embedded.shelf import shelf_of
    from agent.embedded.spelling import mended

    shelf = shelf_of(library.documents, curriculum.aliases if curriculum else {}, curriculum)
    lore = lore_of(curriculum, shelf, lambda question: mended(question, library.rarity))
    return EmbeddedChatModel(embed=library.embedder.embed, rarity=library.rarity, glossary=dict(glossary), lore=lore)


def _open_library(plan: AssemblyPlan, models: ModelsInMemory, curriculum: Curriculum) -> tuple[Library, str]:
    """The library, and why it is open for reading only; empty when it can be written."""
    from curriculum.shelves import shelves
    from vectorstore.library import Library

    ollama_url, embedding = plan.options.ollama_url, plan.embedding
    embedder = models.embedder(plan.embedding_model, ollama_url=ollama_url, options=embedding)
    reranker = models.reranker(plan.reranker_model)

    def open_as(read_only: bool) -> Library:
        return Library.open(
            plan.home / "library",
            embedder,
            limits=plan.read_limits,
            read_only=read_only,
            expansions=curriculum.glossary,
            aliases=curriculum.aliases,
            subjects=shelves(curriculum),
            reranker=reranker,
            former_embedder=lambda name: models.former(name, ollama_url=ollama_url, options=embedding),
            chroma_url=plan.chroma_url,
        )

    try:
        return open_as(False), ""
    except HomeBusyError as error:
        logger.info("%s It is opened for reading.", error.message)
        return open_as(True), error.message
