"""How well the grading of short answers agrees with labels given by hand, point by point."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from curriculum.question_values import Question, ShortAnswer
from curriculum.questions import load_questions
from errors import StudyError
from evals.golden import SPLITS, Split
from learner.grading import grade
from learner.short_answers import Similarity

Style = Literal["good", "partial", "paraphrase", "wrong", "denial", "off-topic", "injection"]
STYLES: tuple[Style, ...] = get_args(Style)
POINTLESS: tuple[Style, ...] = ("wrong", "denial", "off-topic", "injection")
"""Answers of these styles make no point."""
DEFAULT_FILE = Path(__file__).parent / "data" / "short_answers.toml"

LEAST_ACCURACY = 0.90
"""Share of points on which the grader and the labels agree."""
LEAST_KAPPA = 0.80
"""Agreement beyond chance; points are met or missing about equally often in the data."""


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """An answer to a short question of the bank, with its label for each point of the rubric."""

    question: str
    """Id in the bank."""
    style: Style
    split: Split
    given: str
    met: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class PointJudgement:
    """One point of one answer: what the label says and what the grader found."""

    answer: LabelledAnswer
    number: int
    """0-based, in the order of the rubric."""
    wanted: bool
    found: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How grader and labels agree over points."""

    met_found: int
    met_missed: int
    """The label says met, the grader missing: too strict."""
    missing_found: int
    """The label says missing, the grader met: too generous."""
    missing_missed: int

    @property
    def points(self) -> int:
        """How many points were judged."""
        return self.met_found + self.met_missed + self.missing_found + self.missing_missed

    @property
    def accuracy(self) -> float:
        """Share of points judged alike, 0 to 1; 0 without points."""
        return (self.met_found + self.missing_missed) / self.points if self.points else 0.0

    @property
    def kappa(self) -> float:
        """Cohen's kappa: agreement beyond chance, divided by the most there could be; 0 where chance explains all."""
        if not self.points:
            return 0.0
        labelled = (self.met_found + self.met_missed) / self.points
        graded = (self.met_found + self.missing_found) / self.points
        chance = labelled * graded + (1 - labelled) * (1 - graded)
        return (self.accuracy - chance) / (1 - chance) if chance < 1 else 0.0


Grader = Callable[[Question, str], Sequence[bool]]
"""Which points of the question's rubric an answer makes."""


def load_answers(path: Path = DEFAULT_FILE, *, bank: Mapping[str, Question] | None = None) -> list[LabelledAnswer]:
    """The labelled answers of a TOML file.

    Raises:
        StudyError: all faults of the file in one message.
    """
    known = bank_by_id() if bank is None else bank
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("answer", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Check the file's TOML.") from fault
    answers: list[LabelledAnswer] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            answers.append(_read(entry, known))
        except (KeyError, TypeError, ValueError) as fault:
            faults.append(f"answer {number}: {type(fault).__name__} {fault}")
    seen = [(answer.question, answer.given.casefold()) for answer in answers]
    faults += [f"{name}: the same answer twice" for name, given in sorted({one for one in seen if seen.count(one) > 1})]
    if faults:
        raise StudyError(f"{path.name} has faults: {'; '.join(faults)}.", hint="Correct the named entries.")
    return answers


def bank_by_id() -> dict[str, Question]:
    """The questions of the bank by their ids."""
    return {str(question.id): question for question in load_questions()}


def our_grader(similarity: Similarity | None = None) -> Grader:
    """The grader of quizzes and reviews, by words alone or with a likeness of meaning too."""
    return lambda question, given: [point.is_met for point in grade(question, [given], similarity=similarity).points]


def judge(answers: Iterable[LabelledAnswer], grader: Grader) -> list[PointJudgement]:
    """Every point of every answer, graded beside its label."""
    bank = bank_by_id()
    return [
        PointJudgement(answer, number, wanted, found)
        for answer in answers
        for number, (wanted, found) in enumerate(
            zip(answer.met, grader(bank[answer.question], answer.given), strict=True)
        )
    ]


def agreement(judged: Iterable[PointJudgement]) -> Agreement:
    """The confusion of the judgements; accuracy and kappa follow from it."""
    pairs = [(one.wanted, one.found) for one in judged]
    return Agreement(*(pairs.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))))


def shortfalls(found: Agreement) -> list[str]:
    """One sentence for each bar that is not reached; empty when all are."""
    told = []
    if found.accuracy < LEAST_ACCURACY:
        told.append(f"accuracy per point: {found.accuracy:.1%}, the bar is {LEAST_ACCURACY:.0%}")
    if found.kappa < LEAST_KAPPA:
        told.append(f"Cohen's kappa: {found.kappa:.2f}, the bar is {LEAST_KAPPA:.2f}")
    return told


def _read(entry: Mapping[str, Any], known: Mapping[str, Question]) -> LabelledAnswer:
    question = known.get(entry["question"])
    if question is None or not isinstance(question.body, ShortAnswer):
        raise ValueError(f"the bank has no short question {entry['question']!r}")
    met = tuple(entry["met"])
    if len(met) != len(question.body.points) or not all(isinstance(one, bool) for one in met):
        raise ValueError(f"{entry['question']} has {len(question.body.points)} points, the label is {list(met)}")
    if entry["style"] not in STYLES or entry["split"] not in SPLITS:
        raise ValueError(f"{entry['style']!r} is no style, or {entry['split']!r} no split")
    if entry["style"] in POINTLESS and any(met):
        raise ValueError(f"an answer that is {entry['style']} makes no point")
    if not str(entry["given"]).strip():
        raise ValueError("the answer is empty")
    return LabelledAnswer(entry["question"], entry["style"], entry["split"], entry["given"], met)
