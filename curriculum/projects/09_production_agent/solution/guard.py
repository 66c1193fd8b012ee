"""What may come in, what may go out, and which acts may run: decided by rules, not by looking for evil phrases."""

from __future__ import annotations

import json
import re
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
    if len(body) > BODY_BYTES:
        raise RequestError(413, f"The body has {len(body)} bytes; {BODY_BYTES} are allowed.")
    values = read_object(body, {"user", "text", "documents"})
    user, text, documents = values.get("user"), values.get("text"), values.get("documents", [])
    if not isinstance(user, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", user):
        raise RequestError(400, "user must be 1 to 64 letters, digits, - or _.")
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_CHARACTERS:
        raise RequestError(400, f"text must have 1 to {TEXT_CHARACTERS} characters.")
    if not isinstance(documents, list) or len(documents) > DOCUMENT_COUNT:
        raise RequestError(400, f"documents must be a list of at most {DOCUMENT_COUNT} texts.")
    if not all(isinstance(each, str) and len(each) <= DOCUMENT_CHARACTERS for each in documents):
        raise RequestError(400, f"documents must be texts of at most {DOCUMENT_CHARACTERS} characters.")
    return Request(user, text, tuple(documents))


def read_object(body: bytes, fields: set[str]) -> dict[str, Any]:
    """The JSON object of a body; raises RequestError 400 when it is none or has a field that is not among these."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "The body is not JSON.") from error
    if not isinstance(values, dict):
        raise RequestError(400, "The body must be a JSON object.")
    unknown = sorted(values.keys() - fields)
    if unknown:
        raise RequestError(400, f"Unknown field {unknown[0]}.")
    return values


def redact(text: str, secrets: Sequence[str]) -> str:
    """The text with "[redacted]" for our secrets, whatever their case, for email addresses and for bearer tokens."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), "[redacted]", text, flags=re.IGNORECASE)
    text = re.sub(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "[redacted]", text)
    return re.sub(r"(?i)\bbearer\s+[\w.~+/=-]+", "[redacted]", text)


def safe_output(text: str, secrets: Sequence[str]) -> str:
    """Text that may be shown: redacted, and without images.

    A Markdown image is fetched by the reader's browser as soon as it is shown, and its address can carry data away:
    "[image left out]" stands in its place. HTML tags lose their angle brackets.
    """
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "[image left out]", redact(text, secrets))
    return re.sub(r"<(/?\w[^<>]*)>", r"(\1)", text)


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
    return harmless or not request.documents
