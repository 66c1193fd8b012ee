"""The named endpoints of the page's HTTP API, for scripts; docs/api.md shows each in use.

Everything else that the page calls is private to it. No endpoint lists conversations or uploads: who continues a
conversation must know its id. Gradio reads the endpoints' types from their annotations, so this file must not postpone
them.
"""

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, Literal

from pydantic import ValidationError, validate_call

from errors import StudyError
from ui.api_acts import add_upload, ask_to_the_end
from ui.model_choice import ModelMemory
from ui.services import Services

logger = logging.getLogger(__name__)

MOST_PASSAGES = 50
MOST_DUE = 100


def publish_endpoints(services: Services, memory: ModelMemory) -> None:
    """Add the endpoints to the page that is being built."""
    from gradio.events import api

    for endpoint in (*_reading(services, memory), *_studying(services)):
        api(_told(endpoint), api_name=endpoint.__name__)


def _reading(services: Services, memory: ModelMemory) -> tuple[Callable[..., Any], ...]:
    async def ask(question: str, conversation_id: str = "") -> dict[str, Any]:
        """The finished answer: text, citations with page and quote, a verdict for each sentence, conversation_id."""
        return await ask_to_the_end(services, memory, question, conversation_id)

    def search(query: str, limit: int = 8, document: str = "") -> dict[str, Any]:
        """The passages that fit best, best first; of one document, if its title, arXiv id or id is given."""
        from agent.programs import reading

        library, count = services.rooms().library, max(1, min(limit, MOST_PASSAGES))
        return reading.search(library, query, limit=count, document=document).values.model_dump(mode="json")

    def documents() -> dict[str, Any]:
        """All documents of the library."""
        return {"documents": [document.to_dict() for document in services.rooms().library.documents()]}

    def add_document(file: dict[str, Any]) -> dict[str, Any]:
        """Take an uploaded file into the library; returns when it can be asked about."""
        return add_upload(services, file)

    return ask, search, documents, add_document


def _studying(services: Services) -> tuple[Callable[..., Any], ...]:
    def contents() -> Any:
        from curriculum.load import load_curriculum

        return load_curriculum()

    def due(limit: int = 20) -> dict[str, Any]:
        """What is due for review: how many, the first of them, the next seven days, quizzes that are open."""
        from agent.programs import standing

        count = max(1, min(limit, MOST_DUE))
        return standing.due(services.desk(), contents(), count).values.model_dump(mode="json")

    def progress(topic: str = "") -> dict[str, Any]:
        """The roadmap's boxes, the mastery of topics with answers, what comes next; of one topic or part, if given."""
        from agent.programs import standing

        return standing.progress(services.desk(), contents(), topic).values.model_dump(mode="json")

    def make_quiz(
        topic: str = "",
        count: int = 5,
        mode: Literal["practice", "review"] = "practice",
        difficulty: Literal["", "easy", "medium", "hard"] = "",
    ) -> dict[str, Any]:
        """A new quiz on a topic, paper, note or document: its questions without their keys."""
        from agent.programs import quizzes
        from agent.study.request import QuizRequest

        wanted = max(1, min(count, quizzes.MOST_QUESTIONS))
        request = QuizRequest(topic=topic, count=wanted, mode=mode, difficulty=difficulty or None)
        made = quizzes.make_quiz(services.rooms().library, contents(), services.desk(), request)
        return made.values.model_dump(mode="json")

    def answer_quiz(
        quiz_id: str, question_id: str, answer: str, confidence: Literal["", "low", "medium", "high"] = ""
    ) -> dict[str, Any]:
        """The learner's answer, graded and recorded: verdict, key, explanation, source, what is left."""
        from agent.programs import quizzes

        title_of = quizzes.title_in(contents(), lambda: services.rooms().library)
        graded = quizzes.answer_quiz(
            services.desk(), quiz_id, question_id, answer, confidence or None, door="api", title_of=title_of
        )
        return graded.values.model_dump(mode="json")

    return due, progress, make_quiz, answer_quiz


def _told(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, whose faults come back as `error` and `hint`, and which does not hold up the page's event loop."""
    checked = validate_call(endpoint)

    @functools.wraps(endpoint)
    async def call(*arguments: Any) -> dict[str, Any]:
        try:
            if inspect.iscoroutinefunction(endpoint):
                return dict(await checked(*arguments))
            return dict(await asyncio.to_thread(checked, *arguments))
        except StudyError as error:
            return {"error": error.message, "hint": error.hint}
        except ValidationError as error:
            names = list(inspect.signature(endpoint).parameters)
            faults = "; ".join(f"{_named(names, fault['loc'])}: {fault['msg']}" for fault in error.errors())
            return {"error": f"{endpoint.__name__} cannot be called like this ({faults}).", "hint": "See docs/api.md."}
        except Exception:
            logger.exception("The endpoint %s failed", endpoint.__name__)
            return {"error": "Something went wrong.", "hint": "The log in the data folder says what."}

    return call


def _named(names: list[str], place: tuple[int | str, ...]) -> str:
    """The argument that a fault is about; those given by place have a number."""
    first = place[0] if place else ""
    return names[first] if isinstance(first, int) and first < len(names) else str(first)
