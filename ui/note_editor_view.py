"""The notes editor as HTML: preview, whether the text is saved, earlier texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ingestion.loaders.markdown import FRONT_MATTER
from ui.markdown_view import markdown_html
from ui.markup import escape_html
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from ui.note_files import NoteText, Version

NoteState = Literal["empty", "draft", "saving", "saved", "version"]

_OURS = N_("This note comes with the program: saving makes a copy of your own, and the original stays.")


def preview_html(note: NoteText) -> str:
    """The note as it will be shown; links, pictures and HTML in it stay plain text."""
    if note.is_blank:
        return f'<p class="empty">{_("The preview appears here while you write.")}</p>'
    text = FRONT_MATTER.sub("", note.text)
    title = f"<h2>{escape_html(' '.join(note.title.split()))}</h2>" if note.title.strip() else ""
    return (
        f'<div class="note-text" tabindex="0" role="region" aria-label="{_("Preview of the note")}">'
        f"{title}{markdown_html(text)}</div>"
    )


def state_html(state: NoteState, *, at: datetime | None = None, chunks: int | None = None, ours: bool = False) -> str:
    """One line: what is saved and what is not."""
    clock = f"{at:%H:%M} UTC" if at else ""
    sentence = {
        "empty": _("A note is Markdown, with formulas such as $x^2$ and code. Once saved, it is searched and cited."),
        "draft": _("Not saved yet. What you typed is kept here since {time}, also when the page is reloaded."),
        "version": _("An earlier text. Save it to go back to it."),
        "saving": _("Saving …"),
        "saved": _("Saved."),
    }[state].format(time=clock)
    if chunks is not None:
        sentence = ngettext(
            "Saved: one passage of it is searched and cited.",
            "Saved: {count:,} passages of it are searched and cited.",
            chunks,
        ).format(count=chunks)
    told = f"{sentence} {_(_OURS)}" if ours else sentence
    return f'<p class="note-state {state}" role="status">{escape_html(told)}</p>'


def versions_html(versions: Sequence[Version], document_id: str) -> str:
    """The earlier texts, each to be looked at and gone back to; empty when there is none."""
    if not versions:
        return ""
    rows = "".join(_version(one, document_id) for one in versions)
    title = _("Earlier texts ({count})").format(count=len(versions))
    return f'<details class="note-versions"><summary>{title}</summary><ul>{rows}</ul></details>'


def _version(one: Version, document_id: str) -> str:
    words = ngettext("{count:,} word", "{count:,} words", one.words).format(count=one.words)
    return (
        '<li><button type="button" class="link-button study-action" name="note_version" '
        f'value="{escape_html(document_id)}/{escape_html(one.stamp)}">'
        f"{_('Until {time}').format(time=f'{one.at:%Y-%m-%d %H:%M} UTC')}</button> "
        f'<span class="hint">{words}</span></li>'
    )
