"""What every card is given besides the values it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from errors import StudyError
from ui.translation import _


def no_picture(conversation_id: str, name: str) -> bytes:
    """No picture at all: for pages without a store of figures."""
    raise StudyError(_("The figure {name} is not there.").format(name=name), hint=conversation_id)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a card stands."""

    conversation_id: str
    is_told: bool = False
    """Whether the answer below tells the result in full, as the built-in model does: the card then shows the rest."""
    read_picture: Callable[[str, str], bytes] = no_picture
    """Conversation id and file name of a figure to its PNG; raises StudyError when it is gone."""
