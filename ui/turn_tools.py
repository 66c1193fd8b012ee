"""The small buttons of a turn: edit its question, switch its versions, ask it again, branch behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from errors import QuestionError
from ui.translation import _

if TYPE_CHECKING:
    from agent.conversation_branches import Versions

_SHAPE = re.compile(r"([0-9a-f-]{8,64})\.([0-9a-f-]{8,64})")


@dataclass(frozen=True, slots=True)
class TurnReference:
    """Which turn a button is about."""

    conversation_id: str
    turn_id: str

    @classmethod
    def parse(cls, text: str) -> TurnReference:
        """The reference that `as_text` wrote.

        Raises:
            QuestionError: the text is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise QuestionError(_("This button is damaged."), hint=_("Load the page again."))
        return cls(match[1], match[2])

    def as_text(self) -> str:
        """Hex digits and a dot, fit for a button's value."""
        return f"{self.conversation_id}.{self.turn_id}"


def question_tools(reference: TurnReference | None, question: str, versions: Versions | None = None) -> str:
    """The row below a question; it keeps its height while it is empty, so that nothing moves when it fills.

    The chat lets only classes, names, values and titles through: the question's own text travels as a name.
    """
    if reference is None:
        return '<div class="turn-tools"></div>'
    edit = (
        f'<button type="button" class="turn-tool edit-question" name="{quote(question, safe="")}" '
        f'value="{reference.as_text()}" title="{_("Edit the question and ask it again")}">{_("Edit")}</button>'
    )
    return f'<div class="turn-tools">{_switch(versions)}{edit}</div>'


def answer_tools(reference: TurnReference | None, *, can_retry: bool, can_copy: bool = False) -> str:
    """The buttons below an answer."""
    copy = ""
    if can_copy:
        meaning = _("Copy the answer as text")
        copy = f'<button type="button" class="turn-tool copy-answer" title="{meaning}">{_("Copy")}</button>'
    if reference is None:
        return f'<div class="answer-tools">{copy}</div>' if copy else ""
    retry = _tool("retry_turn", reference, _("Retry"), _("Answer the question again")) if can_retry else ""
    branch = _tool("branch_here", reference, _("Branch"), _("Go on from here in another conversation"))
    return f'<div class="answer-tools">{copy}{retry}{branch}</div>'


def _tool(name: str, reference: TurnReference, shown: str, meaning: str) -> str:
    return (
        f'<button type="button" class="turn-tool study-action" name="{name}" value="{reference.as_text()}" '
        f'title="{meaning}">{shown}</button>'
    )


def _switch(versions: Versions | None) -> str:
    """Which version is shown, between the buttons to the one before and the next."""
    if versions is None:
        return ""
    count, place = len(versions.conversation_ids), versions.place
    before = _step(versions, place - 1, "‹", _("The version before"))
    after = _step(versions, place + 1, "›", _("The next version"))
    shown = _("{place} of {count}").format(place=place + 1, count=count)
    counted = f'<span class="version-count"><span class="for-reader">{_("Version")} </span>{shown}</span>'
    return f'<span class="version-switch">{before}{counted}{after}</span>'


def _step(versions: Versions, place: int, shown: str, meaning: str) -> str:
    is_there = 0 <= place < len(versions.conversation_ids)
    value = versions.conversation_ids[place] if is_there else ""
    return (
        f'<button type="button" class="turn-tool study-action{"" if is_there else " at-the-end"}" '
        f'name="show_version" value="{value}" title="{meaning}">{shown}</button>'
    )
