"""What a learner asks of a quiz, read from their words by rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curriculum.question_values import Difficulty, Kind
from learner.quiz import Mode

_NUMBERS = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBERS |= {"nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "a few": 3, "some": 5, "several": 5}
_COUNTED = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_ITEM = r"(?:(?:quiz |test |exam |review |practice )?questions?|items?)"
_START = re.compile(
    rf"^(?:(?:quizz?|examine|drill|test)(?: me| us| my knowledge| myself)\b"
    rf"|(?:give me |start |take |make |i want |let'?s (?:do |take )?|begin |do |set me |run |create |generate )?"
    rf"(?:a |an |another |the |my )?(?:new |short |quick |timed |mock |little |\d+[- ]question "
    rf"|\d+[- ]minutes? )*(?:quizz?|exam|test)(?= on| about| in| for| of| from|,|$| with| over)"
    rf"|(?:ask|give) me (?:(?P<many>\d{{1,6}}|{_COUNTED})\s+)?(?:easy |medium |hard |difficult "
    rf"|multiple[- ]choice )*{_ITEM})",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"^(?:(?:start |do |begin |take |let'?s (?:do |start )?)?(?:a |the |my )?review(?:s| session)?"
    r"(?: (?:of |me on )?(?:what(?:'s| is)|everything|all|cards?|items?|things?)(?: that(?:'s| is"
    r"| are))?(?: now)? due(?: today| now)?)?"
    r"|review (?:what(?:'s| is) due|due (?:items|cards)|my (?:due )?(?:cards|items))(?: today| now)?"
    r"|what(?:'s| is) due(?: today| now| for review)*)(?:\s+(?:on|about|of|for)\s+(?P<topic>.+))?$",
    re.IGNORECASE,
)
_RESUME = re.compile(
    r"^(?:go on with|continue|resume|finish)(?: with)? (?:my |the |that )?(?:open |last |unfinished )?(?:quiz|exam"
    r"|review)$",
    re.I,
)
_COUNT = re.compile(
    rf"\b(?P<count>\d{{1,6}}|{_COUNTED})[\s-]+(?:(?:easy|medium|hard|difficult)\s+)?{_ITEM}\b", re.IGNORECASE
)
_MINUTES = re.compile(
    r"\b(?:in |with |for |of )?(\d{1,4})[\s-]*min(?:ute)?s?\b(?: (?:long|limit|time))?", re.IGNORECASE
)
_HARD: tuple[tuple[Difficulty, str], ...] = (
    ("easy", r"easy|simple|beginner|basic"),
    ("medium", r"medium|moderate|intermediate"),
    ("hard", r"hard|difficult|advanced|challenging|tough"),
)
_KINDS: tuple[tuple[tuple[Kind, ...], str], ...] = (
    (("choice", "several"), r"multiple[- ]choice|mcqs?"),
    (("true-false",), r"true[- /](?:or[- ])?false"),
    (("short",), r"short[- ]answers?|open[- ]ended|free[- ]text"),
    (("numeric",), r"numeric(?:al)?|calculation"),
    (("code-output",), r"code(?:[- ]output)?"),
    (("cloze",), r"cloze|fill[- ]in(?:[- ]the[- ]blanks?)?|gap"),
    (("order",), r"ordering"),
)
_OWN = re.compile(r"\b(?:my|our) (?:own )?(?:notes?|documents?|files?|texts?|papers?|uploads?)\b", re.IGNORECASE)
_GENERATE = re.compile(r"\b(?:generated?|make up|made[- ]up|fresh|newly made|write new)\b", re.IGNORECASE)
_JOINT = re.compile(
    r"^(?:\s|,|;|:|\.|-|and\b|on\b|about\b|in\b|for\b|of\b|from\b|with\b|over\b|the topic\b|please\b|level\b|mode\b"
    r"|only\b|at\b)+",
    re.I,
)
_TAIL = re.compile(
    r"(?:\s|,|;|:|\.|\?|!|-|\band\b|\bwith\b|\bof\b|\bon\b|\babout\b|\bfor\b|\bin\b|\bplease\b|\bonly\b|\blevel\b"
    r"|\bmode\b|\ba\b|\bat\b|\bthem\b|\bbut\b|\bquestions?\b)+$",
    re.I,
)
_ALL = re.compile(
    r"(?:everything|anything|all|all topics|all of it|any topic|whatever|whole (?:bank|roadmap))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizRequest:
    """What was asked for."""

    topic: str = ""
    count: int | None = None
    difficulty: Difficulty | None = None
    kinds: tuple[Kind, ...] = ()
    mode: Mode = "practice"
    minutes: int | None = None
    own: bool = False
    """About the learner's own documents."""
    generate: bool = False
    resume: bool = False

    def arguments(self) -> dict[str, Any]:
        """Arguments of the tool `start_quiz`."""
        values: Mapping[str, Any] = {
            "topic": self.topic,
            "count": self.count,
            "difficulty": self.difficulty,
            "kinds": ", ".join(self.kinds),
            "mode": "resume" if self.resume else self.mode,
            "minutes": self.minutes,
            "own_documents": self.own or None,
            "generate": self.generate or None,
        }
        return {name: value for name, value in values.items() if value not in (None, "")}


