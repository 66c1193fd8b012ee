"""What kind of answer a question asks for, and how well a sentence has that form."""

from __future__ import annotations

import re
from typing import Literal

from agent.words import NUMBER_WORDS, content_stems, content_words, numbers, words

QuestionKind = Literal["number", "year", "person", "reason", "definition", "manner", "open"]

_KINDS: tuple[tuple[QuestionKind, str], ...] = (
    ("year", r"\b(when|what year|which year|what date)\b"),
    ("person", r"^\s*who\b|\bwhich (authors?|people|company|team)\b"),
    (
        "number",
        r"\bhow (many|much|large|big|long|often|deep|wide|high|far|few|fast|accurate|expensive|small)\b"
        r"|\b(what|which) (is|was|are|were) the (number|score|value|size|rate|accuracy|dimension\w*|percentage|share"
        r"|ratio|cost|probability|depth|width)"
        r"|\b(?:what|which) (number|share|factor|range|score|value|size|percentage|fraction|learning rate|batch size"
        r"|dropout|rank|dimension\w*|bleu|accuracy|f1)\b"
        r"|\b\w+ count\b|\bscores?\b|\b(percent|perplexity)\b|\bparameters\b.*\bhave\b",
    ),
    ("reason", r"\bwhy\b|\bwhat (is|was) the (reason|purpose|motivation)\b|\bwhat for\b|\breasons?\b"),
    (
        "definition",
        r"^\s*(what|who) (is|are|does) (a |an |the )?[\w\- ]{2,50}\??\s*$|\bdefin(e|ition)\b|\bmeans?\b"
        r"|\bwhat (is|are) meant\b|\bstand for\b|\bexplain\b",
    ),
    ("manner", r"^\s*how\b|\bin what way\b|\bsteps?\b"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)

_YEAR = re.compile(r"\b(19|20)\d\d\b")
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+|\bet al\b")
_REASON = re.compile(
    r"\b(because|since|so that|in order to|due to|to avoid|to prevent|therefore|thus|hence|allows?|allowing|enables?"
    r"|reason|suspect|hypothesi[sz]e|believe|motivat\w+|intuition|leads? to|results? in|counteract|as a result)\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"\b(is|are) (a|an|the|called|defined|known)\b|\brefers? to\b|\bwe (call|propose|introduce|define)\b|\bmeans\b"
    r"|\bstands? for\b|\bconsists? of\b|\bcan be described as\b",
    re.IGNORECASE,
)
_MANNER = re.compile(r"\b(by \w+ing|using|first|then|each|step|consists?|compute|computed|train|trained|we)\b", re.I)


def question_kind(question: str) -> QuestionKind:
    """The form of answer that a question asks for."""
    for kind, pattern in _PATTERNS:
        if pattern.search(question):
            return kind
    return "open"


_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_POINTED = re.compile(r"\b(figure|fig\.|table|algorithm)\s*(\d{1,2})\b", re.IGNORECASE)
_POINTED_BY_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\s+(figure|table|algorithm)\b", re.IGNORECASE)
_CELLS = re.compile(
    r"\b(table|row|column|accurac\w+|scores?|f1|bleu|perplexity|exact match|win rates?|success rates?|percent"
    r"|hyperparameters?|benchmarks?|how (?:many|much|large|long|high|often)|points?|values?|share|length|complexity)\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"\b(formulas?|equations?|expressions?|objectives?|loss(?:es)?|written|write down|computed?|calculated?"
    r"|in terms of|forward pass|update rule|function)\b",
    re.IGNORECASE,
)


def pointed_places(text: str) -> frozenset[str]:
    """The figures, tables and algorithms that a text points to, as "figure 4"; "fourth figure" is the same."""
    places = {(kind.lower(), int(number)) for kind, number in _POINTED.findall(text)}
    places |= {(kind.lower(), _ORDINALS[place.lower()]) for place, kind in _POINTED_BY_ORDINAL.findall(text)}
    return frozenset(f"{'figure' if kind == 'fig.' else kind} {number}" for kind, number in places)


def asks_for_cells(question: str, kind: QuestionKind) -> bool:
    """Whether the row of a table may answer a question."""
    return kind == "number" or bool(_CELLS.search(question))


def asks_for_formula(question: str) -> bool:
    """Whether a formula may answer a question."""
    return bool(_FORMULA.search(question))


_COUNTED = re.compile(
    r"\b(?:how (?:many|much)|what|which)\s+(?:of the\s+)?(?P<noun>[a-z][\w-]+(?:\s+[a-z][\w-]+)?)", re.IGNORECASE
)
_COUNT_OF = re.compile(r"\b(?P<noun>[a-z]+) count\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_NAME_LIKE = re.compile(r"\w*(?:[A-Z].*[A-Z]|\d|[a-z][A-Z])")
"""Capitals or digits inside of a word: H100, SWE-bench, LoRA."""


def names_in(question: str) -> tuple[str, ...]:
    """The words of a question that are names: written with capitals or digits, not only at a sentence's beginning."""
    found = []
    for match in _WORD.finditer(question):
        word = match.group()
        begins = not question[: match.start()].strip() or question[: match.start()].rstrip()[-1:] in ".?!:"
        if _NAME_LIKE.match(word) or (word[0].isupper() and not begins):
            found.append(word)
    return tuple(dict.fromkeys(name for name in found if len(name) > 1 and not name.isdigit()))


def counted_noun(question: str) -> str:
    """What a question for a number counts or measures: "tokens" of "on how many tokens"; empty for other questions."""
    match = _COUNT_OF.search(question) or _COUNTED.search(question) if question_kind(question) == "number" else None
    found = content_words(match["noun"]) if match else []
    return found[0] if found else ""


def has_number(text: str) -> bool:
    """Whether a text states a number, in digits or as a word."""
    return bool(numbers(text)) or any(word in NUMBER_WORDS and word != "one" for word in words(text))


def form_score(kind: QuestionKind, question: str, sentence: str) -> float:
    """How well a sentence has the asked form, 0 to 1."""
    match kind:
        case "number":
            return _number_form(question, sentence)
        case "year":
            return 1.0 if _YEAR.search(sentence) else 0.0
        case "person":
            return 1.0 if _NAME.search(sentence) else 0.0
        case "reason":
            return 1.0 if _REASON.search(sentence) else 0.0
        case "definition":
            return _definition_form(question, sentence)
        case "manner":
            return 0.6 * bool(_MANNER.search(sentence)) + 0.4 * _starts_with_topic(question, sentence)
        case _:
            return 0.0


def _number_form(question: str, sentence: str) -> float:
    asked = set(numbers(question))
    stated = [number for number in numbers(sentence) if number not in asked]
    if stated:
        return 1.0
    return 0.7 if has_number(sentence) and not numbers(sentence) else 0.0


def _starts_with_topic(question: str, sentence: str) -> bool:
    return bool(set(content_stems(question)).intersection(content_stems(sentence)[:3]))


def _definition_form(question: str, sentence: str) -> float:
    wanted = set(content_stems(question))
    match = _DEFINES.search(sentence)
    subject = content_stems(sentence[: match.start()][-120:] if match else sentence)[: None if match else 3]
    if wanted.intersection(subject):
        return 0.5 if "misconception" in sentence else 1.0 if match else 0.8
    return 0.3 if match else 0.0
