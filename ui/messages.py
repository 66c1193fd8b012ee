"""Events of a turn as chat messages: a question, tool steps that fold, and an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.events import (
    AnswerFinished,
    Event,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from ui.answer import answer_markdown, shorten, streaming_markdown
from ui.markup import escape_text, render

if TYPE_CHECKING:
    from agent.conversations import StoredTurn

Message = dict[str, Any]
"""One message of the chat component: role, content, and metadata for a step."""

REVEAL_CHARACTERS = 24
"""Least that one picture adds while text waits to be shown."""

STOPPED = '<div class="failure">Stopped.</div>'

_STEP_TITLES: Mapping[str, str] = {
    "search_library": "Search the library",
    "read_pages": "Read pages",
    "list_library": "List the library",
    "roadmap": "Look at the roadmap",
}


_DOCUMENT_ID = re.compile(r"[0-9a-f]{16}")
"""Tells a reader nothing."""


@dataclass
class Step:
    """One tool call as it is shown."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    summary: str = ""
    seconds: float | None = None
    failed: bool = False

    def as_message(self) -> Message:
        """A message that folds: its title says what was done, its content what came back."""
        running = self.seconds is None
        metadata: dict[str, Any] = {"title": self._title(), "status": "pending" if running else "done"}
        if self.seconds is not None:
            metadata["duration"] = round(self.seconds, 3)
        return {"role": "assistant", "content": self._content(), "metadata": metadata}

    def _title(self) -> str:
        label = _STEP_TITLES.get(self.name, self.name.replace("_", " "))
        values = (str(value) for value in self.arguments.values())
        subject = next((value for value in values if value.strip() and not _DOCUMENT_ID.fullmatch(value)), "")
        if self.name == "read_pages" and self.summary:
            subject = self.summary
        title = f"{label}: {shorten(subject, 56)}" if subject else label
        return escape_text(f"{title} (failed)" if self.failed else title)

    def _content(self) -> str:
        asked = ", ".join(f"{name}: {value}" for name, value in self.arguments.items() if str(value).strip())
        lines = [escape_text(shorten(line, 600)) for line in (asked, self.summary) if line]
        return "\n\n".join(lines) or "…"


@dataclass
class TurnMessages:
    """One turn as messages, growing with its events."""

    question: str
    steps: dict[str, Step] = field(default_factory=dict)
    text: str = ""
    answer: str = ""
    """Finished Markdown; empty while the answer grows."""
    note: str = ""
    """What is shown while nothing else is, or after a failure."""
    model: str = ""
    conversation_id: str = ""
    finished: bool = False
    shown_characters: int | None = None
    """How much of `text` is shown while the answer grows; all of it when None."""

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case TurnStarted(conversation_id=conversation_id, model=model):
                self.conversation_id, self.model = conversation_id, model
            case ToolStarted(call_id=call_id, name=name, arguments=arguments):
                self.steps[call_id] = Step(call_id, name, arguments)
            case ToolFinished():
                self._finish_step(event)
            case TextDelta(text=text):
                self.text += text
            case AnswerFinished(answer=answer, conversation_id=conversation_id):
                self.conversation_id = conversation_id
                self.answer, self.finished = answer_markdown(answer), True
            case TurnFailed(message=message, hint=hint):
                self.fail(message, hint)

    @property
    def caught_up(self) -> bool:
        """Whether all that came is shown."""
        return self.shown_characters is None or self.shown_characters >= len(self.text) or bool(self.note)

    def reveal(self) -> None:
        """Show a little more: a burst of text appears over several pictures, so that the eye can follow it."""
        shown = self.shown_characters or 0
        behind = len(self.text) - shown
        self.shown_characters = shown + min(behind, max(REVEAL_CHARACTERS, behind // 4))

    def fail(self, message: str, hint: str) -> None:
        """End the turn with a sentence; what was written so far stays."""
        self.note, self.finished = failure_markdown(message, hint), True
        self._close_steps()

    def stop(self) -> None:
        """End the turn because the learner asked for it; what was written so far stays."""
        self.note, self.finished = STOPPED, True
        self._close_steps()

    def as_messages(self) -> list[Message]:
        """The question, the steps and the answer as far as it goes."""
        messages: list[Message] = [question_message(self.question)]
        messages += [step.as_message() for step in self.steps.values()]
        growing = streaming_markdown(self.text[: self.shown_characters])
        content = self.answer if self.answer and self.caught_up else growing
        if self.note:
            content = f"{content}\n\n{self.note}" if content else self.note
        if content or (self.finished and self.caught_up):
            messages.append({"role": "assistant", "content": content or "…"})
        elif not self.steps:
            messages.append(waiting_message("Thinking"))
        return messages

    def _finish_step(self, event: ToolFinished) -> None:
        step = self.steps.setdefault(event.call_id, Step(event.call_id, event.name, {}))
        step.summary, step.seconds, step.failed = event.summary, event.seconds, event.failed

    def _close_steps(self) -> None:
        for step in self.steps.values():
            if step.seconds is None:
                step.seconds, step.failed = 0.0, True


def stored_messages(turn: StoredTurn) -> list[Message]:
    """A turn of an earlier day as messages, the same as when it ended."""
    shown = TurnMessages(turn.question, conversation_id=turn.conversation_id)
    for number, step in enumerate(turn.steps):
        key = f"{turn.id}-{number}"
        shown.steps[key] = Step(key, step.name, step.arguments, step.summary, step.seconds, step.failed)
    if turn.answer is not None:
        shown.answer = answer_markdown(turn.answer)
    match turn.status:
        case "running":
            shown.note = failure_markdown("This question is still being answered.", "Open the conversation again soon.")
        case "stopped":
            shown.note = STOPPED
        case "failed":
            shown.note = failure_markdown(turn.error or "This question was not answered.", turn.hint)
        case "done":
            pass
    shown.finished = True
    return shown.as_messages()


def question_message(question: str) -> Message:
    """The learner's own words."""
    return {"role": "user", "content": render(question)}


def waiting_message(sentence: str) -> Message:
    """A line that stands in for an answer that has not begun."""
    return {"role": "assistant", "content": f'<span class="waiting-line">{escape_text(sentence)} …</span>'}


def failure_markdown(message: str, hint: str) -> str:
    """One sentence and what to do next."""
    advice = f' <span class="hint">{escape_text(hint)}</span>' if hint else ""
    return f'<div class="failure">{escape_text(message)}{advice}</div>'
