"""`python -m evals.soak.page_of_payloads HOME PORT SIZE`: the page, with payloads in every text that reaches it.

Names and texts of documents, what arXiv lists, conversations with answers, tools and citations, a model's stream, a
quiz, menus of models. For `rendering`; the page itself is the real one.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from agent.answers import Step
from agent.events import Answer, Citation, SentenceCheck
from evals.soak.payloads import Payload, payloads, together
from evals.soak.small_library import WordEmbedder

SUBJECT = "document:payloads"
NAME_CHARACTERS = 120


class TellingModel(BaseChatModel):
    """Writes all payloads, whatever is asked."""

    text: str

    @property
    def _llm_type(self) -> str:
        return "telling"

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        """Itself: it calls nothing."""
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text))])

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for start in range(0, len(self.text), 200):
            yield ChatGenerationChunk(message=AIMessageChunk(content=self.text[start : start + 200]))


class ListingPapers:
    """An arXiv whose papers are called like the payloads."""

    def __init__(self, texts: Sequence[Payload]) -> None:
        self._texts = texts

    def search(self, query: str, **_: Any) -> list[Any]:
        """One paper for each."""
        from papers.reports import FoundPaper
        from papers.values import PaperRecord

        moment = datetime(2026, 1, 2, tzinfo=UTC)
        return [
            FoundPaper(
                record=PaperRecord(
                    arxiv_id=f"2601.{number:05}",
                    version=1,
                    title=one.text,
                    authors=(one.text,),
                    abstract=one.text,
                    published=moment,
                    updated=moment,
                    categories=("cs.LG",),
                    primary_category="cs.LG",
                    comment=one.text,
                ),
                why=one.text,
                document_id=None,
                paper_id=None,
                topic_ids=(),
                topics=(),
            )
            for number, one in enumerate(self._texts, 1)
        ]

    def add(self, reference: str, **_: Any) -> Any:
        """No part adds any."""
        raise NotImplementedError

    def fetch_roadmap(self, *_: Any, **__: Any) -> Any:
        """No part fetches any."""
        raise NotImplementedError


def write_documents(folder: Path, texts: Sequence[Payload]) -> list[Path]:
    """A note, a page of HTML and a plain text for each, called like it as far as a file can be."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, one in enumerate(texts):
        name = "".join(" " if sign in "/\\\0\n" else sign for sign in one.text)[:NAME_CHARACTERS].strip(" .")
        suffix = (".md", ".txt", ".md")[number % 3]
        paths.append(folder / f"{number:02} {name}{suffix}")
        flat = " ".join(one.text.split())
        paths[-1].write_text(f"# {flat}\n\nSome text.\n\n{one.text}\n\nAnd some more.\n", encoding="utf-8")
    return paths


def write_conversations(store: Any, texts: Sequence[Payload], documents: Sequence[Any]) -> str:
    """A conversation titled by each payload; the id of the one that has them all in its turns."""
    for one in texts:
        store.rename(store.create("x").id, " ".join(one.text.split())[:180])
    identity = str(store.create("All of them").id)
    for number, one in enumerate(texts):
        turn = store.begin_turn(identity, one.text)
        step = Step("search_library", {"query": one.text, "document": one.text}, one.text, 0.1, False)
        run = {
            "kind": "python",
            "code": one.text,
            "status": "error",
            "text": one.text,
            "value": one.text,
            "error": one.text,
            "figures": [],
            "notices": [one.text],
            "seconds": 0.1,
            "wall": "locked process",
        }
        ran = Step("run_python", {"code": one.text}, one.text, 0.1, False, run)
        store.end_turn(turn, "done", answer=_answer(one, documents[number % len(documents)]), steps=(step, ran))
    failed = store.begin_turn(identity, "And then?")
    store.end_turn(failed, "failed", error=" ".join(one.text for one in texts)[:2000], hint=texts[0].text)
    return identity


def _answer(one: Payload, document: Any) -> Answer:
    text = f"{one.text}\n\nIt is so [1]."
    citation = Citation(
        1, document.id, one.text, None, 1, one.text[:20], one.text, "c1", 0, 4, one.text, "partly", (0,)
    )
    check = SentenceCheck(0, len(text), text, (1,), "partly", 0.5)
    return Answer(text, (check,), (citation,), False, one.text, 1.0, 0.5, 10, 10, (one.text,))


def bank(texts: Sequence[Payload]) -> list[Any]:
    """Questions whose every text is a payload."""
    from curriculum.question_values import Choices, Option, Question, QuestionId, Receipt

    return [
        Question(
            id=QuestionId(f"payload-{number}"),
            kind="choice",
            topic_ids=(),
            paper_ids=(),
            bloom="understand",
            difficulty="easy",
            prompt=one.text,
            hint=one.text,
            explanation=one.text,
            receipt=Receipt("payloads", 1, one.text),
            body=Choices((Option(f"{one.text} a", True, one.text), Option(f"{one.text} b", False, one.text))),
        )
        for number, one in enumerate(texts)
    ]


def serve_payloads(home: Path, port: int, size: int) -> None:
    """Serve until the process is ended, `size` payloads in each text."""
    from agent.assemble import LEARNER, Assembly
    from agent.conversations import ConversationStore
    from agent.figures import FIGURES, FigureStore
    from agent.hands import Hands
    from agent.providers.options import ModelChoice
    from agent.tutor import CONVERSATIONS, Tutor
    from curriculum.load import load_curriculum
    from learner.quiz import Quiz
    from learner.store import LearnerStore
    from learner.study_desk import StudyDesk
    from ui.launch import prepare_environment, serve
    from ui.services import Services
    from vectorstore.library import Library

    home.mkdir(parents=True, exist_ok=True)
    prepare_environment(home)
    texts = together(payloads(), size)
    library = Library.open(home / "library", WordEmbedder())
    library.add(write_documents(home / "planted", texts))
    store = ConversationStore(home / CONVERSATIONS)
    (home / "conversation.txt").write_text(write_conversations(store, texts, library.documents()), encoding="utf-8")
    desk = StudyDesk(LearnerStore(home / LEARNER))
    questions = bank(texts)
    desk.quizzes.add_items(questions, at=datetime.now(UTC))
    ids = tuple(one.id for one in questions)
    desk.quizzes.add(
        Quiz(id="payloads0000", title=texts[0].text, mode="practice", question_ids=ids, created_at=datetime.now(UTC))
    )
    told = "\n\n".join(one.text for one in texts)
    tutor = Tutor.open(
        home,
        library,
        model_loader=lambda _: TellingModel(text=told),
        default_model="telling/one",
        roadmap=load_curriculum(),
        hands=Hands(papers=ListingPapers(texts), curriculum=load_curriculum()),
    )
    models = [ModelChoice(name=f"ollama/{one.text}", label=one.text, available=True, note=one.text) for one in texts]
    away = [ModelChoice(name="ollama", label=one.text, available=False, note=one.text, hint=one.text) for one in texts]
    services = Services(
        home=home,
        conversations=store,
        figures=FigureStore(home / FIGURES),
        open_rooms=lambda: Assembly(library=library, tutor=tutor),
        list_models=lambda: [*models, *away],
        test_model=lambda _: told,
    )
    _, address = serve(services, "127.0.0.1", port)
    services.start()
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    serve_payloads(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
