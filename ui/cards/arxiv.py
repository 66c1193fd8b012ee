"""Papers found on arXiv, and a paper that was added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.answer import shorten
from ui.markup import escape_text
from ui.reference import PassageReference

_SHOWN_AUTHORS = 4


def found_card(answer: Mapping[str, Any]) -> str:
    """The found papers, each with a button that adds it or opens it."""
    results: Sequence[Mapping[str, Any]] = answer.get("results") or ()
    head = "1 paper" if len(results) == 1 else f"{len(results)} papers"
    asked = escape_text(shorten(str(answer.get("query", "")), 80))
    title = f"<b>arXiv</b> · {head}" + (f" for “{asked}”" if asked else "")
    rows = "".join(found_row(found) for found in results)
    notices = "".join(f'<div class="notice">{escape_text(str(one))}</div>' for one in answer.get("notices") or ())
    return f'<div class="card-head">{title}</div>\n\n<div class="papers">{rows}</div>{notices}'


def found_row(found: Mapping[str, Any]) -> str:
    """One paper: title, authors, date, why it fits, the abstract to unfold, and what can be done."""
    named = [str(author) for author in found.get("authors") or ()]
    authors = ", ".join(named[:_SHOWN_AUTHORS]) + (" and others" if len(named) > _SHOWN_AUTHORS else "")
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
    unfold = f"<details><summary>Abstract</summary><p>{abstract}</p></details>" if abstract else ""
    return (
        f'<div class="paper"><b>{escape_text(str(found.get("title", "")))}</b>'
        f'<div class="paper-facts">{line}</div>{why}{unfold}{_action(found)}</div>'
    )


def _action(found: Mapping[str, Any]) -> str:
    if found.get("document_id"):
        return f'<div class="card-buttons">✓ in your library {_open_button(str(found["document_id"]))}</div>'
    if found.get("withdrawn"):
        return '<div class="failure">This paper was withdrawn by its authors; there is no PDF to add.</div>'
    identity = escape_text(str(found.get("arxiv_id", "")))
    return (
        f'<div class="card-buttons"><button type="button" class="card-button study-action" name="add_paper" '
        f'value="{identity}">Add to my library</button></div>'
    )


def added_card(added: Mapping[str, Any]) -> str:
    """What came of adding a paper, where it belongs in the roadmap, and what to read before it."""
    title = escape_text(str(added.get("title", "")))
    facts = {"added": "added", "already": "already in your library", "updated": "a newer version replaced the old"}
    counts = f"{added.get('pages', 0)} pages, {added.get('chunks', 0)} passages"
    head = f"<b>{title}</b> · {facts.get(str(added.get('status')), 'added')} · {counts}"
    lines: list[str] = []
    missing = [one for one in added.get("prerequisites") or () if not one.get("in_library")]
    if missing:
        names = "; ".join(escape_text(str(one.get("title", ""))) for one in missing)
        lines.append(f'<div class="notice">The roadmap reads these first, and they are not here yet: {names}</div>')
    lines += [f'<div class="notice">{escape_text(str(one))}</div>' for one in added.get("notices") or ()]
    button = _open_button(str(added["document_id"])) if added.get("document_id") else ""
    return f'<div class="card-head">{head}</div>\n\n{"".join(lines)}<div class="card-buttons">{button}</div>'


def _open_button(document_id: str) -> str:
    first_page = PassageReference.of(document_id, 1, 0, 0, "").as_text()
    return (
        f'<button type="button" class="card-button study-action" name="open_source" value="{escape_text(first_page)}">'
        "Open it</button>"
    )
