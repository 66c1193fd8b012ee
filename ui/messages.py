"""Events of a turn as chat messages: a question, tool steps that fold, and an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.events import (
    AnswerFinished,
    ApprovalNeeded,
    ApprovalRequest,
    Event,
    ModelRetry,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from agent.llm import EMBEDDED
from ui.answer import answer_markdown, shorten, streaming_markdown
from ui.cards.approval import approval_card
from ui.cards.code import running_code
from ui.cards.quiz import question_card
from ui.cards.setting import Setting, no_picture
from ui.cards.show import card
from ui.markup import escape_text, render
from ui.thumbs import thumbs_html
from ui.translation import N_, _
from ui.turn_tools import TurnReference, answer_tools, question_tools

if TYPE_CHECKING:
    from agent.conversation_branches import Versions
    from agent.conversations import StoredTurn
    from agent.feedback import Feedback

Message = dict[str, Any]
"""One message of the chat component: role, content, and metadata for a step."""

REVEAL_CHARACTERS = 24
"""Least that one picture adds while text waits to be shown."""


_STEP_TITLES: Mapping[str, str] = {
    "search_library": N_("Search the library"),
    "read_pages": N_("Read pages"),
    "list_library": N_("List the library"),
    "roadmap": N_("Look at the roadmap"),
    "run_python": N_("Run Python"),
    "search_arxiv": N_("Search arXiv"),
    "add_paper": N_("Add a paper"),
    "explain_equation": N_("Explain an equation"),
    "draft_equation": N_("Check a drafted equation"),
    "explain_paper": N_("Walk through a paper"),
    "compare_papers": N_("Compare papers"),
    "predict_output": N_("Choose an exercise"),
    "check_prediction": N_("Check the prediction"),
    "start_quiz": N_("Start a quiz"),
    "answer_quiz": N_("Grade the answer"),
    "quiz_hint": N_("Give a hint"),
    "explain_answer": N_("Explain the answer"),
    "end_quiz": N_("End the quiz"),
    "grade_answer": N_("Take your own grade"),
    "study_mode": N_("Begin a study mode"),
    "study_reply": N_("Go on with the lesson"),
    "study_plan": N_("Plan the weeks"),
    "recall_attempts": N_("Recall what you did"),
    "prerequisites": N_("Look up what it rests on"),
}

Pictures = Callable[[str, str], bytes]
"""Conversation id and file name of a figure to its PNG."""


PLAN = "write_todos"
_WITHOUT_SUBJECT = frozenset(
    {"run_python", "draft_equation", "check_prediction", "answer_quiz", "quiz_hint", "end_quiz", "grade_answer"}
    | {"study_reply"}
)
"""Their arguments are long, and the card below shows them."""

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
    details: Mapping[str, Any] = field(default_factory=dict)
    progress: str = ""
    """How far it is, in words, while it runs."""
    stopped: bool = False
    """Whether the learner ended the turn while it ran."""

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.seconds is None

    def as_message(self) -> Message:
        """A message that folds: its title says what was done, its content what came back."""
        metadata: dict[str, Any] = {"title": self._title(), "status": "pending" if self.running else "done"}
        if self.seconds is not None:
            metadata["duration"] = round(self.seconds, 3)
        return {"role": "assistant", "content": self._content(), "metadata": metadata}

    def card(self, setting: Setting) -> str:
        """What it brought, as Markdown for a message of its own; empty when the folded step says it all."""
        if self.running and self.name == "run_python":
            return running_code(str(self.arguments.get("code", "")))
        if self.running and self.progress:
            return f'<span class="waiting-line">{escape_text(self.progress)}</span>'
        return card(self.details, setting)

    def _title(self) -> str:
        if self.name in _WITHOUT_SUBJECT:
            label = _(_STEP_TITLES[self.name])
            return self._told(label)
        label = _(_STEP_TITLES.get(self.name, self.name.replace("_", " ")))
        values = (_in_words(value) for value in self.arguments.values())
        subject = next((value for value in values if value.strip() and not _DOCUMENT_ID.fullmatch(value)), "")
        if self.name == "read_pages" and self.summary:
            subject = self.summary
        title = f"{label}: {shorten(subject, 56)}" if subject else label
        return escape_text(self._told(title))

    def _told(self, title: str) -> str:
        if self.stopped:
            return _("{step} (stopped)").format(step=title)
        return _("{step} (failed)").format(step=title) if self.failed else title

    def _content(self) -> str:
        asked = ", ".join(
            f"{name}: {_in_words(value)}" for name, value in self.arguments.items() if _in_words(value).strip()
        )
        lines = [escape_text(shorten(line, 600)) for line in (asked, self.summary) if line]
        return "\n\n".join(lines) or "…"


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


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
    turn_id: str = ""
    feedback: Feedback | None = None
    """What the learner thought of the answer."""
    finished: bool = False
    shown_characters: int | None = None
    """How much of `text` is shown while the answer grows; all of it when None."""
    requests: Sequence[ApprovalRequest] = ()
    """What the learner is asked to decide before the turn goes on."""
    read_picture: Pictures = no_picture
    waiting: str = N_("Thinking")
    retrying: str = ""
    """That the model is asked again after a pause, until it says something or fails for good."""
    versions: Versions | None = None
    """The other ways the conversation has gone on from here."""
    is_last: bool = True
    """Whether nothing was asked after it."""

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        self.retrying = event.text.rstrip(".") if isinstance(event, ModelRetry) else ""
        match event:
            case TurnStarted(conversation_id=conversation_id, turn_id=turn_id, model=model):
                self.conversation_id, self.turn_id, self.model = conversation_id, turn_id, model
            case ToolStarted() | ToolProgress() | ToolFinished():
                self._apply_to_step(event)
            case ApprovalNeeded(requests=requests, conversation_id=conversation_id):
                self.conversation_id, self.requests, self.finished = conversation_id, requests, True
                for request in requests:
                    self.steps.pop(request.call_id, None)
            case TextDelta(text=text):
                self.text += text
            case AnswerFinished(answer=answer, conversation_id=conversation_id, turn_id=turn_id):
                self.conversation_id, self.turn_id = conversation_id, turn_id
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
        self.note, self.finished = stopped_html(), True
        self._close_steps(stopped=True)

    def as_messages(self) -> list[Message]:
        """The question, the steps and the answer as far as it goes."""
        messages: list[Message] = [self._question_message()] if self.question else []
        messages += self._step_messages()
        growing = streaming_markdown(self.text[: self.shown_characters])
        content = self.answer if self.answer and self.caught_up else growing
        if self.answer and self.caught_up and not self.note:
            thumbs = thumbs_html(self.conversation_id, self.turn_id, self.feedback)
            content += f'\n\n<div class="answer-foot">{self._answer_tools(can_copy=True)}{thumbs}</div>'
        if self.note:
            tools = self._answer_tools() if self.finished else ""
            content = "\n\n".join(part for part in (content, self.note, tools) if part)
        if content or (self.finished and self.caught_up and not self.requests and self.question):
            messages.append({"role": "assistant", "content": content or "…"})
        if line := self._waiting_line(has_text=bool(content)):
            messages.append(waiting_message(line))
        if self.answer and self.caught_up and (asked := self._open_question()):
            messages.append({"role": "assistant", "content": asked})
        for request in self.requests:
            messages.append(
                {"role": "assistant", "content": approval_card(request, self.conversation_id, self._titles())}
            )
        return messages

    def _waiting_line(self, *, has_text: bool) -> str:
        """What stands below while nothing moves; empty when a step or the text does, or the turn is over."""
        if self.finished or self.retrying:
            return "" if self.finished else self.retrying
        if has_text or any(step.running for step in self.steps.values()):
            return ""
        return _("Writing") if self.steps else _(self.waiting)

    def _question_message(self) -> Message:
        is_over = self.finished and self.caught_up and not self.requests
        reference = self._reference() if is_over and not self._studies() else None
        tools = question_tools(reference, self.question, self.versions)
        return {"role": "user", "content": f"{render(self.question)}\n\n{tools}"}

    def _answer_tools(self, *, can_copy: bool = False) -> str:
        return answer_tools(self._reference(), can_retry=self.is_last and not self._studies(), can_copy=can_copy)

    def _reference(self) -> TurnReference | None:
        known = self.conversation_id and self.turn_id and self.question
        return TurnReference(self.conversation_id, self.turn_id) if known else None

    def _studies(self) -> bool:
        """Whether it is part of a quiz or a lesson, whose record stands."""
        return any(step.details.get("kind") in ("quiz", "study") for step in self.steps.values())

    def _open_question(self) -> str:
        """The card of the quiz's open question, which stands below the answer; empty when none was asked."""
        told = [step.details for step in self.steps.values() if step.details.get("kind") in ("quiz", "study")]
        return question_card(told[-1], is_told=self.model == EMBEDDED) if told else ""

    def _titles(self) -> dict[str, str]:
        """Titles of the papers that searches of this turn found, by arXiv id."""
        return {
            str(found.get("arxiv_id")): str(found.get("title"))
            for step in self.steps.values()
            for found in step.details.get("results") or ()
        }

    def _step_messages(self) -> list[Message]:
        """Each step folded, followed by what it brought; the plan stands where it was made, as it is now."""
        is_told = self.model == EMBEDDED and bool(self.answer)
        setting = Setting(self.conversation_id, is_told=is_told, read_picture=self.read_picture)
        plans = [step for step in self.steps.values() if step.name == PLAN and step.details]
        messages: list[Message] = []
        for step in self.steps.values():
            if step.name == PLAN:
                if plans and step is plans[0]:
                    messages.append({"role": "assistant", "content": plans[-1].card(setting)})
                continue
            messages.append(step.as_message())
            if shown := step.card(setting):
                messages.append({"role": "assistant", "content": shown})
        return messages

    def _apply_to_step(self, event: ToolStarted | ToolProgress | ToolFinished) -> None:
        if isinstance(event, ToolStarted):
            self.steps[event.call_id] = Step(event.call_id, event.name, event.arguments)
            return
        step = self.steps.setdefault(event.call_id, Step(event.call_id, event.name, {}))
        if isinstance(event, ToolProgress):
            step.progress = event.text
            return
        step.summary, step.seconds, step.failed = event.summary, event.seconds, event.failed
        step.details, step.progress = event.details, ""

    def _close_steps(self, *, stopped: bool = False) -> None:
        for step in self.steps.values():
            if step.seconds is None:
                step.seconds, step.failed, step.stopped = 0.0, not stopped, stopped


