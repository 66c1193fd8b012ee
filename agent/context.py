"""What one turn of the graph is given: the library, the numbered sources, the roadmap and the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from agent.call_order import CallOrder
from agent.preferences import NO_PREFERENCES, Preferences
from agent.retries import Retries, RetryRules

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.conversations import ConversationStore
    from agent.figures import FigureStore
    from agent.hands import EvidenceKeeper, PaperFinder, PythonRunner
    from agent.sources import SourceRegistry
    from curriculum.curriculum import Curriculum
    from ingestion.document import Chunk, ChunkId, DocumentId, Page
    from learner.study_desk import StudyDesk
    from vectorstore.embedder import Embedder
    from vectorstore.filters import SearchFilters
    from vectorstore.library import DocumentSummary
    from vectorstore.passage import Passage

RULES = "embedded"
"""The `_llm_type` of the model that is rules: it writes no summaries and drafts no questions."""
CHARACTERS_PER_TOKEN = 3.6
"""English prose with formulas, measured low so that an estimate errs on the full side."""


RunPython = Literal["auto", "ask", "off"]
"""Whether the tutor's code runs at once, after the learner's yes, or not at all."""


class Roadmap(Protocol):
    """The curriculum as the agent sees it."""

    def describe(self, topic: str) -> str:
        """The roadmap's part about `topic` as text; its outline when `topic` is empty."""
        ...


class LibraryReader(Protocol):
    """What the agent uses of `vectorstore.library.Library`."""

    @property
    def embedder(self) -> Embedder:
        """The model that turns texts into vectors."""
        ...

    def search(
        self,
        query: str,
        *,
        limit: int = 8,
        document_ids: Sequence[DocumentId] | None = None,
        filters: SearchFilters | None = None,
    ) -> list[Passage]:
        """The passages that fit best, best first."""
        ...

    def emptied_by(self, filters: SearchFilters) -> str:
        """Which of the filters leaves nothing of the library, in one sentence; empty when something is left."""
        ...

    def documents(self) -> list[DocumentSummary]:
        """All documents."""
        ...

    def find_document(self, reference: str) -> DocumentSummary:
        """The document of an id, arXiv id or title."""
        ...

    def page(self, document_id: DocumentId, number: int) -> Page:
        """One page."""
        ...

    def chunks(self, document_id: DocumentId) -> list[Chunk]:
        """All chunks of a document in reading order."""
        ...

    def around(self, chunk_id: ChunkId) -> list[Passage]:
        """The passage of a chunk with its neighbours, in reading order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one turn."""

    model_calls: int = 8
    tool_calls: int = 12
    context_tokens: int = 8192
    """The model's context window."""
    question_characters: int = 8000
    turn_timeout_seconds: float = 600.0
    search_results: int = 8
    """Passages per search."""
    retries: RetryRules = RetryRules()
    """Of a call whose server fails."""

    @property
    def tool_result_characters(self) -> int:
        """Longest tool result shown to the model: under a third of its context window."""
        return max(2000, min(24000, int(self.context_tokens * CHARACTERS_PER_TOKEN * 0.3)))

    @property
    def graph_steps(self) -> int:
        """Steps of the graph that the other limits can lead to, and some to spare."""
        return 3 * self.model_calls + 6


@dataclass(frozen=True, slots=True)
class TurnContext:
    """The typed context of one run of the graph; only `sources`, `notices`, `order` and `retries` change.

    A hand that is None is not there: its tools are not offered to the model.
    """

    library: LibraryReader
    sources: SourceRegistry
    roadmap: Roadmap
    limits: Limits
    notices: list[str] = field(default_factory=list)
    """Sentences for the learner, e.g. what was dropped because the context was full."""
    model: BaseChatModel | None = field(default=None, kw_only=True)
    """What answers; None outside the graph."""
    conversation_id: str = field(default="", kw_only=True)
    python: PythonRunner | None = field(default=None, kw_only=True)
    papers: PaperFinder | None = field(default=None, kw_only=True)
    curriculum: Curriculum | None = field(default=None, kw_only=True)
    learner: EvidenceKeeper | None = field(default=None, kw_only=True)
    desk: StudyDesk | None = field(default=None, kw_only=True)
    """Quizzes, reviews and what they showed."""
    conversations: ConversationStore | None = field(default=None, kw_only=True)
    """Earlier sessions, to be recalled."""
    figures: FigureStore | None = field(default=None, kw_only=True)
    run_python: RunPython = field(default="auto", kw_only=True)
    preferences: Preferences = field(default=NO_PREFERENCES, kw_only=True)
    """How the learner wants things explained."""
    read_only: str = field(default="", kw_only=True)
    """Why nothing can be added to the library, in one sentence; empty when it can."""
    awaited: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Calls of a resumed turn that the learner was asked about, with the reason: none of them runs without a yes,
    whatever the settings say by now."""
    order: CallOrder = field(default_factory=CallOrder, kw_only=True)
    """Lets parallel calls number their passages in the order of the calls."""
    retries: Retries | None = field(default=None, kw_only=True)
    """Of the model's calls; None for none."""

    @property
    def writer(self) -> BaseChatModel | None:
        """The model, where it can write more than the answer; None for the one that is rules."""
        return None if self.model is None or self.model._llm_type == RULES else self.model

    def notice(self, sentence: str) -> None:
        """Keep a sentence for the learner, once."""
        if sentence not in self.notices:
            self.notices.append(sentence)
