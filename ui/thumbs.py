"""Thumbs under a finished answer: up, down with an optional reason, and which of them stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.feedback import REASONS, VERDICTS, FeedbackStore, Verdict
from errors import QuestionError
from ui.markup import escape_text
from ui.translation import N_, _

if TYPE_CHECKING:
    from agent.conversations import ConversationStore
    from agent.feedback import Feedback

REASON_LABELS: Mapping[str, str] = {
    "wrong": N_("It is wrong"),
    "not-found": N_("Not found, though it is there"),
    "wrong-source": N_("Wrong source"),
    "unclear": N_("Unclear"),
    "other": N_("Something else"),
}
_SHAPE = re.compile(rf"([0-9a-f-]{{8,64}})\.([0-9a-f-]{{8,64}})\.({'|'.join(VERDICTS)})\.({'|'.join(REASONS)})?")


@dataclass(frozen=True, slots=True)
class Thumb:
    """What a press of a thumb or of a reason says."""

    conversation_id: str
    turn_id: str
    verdict: Verdict
    reason: str

    @classmethod
    def parse(cls, text: str) -> Thumb:
        """The thumb that the page's script wrote: conversation, turn, verdict and reason with dots between.

        Raises:
            QuestionError: the text is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise QuestionError(_("This button is damaged."), hint=_("Load the page again."))
        verdict = next(one for one in VERDICTS if one == match[3])
        return cls(match[1], match[2], verdict, match[4] or "")


def thumbs_html(conversation_id: str, turn_id: str, feedback: Feedback | None) -> str:
    """The two thumbs and, below one that is down, why.

    The chat lets only classes, names and values through; `assets/thumbs.js` makes the rest of them.
    """
    verdict = feedback.verdict if feedback else ""
    chosen = feedback.reason if feedback else ""
    thumbs = _button("thumb", "up", _("Helpful"), verdict) + _button("thumb", "down", _("Not helpful"), verdict)
    reasons = "".join(_button("thumb-reason", reason, _(REASON_LABELS[reason]), chosen) for reason in REASONS)
    note = escape_text(feedback.note) if feedback else ""
    return (
        f'<div class="thumbs {verdict}"><div class="thumb-row">{thumbs}'
        f'<button type="button" class="thumb-turn" value="{conversation_id}.{turn_id}"></button></div>'
        f'<div class="thumb-why">{reasons}<span class="thumb-said">{note}</span></div></div>'
    )


def keep_thumb(conversations: ConversationStore, store: FeedbackStore, value: str, note: str) -> None:
    """Keep what a press says.

    Raises:
        StudyError: the button is damaged, the answer is gone or not finished, or the file cannot be written.
    """
    thumb = Thumb.parse(value)
    turn = next((one for one in conversations.turns(thumb.conversation_id) if one.id == thumb.turn_id), None)
    if turn is None:
        raise QuestionError(_("This answer is not there any more."), hint=_("Open the conversation again."))
    store.add(turn, thumb.verdict, reason=thumb.reason, note=note)


def _button(kind: str, value: str, label: str, chosen: str) -> str:
    pressed = " pressed" if value == chosen else ""
    return f'<button type="button" class="{kind}{pressed}" value="{value}">{label}</button>'
