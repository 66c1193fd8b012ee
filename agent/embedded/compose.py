"""The text of an answer made of quotes, each with its citation number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from agent.embedded.evidence import Candidates, Embed, Evidence, Rarity, collect, pick, remembering, understand
from agent.embedded.hops import asked_further
from agent.embedded.parts import plain
from agent.embedded.shelf import NamedPaper, asked_of, inside
from agent.embedded.support import Support, measure_support
from agent.embedded.table_rows import inline_row, shown_as_table, tables_text, with_powers
from agent.refusal import REFUSAL
from agent.tools.quoting import defused
from agent.words import content_stems

LONGEST_OVERVIEW = 10
"""Most sentences of an abstract or of pages."""

SHOWN_SHARE, BESIDE_SHARE, SIDE_SHARE = 0.6, 0.7, 0.8
"""Share of the best sentence's score that another needs to be shown, to stand beside it in the lead, and to stand
beside it where each of several papers has its own."""
ANNOUNCES = re.compile(
    r":$|\b(?:following|as follows|consists? of (?:two|three|four|five|several) \w+|below"
    r"|has (?:its|some|several|certain) (?:own )?(?:limitations?|limits|drawbacks?|shortcomings?))[.:]?$",
    re.IGNORECASE,
)
"""A sentence that says what the next one will tell."""
_ENDS = re.compile(r"[.!?…。？！][\"”’)\]*_$]*$|[^\d\s][.!?]\d{1,2}$")

_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_CUT_BEGINNING = re.compile(r"[a-z]+\b(?!\s*=|\()")
_BARE_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Algorithm)\s*\d+\s*[.:](?:\s+\S+){0,6}$")
LONGEST_ANNOUNCED = 600
"""Characters of an announcement together with what it announces."""


def refusal_text(support: Support, passages: Sequence[Mapping[str, Any]]) -> str:
    """The refusal, with what is missing and the nearest places to look."""
    missing = ", ".join(f"*{word}*" for word in support.missing[:4])
    lines = [f"{REFUSAL}: no passage supports an answer to this question."]
    if not passages:
        lines.append("I found no passage near it: a longer question may help.")
    elif missing:
        lines.append(f"No passage I found speaks of {missing}.")
    if passages:
        places = dict.fromkeys(f"*{passage['title']}*, page {passage['page_label']}" for passage in passages[:3])
        lines.append(f"The nearest places, which may not answer it: {'; '.join(places)}.")
    lines.append("You could add a paper or note on it in the Library tab, or ask with other words.")
    return " ".join(lines)


def _quote(evidence: Evidence) -> str:
    """Each sentence in quotation marks with its number; the paper's own `[12]` must not pass for ours."""
    return " ".join(quoted(sentence, evidence.number) for sentence in _as_shown(evidence))


def _as_shown(evidence: Evidence) -> tuple[str, ...]:
    """The sentences as a learner reads them: rows without bars around them, "…" where something was cut off."""
    if evidence.kind == "row":
        return tuple(map(inline_row, evidence.sentences))
    is_whole = evidence.kind == "formula" or (evidence.from_note and not evidence.text.endswith(","))
    return evidence.sentences if is_whole else tuple(map(_with_omissions, evidence.sentences))


def _with_omissions(sentence: str) -> str:
    """The sentence with "…" where a page or a column cut it off."""
    before = "… " if _CUT_BEGINNING.match(sentence) else ""
    return f"{before}{sentence}" + ("" if _ENDS.search(sentence) or ANNOUNCES.search(sentence) else " …")


def _paragraph(items: Sequence[Evidence]) -> str:
    """The quotes in one paragraph, rows with named columns as a table right below it."""
    said = " ".join(_quote(item) for item in items if not shown_as_table(item))
    return "\n".join([*([said] if said else []), *tables_text([item for item in items if shown_as_table(item)])])


def _list(heading: str, items: Sequence[Evidence]) -> str:
    """The quotes as a list below a heading, rows with named columns in tables behind it."""
    said = [f"- {_quote(item)}" for item in items if not shown_as_table(item)]
    tables = tables_text([item for item in items if shown_as_table(item)])
    return "\n\n".join([heading, *(["\n".join(said)] if said else []), *tables])


def quoted(sentence: str, number: int) -> str:
    """A sentence in quotation marks with its number, safe from marks of its own.

    What does not end like a sentence, such as the row of a table, gets a full stop, lest it run into the next one.
    """
    inner = defused(with_powers(sentence).replace("“", "‘").replace("”", "’"))
    return f"“{inner}” [{number}]" + ("" if _ENDS.search(inner) else ".")


