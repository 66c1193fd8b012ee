"""A study session in the terminal: a conversation that goes on, with quiz, review and what is due between questions."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from agent.conversation_values import StoredTurn
from agent.events import ApprovalRequest, TurnFailed
from agent.terminal import TerminalView, events_to_the_end, plain
from errors import QuestionError, StudyError

if TYPE_CHECKING:
    from rich.console import Console

    from agent.tutor import Tutor

LISTED = 15
"""Conversations in a list; more are found by words."""
SHOWN_TURNS = 5
"""Turns shown of a conversation that is opened again."""
HELP: Mapping[str, tuple[str, str]] = {
    "help": ("", "show this"),
    "new": ("", "begin another conversation"),
    "list": ("[WORDS]", "earlier conversations, or those that hold all these words"),
    "open": ("N", "go on with conversation N of the list"),
    "rename": ("TITLE", "give this conversation another title"),
    "delete": ("", "take this conversation away; /undelete brings it back for an hour"),
    "undelete": ("", "bring back the conversation that was deleted last"),
    "retry": ("", "ask the last question again"),
    "model": ("[NAME]", "the models that are there, or the one to answer from now on"),
    "quiz": ("[TOPIC …]", "be asked questions from the bank; /quiz --help tells all"),
    "review": ("", "answer what is due today"),
    "due": ("", "what is due, and what comes next"),
    "retention": ("", "how much was remembered, as measured"),
    "quit": ("", "leave; Ctrl-D does the same"),
}
"""Each command: its argument, and what it does."""
STUDY_COMMANDS = ("quiz", "review", "due", "retention")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a session takes from outside."""

    read: Callable[[str], str]
    """Shows a prompt, gives the typed line; EOFError at the end of the input."""
    study: Callable[[Sequence[str]], None]
    """Runs a command of STUDY_COMMANDS with its arguments; a StudyError when it cannot."""
    models: Callable[[], Iterable[tuple[str, str]]]
    """Name of every chat model that can be used now, and a note on it."""


