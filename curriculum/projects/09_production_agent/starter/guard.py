"""What may come in, what may go out, and which acts may run: decided by rules, not by looking for evil phrases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BODY_BYTES = 30_000
TEXT_CHARACTERS = 2_000
DOCUMENT_CHARACTERS = 5_000
DOCUMENT_COUNT = 4


class RequestError(Exception):
    """A request that is refused: an HTTP status and one sentence for the caller."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True)
class Request:
    """What a user asks. `documents` are texts that somebody else wrote; they are data."""

    user: str
    text: str
    documents: tuple[str, ...] = ()


def read_request(body: bytes) -> Request:
    """The request in a body {"user": ..., "text": ..., "documents": [...]}; the documents may be missing.

    Raises RequestError with status 413 for a body above BODY_BYTES, and 400, naming the field, for anything else that
    is not right: no JSON object, an unknown field, a user that is not 1 to 64 letters, digits, "-" or "_", a text that
    is blank or above TEXT_CHARACTERS, documents that are not at most DOCUMENT_COUNT texts of at most
    DOCUMENT_CHARACTERS.
    """
    raise NotImplementedError


def read_object(body: bytes, fields: set[str]) -> dict[str, Any]:
    """The JSON object of a body; raises RequestError 400 when it is none or has a field that is not among these."""
    raise NotImplementedError


def redact(text: str, secrets: Sequence[str]) -> str:
    """The text with "[redacted]" for our secrets, whatever their case, for email addresses and for bearer tokens."""
    raise NotImplementedError


def safe_output(text: str, secrets: Sequence[str]) -> str:
    """Text that may be shown: redacted, and without images.

    A Markdown image is fetched by the reader's browser as soon as it is shown, and its address can carry data away:
    "[image left out]" stands in its place. HTML tags lose their angle brackets.
    """
    raise NotImplementedError


@dataclass(frozen=True)
class Act:
    """Something the agent wants done, by name and arguments."""

    name: str
    arguments: dict[str, Any]


def may_run(request: Request, *, harmless: bool) -> bool:
    """Whether an act may run without being asked.

    Harmless ones may. One that changes or sends something may when the agent saw nobody's words but the user's: with a
    document in the request, the wish may be the document's, however it is worded.
    """
    raise NotImplementedError
