"""What went wrong with a chat model, as a kind that does not depend on the client library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from traceback import walk_tb
from typing import Literal

from agent.providers.hiding import hidden

FaultKind = Literal[
    "unreachable", "timeout", "missing", "no_tools", "overflow", "key", "busy", "memory", "server", "cut", "garbled"
]

_OVERFLOW = re.compile(r"context (length|window|limit|size)|maximum context|prompt is too long|too many tokens", re.I)
_NO_TOOLS = re.compile(r"does not support (tools|chat)", re.I)
_MEMORY = re.compile(r"requires more system memory|out of memory|unable to allocate", re.I)
_CLIENT_MODULES = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "ollama", "openai", "anthropic"})
_ADAPTERS = frozenset({"langchain_ollama", "langchain_openai", "langchain_anthropic"})
_READS = re.compile("chunk|chat_result|iterate_over_stream")
"""Functions of theirs that read an answer, by name."""
_BY_STATUS: dict[int, FaultKind] = {
    401: "key",
    403: "key",
    404: "missing",
    408: "timeout",
    413: "overflow",
    429: "busy",
}
_BY_CLASS: tuple[tuple[str, FaultKind], ...] = (
    ("Timeout", "timeout"),
    ("ContextOverflow", "overflow"),
    ("RemoteProtocolError", "cut"),
    ("ReadError", "cut"),
    ("DecodingError", "cut"),
    ("JSONDecodeError", "cut"),
    ("Connect", "unreachable"),
    ("NetworkError", "unreachable"),
    ("UnsupportedProtocol", "unreachable"),
    ("InvalidURL", "unreachable"),
    ("ResponseError", "server"),
    ("APIError", "server"),
)
"""First match on the names of an error's classes wins; `Timeout` stands before `Connect` so that a
`ConnectTimeout` counts as a timeout."""


def classify(error: BaseException) -> FaultKind | None:
    """The kind of fault, or None when the error did not come from a model's client.

    Some clients wrap what happened, so the chain of causes is read from the outside in.
    """
    return next((kind for link in causes(error) if (kind := _classify_one(link))), None)


def detail(error: BaseException) -> str:
    """The server's own words on one line of at most 200 characters, without keys; may be empty."""
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    text = hidden(" ".join(str(words or getattr(error, "error", None) or error).split()))
    return text if len(text) <= 200 else text[:199] + "…"


def status_of(error: BaseException) -> int | None:
    """The HTTP status that the server answered with; None when it did not answer."""
    return next((status for link in causes(error) if (status := _status(link)) is not None), None)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, from the outside in."""
    link: BaseException | None = error
    for _ in range(6):
        if link is None:
            return
        yield link
        grouped = link.exceptions if isinstance(link, BaseExceptionGroup) else ()
        link = grouped[0] if grouped else link.__cause__


def _classify_one(error: BaseException) -> FaultKind | None:
    names = [kind.__name__ for kind in type(error).__mro__]
    if not _is_from_client(error, names):
        return "garbled" if _is_unreadable(error) else None
    words = detail(error)
    if any("Overflow" in name for name in names) or _OVERFLOW.search(words):
        return "overflow"
    if _NO_TOOLS.search(words):
        return "no_tools"
    if _MEMORY.search(words):
        return "memory"
    status = _status(error)
    if status is not None:
        return _BY_STATUS.get(status, "server")
    return next((kind for part, kind in _BY_CLASS if any(part in name for name in names)), None)


def _status(error: BaseException) -> int | None:
    """From the client's own error, or from the bare answer that httpx's error holds."""
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


def _is_from_client(error: BaseException, names: list[str]) -> bool:
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(modules & _CLIENT_MODULES) or isinstance(error, ConnectionError) or "JSONDecodeError" in names


def _is_unreadable(error: BaseException) -> bool:
    """Whether a client stumbled over an answer that is no text, or has another form than the protocol's.

    Clients let Python's own errors through there. Told from a defect of ours by where it was raised: in the client, or
    in the part of LangChain that reads its answers.
    """
    if not isinstance(error, (ValueError, TypeError, LookupError, AttributeError)):
        return False
    room = name = ""
    for frame, _ in walk_tb(error.__traceback__):
        room, name = str(frame.f_globals.get("__name__", "")).partition(".")[0], frame.f_code.co_name
        if room in _CLIENT_MODULES and isinstance(error, ValueError) or room in _ADAPTERS and _READS.search(name):
            return True
    return room in _ADAPTERS and name in {"_stream", "_astream"}
