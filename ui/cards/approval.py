"""A question to the learner: may the tutor do this?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from errors import QuestionError
from ui.answer import shorten
from ui.markup import code_block, escape_text
from ui.translation import N_, _

if TYPE_CHECKING:
    from agent.events import ApprovalRequest

_SHAPE = re.compile(r"([0-9a-f-]{8,64})\.([\w-]{1,200})")
_ACTS = {
    "add_paper": (N_("Add this paper to your library?"), N_("Add it")),
    "run_python": (N_("Run this code?"), N_("Run it")),
    "draft_equation": (N_("Run the check of this drafted equation?"), N_("Run it")),
    "search_arxiv": (N_("Ask arXiv this?"), N_("Ask it")),
    "end_quiz": (N_("End your quiz?"), N_("End it")),
    "quiz_hint": (N_("Take a hint? It counts."), N_("Take it")),
}


@dataclass(frozen=True, slots=True)
class CallReference:
    """Which waiting call a button decides about."""

    conversation_id: str
    call_id: str

    @classmethod
    def parse(cls, text: str) -> CallReference:
        """The reference that `as_text` wrote.

        Raises:
            QuestionError: the text is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise QuestionError(_("This button is damaged."), hint=_("Ask the question again."))
        return cls(match[1], match[2])

    def as_text(self) -> str:
        """Letters, digits, dashes and a dot, fit for a button's value."""
        return f"{self.conversation_id}.{self.call_id}"


def approval_card(request: ApprovalRequest, conversation_id: str, titles: Mapping[str, str]) -> str:
    """What the tutor wants to do and why it asks, with the buttons that decide.

    `titles` tells what papers are called, by arXiv id, as far as this turn has seen them.
    """
    question, verb = _("May the tutor use {name}?").format(name=request.name), _("Allow")
    if act := _ACTS.get(request.name):
        question, verb = map(_, act)
    value = escape_text(CallReference(conversation_id, request.call_id).as_text())
    shown = _arguments(request.name, request.arguments, titles)
    edit = ""
    if request.name == "run_python":
        edit = (
            f'<button type="button" class="card-button edit-code" name="approve" value="{value}">'
            f"{_('Edit and run')}</button>"
        )
    buttons = (
        f'<div class="card-buttons"><button type="button" class="card-button main study-action" name="approve" '
        f'value="{value}">{verb}</button>{edit}<button type="button" class="card-button study-action" name="decline" '
        f'value="{value}">{_("Decline")}</button></div>'
    )
    head = f'<div class="card-head"><b>{escape_text(question)}</b></div>'
    return "\n\n".join([head, shown, f'<div class="notice">{escape_text(request.reason)}</div>', buttons])


def _arguments(name: str, arguments: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    if name == "run_python":
        return code_block(str(arguments.get("code", "")), "python")
    if title := titles.get(str(arguments.get("arxiv_id", ""))):
        return f"<b>{escape_text(shorten(title, 300))}</b> (arXiv {escape_text(str(arguments['arxiv_id']))})"
    told = {key: value for key, value in arguments.items() if str(value).strip() and key != "code"}
    lines = [escape_text(shorten(f"{key.replace('_', ' ')}: {value}", 400)) for key, value in told.items()]
    program = [code_block(str(arguments["code"]), "python")] if arguments.get("code") else []
    return "\n\n".join([*lines, *program])
