"""Small pieces of HTML that the roadmap's views share: buttons that open, links to the web, marks, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ui.answer import shorten
from ui.markup import escape_html
from ui.roadmap_state import MARKS, Mark
from ui.translation import N_, _

if TYPE_CHECKING:
    from curriculum.model import Paper
    from learner.values import Evidence

_KINDS = {
    "prediction": N_("prediction"),
    "quiz": N_("question"),
    "notebook": N_("lesson"),
    "project": N_("project"),
    "by-hand": N_("tick by hand"),
}


def open_button(value: str, shown: str, style: str = "link-button") -> str:
    """A button that opens a note, paper, lesson or brief in place; `value` is such as "note:06-lora"."""
    return (
        f'<button type="button" class="{style} study-action" name="open_material" value="{escape_html(value)}">'
        f"{escape_html(shown)}</button>"
    )


def one_after_another(buttons: Sequence[str]) -> str:
    """The buttons in a line of text, each with the mark that ends it: a mark of its own would begin a line."""
    last = len(buttons) - 1
    return " ".join(f'<span class="one-of">{one}{";" if at < last else ""}</span>' for at, one in enumerate(buttons))


def ask_button(question: str, shown: str = "", style: str = "card-button") -> str:
    """A button that asks a question in the chat."""
    told = _("Asks in the chat: {question}").format(question=escape_html(question))
    return (
        f'<button type="button" class="{style} study-action" name="ask" value="{escape_html(question)}" '
        f'title="{told}">{escape_html(shown or _("Ask about it"))}</button>'
    )


def web_link(url: str, shown: str) -> str:
    """A link to a page of the web that the curriculum's own files name; nothing is loaded before it is clicked."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return (
        f'<a class="web-link" href="{escape_html(url)}" target="_blank" rel="noopener noreferrer">{escape_html(shown)}'
        f' <span class="host">{escape_html(host)} ↗</span></a>'
    )


def mark_html(mark: Mark) -> str:
    """The sign of a state, with its words for a screen reader."""
    shown = MARKS[mark]
    return (
        f'<span class="mark state-{mark}" title="{_(shown.words)}"><span aria-hidden="true">{shown.sign}</span>'
        f'<span class="for-reader">{_(shown.words)}</span></span>'
    )


def labelled_bar(share: float, label: str) -> str:
    """A bar with a name of its own, quite empty at 0."""
    percent = round(100 * share)
    return (
        f'<div class="bar" role="progressbar" aria-label="{escape_html(label)}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><span style="width: {percent}%"></span></div>'
    )


def evidence_html(acts: list[Evidence], label: str) -> str:
    """A line for each act: when, what kind, about what, and what came of it."""
    lines = "".join(
        f'<li><time datetime="{act.at.isoformat()}">{act.at:%Y-%m-%d}</time> <b>{_(_KINDS[act.kind])}</b> '
        f"{escape_html(shorten(act.item_id, 60))}: {escape_html(_came_of(act))}</li>"
        for act in acts
    )
    return f'<ul class="evidence" aria-label="{escape_html(label)}">{lines}</ul>' if lines else ""


def _came_of(act: Evidence) -> str:
    if act.kind in ("notebook", "project", "by-hand"):
        return act.given
    verdict = _("{outcome:.2f} of 1").format(outcome=act.outcome)
    if act.outcome in (0.0, 1.0):
        verdict = _("right") if act.outcome else _("wrong")
    if not act.given:
        return verdict
    return _("{verdict}, you said “{words}”").format(verdict=verdict, words=shorten(act.given, 60))


def paper_facts(paper: Paper) -> str:
    """Authors, year, where it is found, and whether we added it."""
    ours = f" · {_('added by us, not in the roadmap')}" if paper.origin == "ours" else ""
    return f"{paper.authors}, {paper.year}{ours}"
