"""The program's notes on their way into a new library, as the page tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.note_filling import FillingStatus
from ui.library_progress import bar_html
from ui.markup import escape_html
from ui.translation import _

if TYPE_CHECKING:
    from ui.services import Services

NOTHING = FillingStatus(0, 0, running=False)


def notes_of(services: Services) -> FillingStatus:
    """How far they have come, without waiting; nothing runs while the library is not open."""
    if services.state != "ready":
        return NOTHING
    filling = services.rooms(0).filling
    return NOTHING if filling is None else filling.status()


def notes_html(status: FillingStatus) -> str:
    """For the library tab: a bar while they come, a sentence where some could not be added, else nothing."""
    if status.running:
        shown = f"<p><b>{_sentence(status)}</b></p>{bar_html(_share(status))}"
        return f'<div class="adding notes-arriving" role="status">{shown}</div>'
    return f'<p class="hint" role="status">{escape_html(status.sentence)}</p>' if status.failed else ""


def notes_line(status: FillingStatus) -> str:
    """For the line below the chat, while they come."""
    if not status.running:
        return ""
    return f'<p class="loading-line" role="status">{_sentence(status)} {_("You can already ask.")}</p>'


def _sentence(status: FillingStatus) -> str:
    told = _("The notes that come with this program are being added: {done} of {total}.")
    return escape_html(told.format(done=status.done, total=status.total))


def _share(status: FillingStatus) -> float:
    return status.done / status.total if status.total else 1.0
