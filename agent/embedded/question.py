"""What kind of answer a question asks for, and how well a sentence has that form."""

from __future__ import annotations

import re
from typing import Literal

from agent.words import NUMBER_WORDS, content_stems, numbers, words

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
        r"|\bscores?\b|\b(percent|perplexity)\b|\bparameters\b.*\bhave\b",
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