def _sections(lead: str, others: Sequence[Evidence], *, from_note: bool) -> str:
    """The lead, and below it what else the papers and the notes say; `from_note` tells where the lead is from."""
    papers = [item for item in others if not item.from_note]
    notes = [item for item in others if item.from_note]
    blocks = [lead]
    if papers:
        heading = "More from the papers:" if not from_note else "From the papers:"
        blocks.append(_list(heading, papers))
    if notes:
        heading = "From the study notes:" if not from_note else "More from the study notes:"
        blocks.append(_list(heading, notes))
    return "\n\n".join(blocks)


@dataclass(frozen=True, slots=True)
class Reader:
    """What every answer is made with."""

    embed: Embed
    rarity: Rarity | None = None
    glossary: Mapping[str, str] = field(default_factory=dict)
    """Acronym to its meaning."""

    def read(
        self, question: str, passages: Sequence[Mapping[str, Any]], papers: Sequence[NamedPaper] = ()
    ) -> tuple[Candidates, Support]:
        """The scored sentences of the passages, and how well they carry an answer; `papers` are those it names."""
        titles = {str(passage["title"]) for passage in passages}
        asked = understand(question, titles, rarity=self.rarity, glossary=self.glossary, papers=papers)
        candidates = collect(asked, passages, embed=self.embed)
        return candidates, measure_support(asked, candidates, passages)


def answer_text(
    question: str,
    passages: Sequence[Mapping[str, Any]],
    reader: Reader,
    *,
    papers: Sequence[NamedPaper] = (),
    led_to: NamedPaper | None = None,
    quotes: int = 6,
) -> str:
    """A quoted and cited answer, or the refusal when the passages do not support one.

    Args:
        question: what was asked.
        passages: what was found.
        reader: what reads them.
        papers: those that the question names.
        led_to: the paper that it means without naming it.
        quotes: most sentences.
    """
    reader = replace(reader, embed=remembering(reader.embed))
    candidates, support = reader.read(question, passages, papers)
    asked = [(paper, inside(asked_of(question, paper, papers), paper)) for paper in papers]
    if led_to is not None:
        asked.append((led_to, asked_further(question, papers)))
    sides, carried = _sides(asked, passages, reader) if len(asked) > 1 else ([], False)
    if not (support.enough or carried):
        return refusal_text(support, passages)
    best, *others = pick(candidates, quotes)
    shown = _with_announced(_worth_showing(best, others), best, candidates)
    if len(sides) > 1:
        lead = "\n".join(f"- **{plain(name, 60)}**: {' '.join(map(_quote, items))}" for name, items in sides)
        said = {sentence for _, items in sides for item in items for sentence in item.sentences}
        shown = [item for item in [best, *shown] if said.isdisjoint(item.sentences)]
        return _sections(lead, shown, from_note=False)
    first = _lead(best, shown, candidates)
    tables = {(item.table, item.columns) for item in first if shown_as_table(item)}
    first += [item for item in shown if (item.table, item.columns) in tables and item not in first]
    rest = [item for item in shown if not any(item.overlaps(other) for other in first)]
    return _sections(_paragraph(first), rest, from_note=best.from_note)


def _lead(best: Evidence, others: Sequence[Evidence], candidates: Candidates) -> list[Evidence]:
    """The direct answer: the best sentence, what follows where it only announces, and the next best beside it."""
    lead = [best]
    if ANNOUNCES.search(best.text):
        lead += [item for item in candidates.evidence if item.passage == best.passage and item.first == best.last + 1]
    least = BESIDE_SHARE * best.score
    beside = (item for item in others if item.score >= least and not item.overlaps(best) and _begins(item))
    beside = (item for item in beside if not any(item.overlaps(other) for other in lead))
    if best.kind == "sentence":  # a row beside a sentence seldom tells of the same thing
        beside = (item for item in beside if item.kind != "row")
    return [*lead, *islice(beside, 1)]


def _with_announced(items: Sequence[Evidence], best: Evidence, candidates: Candidates) -> list[Evidence]:
    """The items, each that only announces together with the sentence behind it, or left out where that is not there."""
    shown: list[Evidence] = []
    for item in items:
        if item.kind == "row" or not ANNOUNCES.search(item.text):
            shown.append(item)
        elif (told := _announced(item, candidates)) and not any(told.overlaps(one) for one in [best, *items, *shown]):
            shown.append(replace(item, sentences=(*item.sentences, *told.sentences), last=told.last))
    return shown


