"""A message of the learner while a question is open: an answer, a wish about the quiz, or something else. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.embedded.exercise_wish import is_question
from agent.study.shown import LETTERS
from learner.answer_reading import read_boolean, read_numbers, says_nothing
from learner.quiz import Confidence

Act = Literal["answer", "hint", "why", "skip", "stop", "confidence", "grade", "again", "unreadable", "other"]

LONGEST_REPLY = 2000
_END = r"(?:,? (?:please|now|thanks|thank you))*[\s.!?]*$"
_QUIZ = (
    r"(?: (?:the |this |my |with the |with this )?(?:quiz|exam|test|review|session|exercise|lesson|questions"
    r"|walk-?through|mode|it))?"
)
_ACTS: tuple[tuple[Act, re.Pattern[str]], ...] = (
    (
        "stop",
        re.compile(
            rf"^(?:please )?(?:stop|end|quit|exit|finish|cancel|leave|abort|enough)(?: here)?{_QUIZ}{_END}", re.I
        ),
    ),
    (
        "hint",
        re.compile(
            rf"^(?:please )?(?:(?:can|could|may) (?:i|you) (?:have|get|give me) |give me |show me |i (?:need|want"
            rf"|would like) )?"
            rf"(?:a |the |another |some )?(?:hint|clue|tip|help){_END}",
            re.I,
        ),
    ),
    (
        "skip",
        re.compile(
            rf"^(?:please )?(?:skip|pass|next)(?: (?:it|this|that|one|this one|question|this question))*{_END}", re.I
        ),
    ),
    (
        "again",
        re.compile(
            rf"^(?:repeat|show|ask)(?: me)? (?:it|that|the question)(?: again)?{_END}|^(?:what was the question"
            rf"|go on|continue|back to the quiz|resume){_QUIZ}{_END}",
            re.I,
        ),
    ),
    (
        "why",
        re.compile(
            rf"^(?:but )?(?:explain )?(?:why|how come)(?: (?:was|is|were) (?:mine|it|that|this|my answer"
            rf"|my choice)(?: (?:not )?"
            rf"(?:wrong|right|incorrect|correct|false|partly right))?)?{_END}"
            rf"|^(?:please )?explain (?:why )?(?:mine|my (?:answer|mistake|choice)|that|it|the answer)"
            rf"(?: (?:was|is) (?:wrong|incorrect|not right))?{_END}",
            re.I,
        ),
    ),
    (
        "grade",
        re.compile(
            rf"^(?:(?:count|grade|mark|take) (?:it|mine|that|my answer) (?:as )?(?P<grade>right|correct|half right"
            rf"|partly right|wrong)"
            rf"|(?:i was|my answer was|mine was) (?P<said>right|correct|half right|partly right)){_END}",
            re.I,
        ),
    ),
)
_SURE = (
    r"(?:i['’]?m |i am |my confidence is |confidence:? |with )?(?:confidence:? )?"
    r"(?P<level>(?:very |quite |pretty |fairly |completely |100% |rather )?(?:sure|certain|confident)|not (?:so "
    r"|very |really )?sure"
    r"|unsure|(?:just |only )?(?:a )?guess(?:ing|ed)?|low|medium|high)(?: confidence)?"
)
_ONLY_CONFIDENCE = re.compile(rf"^{_SURE}[\s.!]*$", re.IGNORECASE)
_LEADING_CONFIDENCE = re.compile(rf"^{_SURE}\s*[:;,–-]\s*(?P<rest>.+)$", re.IGNORECASE | re.DOTALL)  # noqa: RUF001
_TRAILING_CONFIDENCE = re.compile(
    rf"^(?P<rest>.+?)\s*(?:[,;–-]"
    rf"|\()\s*{_SURE}\s*\)?[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)  # noqa: RUF001
_LEAD = re.compile(
    r"^(?:(?:i (?:think|guess|say|believe|choose|pick|take|would say|'d say)|my (?:answer|choice|guess) is|it(?:'s"
    r"| is)|the answer is"
    r"|answer|option|number|choice|letter|that'?s|hmm+|ok|so|maybe|probably)\b[\s,:]*)+",
    re.IGNORECASE,
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_PLACE_WORD = re.compile(rf"^(?:the )?({'|'.join(_PLACES)})(?: (?:one|option|answer))?$", re.IGNORECASE)
_MARK = re.compile(r"^\(?([a-h]|\d{1,2})[).:]?$", re.IGNORECASE)
_MARKED_TEXT = re.compile(r"^\(?([a-h]|\d{1,2})[).:]\s+(?P<text>.+)$", re.IGNORECASE | re.DOTALL)
_BETWEEN = re.compile(r"\s*(?:,|;|/|>|→|->|\band\b|&|\s)\s*", re.IGNORECASE)
_REQUEST = re.compile(
    r"^(?:please )?(?:quiz|test|plot|run|add|compute|calculate|start|walk|teach|stop|examine|draw|review|derive"
    r"|derivative|print"
    r"|what|why|how|when|where|who|which)\b.{3,}|```",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a message means while a question is open."""

    act: Act
    given: tuple[str, ...] = ()
    """The answer as `learner.grading.grade` takes it."""
    confidence: Confidence | None = None
    problem: str = ""
    """Why an answer could not be read, in one sentence."""
    outcome: float = 0.0
    """Of `grade`: what the learner says their answer was worth."""


