"""How far the library's queues are, and what came of each file, as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ui.background_queue import FileLine
from ui.markup import escape_html
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from ui.adding import AddStatus
    from ui.rereading import RereadStatus
    from vectorstore.reports import AddProgress

_SIGNS = {
    "added": "✓",
    "reread": "✓",
    "unchanged": "=",
    "failed": "⚠",
    "cancelled": "–",
    "left out": "·",
}
_WORDS = {
    "added": N_("added"),
    "reread": N_("read again"),
    "unchanged": N_("unchanged"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "left out": N_("left out"),
}
SHOWN_OUTCOMES = 200
"""Most lines at once; what failed comes first, and what is not listed is counted."""


def adding_html(status: AddStatus) -> str:
    """Progress while files are added, then a line for each file."""
    counted, act = _("{done} of {all} files"), _("Adding {name}")
    shown = progress_html(status.progress, status.waiting, counted, act, cancelling=status.cancelling)
    lines = outcomes_html(status.outcomes, _("What came of the files"), forgotten=status.forgotten)
    return (shown if status.running else "") + lines


def rereading_html(status: RereadStatus) -> str:
    """Progress while documents are read again, then a line for each one."""
    counted, act = _("{done} of {all} documents"), _("Reading again {name}")
    shown = progress_html(status.progress, status.waiting, counted, act, cancelling=status.cancelling)
    lines = outcomes_html(status.outcomes, _("What came of reading again"), forgotten=status.forgotten)
    return (shown if status.running else "") + lines


def outcomes_html(outcomes: Sequence[FileLine], label: str, *, forgotten: int = 0) -> str:
    """How many there are of each kind, and a line for each file; empty when there is none."""
    if not outcomes:
        return ""
    ordered = [line for line in outcomes if line.status == "failed"]
    ordered += [line for line in outcomes if line.status != "failed"]
    lines = "".join(_outcome(line) for line in ordered[:SHOWN_OUTCOMES])
    unlisted = len(ordered) - SHOWN_OUTCOMES + forgotten if len(ordered) > SHOWN_OUTCOMES else forgotten
    if unlisted:
        told = ngettext("{count:,} more are not listed.", "{count:,} more are not listed.", unlisted)
        lines += f'<li class="outcome hint">{told.format(count=unlisted)}</li>'
    return (
        f'<div class="outcomes-box"><p class="outcomes-head"><span>{_summary(outcomes)}</span> <button type="button" '
        f'class="link-button study-action" name="clear_outcomes" value="x">{_("Clear the list")}</button></p>'
        f'<ul class="outcomes" aria-label="{label}" tabindex="0">{lines}</ul></div>'
    )


def progress_html(progress: AddProgress | None, waiting: int, counted: str, act: str, *, cancelling: bool) -> str:
    """A bar with counts; `counted` has places for `{done}` and `{all}`, `act` for the `{name}` of what is in hand."""
    if progress is None:
        return f'<div class="adding" role="status"><p><b>{_("Getting ready …")}</b></p>{bar_html(0.0)}</div>'
    parts = [
        counted.format(done=progress.files_done, all=progress.files_total + waiting),
        _("{done:,} of {all:,} pages").format(done=progress.pages_done, all=progress.pages_total),
        _("{done:,} of {all:,} passages").format(done=progress.chunks_done, all=progress.chunks_total),
    ]
    if progress.chunks_per_second > 0:
        parts.append(_("{count:,.0f} passages/s").format(count=progress.chunks_per_second))
    if progress.seconds_left is not None:
        parts.append(_("about {time} left").format(time=_seconds(progress.seconds_left)))
    name = _("Stopping after this piece") if cancelling else act.format(name=escape_html(progress.current))
    inside = progress.chunks_done / progress.chunks_total if progress.chunks_total else 0.0
    share = (progress.files_done + min(inside, 1.0)) / progress.files_total if progress.files_total else 0.0
    return f'<div class="adding" role="status"><p><b>{name}</b></p>{bar_html(share)}<p>{" · ".join(parts)}</p></div>'


def bar_html(share: float) -> str:
    """A bar filled to a share from 0 to 1."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<div class="bar" role="progressbar" aria-label="{_("Progress")}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><span style="width: {max(percent, 2)}%"></span></div>'
    )


def _summary(outcomes: Sequence[FileLine]) -> str:
    counts = Counter(line.status for line in outcomes)
    return ", ".join(f"{counts[status]:,} {_(_WORDS.get(status, status))}" for status in _SIGNS if counts[status])


def _outcome(line: FileLine) -> str:
    hint = f' <span class="hint">{escape_html(line.hint)}</span>' if line.hint else ""
    warnings = "".join(f'<span class="file-warning">{escape_html(warning)}</span>' for warning in line.warnings)
    status = _(_WORDS.get(line.status, line.status))
    return (
        f'<li class="outcome {line.status.replace(" ", "-")}"><span class="sign" aria-hidden="true">'
        f"{_SIGNS.get(line.status, '•')}</span> <b>{escape_html(line.name)}</b> {status}: "
        f"{escape_html(line.detail)}{hint}{warnings}</li>"
    )


def _seconds(seconds: float) -> str:
    whole = round(seconds)
    if whole < 90:
        return _("{count} s").format(count=whole)
    return _("{count} min").format(count=round(whole / 60))
