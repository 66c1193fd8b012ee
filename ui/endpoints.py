"""The named endpoints of the page's HTTP API, for scripts: ask, search, documents.

Gradio reads their types from the annotations, so this file must not postpone them.
"""

from typing import Any

from agent.answers import answer_to_dict
from agent.events import AnswerFinished, TurnFailed
from errors import QuestionError, StudyError
from ui.model_choice import ModelMemory
from ui.services import Services


def publish_endpoints(services: Services, memory: ModelMemory) -> None:
    """Add the endpoints to the page that is being built."""
    from gradio.events import api

    async def ask(question: str, conversation_id: str = "") -> dict[str, Any]:
        """The finished answer with citations and verdicts; `error` and `hint` when there is none."""
        try:
            return await _ask(services, memory, question, conversation_id)
        except StudyError as error:
            return {"error": error.message, "hint": error.hint}

    def search(query: str, limit: int = 8) -> list[dict[str, Any]]:
        """The passages of the library that fit best, best first."""
        library = services.rooms().library
        return [passage.to_dict() for passage in library.search(query, limit=max(1, min(limit, 50)))]

    def documents() -> list[dict[str, Any]]:
        """All documents of the library."""
        return [document.to_dict() for document in services.rooms().library.documents()]

    api(ask, api_name="ask")
    api(search, api_name="search")
    api(documents, api_name="documents")


async def _ask(services: Services, memory: ModelMemory, question: str, conversation_id: str) -> dict[str, Any]:
    rooms = await services.rooms_soon()
    events = rooms.tutor.ask(question, conversation_id=conversation_id or None, model=memory.chosen() or None)
    async for event in events:
        match event:
            case AnswerFinished(conversation_id=identity, answer=answer):
                return {"conversation_id": identity, **answer_to_dict(answer)}
            case TurnFailed(message=message, hint=hint):
                return {"error": message, "hint": hint}
            case _:
                pass
    raise QuestionError("The question was not answered.", hint="Ask again.")
