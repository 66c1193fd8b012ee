"""What a question asks for beside its words: a definition, a figure or table by its number; and what answers nothing.

Measured on the golden set's dev questions: with the definitions 2 points more of them have a right page on top (8 of
28 that ask for one are moved, none of them down out of the first five), with figures and tables .7 points more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingestion.document import Chunk

DEFINES, NAMES = 0.25, 0.175
"""Added where a sentence says what the thing is, and where it is only called by its name, as in brackets."""
PLACE = 0.3
"""Added to the caption of a figure or table that is asked for, and to other passages that begin with its number."""
QUESTIONS_FACTOR = 0.5
"""What a passage of nothing but questions is multiplied by: it has every word of a question and no answer."""
FEWEST_QUESTIONS = 2

LONGEST_THING = 4
"""Words; more is a question of its own and not the name of a thing."""
ASKS_WHAT = (
    re.compile(
        r"^(?:so |and )?what(?: exactly)? (?:is|are|was|were)(?: meant by)? (?:an? |the )?(.+?)"
        r"(?:,| in | good for|\?|$)",
        re.IGNORECASE,
    ),
    re.compile(r"^what (?:do|does|did) (?:an? |the )?(.+?) (?:mean|stand for|refer to)\b", re.IGNORECASE),
    re.compile(r"\bdefin(?:e|es|ed|ition of) (?:an? |the )?(.+?)(?:,|\?|$)", re.IGNORECASE),
)
SAYS_WHAT = r"(?:is|are|means?|refers?|denotes?|stands?|sets?|averages?|adds?|hides?|holds?|measures?|uses?|shows?)\b"
NUMBERED = re.compile(r"\b(figure|fig\.|table|equation|algorithm)\s*\(?(\d+)\b", re.IGNORECASE)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
COUNTED = re.compile(rf"\b({'|'.join(ORDINALS)})\s+(figure|table|equation|algorithm)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a passage beside the words of the question."""

    thing: re.Pattern[str] | None
    """Finds where the thing whose definition is asked for is defined."""
    name: re.Pattern[str] | None
    """Finds where it is called by its name."""
    place: re.Pattern[str] | None
    """Finds the number of a figure or table that is asked for."""

    def bonus(self, chunk: Chunk) -> float:
        """What is added to the score of a passage."""
        earned = 0.0
        if self.thing is not None and self.thing.search(chunk.text):
            earned = DEFINES
        elif self.name is not None and self.name.search(chunk.text):
            earned = NAMES
        if self.place is not None:
            found = self.place.search(chunk.text) if chunk.kind == "caption" else self.place.match(chunk.text)
            earned += PLACE if found else 0.0
        return earned


def asked_for(question: str) -> Asked:
    """What a question asks for."""
    thing, places = _thing(question.strip()), _places(question)
    defines = names = place = None
    if thing:
        word = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", thing)))
        aside = r"(?:\s*\([^)]{1,40}\)|,[^,.]{1,60},)?"
        start = r"(?:^|(?<=[.!?:]\s)|\n)(?:[-*•]\s*)?(?:(?:an?|the)\s+)?"
        defines = re.compile(rf"{start}[“\"]?{word}[”\"]?s?{aside}\s+{SAYS_WHAT}", re.IGNORECASE)
        called = r"\b(?:called?|call this|call these models|termed?|named?|known as|define)\s+(?:(?:an?|the)\s+)?"
        names = re.compile(rf"\w\s+[“\"(]{{1,2}}{word}[”\")]{{1,2}}|{called}[“\"]?{word}\b", re.IGNORECASE)
    if places:
        place = re.compile("|".join(rf"\b{kind}\s*{number}(?:[.:]|\b(?=\s))" for kind, number in places), re.IGNORECASE)
    return Asked(defines, names, place)


@lru_cache(maxsize=4_000)
def only_asks(text: str) -> bool:
    """Whether a passage is a list of questions, a heading perhaps above it."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    questions = sum(line.endswith("?") for line in lines)
    return questions >= FEWEST_QUESTIONS and questions >= len(lines) - 1


def _thing(question: str) -> str:
    """The thing whose definition is asked for; empty when none is."""
    for pattern in ASKS_WHAT:
        if match := pattern.search(question):
            thing = match[1].strip(' "“”')
            if thing and len(thing.split()) <= LONGEST_THING:
                return thing
    return ""


def _places(question: str) -> list[tuple[str, int]]:
    """Kind and number of the figures and tables that are asked for."""
    found = [(kind.lower().replace("fig.", "figure"), int(number)) for kind, number in NUMBERED.findall(question)]
    return found + [(kind.lower(), ORDINALS.index(ordinal.lower()) + 1) for ordinal, kind in COUNTED.findall(question)]
