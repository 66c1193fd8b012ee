"""A question as plain values and back, for generated items that the learner's record keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from curriculum.model import PaperId, TopicId
from curriculum.question_values import (
    Body,
    Choices,
    Cloze,
    CodeOutput,
    Number,
    Option,
    Ordering,
    Point,
    Question,
    QuestionId,
    Receipt,
    ShortAnswer,
    Statement,
)

_BODIES: Mapping[str, type[Body]] = {
    "choice": Choices,
    "several": Choices,
    "true-false": Statement,
    "short": ShortAnswer,
    "numeric": Number,
    "code-output": CodeOutput,
    "order": Ordering,
    "cloze": Cloze,
}


def values_of(question: Question) -> dict[str, Any]:
    """The question as values that JSON can hold."""
    return asdict(question)


def question_of(values: Mapping[str, Any]) -> Question:
    """The question that `values_of` wrote."""
    body = dict(values["body"])
    if "options" in body:
        body["options"] = tuple(Option(**option) for option in body["options"])
    if "points" in body:
        body["points"] = tuple(Point(**{**point, "phrases": tuple(point["phrases"])}) for point in body["points"])
    if "wrong_values" in body:
        body["wrong_values"] = tuple((float(value), str(reason)) for value, reason in body["wrong_values"])
    for name in ("steps", "accepted"):
        if name in body:
            body[name] = tuple(body[name])
    return Question(
        **{
            **values,
            "id": QuestionId(values["id"]),
            "topic_ids": tuple(map(TopicId, values["topic_ids"])),
            "paper_ids": tuple(map(PaperId, values["paper_ids"])),
            "receipt": Receipt(**values["receipt"]),
            "body": _BODIES[values["kind"]](**body),
        }
    )
