"""A learner's prediction beside what the program shows. Pure: `compare` runs nothing and stores nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from curriculum.prediction_values import Misconception, PredictionKind
from learner.answer_reading import LONGEST_ANSWER, read_boolean, read_numbers, read_shapes, says_nothing
from learner.judgement import (
    Judgement,
    Verdict,
    judge_boolean,
    judge_exception,
    judge_number,
    judge_shape,
    quoted,
)
from learner.text_comparison import judge_text

_OUTCOMES: dict[Verdict, float] = {"right": 1.0, "close": 0.5, "wrong": 0.0}
_EXCEPTION_NAME = re.compile(r"[A-Za-z_.]*(?:Error|Exception|StopIteration)")
_MISCONCEPTION_SHARE = 0.01
"""A number within this share of a known wrong answer counts as that answer."""


class Predictable(Protocol):
    """What `compare` needs of an exercise: `curriculum.prediction_values.Prediction` has it."""

    @property
    def expected(self) -> str:
        """All that running shows."""
        ...

    @property
    def kind(self) -> PredictionKind:
        """How to compare."""
        ...

    @property
    def tolerance(self) -> float:
        """Largest distance of a right number."""
        ...

    @property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """Known wrong answers."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a prediction was worth."""

    outcome: float
    """1 when right, 0.5 when close, 0 when wrong."""
    verdict: Verdict
    """A slip near the right answer is close; an answer with a known false reason behind it is wrong."""
    differences: str
    """One or two sentences on what the program shows instead; empty when there is nothing to say."""
    misconception: str
    """What is wrong with the reason behind this very answer; empty when the answer is not a known one."""


def compare(given: str, exercise: Predictable) -> Comparison:
    """How far a learner's prediction is what the program shows, and what differs."""
    given = given[:LONGEST_ANSWER]
    judged = _judge(given, exercise.expected, exercise.kind, exercise.tolerance)
    if judged.verdict == "right":
        return Comparison(1.0, "right", judged.difference, "")
    if says_nothing(given):
        difference = f"No prediction this time, and that is fine: the program shows {quoted(exercise.expected)}."
        return Comparison(0.0, "wrong", difference, "")
    misconception = _known_mistake(given, exercise)
    verdict: Verdict = "wrong" if misconception else judged.verdict
    return Comparison(_OUTCOMES[verdict], verdict, judged.difference, misconception)


def _judge(given: str, expected: str, kind: PredictionKind, tolerance: float) -> Judgement:
    if kind == "number":
        return judge_number(given, expected, tolerance)
    if kind == "shape":
        return judge_shape(given, expected)
    if kind == "boolean":
        return judge_boolean(given, expected)
    if kind == "exception":
        return judge_exception(given, expected)
    return judge_text(given, expected, tolerance)


def _known_mistake(given: str, exercise: Predictable) -> str:
    """The explanation of the misconception whose answer this is, "" for another answer."""
    for misconception in exercise.misconceptions:
        answer = misconception.answer
        kind = _kind_of(answer, exercise.kind)
        tolerance = exercise.tolerance
        if kind == "number":
            tolerance = max(tolerance, _MISCONCEPTION_SHARE * abs(read_numbers(answer)[0][-1]))
        judged = _judge(given, answer, kind, tolerance)
        if judged.verdict == "right" or (kind == "exception" and judged.verdict == "close"):
            return misconception.explanation
    return ""


def _kind_of(answer: str, kind: PredictionKind) -> PredictionKind:
    """How to compare with a misconception's answer, which need not be of the exercise's kind."""
    if _EXCEPTION_NAME.fullmatch(answer.strip()):
        return "exception"
    if kind == "text":
        return "text"
    readable: dict[PredictionKind, bool] = {
        "boolean": read_boolean(answer) is not None,
        "number": len(read_numbers(answer)) == 1,
        "shape": len(read_shapes(answer)) == 1,
    }
    if readable.get(kind):
        return kind
    return next((one for one in readable if readable[one]), "text")
