"""The assistant as a learner meets it: its search, and its tutor, opened on one data folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.events import Answer, AnswerFinished, Event, TurnFailed
from agent.similarity import similarity_of
from errors import StudyError
from evals.cases import Evidence
from evals.ragas_scores import RagasScores
from evals.scoring import Scorer
from evals.spans import holds
from evals.trajectories import Turn, turn_of
from ingestion.document import DocumentId
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.assembly_plan import Reach
    from agent.llm import ModelOptions
    from agent.tutor import Tutor
    from vectorstore.embedder import Embedder
    from vectorstore.library import Library
    from vectorstore.reports import AddProgress, AddReport


NOBODY = "http://127.0.0.1:9"
"""The discard port of this machine: a connection is refused at once."""


class Assistant(Protocol):
    """The two doors that are measured, and the files behind the citations."""

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages found for the question, best first."""
        ...

    def ask(self, question: str) -> Answer:
        """The tutor's finished answer, in a conversation of its own.

        Raises:
            StudyError: the turn ended without an answer.
        """
        ...

    def file(self, document_id: str) -> Path:
        """The file as it was added."""
        ...

    def page_text(self, document_id: str, page_number: int) -> str:
        """The library's clean text of the page."""
        ...


class OpenAssistant:
    """The real doors, on an open library that holds `files` (by document id)."""

    def __init__(self, library: Library, tutor: Tutor, files: Mapping[str, Path], runner: asyncio.Runner) -> None:
        self.library = library
        self._tutor = tutor
        self._files = files
        self._runner = runner

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages found for the question, best first."""
        return self.library.search(question, limit=limit)

    def ask(self, question: str) -> Answer:
        """The tutor's finished answer, in a conversation of its own."""
        return self._runner.run(self._ask(question))

    def follow(self, messages: Sequence[str]) -> list[Turn]:
        """The way that each message takes, said one after another in a conversation of its own."""
        turns: list[Turn] = []
        for message in messages:
            conversation_id = turns[-1].conversation_id if turns else None
            started = time.perf_counter()
            heard = self._runner.run(self._events(message, conversation_id))
            turns.append(turn_of(heard, time.perf_counter() - started))
        return turns

    def file(self, document_id: str) -> Path:
        """The file as it was added; the library's copy for one that was there before."""
        known = self._files.get(document_id)
        return known if known is not None else self.library.file_path(DocumentId(document_id))

    def page_text(self, document_id: str, page_number: int) -> str:
        """The library's clean text of the page."""
        return self.library.page(DocumentId(document_id), page_number).text

    def chunks_with(self, evidence: Evidence) -> dict[str, str]:
        """The library's passages (text by id) of the evidence's page that hold it."""
        named = next((name for name, path in self._files.items() if path.stem == evidence.page.document), None)
        if named is None:
            return {}
        chunks = self.library.chunks(DocumentId(named))
        return {
            chunk.id: chunk.text
            for chunk in chunks
            if chunk.page_number == evidence.page.page and holds(chunk.text, evidence.quote)
        }

    @property
    def embedder(self) -> Embedder:
        """The library's embedding model."""
        return self.library.embedder

    def scorer(self, *, with_ragas: bool = True) -> Scorer:
        """What puts numbers to this assistant's results.

        Raises:
            MissingPackageError: RAGAS is not installed.
        """
        ragas = RagasScores(self.embedder) if with_ragas else None
        return Scorer(ragas=ragas, similarity=similarity_of(self.embedder), reference_chunks=self.chunks_with)

    async def _events(self, message: str, conversation_id: str | None) -> list[Event]:
        return [event async for event in self._tutor.ask(message, conversation_id=conversation_id)]

    async def _ask(self, question: str) -> Answer:
        last: Event | None = None
        async for event in self._tutor.ask(question):
            last = event
        if isinstance(last, AnswerFinished):
            return last.answer
        if isinstance(last, TurnFailed):
            raise StudyError(last.message, hint=last.hint)
        raise StudyError("The turn ended without an answer.")


@contextmanager
def open_assistant(
    home: Path,
    paths: Sequence[Path],
    *,
    model: str = "embedded",
    options: ModelOptions | None = None,
    progress: Callable[[AddProgress], None] | None = None,
    sandbox: Path | None = None,
) -> Iterator[tuple[OpenAssistant, AddReport]]:
    """The assistant on `home` with the files of `paths` added, and what adding them came to.

    With a folder for the `sandbox`, the tools that reach beyond the library are there, too: code runs behind its wall,
    and arXiv is an address on this machine where nobody answers. Which tool is chosen shows all the same.

    Put together by the same function as the learner's; only the notes are added here, by `paths`.

    Raises:
        StudyError: a file could not be added; figures over a part of the library would mislead.
    """
    from agent.assemble import assemble
    from agent.assembly_plan import AssemblyPlan, Reach
    from agent.context import Limits
    from agent.llm import ModelOptions
    from ingestion.limits import ReadLimits

    plan = AssemblyPlan(
        home=home,
        model=model,
        embedding_model="packaged",
        options=options or ModelOptions(),
        limits=Limits(),
        read_limits=ReadLimits(),
        notes="none",
        reach=_reach(sandbox) if sandbox else Reach(),
    )
    with assemble(plan) as assembly, asyncio.Runner() as runner:
        report = assembly.library.add(paths, progress=progress, replace=True)
        faults = [f"{outcome.path.name}: {outcome.error}" for outcome in report.files if outcome.error]
        if faults:
            raise StudyError(f"Not all files could be added: {'; '.join(faults)}.")
        files = {str(outcome.document_id): outcome.path for outcome in report.files}
        yield OpenAssistant(assembly.library, assembly.tutor, files, runner), report


def _reach(sandbox: Path) -> Reach:
    from agent.assembly_plan import Reach

    return Reach(sandbox_folder=sandbox, arxiv_url=NOBODY, arxiv_pdf_url=NOBODY)


def library_files(papers: Path, *, notes: bool = True) -> list[Path]:
    """The PDFs of the folder and, as every home starts with them, the teaching notes.

    A note may say what a paper says and take its place among the results; `notes=False` shows how much.

    Raises:
        StudyError: the folder holds no PDF.
    """
    from curriculum.load import note_paths

    found = sorted(papers.glob("*.pdf"))
    if not found:
        raise StudyError(
            f"There are no PDFs in {papers}.",
            hint="Put the papers there under their arXiv numbers, e.g. 1706.03762.pdf, or name their folder "
            "with --papers.",
        )
    return [*(note_paths() if notes else ()), *found]
