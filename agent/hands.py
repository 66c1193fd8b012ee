"""What the agent can do beyond reading, as protocols: run code, search arXiv and add papers, know equations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from agent.context import RunPython
    from agent.note_filling import FillingStatus
    from curriculum.curriculum import Curriculum
    from learner.study_desk import StudyDesk
    from learner.values import Evidence
    from papers.reports import FetchOutcome, FetchProgress, FetchReport
    from sandbox.values import RunResult, SandboxLimits, WallState


class PythonRunner(Protocol):
    """What the agent uses of `sandbox.sandbox.PythonSandbox`."""

    @property
    def available(self) -> bool:
        """Whether code can be run here."""
        ...

    @property
    def why_off(self) -> str:
        """Why code cannot be run, and what to do; empty when it can."""
        ...

    def run(
        self, conversation_id: str, code: str, *, needs_torch: bool = False, limits: SandboxLimits | None = None
    ) -> RunResult:
        """What came of the code, in the conversation's session.

        Raises:
            SandboxError: no wall can serve.
        """
        ...

    def run_once(self, code: str, limits: SandboxLimits | None = None) -> RunResult:
        """What came of the code, in a session of its own.

        Raises:
            SandboxError: no wall can serve.
        """
        ...

    def states(self) -> Sequence[WallState]:
        """Each wall and whether it can be used."""
        ...

    def stop(self, conversation_id: str) -> None:
        """End what the conversation is running, at once."""
        ...

    def reset(self, conversation_id: str) -> None:
        """Forget the conversation's variables."""
        ...


class FoundPaper(Protocol):
    """What the agent uses of `papers.service.FoundPaper`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the record, why it fits, whether it is in the library."""
        ...


class AddedPaper(Protocol):
    """What the agent uses of `papers.service.AddedPaper`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values: status, record, document, prerequisites, notices."""
        ...


class PaperFinder(Protocol):
    """What the agent uses of `papers.service.PaperService`."""

    def search(
        self,
        query: str,
        *,
        author: str = "",
        category: str = "",
        since: date | str | None = None,
        until: date | str | None = None,
        ids: Sequence[str] = (),
        limit: int = 8,
        context: str = "",
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterable[FoundPaper]:
        """The papers of arXiv that fit, best first; may have `notices`, sentences about all of them.

        Raises:
            ArxivError: arXiv did not answer, or its answer cannot be used.
        """
        ...

    def add(
        self,
        reference: str,
        *,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AddedPaper:
        """Fetch a paper and take it into the library.

        Raises:
            StudyError: it cannot be found, fetched or read.
        """
        ...

    def fetch_roadmap(
        self,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        ended: Callable[[FetchOutcome], None] = ...,
    ) -> FetchReport:
        """What became of each paper of the roadmap that is on arXiv; `ended` is told of each that was missing."""
        ...


class EvidenceKeeper(Protocol):
    """What the agent uses of `learner.store.LearnerStore`."""

    def record(self, evidence: Evidence) -> bool:
        """True when it is new; False when its key is there already."""
        ...

    def evidence(self, kind: str | None = None, item_id: str | None = None, limit: int = 100) -> list[Evidence]:
        """What was recorded, newest first."""
        ...


class NotesOnTheWay(Protocol):
    """What the agent uses of `agent.note_filling.NoteFilling`."""

    def status(self) -> FillingStatus:
        """How far the program's notes have come."""
        ...

    async def wait_for(self, question: str) -> None:
        """Have the notes that the question is about added next, and wait a little for them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a tutor is given besides its library; what is None is not there, and its tools are not offered."""

    python: PythonRunner | None = None
    papers: PaperFinder | None = None
    curriculum: Curriculum | None = None
    learner: EvidenceKeeper | None = None
    desk: StudyDesk | None = None
    """Quizzes and reviews over the same record."""
    notes: NotesOnTheWay | None = None
    """Those of the program that are still being added to a new library."""
    run_python: RunPython = "auto"
    read_only: str = ""
    """Why nothing can be added to the library, in one sentence; empty when it can."""
