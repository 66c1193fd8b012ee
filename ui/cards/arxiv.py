"""Papers found on arXiv, and a paper that was added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.answer import shorten
from ui.markup import escape_text
from ui.reference import PassageReference
from ui.translation import _, counted, ngettext

_SHOWN_AUTHORS = 4


def found_card(answer: Mapping[str, Any]) -> str:
    """The found papers, each with a button that adds it or opens it."""
    results: Sequence[Mapping[str, Any]] = answer.get("results") or ()
    asked = escape_text(shorten(str(answer.get("query", "")), 80))
    head = ngettext("{count} paper", "{count} papers", len(results))
    if asked:
        head = ngettext("{count} paper for “{query}”", "{count} papers for “{query}”", len(results))
    title = f"<b>arXiv</b> · {head.format(count=len(results), query=asked)}"
    rows = "".join(found_row(found) for found in results)
    notices = "".join(f'<div class="notice">{escape_text(str(one))}</div>' for one in answer.get("notices") or ())
    return f'<div class="card-head">{title}</div>\n\n<div class="papers">{rows}</div>{notices}'


def found_row(found: Mapping[str, Any]) -> str:
    """One paper: title, authors, date, why it fits, the abstract to unfold, and what can be done."""
    named = [str(author) for author in found.get("authors") or ()]
    authors = ", ".join(named[:_SHOWN_AUTHORS])
    if len(named) > _SHOWN_AUTHORS:
        authors = _("{names} and others").format(names=authors)
    version = f"v{found.get('version')}" if found.get("version") else ""
    facts = [
        authors,
        str(found.get("published", ""))[:10],
        f"arXiv {found.get('arxiv_id', '')}{version}",
        str(found.get("primary_category", "")),
    ]
    line = " · ".join(escape_text(fact) for fact in facts if fact)
    why = f'<div class="paper-why">{escape_text(str(found["why"]))}</div>' if found.get("why") else ""
    abstract = escape_text(str(found.get("abstract", "")))
    unfold = f"<details><summary>{_('Abstract')}</summary><p>{abstract}</p></details>" if abstract else ""
    return (
        f'<div class="paper"><b>{escape_text(str(found.get("title", "")))}</b>'
        f'<div class="paper-facts">{line}</div>{why}{unfold}{_action(found)}</div>'
    )


def _action(found: Mapping[str, Any]) -> str:
    if found.get("document_id"):
        return f'<div class="card-buttons">✓ {_("in your library")} {_open_button(str(found["document_id"]))}</div>'
    if found.get("withdrawn"):
        told = _("This paper was withdrawn by its authors; there is no PDF to add.")
        return f'<div class="failure">{told}</div>'
    identity = escape_text(str(found.get("arxiv_id", "")))
    return (
        f'<div class="card-buttons"><button type="button" class="card-button study-action" name="add_paper" '
        f'value="{identity}">{_("Add to my library")}</button></div>'
    )


def added_card(added: Mapping[str, Any]) -> str:
    """What came of adding a paper, where it belongs in the roadmap, and what to read before it."""
    title = escape_text(str(added.get("title", "")))
    facts = {"already": _("already in your library"), "updated": _("a newer version replaced the old")}
    pages, passages = int(added.get("pages") or 0), int(added.get("chunks") or 0)
    counts = (
        f"{counted('{count} page', '{count} pages', pages)}, {counted('{count} passage', '{count} passages', passages)}"
    )
    head = f"<b>{title}</b> · {facts.get(str(added.get('status')), _('added'))} · {counts}"
    lines: list[str] = []
    missing = [one for one in added.get("prerequisites") or () if not one.get("in_library")]
    if missing:
        names = "; ".join(escape_text(str(one.get("title", ""))) for one in missing)
        told = _("The roadmap reads these first, and they are not here yet: {names}").format(names=names)
        lines.append(f'<div class="notice">{told}</div>')
    lines += [f'<div class="notice">{escape_text(str(one))}</div>' for one in added.get("notices") or ()]
    button = _open_button(str(added["document_id"])) if added.get("document_id") else ""
    return f'<div class="card-head">{head}</div>\n\n{"".join(lines)}<div class="card-buttons">{button}</div>'


def _open_button(document_id: str) -> str:
    first_page = PassageReference.of(document_id, 1, 0, 0, "").as_text()
    return (
        f'<button type="button" class="card-button study-action" name="open_source" value="{escape_text(first_page)}">'
        f"{_('Open it')}</button>"
    )
