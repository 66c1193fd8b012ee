"""What two of the named endpoints do: ask a question to its end, and take an uploaded file into the library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.answers import answer_to_dict
from agent.events import AnswerFinished, ApprovalNeeded, Decision, TurnFailed
from errors import DocumentMissingError, HomeError, StudyError
from ui.adding import discard_upload
from ui.library_actions import read_only_sentence

if TYPE_CHECKING:
    from agent.events import Event
    from ui.model_choice import ModelMemory
    from ui.services import Services


async def ask_to_the_end(
    services: Services, memory: ModelMemory, question: str, conversation_id: str
) -> dict[str, Any]:
    """The finished answer as plain values. Acts that ask first are declined: nobody can be asked here.

    Raises:
        StudyError: the question cannot be taken, or the turn ended without an answer.
    """
    tutor = (await services.rooms_soon()).tutor
    declined: list[str] = []
    events = tutor.ask(
        question,
        conversation_id=conversation_id or None,
        model=memory.chosen() or None,
        preferences=memory.read().preferences,
        limits=memory.limits(tutor.limits),
    )
    while True:
        last: Event | None = None
        async for event in events:
            last = event
        match last:
            case AnswerFinished(conversation_id=identity, answer=answer):
                values = answer_to_dict(answer)
                notices = [f"{name} was declined: it asks first. Ask in the page." for name in declined]
                return {"conversation_id": identity, **values, "notices": [*values["notices"], *notices]}
            case ApprovalNeeded(conversation_id=identity, requests=requests):
                declined += [request.name for request in requests]
                events = tutor.decide(identity, {request.call_id: Decision(False) for request in requests})
            case TurnFailed(message=message, hint=hint):
                raise StudyError(message, hint=hint)
            case _:
                raise StudyError("The question was not answered.", hint="Ask again.")


def add_upload(services: Services, file: Mapping[str, Any]) -> dict[str, Any]:
    """What became of an uploaded file; the upload itself is removed.

    Raises:
        StudyError: it is no upload, or cannot be taken into the library.
    """
    path = _uploaded(file)
    try:
        rooms = services.rooms()
        if rooms.read_only:
            raise HomeError(read_only_sentence(rooms.read_only))
        (outcome,) = rooms.library.add([path]).files
    finally:
        discard_upload(path)
    if outcome.error is not None:
        raise outcome.error
    title = rooms.library.find_document(outcome.document_id).title if outcome.document_id else ""
    return {
        "status": outcome.status,
        "document_id": outcome.document_id,
        "title": title,
        "pages": outcome.pages,
        "passages": outcome.chunks,
        "warnings": list(outcome.warnings),
    }


def _uploaded(file: Mapping[str, Any]) -> Path:
    """The file in the folder of uploads: no call may name another file of this machine.

    Raises:
        DocumentMissingError: it is not there.
    """
    from gradio.utils import get_upload_folder

    folder, path = Path(get_upload_folder()).resolve(), Path(str(file.get("path", ""))).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise DocumentMissingError("This is no uploaded file.", hint="Upload it first, as docs/api.md shows.")
    return path