def _announced(item: Evidence, candidates: Candidates) -> Evidence | None:
    """The sentence right behind one; None when it cannot be quoted or both would be too long."""
    behind = (one for one in candidates.evidence if one.passage == item.passage and one.first == item.last + 1)
    found = next(behind, None)
    return found if found and len(item.text) + len(found.text) <= LONGEST_ANNOUNCED else None


def _begins(item: Evidence) -> bool:
    """Whether a quote begins like a sentence: one that does not would be read as the end of the quote before it."""
    return not item.text[:1].islower()


def _sides(
    asked: Sequence[tuple[NamedPaper, str]], passages: Sequence[Mapping[str, Any]], reader: Reader
) -> tuple[list[tuple[str, list[Evidence]]], bool]:
    """The best sentences of each paper for what it is asked, by its name; and whether all carry an answer."""
    found: list[tuple[str, list[Evidence]]] = []
    carried = []
    for paper, question in asked:
        own = [passage for passage in passages if passage["document_id"] == paper.document_id]
        candidates, support = reader.read(question, own)
        carried.append(support.enough)
        if picked := pick(candidates, 2):
            least = SIDE_SHARE * picked[0].score
            found.append(
                (_called(paper), [picked[0], *(item for item in picked[1:] if item.score >= least and _begins(item))])
            )
    return found, all(carried)


def _called(paper: NamedPaper) -> str:
    """Its name, or its title where it is only cited by its authors."""
    return paper.title if "et al" in paper.names[0] else paper.names[0]


def _worth_showing(best: Evidence, others: Sequence[Evidence]) -> list[Evidence]:
    """Only what comes near the best sentence and says something by itself; the rest would dilute the answer."""
    return [item for item in others if item.score >= SHOWN_SHARE * best.score and _says_something(item, best)]


def _says_something(item: Evidence, best: Evidence) -> bool:
    """False for the bare title of a figure, and for figures without names beside a sentence that answers."""
    if item.pointed:
        return True
    if item.kind == "row":
        return shown_as_table(item) or best.kind == "row"
    return not _BARE_CAPTION.match(item.text)


def compared_text(
    whole: Sequence[Mapping[str, Any]],
    sides: Sequence[tuple[str, Sequence[Mapping[str, Any]]]],
    reader: Reader,
) -> str:
    """What is said of all sides in one sentence, then each side by itself; a side without support says so."""
    names = [name for name, _ in sides]
    subjects = [set(content_stems(name)) for name in names]
    candidates, _ = reader.read(" and ".join(names), whole)
    both = [
        item for item in pick(candidates, 12) if all(subject & set(content_stems(item.text)) for subject in subjects)
    ][:3]
    blocks = ["\n".join(["On both:", "", *(f"- {_quote(item)}" for item in both)])] if both else []
    shown = {item.text for item in both}
    for name, passages in sides:
        candidates, support = reader.read(f"What is {name}?", passages)
        picked = [item for item in pick(candidates, 5) if item.text not in shown][:2] if support.enough else []
        lines = [f"- {_quote(item)}" for item in picked] or [f"- {REFUSAL}."]
        blocks.append("\n".join([f"**{_ARTICLE.sub('', name)}**:", "", *lines]))
    return "\n\n".join(blocks)


def overview_text(heading: str, passages: Sequence[Mapping[str, Any]], reader: Reader, *, quotes: int = 6) -> str:
    """The abstract where one was read, else the most central sentences, in reading order."""
    abstract = [passage for passage in passages if "abstract" in str(passage["section"]).lower()]
    candidates, _ = reader.read(heading, abstract or passages)
    if not candidates.evidence:
        return f"{REFUSAL}: these pages hold no readable sentences."
    if abstract:
        chosen = list(candidates.evidence)
    else:
        central = (candidates.vectors @ candidates.vectors.mean(axis=0)).argsort()[::-1][:quotes]
        chosen = [candidates.evidence[place] for place in sorted(int(place) for place in central)]
    lines: dict[str, str] = {}
    for item in chosen:
        for sentence in _as_shown(item):
            lines.setdefault(sentence, f"- {quoted(sentence, item.number)}")
    introduction = "From the abstract:" if abstract else "The main sentences there:"
    return "\n".join([introduction, "", *list(lines.values())[:LONGEST_OVERVIEW]])
