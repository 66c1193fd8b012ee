"""Rules of item writing, for one item and for the whole bank. Pure.

The rules follow the item-writing guidelines of Haladyna, Downing and Rodriguez (2002), "A Review of Multiple-Choice
Item-Writing Guidelines for Classroom Assessment", Applied Measurement in Education 15(3), Table 1.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from curriculum.question_values import BLANK, Choices, Cloze, Option, Question, ShortAnswer, Statement, key_texts

SIMILAR_PROMPTS = 90.0
"""Prompts with the same words up to their order score 100 (rapidfuzz's token sort ratio)."""
LONGEST_RATIO = 2.5
"""The longest option may have this many times the characters of the shortest, for options of some length."""
SHORT_CHARACTERS = 25
"""Options up to this long may differ freely: `4` beside `4,096` tells nothing."""
LEAST_FOR_SHARES = 40
"""Fewer items than this say nothing about shares."""
MOST_AT_ONE_END = 0.45
"""Largest share of items in which the right option is alone the longest, or alone the shortest (a third or a quarter by
chance)."""
PLACE_SHARES = (0.6, 1.5)
"""Smallest and largest share of keys at one place, in units of the share by chance."""
TRUE_SHARES = (0.35, 0.65)

_FORBIDDEN = re.compile(r"\b(all|none|both|neither) of (the |these|those)|\bboth [a-d] and [a-d]\b", re.I)
_NEGATIVE = re.compile(r"\b(?:is|are|does|do|was|were|would|can|will)\s+not\b|n't\b|\bexcept\b|\bincorrect\b|\bfalse\b")
_ASKING = re.compile(r"\b(?:which|what)\b", re.I)


@dataclass(frozen=True, slots=True)
class ItemFault:
    """A rule that an item breaks."""

    question_id: str
    rule: str
    message: str


def lint(questions: Sequence[Question]) -> list[ItemFault]:
    """Every broken rule, item by item, then those of the bank."""
    faults = [fault for question in questions for fault in lint_question(question)]
    return [*faults, *_near_duplicates(questions), *_shares(questions)]


def lint_question(question: Question) -> Iterator[ItemFault]:
    """The rules that one item breaks."""
    broken = [
        *(("options", message) for message in _option_faults(question.options)),
        *(("key", message) for message in _key_faults(question)),
        *(("prompt", message) for message in _prompt_faults(question)),
        *(("points", message) for message in _point_faults(question)),
    ]
    for rule, message in broken:
        yield ItemFault(question.id, rule, message)


def shows_point(phrase: str, answer: str) -> bool:
    """Whether all parts of a phrase (`a + b`) stand in an answer, whatever their case."""
    folded = _folded(answer)
    return all(_folded(part) in folded for part in phrase.split("+"))


def _option_faults(options: Sequence[Option]) -> Iterator[str]:
    texts = [_folded(option.text) for option in options]
    for text, count in Counter(texts).items():
        if count > 1:
            yield f"{text!r} stands there {count} times"
    for option in options:
        if _FORBIDDEN.search(option.text):
            yield f"{option.text!r} is about the other options"
        if not option.is_right and len(option.reason.split()) < 4:
            yield f"{option.text!r} needs a sentence on why it is wrong"
    lengths = [len(text) for text in texts]
    if lengths and max(lengths) > SHORT_CHARACTERS and max(lengths) > LONGEST_RATIO * min(lengths):
        yield f"their lengths differ too much: {min(lengths)} to {max(lengths)} characters"


def _key_faults(question: Question) -> Iterator[str]:
    for text in key_texts(question):
        if _gives_away(text, question.hint):
            yield f"the hint says the key {text!r}"
        if isinstance(question.body, Cloze) and _gives_away(text, question.prompt):
            yield f"the prompt says the key {text!r}"


def _prompt_faults(question: Question) -> Iterator[str]:
    if isinstance(question.body, Choices) and _asks_negatively(question.prompt):
        yield "a negative question writes its NOT or EXCEPT in capitals"
    if not isinstance(question.body, Cloze | Statement) and not question.prompt.rstrip().endswith(("?", ":", ".")):
        yield "ends with neither a question mark nor a colon nor a full stop"
    if BLANK in question.prompt and not isinstance(question.body, Cloze):
        yield f"only a cloze item has a blank {BLANK}"


def _point_faults(question: Question) -> Iterator[str]:
    body = question.body
    if isinstance(body, ShortAnswer):
        for point in body.points:
            if any(shows_point(phrase, question.prompt) for phrase in point.phrases):
                yield f"repeating the prompt would make the point {point.text!r}"
            if not any(shows_point(phrase, body.model_answer) for phrase in point.phrases):
                yield f"the model answer does not show its own point {point.text!r}"


def _asks_negatively(prompt: str) -> bool:
    last = re.split(r"(?<=[.!?])\s+", prompt.strip())[-1]
    return bool(_ASKING.search(last) and _NEGATIVE.search(last) and not re.search(r"\b(NOT|EXCEPT|FALSE)\b", last))


def _gives_away(key: str, text: str) -> bool:
    folded = _folded(key)
    return len(folded) >= 4 and bool(re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", _folded(text)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


# The bank


def _near_duplicates(questions: Sequence[Question]) -> Iterator[ItemFault]:
    for place, question in enumerate(questions):
        yield from duplicate_faults(question, questions[:place])


def duplicate_faults(question: Question, earlier: Iterable[Question]) -> Iterator[ItemFault]:
    """A fault for each earlier question that asks nearly the same."""
    from rapidfuzz import fuzz

    for one in earlier:
        if fuzz.token_sort_ratio(one.prompt, question.prompt, score_cutoff=SIMILAR_PROMPTS) and _same_key(
            one, question
        ):
            yield ItemFault(question.id, "duplicate", f"asks nearly the same as {one.id!r}")


def _same_key(one: Question, other: Question) -> bool:
    """Alike prompts with other code, numbers or statements are different questions, not duplicates."""
    return one.kind == other.kind and (one.body == other.body or not (one.code or other.code))


def _shares(questions: Sequence[Question]) -> Iterator[ItemFault]:
    single = [question for question in questions if question.kind == "choice"]
    by_count: dict[int, Counter[int]] = defaultdict(Counter)
    for question in single:
        place = next((place for place, option in enumerate(question.options) if option.is_right), 0)
        by_count[len(question.options)][place] += 1
    for count, places in by_count.items():
        total = places.total()
        for place in range(count):
            share = places[place] * count / total
            if total >= LEAST_FOR_SHARES and not PLACE_SHARES[0] <= share <= PLACE_SHARES[1]:
                yield ItemFault(
                    "", "places", f"of {count} options, place {place + 1} has {places[place]} of {total} keys"
                )
    for end, sign in (("longest", 1), ("shortest", -1)):
        count = sum(_key_is_alone_at(question, sign) for question in single)
        if len(single) >= LEAST_FOR_SHARES and count > MOST_AT_ONE_END * len(single):
            yield ItemFault("", "lengths", f"the key is the {end} option in {count} of {len(single)} items")
    statements = [question.body.is_true for question in questions if isinstance(question.body, Statement)]
    true_share = sum(statements) / len(statements) if statements else 0.5
    if len(statements) >= LEAST_FOR_SHARES and not TRUE_SHARES[0] <= true_share <= TRUE_SHARES[1]:
        yield ItemFault("", "statements", f"{sum(statements)} of {len(statements)} statements are true")


def _key_is_alone_at(question: Question, sign: int) -> bool:
    """Whether the key is alone the longest option (sign 1) or the shortest (sign -1)."""
    lengths = {option.text: sign * len(option.text) for option in question.options}
    keys = [lengths[option.text] for option in question.options if option.is_right]
    return max(keys) > max(lengths[option.text] for option in question.options if not option.is_right)
