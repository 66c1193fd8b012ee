"""A chat model's help with short answers: it finds the words of a point, and only words that stand there count.

The model is not asked for a grade. It names the learner's own words for a point that neither words nor likeness showed.
They count when they stand in the answer, share a content word with the point or its source, and are no order. So no
answer that asks for a grade, and no model that obeys it, makes a point out of nothing.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage

from agent.items.drafting import asked, name_of
from agent.prompt import load_prompt
from agent.tools.quoting import BEGIN, END, contained, fenced
from agent.words import content_stems
from curriculum.question_values import Question, ShortAnswer
from learner.grading import Grade, grade_of_points
from learner.short_answers import PointResult

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

LEAST_WORDS = 3
"""Fewer words cannot say a point."""
_ORDER = re.compile(
    r"\b(?:mark|grade|score|count|accept|award|give)\b.{0,40}\b(?:correct|right|full|met|points?|marks?|credit|1\.0)\b"
    r"|\b(?:ignore|disregard)\b.{0,40}\b(?:instructions?|rubric|points?|rules?)\b",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)

JudgePoints = Callable[[Question, str, Grade], Grade]
"""A grade with the points that a model found in the learner's words: (question, answer, grade so far) to grade."""


def judged_by(model: BaseChatModel) -> JudgePoints:
    """Judging with that model; its faults leave the grade as it was."""

    def judge(question: Question, given: str, grade: Grade) -> Grade:
        missing = [place for place, point in enumerate(grade.points) if not point.is_met]
        if not missing or not isinstance(question.body, ShortAnswer):
            return grade
        try:
            found = _found(model, question, given, [grade.points[place] for place in missing])
        except Exception as error:  # a model that fails is no reason to give no grade
            logger.info("A model did not help with grading: %r", error)
            return grade
        points, found_any = list(grade.points), False
        for number, words in found.items():
            point = points[missing[number]]
            if _makes(words, given, question, point):
                points[missing[number]], found_any = replace(point, is_met=True, evidence=words), True
        return replace(grade_of_points(tuple(points)), judged_by=name_of(model)) if found_any else grade

    return judge


def _found(model: BaseChatModel, question: Question, given: str, points: Sequence[PointResult]) -> dict[int, str]:
    """Place of a point, from 0, to the words that the model names for it."""
    listed = "\n".join(f"{number}. {point.text}" for number, point in enumerate(points, start=1))
    prompt = load_prompt("grade_points", question=question.prompt, points=listed, begin=BEGIN, end=END)
    answer = asked(model, [HumanMessage(f"{prompt}\n\n{fenced(contained(given))}")])
    match = _OBJECT.search(answer)
    values: Any = json.loads(match[0]) if match else {}
    entries = values.get("points") if isinstance(values, dict) else None
    found: dict[int, str] = {}
    for entry in entries if isinstance(entries, list) else ():
        number, words = (entry.get("number"), entry.get("words")) if isinstance(entry, dict) else (None, None)
        if isinstance(number, int) and 1 <= number <= len(points) and isinstance(words, str):
            found[number - 1] = " ".join(words.split())
    return found


def _makes(words: str, given: str, question: Question, point: PointResult) -> bool:
    """Whether the words stand in the answer and have to do with the point beyond what the question says."""
    stems = set(content_stems(words))
    body = question.body
    rubric = [one for one in body.points if one.text == point.text] if isinstance(body, ShortAnswer) else []
    phrases = " ".join(phrase for one in rubric for phrase in one.phrases)
    about = set(content_stems(f"{point.text} {point.quote} {phrases}")) - set(content_stems(question.prompt))
    return (
        len(words.split()) >= LEAST_WORDS
        and words.casefold() in " ".join(given.split()).casefold()
        and bool(stems & about)
        and not _ORDER.search(words)
    )