class ChatSession:
    """Reads lines until the learner leaves; a fault of one line is a sentence, and the session goes on."""

    def __init__(
        self, tutor: Tutor, console: Console, around: Surroundings, *, model: str = "", conversation_id: str = ""
    ) -> None:
        """`model` and `conversation_id` are empty for the default model and for a new conversation."""
        self._tutor = tutor
        self._console = console
        self._around = around
        self._model_name = model or None
        self._conversation = conversation_id or None
        self._deleted: str | None = None
        self._listed: list[str] = []
        self._asked = ""

    def run(self) -> None:
        """The whole session."""
        self._say("Ask, or type /help. Ctrl-C stops an answer, Ctrl-D leaves.", "dim")
        if self._conversation:
            self._guarded(lambda: self._show(self._conversation or ""))
        while (line := self._line()) is not None:
            if line in ("/quit", "/exit"):
                break
            if line:
                self._guarded(lambda line=line: self._do(line))  # type: ignore[misc]
        self._say("Until next time.", "dim")

    def _line(self) -> str | None:
        """What was typed, lines that end in a backslash joined; None at the end of the input."""
        parts: list[str] = []
        while True:
            try:
                part = self._around.read("… " if parts else "you> ").rstrip()
            except KeyboardInterrupt:
                self._say("", "")
                return ""
            except EOFError:
                return None
            parts.append(part.removesuffix("\\"))
            if not part.endswith("\\"):
                return "\n".join(parts).strip()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except StudyError as error:
            self._say(error.as_text(), "red")
        except KeyboardInterrupt:
            self._say("Stopped. What was answered so far is kept.", "yellow")

    def _do(self, line: str) -> None:
        if not line.startswith("/"):
            self._ask(line)
            return
        name, _, rest = line[1:].partition(" ")
        if name not in HELP:
            raise QuestionError(f"There is no command /{name}.", hint="/help lists all.")
        if name in STUDY_COMMANDS:
            try:
                self._around.study([name, *shlex.split(rest)])
            except ValueError as error:
                raise QuestionError(f"The line cannot be read: {error}.", hint="Close every quotation mark.") from error
            return
        getattr(self, f"_{name}")(rest.strip())

    # Asking

    def _ask(self, question: str) -> None:
        self._asked = question
        asyncio.run(self._turn(question))

    async def _turn(self, question: str) -> None:
        """One turn to its end, over the learner's decisions."""
        view = TerminalView(self._console, goes_on=True)
        here = self._conversation or self._tutor.conversations.create(question).id
        self._conversation = here  # known also when the turn is stopped or fails
        async for event in events_to_the_end(
            self._tutor, question, self._allows, conversation_id=here, model=self._model_name
        ):
            view.show(event)
            if isinstance(event, TurnFailed):
                raise StudyError(event.message, hint=event.hint)

    def _allows(self, request: ApprovalRequest) -> bool:
        try:
            return self._around.read(f"Allow {request.name}? [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def _retry(self, _: str) -> None:
        if not self._asked:
            raise QuestionError("Nothing was asked yet.", hint="Ask something first.")
        self._ask(self._asked)

    # Conversations

    def _new(self, _: str) -> None:
        self._conversation = None
        self._say("A new conversation.", "dim")

    def _list(self, words: str) -> None:
        shelf = self._tutor.conversations
        found = shelf.search(words) if words else shelf.list()
        self._listed = [one.id for one in found[:LISTED]]
        if not found:
            self._say("No conversation holds all these words." if words else "There is no conversation yet.", "dim")
            return
        table = Table(box=None)
        for column in ("", "last used", "title"):
            table.add_column(column, justify="right" if not column else "left")
        for number, one in enumerate(found[:LISTED], start=1):
            here = "here" if one.id == self._conversation else f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}"
            table.add_row(str(number), here, Text(plain(one.title)))
        self._console.print(table)
        if len(found) > LISTED:
            self._say(f"And {len(found) - LISTED} more: /list with a word finds them.", "dim")

    def _open(self, number: str) -> None:
        if not self._listed:
            self._list("")
        if not (number.isdecimal() and 1 <= int(number) <= len(self._listed)):
            raise QuestionError(
                f"There is no conversation {number or 'without a number'} in the list.",
                hint=f"Type /open with a number from 1 to {len(self._listed)}." if self._listed else "Ask something.",
            )
        self._show(self._listed[int(number) - 1])

    def _show(self, conversation_id: str) -> None:
        """Go on with a conversation, its last turns shown."""
        one = self._tutor.conversations.get(conversation_id)
        turns = self._tutor.conversations.turns(conversation_id)
        self._conversation = conversation_id
        self._say(f"{one.title} ({len(turns)} turns)", "bold")
        if len(turns) > SHOWN_TURNS:
            self._say(f"… {len(turns) - SHOWN_TURNS} earlier turns", "dim")
        for turn in turns[-SHOWN_TURNS:]:
            for line, style in _turn_lines(turn):
                self._say(line, style)

    def _rename(self, title: str) -> None:
        self._tutor.conversations.rename(self._here(), title)
        self._say("Renamed.", "dim")

    def _delete(self, _: str) -> None:
        self._deleted = self._here()
        self._tutor.delete_conversation(self._deleted)
        self._conversation = None
        self._say("Deleted; /undelete brings it back.", "dim")

    def _undelete(self, _: str) -> None:
        if self._deleted is None:
            raise QuestionError("Nothing was deleted in this session.", hint="The page brings back what it deleted.")
        self._tutor.conversations.undelete(self._deleted)
        self._show(self._deleted)
        self._deleted = None

    def _here(self) -> str:
        if self._conversation is None:
            raise QuestionError("This conversation has not begun.", hint="Ask something, or /open an earlier one.")
        return self._conversation

    # The rest

    def _model(self, name: str) -> None:
        there = dict(self._around.models())
        if not name:
            for one, note in there.items():
                self._say(f"{'*' if one == self._answering else ' '} {one}  {note}".rstrip(), "")
            self._say("/model NAME answers with another one.", "dim")
            return
        if name not in there:
            raise QuestionError(f"The model {name} cannot be used now.", hint="/model lists those that can.")
        self._model_name = name
        self._say(f"From now on {name} answers.", "dim")

    @property
    def _answering(self) -> str:
        return self._model_name or self._tutor.default_model

    def _help(self, _: str) -> None:
        table = Table(box=None, show_header=False)
        for name, (argument, about) in HELP.items():
            table.add_row(Text(f"/{name} {argument}".rstrip()), Text(about))
        self._console.print(table)
        self._say("A line that ends in a backslash goes on in the next one.", "dim")

    def _say(self, text: str, style: str) -> None:
        self._console.print(Text(plain(text), style=style), soft_wrap=True)


def _turn_lines(turn: StoredTurn) -> Iterator[tuple[str, str]]:
    yield f"you> {turn.question}", "bold"
    if turn.answer is not None and turn.answer.text:
        yield turn.answer.text, ""
    elif turn.error:
        yield f"{turn.error} {turn.hint}".strip(), "red"
    else:
        yield f"({turn.status})", "dim"
