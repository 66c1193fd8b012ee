"""A paper walked through, and papers side by side: quotes under headings and in a table, each with its number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.embedded.aspect_quotes import QuoteSearch
from agent.embedded.compose import Reader, quoted
from agent.embedded.evidence import Evidence
from agent.embedded.parts import plain
from agent.tools.aspects import AFTER, COMPARED, PLAIN_WORDS, WALK, named_aspect
from agent.tools.mentions import mention_pattern

NO_SENTENCE = "No passage of the paper speaks plainly of this."
NO_CELL = "no passage found"
CELL_CHARACTERS = 260
HEADING_CHARACTERS = 60
_QUERIES = {aspect.name: aspect.query for aspect in (*WALK, *COMPARED, AFTER)}
_COUNTS: dict[str, dict[str, int]] = {
    "newcomer": {PLAIN_WORDS: 3, "Problem": 1, "Idea": 2, "Method": 1, "Evidence": 1, "Limits": 1},
    "engineer": {"Problem": 2, "Idea": 2, "Method": 3, "Evidence": 2, "Limits": 2},
    "researcher": {"Problem": 1, "Idea": 2, "Method": 3, "Evidence": 3, "Limits": 3},
}
_IN_NUMBERS = frozenset({"Data", "Results", "Evidence"})
"""Aspects that a number says best."""
_WHOM = {"newcomer": "a newcomer", "engineer": "an engineer", "researcher": "a researcher"}
OUTLOOK, LATER = 1, 3
"""Sentences of the authors on what they will do, and of later documents."""
LATER_WORK = "Later work"


def explained_text(artifact: Mapping[str, Any], reader: Reader) -> str:
    """The walk through a paper: per aspect its quotes, or that it says nothing of it."""
    level = str(artifact.get("level", "engineer"))
    document = artifact.get("document", {})
    passages = {int(passage["number"]): passage for passage in artifact.get("passages", ())}
    search = QuoteSearch(reader.embed)
    blocks = [f"### {plain(document.get('title', ''), 200)}: a walk through for {_WHOM.get(level, 'an engineer')}"]
    shown: list[Evidence] = []
    for aspect in artifact.get("aspects", ()):
        name = str(aspect["name"])
        held = [passages[number] for number in aspect.get("numbers", ()) if number in passages]
        if name == AFTER.name:
            lines, found = _after(artifact, held, search)
        elif name == PLAIN_WORDS:
            found = search.first(held, _COUNTS["newcomer"][name])
            lines = [f"- {_quote(item)}" for item in found] or [f"- {NO_SENTENCE}"]
        else:
            found = search.best(
                name,
                _QUERIES.get(name, name),
                held,
                _COUNTS.get(level, {}).get(name, 2),
                wants_numbers=level == "researcher" and name in _IN_NUMBERS,
            )
            lines = [f"- {_quote(item)}" for item in found] or [f"- {NO_SENTENCE}"]
        shown += found
        blocks.append("\n".join([f"**{plain(name)}**", "", *lines]))
    if level == "newcomer":
        blocks += _short_forms(shown, reader.glossary)
    return "\n\n".join(blocks)


def _after(
    artifact: Mapping[str, Any], held: Sequence[Mapping[str, Any]], search: QuoteSearch
) -> tuple[list[str], list[Evidence]]:
    """What the authors meant to do next, what later documents say, and what the roadmap has beyond the library."""
    document_id = artifact.get("document", {}).get("id")
    own = [passage for passage in held if passage["document_id"] == document_id]
    others = [passage for passage in held if passage["document_id"] != document_id]
    outlook = search.best(AFTER.name, AFTER.query, own, OUTLOOK)
    named = mention_pattern([str(name) for name in artifact.get("names", ())])
    query = f"{' '.join(map(str, artifact.get('names', ())[:2]))} {artifact.get('document', {}).get('title', '')}"
    later = search.best(LATER_WORK, query, others, LATER, needed=named)
    lines = [f"- The authors: {_quote(item)}" for item in outlook]
    lines += [f"- {plain(others[item.passage]['title'], HEADING_CHARACTERS)}: {_quote(item)}" for item in later]
    if not later:
        lines.append("- No passage of a later document in your library names it.")
    if absent := artifact.get("absent"):
        papers = "; ".join(f"*{plain(paper)}*" for paper in absent[:4])
        lines.append(f"- You could add papers that build on it to your library: {papers}.")
    return lines, [*outlook, *later]


def _short_forms(shown: Sequence[Evidence], glossary: Mapping[str, str]) -> list[str]:
    """What the short forms in the quotes stand for, where the quotes do not say so themselves."""
    text = " ".join(item.text for item in shown)
    lines = [
        f"- **{acronym}**: {meaning}"
        for acronym, meaning in glossary.items()
        if re.search(rf"(?<![\w-]){re.escape(acronym)}(?![\w-])", text) and meaning.casefold() not in text.casefold()
    ]
    return ["\n".join(["**Short forms**", "", *lines])] if lines else []


def _quote(item: Evidence) -> str:
    return " ".join(quoted(sentence, item.number) for sentence in item.sentences)


def compared_papers_text(artifact: Mapping[str, Any], reader: Reader) -> str:
    """The papers in a table: one short quote with its number in each cell, or that none was found."""
    columns = artifact.get("columns", ())
    passages = {int(passage["number"]): passage for passage in artifact.get("passages", ())}
    searches = [QuoteSearch(reader.embed) for _ in columns]
    rows = []
    for row in artifact.get("rows", ()):
        cells = [
            _cell(str(row["aspect"]), [passages[number] for number in numbers if number in passages], search)
            for numbers, search in zip(row["cells"], searches, strict=True)
        ]
        rows.append([plain(row["aspect"], HEADING_CHARACTERS), *cells])
    head = ["Aspect", *(_heading(str(column["title"])) for column in columns)]
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n\n".join(["### The papers side by side", "\n".join(lines)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _heading(title: str) -> str:
    head, colon, _ = title.partition(":")
    return plain(head if colon and len(head.split()) <= 4 else title, HEADING_CHARACTERS)


def _cell(aspect: str, passages: Sequence[Mapping[str, Any]], search: QuoteSearch) -> str:
    query = _QUERIES.get(aspect) or named_aspect(aspect).query
    numbers = aspect in _IN_NUMBERS
    found = search.best(aspect, query, passages, 1, longest=CELL_CHARACTERS - 60, wants_numbers=numbers)
    if not found:
        return NO_CELL
    sentence = _shortened(" ".join(found[0].sentences[-1].split()))
    return quoted(sentence, found[0].number).replace("|", "\\|")


def _shortened(sentence: str) -> str:
    """The sentence, or its beginning up to a comma or a space, with "…" for the rest."""
    if len(sentence) <= CELL_CHARACTERS:
        return sentence
    head = sentence[:CELL_CHARACTERS]
    at = max(head.rfind(", "), head.rfind("; "), head.rfind(" – "))
    return head[: at if at > CELL_CHARACTERS // 2 else head.rfind(" ")] + " …"
