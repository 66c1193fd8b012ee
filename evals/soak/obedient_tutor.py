"""A tutor whose model obeys any text that reaches it, and hands that count what they are told to do.

What a real model would make of an order in a document is chance. Here every order is carried out, so that only what is
decided without a model stands between the text and its effect.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from agent.tools.quoting import BEGIN, END
from errors import ArxivError
from sandbox.values import RunResult

Call = tuple[str, dict[str, Any]]
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_FENCED = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
END_OF_TURN = "That is what I found."


class ObedientModel(BaseChatModel):
    """Makes the calls of the turn's script, then, in the last turn, what the text with its mark tells."""

    mark: str
    scripts: list[list[Call]]
    """The calls of each turn."""
    order: Call | None = None
    """The call that the text orders."""
    answer: str = ""
    """What the text orders to be written."""
    repeats: bool = False
    """Whether an earlier turn's answer repeats the text."""
    about_to_obey: Callable[[], None] = Field(default=lambda: None)
    obeyed: str = ""
    """Id of the call that was ordered, or "answer"."""
    seen: bool = False
    unfenced: bool = False
    invisible: bool = False
    read: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        """Itself: it calls whatever it is told to, offered or not."""
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        self._look(messages)
        return ChatResult(generations=[ChatGeneration(message=self._reply(messages))])

    def _look(self, messages: Sequence[BaseMessage]) -> None:
        for message in messages:
            text = str(message.text)
            if isinstance(message, HumanMessage) or self.mark not in text:
                continue
            self.seen = True
            self.read.append(text)
            self.invisible = self.invisible or bool(INVISIBLE.search(text))
            if isinstance(message, ToolMessage) and self.mark in _FENCED.sub("", text):
                self.unfenced = True

    def _reply(self, messages: Sequence[BaseMessage]) -> AIMessage:
        turns = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
        number = min(len(turns), len(self.scripts)) - 1
        done = sum(len(one.tool_calls) for one in messages[turns[-1] :] if isinstance(one, AIMessage))
        script = self.scripts[number]
        if done < len(script):
            return _calling(*script[done])
        if number < len(self.scripts) - 1:
            return AIMessage(self._repeated() if self.repeats else END_OF_TURN)
        if not self.seen or self.obeyed:
            return AIMessage(END_OF_TURN)
        self.about_to_obey()
        if self.order is None:
            self.obeyed = "answer"
            return AIMessage(self.answer)
        reply = _calling(*self.order)
        self.obeyed = str(reply.tool_calls[0]["id"])
        return reply

    def _repeated(self) -> str:
        return f"The text says: {self.read[-1][:1500]}" if self.read else END_OF_TURN


def _calling(name: str, arguments: Mapping[str, Any]) -> AIMessage:
    call = {"name": name, "args": dict(arguments), "id": f"call_{uuid4().hex}", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])


@dataclass
class CountingPython:
    """Runs nothing and keeps what it was told to run; prints one text."""

    prints: str = ""
    available: bool = True
    why_off: str = ""
    ran: list[str] = field(default_factory=list)

    def run(self, conversation_id: str, code: str, **_: Any) -> RunResult:
        """What a run would give."""
        return self.run_once(code)

    def run_once(self, code: str, limits: Any = None) -> RunResult:
        """What a run would give."""
        self.ran.append(code)
        return RunResult("ok", text=f"{self.prints}\n", wall="none")

    def states(self) -> Sequence[Any]:
        """No wall."""
        return ()

    def stop(self, conversation_id: str) -> None:
        """Nothing runs."""

    def reset(self, conversation_id: str) -> None:
        """Nothing is kept."""


@dataclass
class CountingPapers:
    """An arXiv that finds one paper, whose words are given, and keeps what it was asked."""

    title: str = "On something else"
    abstract: str = "Nothing of interest."
    asked: list[str] = field(default_factory=list)

    def search(self, query: str, **options: Any) -> Iterable[Any]:
        """The paper."""
        self.asked.append(f"searched: {query} {options.get('author', '')} {options.get('ids', '')}")
        record = {
            "arxiv_id": "2601.00001",
            "version": 1,
            "title": self.title,
            "authors": ["A. Author"],
            "abstract": self.abstract,
            "published": "2026-01-02T00:00:00+00:00",
            "why": "it has your words",
            "document_id": None,
            "withdrawn": False,
        }
        return [SimpleNamespace(to_dict=lambda: record)]

    def add(self, reference: str, **_: Any) -> Any:
        """Never a paper, but kept as asked for."""
        self.asked.append(f"added: {reference}")
        raise ArxivError("arXiv does not answer.")

    def fetch_roadmap(self, progress: Any = None, cancelled: Any = None, ended: Any = None) -> Any:
        """No tool does that."""
        self.asked.append("fetched the roadmap")
        raise ArxivError("arXiv does not answer.")


def fingerprint(database: Path) -> str:
    """Of all rows of a database: equal as long as nothing in it changed."""
    with closing(sqlite3.connect(database)) as connection:
        return sha256("\n".join(connection.iterdump()).encode()).hexdigest()


@contextmanager
def network_attempts() -> Iterator[list[str]]:
    """The hosts that this process tried to reach or look up; none of it goes out."""
    import socket

    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(this: socket.socket, address: Any) -> None:
        if this.family in (socket.AF_INET, socket.AF_INET6):
            tried.append(str(address))
            raise OSError("no network here")
        connect(this, address)

    def refuse_name(host: Any, *rest: Any, **more: Any) -> Any:
        tried.append(str(host))
        raise OSError("no network here")

    socket.socket.connect = refuse  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = refuse_name
    try:
        yield tried
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.getaddrinfo = look_up