def read_reply(text: str, shown: Mapping[str, Any] | None) -> Reply:
    """What the message means.

    Args:
        text: the learner's words.
        shown: the open question as `shown_question` gives it; None when no question is open, e.g. after the last.
    """
    bare = " ".join(text.split()) if "\n" not in text.strip() else text.strip()
    if not bare or len(bare) > LONGEST_REPLY:
        return Reply("other")
    for act, pattern in _ACTS:
        if match := pattern.match(bare):
            return Reply(act, outcome=_outcome(match) if act == "grade" else 0.0)
    if shown is None:
        return Reply("other")
    if match := _ONLY_CONFIDENCE.match(bare):
        return Reply("confidence", confidence=_level(match["level"]))
    said, confidence = _without_confidence(bare)
    if says_nothing(said):
        return Reply("skip", confidence=confidence)
    return _answer(said, shown, confidence)


def _outcome(match: re.Match[str]) -> float:
    said = (match["grade"] or match["said"]).lower()
    return 0.0 if said == "wrong" else 0.5 if said.startswith(("half", "partly")) else 1.0


def _level(words: str) -> Confidence:
    told = words.lower()
    if re.search(r"\b(?:not|unsure|guess\w*|low)\b", told):
        return "low"
    return "medium" if re.search(r"\b(?:quite|pretty|fairly|rather|medium)\b", told) else "high"


def _without_confidence(text: str) -> tuple[str, Confidence | None]:
    for pattern in (_LEADING_CONFIDENCE, _TRAILING_CONFIDENCE):
        if match := pattern.match(text):
            return match["rest"].strip(), _level(match["level"])
    return text, None


def _answer(said: str, shown: Mapping[str, Any], confidence: Confidence | None) -> Reply:
    kind, options = str(shown["kind"]), [str(option) for option in shown["options"]]
    bare = _LEAD.sub("", said).strip() or said
    if kind == "true-false":
        value = read_boolean(bare) if len(bare.split()) <= 12 and not is_question(said) else None
        place = _chosen(bare, options)
        given = place[0] if place else "" if value is None else str(value)
        return Reply("answer", (given,), confidence) if given else _unread(said, "Say true or false.")
    if kind == "order":
        return _ordered(said, bare, options, confidence)
    if options:
        chosen = _chosen(bare, options) if kind != "several" else _several(bare, options)
        if chosen:
            return Reply("answer", tuple(chosen), confidence)
        return _unread(said, f"Answer with one of the {len(options)} options, by its number, letter or words.")
    if is_question(said) or _REQUEST.match(said):
        return Reply("other")
    if kind == "numeric" and not read_numbers(said):
        return _unread(said, "Answer with a number.")
    return Reply("answer", (said if kind == "short" else said.strip('`"“”'),), confidence)


def _unread(said: str, problem: str) -> Reply:
    """An answer that cannot be read, unless it is plainly something else: then that."""
    if is_question(said) or _REQUEST.match(said) or len(said.split()) > 8:
        return Reply("other")
    return Reply("unreadable", problem=problem)


def _chosen(said: str, options: Sequence[str]) -> list[str]:
    """The option that is meant: by number, letter, place, or its words; none when it is not clear."""
    if match := _MARK.match(said):
        return _at(match[1], options)
    if match := _PLACE_WORD.match(said):
        place = _PLACES.index(match[1].lower())
        return [options[place]] if place < len(options) else []
    if match := _MARKED_TEXT.match(said):
        marked = _at(match[1], options)
        return marked if marked and _folded(match["text"]) == _folded(marked[0]) else _by_words(match["text"], options)
    return _by_words(said, options)


def _by_words(said: str, options: Sequence[str]) -> list[str]:
    from rapidfuzz import fuzz

    wanted = _folded(said)
    same = [option for option in options if _folded(option) == wanted]
    if same or len(wanted) < 3:
        return same[:1]
    near = [
        option for option in options if fuzz.ratio(_folded(option), wanted) >= 90 or _folded(option).startswith(wanted)
    ]
    return near if len(near) == 1 else []


def _several(said: str, options: Sequence[str]) -> list[str]:
    if whole := _chosen(said, options):
        return whole
    marks = [part for part in _BETWEEN.split(said.strip(" .")) if part]
    found = [_at(match[1], options) if (match := _MARK.match(part)) else [] for part in marks]
    if found and all(found):
        return list(dict.fromkeys(one[0] for one in found))
    named = [_by_words(part, options) for part in re.split(r"\s*[,;\n]\s*", said) if part.strip()]
    return list(dict.fromkeys(one[0] for one in named)) if named and all(named) else []


def _ordered(said: str, bare: str, steps: Sequence[str], confidence: Confidence | None) -> Reply:
    marks = [part for part in _BETWEEN.split(bare.strip(" .")) if part]
    if len(marks) == 1 and len(marks[0]) == len(steps) and marks[0].isalnum():
        marks = list(marks[0])
    found = [_at(match[1], steps) if (match := _MARK.match(part)) else [] for part in marks]
    if not (found and all(found)):
        found = [_by_words(part, steps) for part in re.split(r"\s*(?:[;\n>→]|->)\s*", bare) if part.strip()]
    order = [one[0] for one in found if one]
    if len(set(order)) == len(order) == len(steps):
        return Reply("answer", tuple(order), confidence)
    return _unread(
        said, f"Name each of the {len(steps)} steps once, e.g. {' '.join(map(str, range(len(steps), 0, -1)))}."
    )


def _at(mark: str, options: Sequence[str]) -> list[str]:
    place = int(mark) - 1 if mark.isdigit() else LETTERS.index(mark.lower())
    return [options[place]] if 0 <= place < len(options) else []


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .'\"“”`")
