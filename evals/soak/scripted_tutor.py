"""A tutor with a scripted model and real rooms: library, learner's record, quizzes, conversations on disk.

The learner's message holds the script, one tool call in brackets after another: `[search_library word7]`; a single
letter is an answer in a quiz. What decides is real: the graph, the permission, the order of calls. Only what a model
would have chosen is given.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.hands import Hands
from agent.tutor import Tutor
from evals.soak.small_library import WordEmbedder
from vectorstore.facts import DocumentFacts
from vectorstore.library import Library

if TYPE_CHECKING:
    from learner.store import LearnerStore

CALL = re.compile(r"\[(\w+) ?([^\]]*)\]")
ARGUMENTS = {
    "search_library": "query",
    "read_pages": "document",
    "add_paper": "arxiv_id",
    "predict_output": "topic",
    "check_prediction": "prediction",
    "start_quiz": "topic",
    "answer_quiz": "answer",
}
MORE_ARGUMENTS: dict[str, dict[str, Any]] = {"start_quiz": {"kinds": "choice", "count": 3}}
NICKNAMES = {"another": "2601.00002"}
"""A paper that the model names and the learner's message does not, so that adding it must be allowed first."""
STEP_SECONDS = 0.01
"""Adding a paper rests so long between its steps, so that kills fall into it."""


class ScriptedModel(BaseChatModel):
    """Makes the calls of the learner's message one by one, then ends with a sentence."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        """Itself: what it calls does not depend on what it is offered."""
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        last = max(place for place, message in enumerate(messages) if isinstance(message, HumanMessage))
        said = str(messages[last].text)
        script = [("answer_quiz", said)] if len(said) == 1 else CALL.findall(said)
        done = sum(isinstance(message, ToolMessage) for message in messages[last:])
        reply = AIMessage("That is all.")
        if done < len(script):
            name, value = script[done]
            arguments = {ARGUMENTS[name]: NICKNAMES.get(value, value)} | MORE_ARGUMENTS.get(name, {})
            reply = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call_{uuid4().hex}"}])
        return ChatResult(generations=[ChatGeneration(message=reply)])


@dataclass(frozen=True)
class Added:
    """What became of a paper."""

    values: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dict(self.values)


class FolderOfPapers:
    """Papers that lie in a folder, added to the real library; each time one is begun is written to a file."""

    def __init__(self, library: Library, folder: Path, begun: Path) -> None:
        self._library = library
        self._folder = folder
        self._begun = begun

    def search(self, query: str, **_: Any) -> list[Any]:
        """Nothing: no script searches arXiv."""
        return []

    def fetch_roadmap(self, progress: Any = None, cancelled: Any = None, ended: Any = None) -> Any:
        """No script does that."""
        raise NotImplementedError

    def add(self, reference: str, *, progress: Any = None, cancelled: Callable[[], bool] | None = None) -> Added:
        """Take the paper in, unless it is there."""
        with self._begun.open("a", encoding="utf-8") as stream:
            stream.write(f"{reference}\n")
        time.sleep(STEP_SECONDS)
        known = next((one for one in self._library.documents() if one.arxiv_id == reference), None)
        if known is None:
            path = self._folder / f"{reference}.md"
            facts = DocumentFacts(title=f"Paper {reference}", arxiv_id=reference)
            (outcome,) = self._library.add([path], facts={path: facts}).files
            time.sleep(STEP_SECONDS)
            values = {"status": "added", "document_id": outcome.document_id, "pages": outcome.pages}
        else:
            values = {"status": "already", "document_id": known.id, "pages": known.pages}
        return Added({"arxiv_id": reference, "title": f"Paper {reference}", **values})


@dataclass(frozen=True)
class Rooms:
    """An opened home."""

    tutor: Tutor
    library: Library
    record: LearnerStore


def open_rooms(home: Path) -> Rooms:
    """The library, record and tutor of a home that `write_home` made."""
    from curriculum.load import load_curriculum
    from learner.store import LearnerStore
    from learner.study_desk import StudyDesk

    library = Library.open(home / "library", WordEmbedder())
    record, curriculum = LearnerStore(home / "learner.sqlite"), load_curriculum()
    papers = FolderOfPapers(library, home / "papers", home / "begun.txt")
    hands = Hands(papers=papers, curriculum=curriculum, learner=record, desk=StudyDesk(record))
    tutor = Tutor.open(
        home,
        library,
        model_loader=lambda _: ScriptedModel(),
        default_model="scripted/one",
        roadmap=curriculum,
        hands=hands,
    )
    return Rooms(tutor, library, record)


def write_home(home: Path) -> None:
    """Two notes in the library, and two papers that can be added."""
    for name, word in (
        ("papers/2601.00001", "tides"),
        ("papers/2601.00002", "glass"),
        ("one", "fox"),
        ("two", "whale"),
    ):
        path = home / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# On the {word}\n\nThe {word} is described here, at some length.\n", encoding="utf-8")
    with Library.open(home / "library", WordEmbedder()) as library:
        library.add([home / "one.md", home / "two.md"])
