"""An answer to a question of the bank beside its key. Pure: nothing here calls a model, runs code or keeps anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from curriculum.prediction_values import Misconception, PredictionKind
from curriculum.question_values import (
    Choices,
    Cloze,
    CodeOutput,
    Number,
    Option,
    Ordering,
    Question,
    ShortAnswer,
    Statement,
)
from learner.answer_reading import LONGEST_ANSWER, read_boolean, read_numbers
from learner.judgement import same_number
from learner.prediction import compare
from learner.short_answers import PointResult, Similarity, grade_points
from learner.units import foreign_unit, numbers_in_unit, scale_of

QuizVerdict = Literal["right", "partly", "wrong"]

RIGHT_OUTCOME = 0.95
PARTLY_OUTCOME = 0.3
MOST_SLIPS = 1
"""Letters left out, added, changed or swapped that a typed word of six or more may have, but for its first letter: with
two, or at the start, an opposite would pass (`unsupervised`, `decoder`)."""
MOST_NUMBERS = 2
"""An answer that lists more numbers than this names none."""
_LONG_WORD = 6


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer was worth."""

    outcome: float
    """0 to 1; partial credit lies between."""
    feedback: str
    """One or two sentences on this very answer; the item's explanation comes after it."""
    points: tuple[PointResult, ...] = ()
    """For a short answer, each required point, met or missing."""
    judged_by: str = ""
    """The model that found a point in the learner's words; empty where rules alone graded."""

    @property
    def verdict(self) -> QuizVerdict:
        """The outcome in a word."""
        return verdict_of(self.outcome)


def verdict_of(outcome: float) -> QuizVerdict:
    """An outcome (0 to 1) in a word."""
    if outcome >= RIGHT_OUTCOME:
        return "right"
    return "partly" if outcome >= PARTLY_OUTCOME else "wrong"


def grade(question: Question, given: Sequence[str], *, similarity: Similarity | None = None) -> Grade:
    """The grade of an answer.

    Args:
        question: an item of the bank or a generated one.
        given: texts of the chosen options, the steps in the learner's order, or one typed text; empty for no answer.
        similarity: how alike two sentences are in meaning (0 to 1); without it short answers are judged by their words.
    """
    answer = [text[:LONGEST_ANSWER].strip() for text in given if text.strip()]
    body = question.body
    if not answer:
        return Grade(0.0, f"No answer this time. {key_sentence(question)}")
    if isinstance(body, Choices):
        return _grade_choices(body.options, answer, single=question.kind == "choice")
    if isinstance(body, Statement):
        return _grade_statement(body, answer[0])
    if isinstance(body, Ordering):
        return _grade_order(body.steps, answer)
    if isinstance(body, ShortAnswer):
        return _grade_short(question, body, "\n".join(answer), similarity)
    if isinstance(body, Number):
        return _grade_number(body, " ".join(answer))
    if body.options:
        return _grade_choices(body.options, answer, single=True)
    return _grade_typed(body, "\n".join(answer))


def key_sentence(question: Question) -> str:
    """The right answer in one sentence."""
    body = question.body
    if isinstance(body, Choices):
        texts = [f"“{option.text}”" for option in body.options if option.is_right]
        return f"Right {'is' if len(texts) == 1 else 'are'} {', '.join(texts)}."
    if isinstance(body, Statement):
        return "The statement is true." if body.is_true else f"The statement is false. {body.correction}"
    if isinstance(body, ShortAnswer):
        return f"A full answer: {body.model_answer}"
    if isinstance(body, Number):
        return f"The value is {body.value:,.10g} {body.unit}".rstrip() + "."
    if isinstance(body, CodeOutput):
        return f"The program prints “{body.expected}”."
    if isinstance(body, Cloze):
        return f"The missing word is “{body.accepted[0]}”."
    return "The order is: " + "; ".join(f"{place}. {step}" for place, step in enumerate(body.steps, 1)) + "."


def _grade_choices(options: Sequence[Option], chosen: Sequence[str], *, single: bool) -> Grade:
    texts = {option.text.strip(): option for option in options}
    picked = [texts[text] for text in dict.fromkeys(chosen) if text in texts]
    right = [option for option in options if option.is_right]
    wrong = [option for option in picked if not option.is_right]
    if single:
        ok = len(picked) == len(chosen) == 1 and not wrong
        reasons = " ".join(option.reason for option in picked if option.reason)
        return Grade(1.0 if ok else 0.0, reasons or ("Right." if ok else "That is none of the options."))
    hits = len(picked) - len(wrong)
    outcome = max(0.0, (hits - len(wrong)) / len(right))
    missed = [option for option in right if option not in picked]
    parts = [f"“{option.text}” is wrong: {option.reason}" for option in wrong]
    parts += [f"“{option.text}” is right too." for option in missed]
    return Grade(outcome, " ".join(parts) or "Exactly these.")


