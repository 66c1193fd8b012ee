"""Which documents a question names: by arXiv id, by title, by its short name, or by an alias."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from errors import DocumentNotFoundError
from ingestion.document import DocumentId
from vectorstore.keywords import keywords
from vectorstore.reports import DocumentSummary

ARXIV_ID = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?!\d)")
LONGEST_SHORT_NAME = 3
"""Words that may stand before a title's colon to be the paper's name: BERT, Llama 2."""
SHORT_STEM = re.compile(
    r"(?!paper|article|document|main|file|scan|download)[A-Za-z]{2,}[A-Za-z0-9-]{0,18}", re.IGNORECASE
)
"""A file's name that can be the paper's: one word of letters first, not an arXiv id."""
LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=[0-9])")
NAMED_AS_PAPER = r"(?:['’]s)?\s+(?:paper|article|report|authors?|study|note)s?\b"
NOTES_ASKED = re.compile(r"\b(?:our|the|my|teaching|course)\s+notes?\b", re.IGNORECASE)
PAPER_ASKED = re.compile(
    r"\b(?:papers?|authors?|appendix|(?:table|figure)\s+\d|(?:first|second|third|fourth|fifth)\s+(?:table|figure))\b",
    re.IGNORECASE,
)
"""A note has its name from the paper it tells of, and has neither authors nor numbered figures."""
SURE, LIKELY = 1.0, 0.5
SAFE_LETTERS = 4
"""An acronym of fewer letters is only one in capitals: RAG, but bert."""
NEAR_ENOUGH = 0.6
"""Least likeness, 0 to 1, of a title to a reference that is not exact."""


def mentioned_documents(
    question: str, documents: Sequence[DocumentSummary], aliases: Mapping[str, str]
) -> dict[DocumentId, float]:
    """How surely the question means each document it names, above 0 and up to 1."""
    found: dict[DocumentId, float] = {}
    arxiv_ids, folded = set(ARXIV_ID.findall(question)), question.casefold()
    asked = set(keywords(question))
    spoken = {alias: target for alias, target in aliases.items() if alias.casefold() in folded}
    for document in documents:
        weight = SURE if document.arxiv_id in arxiv_ids else _title_weight(folded, asked, document.title)
        names = [name for name, plain in _names(document.title, document.kind, document.source_name) if plain in folded]
        for name in [*names, *_aliases_of(document, spoken)]:
            weight = max(weight, _name_weight(question, name))
        if weight > 0:
            found[document.id] = weight
    return found


def without_names(question: str, document: DocumentSummary, aliases: Mapping[str, str]) -> str:
    """The question without what the document is called for short."""
    names = {name for name, _ in _names(document.title, document.kind, document.source_name)}
    rest = question
    for name in sorted({*names, *_aliases_of(document, aliases)}, key=len, reverse=True):
        if name.casefold() in rest.casefold():
            rest = re.sub(rf"(?<![\w-]){re.escape(name)}(?:['’]s)?(?![\w-])", " ", rest, flags=re.IGNORECASE)
    return question if rest == question else " ".join(rest.split())


def of_the_kind_asked(
    question: str, documents: Iterable[DocumentSummary], found: dict[DocumentId, float]
) -> dict[DocumentId, float]:
    """All notes too when notes are asked for; no notes when a paper is named and asked for as one."""
    kinds = {document.id: document.kind for document in documents}
    if NOTES_ASKED.search(question):
        return {**{key: LIKELY for key, kind in kinds.items() if kind != "pdf"}, **found}
    papers = {key: weight for key, weight in found.items() if kinds[key] == "pdf"}
    return papers if papers and PAPER_ASKED.search(question) else found


@lru_cache(maxsize=10_000)
def _names(title: str, kind: str, source_name: str) -> tuple[tuple[str, str], ...]:
    """What a document is called for short, each name beside its casefolded form."""
    return tuple((name, name.casefold()) for name in [*short_names(title), *_file_names(kind, source_name)])


def short_names(title: str) -> list[str]:
    """What a paper is called for short: the words before the colon, acronyms in brackets."""
    names = re.findall(r"\(([A-Z][A-Za-z0-9-]+)\)", title)
    head, colon, _ = title.partition(":")
    if colon and 0 < len(head.split()) <= LONGEST_SHORT_NAME:
        names.append(head.strip())
    return names


def _file_names(kind: str, source_name: str) -> list[str]:
    """What a PDF is called for short by its file: gpt2.pdf is asked for as GPT2 or GPT-2."""
    stem = source_name.rpartition(".")[0]
    if kind != "pdf" or not SHORT_STEM.fullmatch(stem):
        return []
    return list(dict.fromkeys([stem, LETTER_BEFORE_DIGIT.sub("-", stem)]))


def find(reference: str, documents: Sequence[DocumentSummary], aliases: Mapping[str, str]) -> DocumentSummary:
    """The document that `reference` names: id, arXiv id, title, file name, alias, or nearly a title.

    Raises:
        DocumentNotFoundError: none fits, or several fit equally; the hint has the nearest titles.
    """
    wanted = reference.strip()
    for found in (_exact(wanted, documents), _by_alias(wanted, documents, aliases)):
        if len(found) == 1:
            return found[0]
    ranked = sorted(documents, key=lambda document: -_likeness(wanted, document.title))
    if wanted and ranked and _likeness(wanted, ranked[0].title) >= NEAR_ENOUGH:
        first, *others = ranked
        if not others or _likeness(wanted, others[0].title) < _likeness(wanted, first.title):
            return first
    near = "; ".join(document.title for document in ranked[:3])
    raise DocumentNotFoundError(
        f"No document in the library is called {wanted!r}.",
        hint=f"Nearest: {near}." if near else "The library is empty; add files first.",
    )


def _exact(wanted: str, documents: Iterable[DocumentSummary]) -> list[DocumentSummary]:
    folded = wanted.casefold()
    number = ARXIV_ID.search(wanted)
    return [
        document
        for document in documents
        if folded in {document.id, document.title.casefold(), document.source_name.casefold()}
        or (number is not None and document.arxiv_id == number.group(1))
    ]


def _by_alias(wanted: str, documents: Sequence[DocumentSummary], aliases: Mapping[str, str]) -> list[DocumentSummary]:
    folded = re.sub(r"^the\s+|\s+(paper|article|report|note)$", "", wanted.casefold()).strip()
    return [
        document
        for document in documents
        if folded in {name.casefold() for name in [*short_names(document.title), *_aliases_of(document, aliases)]}
    ]


def _aliases_of(document: DocumentSummary, aliases: Mapping[str, str]) -> list[str]:
    if not aliases:
        return []
    title = document.title.casefold()
    return [
        alias
        for alias, target in aliases.items()
        if target and (target == document.arxiv_id or target.casefold() in title)
    ]


def _name_weight(question: str, name: str) -> float:
    """SURE for `the NAME paper`, LIKELY for the bare name, 0 when it does not occur as a word."""
    flags = re.NOFLAG if name.isupper() and len(name) < SAFE_LETTERS else re.IGNORECASE
    word = rf"(?<![\w-]){re.escape(name)}(?![\w-]|\.\d)"
    if re.search(word + NAMED_AS_PAPER, question, flags | re.IGNORECASE):
        return SURE
    return LIKELY if re.search(word, question, flags) else 0.0


def _title_weight(folded: str, asked: set[str], title: str) -> float:
    """SURE for a question with the whole title, LIKELY for most of its words; `folded` is the casefolded question."""
    plain, words = _words_of(title)
    if " " in plain and plain in folded:
        return SURE
    share = len(words & asked) / len(words) if words else 0.0
    return LIKELY if len(words) >= 4 and share >= 0.75 else 0.0


@lru_cache(maxsize=10_000)
def _words_of(title: str) -> tuple[str, frozenset[str]]:
    """The casefolded title, and its words as the keyword index has them."""
    return title.casefold(), frozenset(keywords(title))


def _likeness(reference: str, title: str) -> float:
    """0 to 1: likeness of the letters, or the share of the reference's words that the title has."""
    letters = SequenceMatcher(None, reference.casefold(), title.casefold()).ratio()
    mine, theirs = set(keywords(reference)), set(keywords(title))
    words = len(mine & theirs) / len(mine) if mine else 0.0
    return max(letters, words * 0.9 + 0.1 * letters)