def stored_turn(turn: StoredTurn, read_picture: Pictures = no_picture) -> TurnMessages:
    """A stored turn as it stood: to show it, or to go on with one that waits."""
    question = turn.question if turn.kind == "question" else ""
    shown = TurnMessages(question, conversation_id=turn.conversation_id, read_picture=read_picture)
    for number, step in enumerate(turn.steps):
        key = f"{turn.id}-{number}"
        shown.steps[key] = Step(key, step.name, step.arguments, step.summary, step.seconds, step.failed, step.details)
    return shown


def stored_messages(
    turn: StoredTurn,
    read_picture: Pictures = no_picture,
    feedback: Feedback | None = None,
    *,
    versions: Versions | None = None,
    is_last: bool = True,
) -> list[Message]:
    """A turn of an earlier day as messages, the same as when it ended."""
    shown = stored_turn(turn, read_picture)
    shown.turn_id, shown.feedback = turn.id, feedback
    shown.versions, shown.is_last = versions, is_last
    if turn.answer is not None:
        shown.model = turn.answer.model
        shown.answer = answer_markdown(turn.answer)
    match turn.status:
        case "running":
            shown.note = failure_markdown(
                _("This question is still being answered."), _("Open the conversation again soon.")
            )
        case "stopped":
            shown.note = stopped_html()
        case "failed":
            shown.note = failure_markdown(turn.error or _("This question was not answered."), turn.hint)
        case "waiting":
            shown.requests = turn.requests
        case "done":
            pass
    shown.finished = True
    return shown.as_messages()


def waiting_message(sentence: str) -> Message:
    """A line that stands in for an answer that has not begun."""
    return {"role": "assistant", "content": f'<span class="waiting-line">{escape_text(sentence)} …</span>'}


def stopped_html() -> str:
    """That the learner stopped the turn."""
    return f'<div class="notice">{_("Stopped.")}</div>'


def failure_markdown(message: str, hint: str) -> str:
    """One sentence and what to do next."""
    advice = f' <span class="hint">{escape_text(hint)}</span>' if hint else ""
    return f'<div class="failure">{escape_text(message)}{advice}</div>'