def _grade_statement(body: Statement, given: str) -> Grade:
    said = read_boolean(given)
    if said is None:
        return Grade(0.0, "An answer here is true or false, which yours does not say.")
    if said == body.is_true:
        return Grade(1.0, "Right." if body.is_true else f"Right, it is false. {body.correction}")
    return Grade(0.0, "It is true." if body.is_true else f"It is false. {body.correction}")


def _grade_order(steps: Sequence[str], given: Sequence[str]) -> Grade:
    """Outcome: 1 for the order itself, else the share of pairs in the right order beyond what chance gives."""
    texts = [step.strip() for step in steps]
    places = [texts.index(step) for step in given if step in texts]
    if sorted(places) != list(range(len(steps))):
        return Grade(0.0, f"An order has each of the {len(steps)} steps once.")
    pairs = list(combinations(places, 2))
    share = sum(first < second for first, second in pairs) / len(pairs)
    if share == 1.0:
        return Grade(1.0, "Exactly in this order.")
    misplaced = next(place for place, found in enumerate(places) if place != found)
    return Grade(max(0.0, 2 * share - 1), f"Step {misplaced + 1} should be “{steps[misplaced]}”.")


def _grade_short(question: Question, body: ShortAnswer, given: str, similarity: Similarity | None) -> Grade:
    return grade_of_points(grade_points(body.points, given, similarity, prompt=question.prompt))


def grade_of_points(points: tuple[PointResult, ...]) -> Grade:
    """The grade of a short answer whose points were judged: the share that is met."""
    met = [point for point in points if point.is_met]
    outcome = len(met) / len(points)
    feedback = "All points are there." if len(met) == len(points) else f"{len(met)} of {len(points)} points are there."
    return Grade(outcome, feedback, points)


@dataclass(frozen=True, slots=True)
class _Exercise:
    """The form in which predictions are compared."""

    expected: str
    kind: PredictionKind
    tolerance: float = 0.0
    misconceptions: tuple[Misconception, ...] = ()


def _grade_number(body: Number, given: str) -> Grade:
    value = f"{body.value:,.10g} {body.unit}".strip()
    foreign = foreign_unit(given, body.unit)
    if foreign:
        return Grade(0.0, f"Your unit {foreign} measures something else: the value is {value}.")
    said = numbers_in_unit(given, body.unit)
    numbers = read_numbers(said)
    if len(numbers) > MOST_NUMBERS:
        return Grade(0.0, f"Say one number: the value is {value}.")
    scale = scale_of(body.unit)
    if scale > 1 and len(numbers) == 1 and same_number(numbers[0][-1] / scale, body.value, body.tolerance):
        return Grade(1.0, f"The value is {value}.")
    exercise = _Exercise(
        f"{body.value!r}",
        "number",
        body.tolerance,
        tuple(Misconception(f"{value!r}", reason) for value, reason in body.wrong_values),
    )
    compared = compare(said, exercise)
    if compared.verdict == "right":
        return Grade(1.0, f"The value is {value}.")
    if compared.misconception:
        return Grade(compared.outcome, f"{compared.misconception} The value is {value}.")
    words = compared.differences.replace(f"the program shows {exercise.expected}", f"the value is {value}")
    return Grade(compared.outcome, words.replace(f"The program shows {exercise.expected}", f"The value is {value}"))


def _grade_typed(body: CodeOutput | Cloze, given: str) -> Grade:
    if isinstance(body, CodeOutput):
        compared = compare(given, _Exercise(body.expected, "text"))
        return Grade(compared.outcome, compared.differences or "Exactly that.")
    if any(_same_word(given, accepted) for accepted in body.accepted):
        return Grade(1.0, f"The missing word is “{body.accepted[0]}”.")
    return Grade(0.0, f"The missing word is “{body.accepted[0]}”.")


def _same_word(given: str, accepted: str) -> bool:
    from rapidfuzz.distance import OSA

    one, other = (" ".join(text.casefold().replace("-", " ").split()).strip(" .'\"“”") for text in (given, accepted))
    if one == other:
        return True
    may_slip = len(other) >= _LONG_WORD and not any(map(str.isdigit, other)) and one[:1] == other[:1]
    return may_slip and OSA.distance(one, other, score_cutoff=MOST_SLIPS) <= MOST_SLIPS


Grader = Callable[[Question, Sequence[str]], Grade]
"""How a door grades; it may add a similarity of meaning or a model's judgement of points."""