def read_request(text: str) -> QuizRequest | None:
    """The wish for a quiz, an exam or a review; None for any other text."""
    bare = re.sub(r"[\s,]*\bplease$", "", " ".join(text.split()).strip(" ?.!"), flags=re.IGNORECASE)
    if _RESUME.match(bare):
        return QuizRequest(resume=True)
    if match := _REVIEW.match(bare):
        return QuizRequest(mode="review", topic=_topic(match["topic"] or ""))
    start = _START.match(bare)
    if start is None:
        return None
    many = start["many"]
    rest = bare[start.end() :]
    head = start.group().lower()
    rest, minutes = _taken(_MINUTES, rest)
    minutes = minutes or ((found := _MINUTES.search(head)) and found[1]) or None
    rest, count = _taken(_COUNT, rest)
    difficulty, rest = _difficulty(head, rest)
    kinds, rest = _kinds(head, rest)
    is_exam = (
        bool(re.search(r"\bexam|\bexamine|\bmock|\btimed", f"{head} {rest}", re.IGNORECASE)) or minutes is not None
    )
    rest = re.sub(r",?\s*\b(?:as an |an |in )?(?:exam(?: mode)?|timed)\b", "", rest, flags=re.IGNORECASE)
    generate = bool(_GENERATE.search(bare))
    rest = _GENERATE.sub("", rest)
    own = bool(_OWN.search(rest))
    inner = re.search(r"(\d+)[- ]question", head)
    counted = count or many or (inner[1] if inner else None)
    one = re.search(r"\bquestion$", head) and not many
    return QuizRequest(
        topic=_topic(_OWN.sub("", rest) if own else rest),
        count=_number(counted) if counted else 1 if one else None,
        difficulty=difficulty,
        kinds=kinds,
        mode="exam" if is_exam else "practice",
        minutes=int(minutes) if minutes else None,
        own=own,
        generate=generate,
    )


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str | None]:
    match = pattern.search(text)
    if match is None:
        return text, None
    return f"{text[: match.start()]} {text[match.end() :]}", match[1]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _difficulty(head: str, rest: str) -> tuple[Difficulty | None, str]:
    """A level counts at the end or between commas: "hard attention" is a topic."""
    for level, words in _HARD:
        if re.search(rf"\b(?:{words})\b", head):
            return level, rest
        own = re.compile(
            rf"(?:^|[,;]|\band\b|\s)\s*(?:level |difficulty )?(?:{words})(?: (?:level|ones?|questions?|difficulty"
            rf"|mode))?(?=\s*(?:[,;]|$))",
            re.IGNORECASE,
        )
        if match := own.search(rest):
            return level, f"{rest[: match.start()]} {rest[match.end() :]}"
    return None, rest


def _kinds(head: str, rest: str) -> tuple[tuple[Kind, ...], str]:
    for kinds, words in _KINDS:
        pattern = re.compile(
            rf"(?:^|[,;]|\bonly\b|\s)\s*(?:{words})(?: (?:questions?|items?|only))*(?=\s*(?:[,;]|$))", re.I
        )
        if re.search(rf"\b(?:{words})\b", head):
            return kinds, rest
        if match := pattern.search(rest):
            return kinds, f"{rest[: match.start()]} {rest[match.end() :]}"
    return (), rest


def _topic(text: str) -> str:
    bare = " ".join(text.split())
    for _ in range(3):
        bare = _TAIL.sub("", _JOINT.sub("", bare))
    bare = re.sub(r"^(?:the topic (?:of )?|the )", "", bare.strip(" '\"“”,"), flags=re.IGNORECASE)
    return "" if _ALL.fullmatch(bare) else bare
