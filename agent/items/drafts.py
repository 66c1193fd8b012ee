"""What a chat model sends as drafts of items: the schema, reading it kindly, and the drafts as questions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from curriculum.model import PaperId, TopicId
from curriculum.question_values import (
    BLOOM_LEVELS,
    DIFFICULTIES,
    Body,
    Choices,
    Cloze,
    CodeOutput,
    Kind,
    Number,
    Option,
    Point,
    Question,
    QuestionId,
    Receipt,
    ShortAnswer,
    Statement,
    by_digest,
)
from vectorstore.passage import Passage

DRAFT_KINDS: tuple[Kind, ...] = ("choice", "several", "true-false", "short", "cloze", "numeric", "code-output")
_FENCE = re.compile(r"```(?:json)?\s*(?P<json>.*?)```", re.DOTALL)


class DraftOption(BaseModel):
    """One option of a draft."""

    text: str
    is_right: bool = False
    reason: str = ""


class DraftPoint(BaseModel):
    """One point of a short answer."""

    text: str
    phrases: list[str] = Field(default_factory=list)


class Draft(BaseModel):
    """One item as a model sends it."""

    kind: str
    passage: int = 1
    prompt: str
    quote: str
    hint: str = ""
    explanation: str = ""
    difficulty: str = "medium"
    bloom: str = "understand"
    options: list[DraftOption] = Field(default_factory=list)
    is_true: bool | None = None
    correction: str = ""
    points: list[DraftPoint] = Field(default_factory=list)
    model_answer: str = ""
    answer: str = ""
    value: float | None = None
    tolerance: float = 0.0
    unit: str = ""
    code: str = ""


class Drafts(BaseModel):
    """The answer of a model."""

    items: list[Draft]


def read_drafts(text: str) -> tuple[list[Draft], str]:
    """The drafts in an answer, and why there are none; an item that does not fit the schema is left out and named."""
    found = _FENCE.search(text)
    inside = found["json"] if found else text[text.find("{") if "{" in text else 0 :]
    try:
        values = json.JSONDecoder().raw_decode(inside.strip())[0]
    except ValueError:
        return [], "the answer is no JSON"
    held = values.get("items") if isinstance(values, dict) else values
    if not isinstance(held, list):
        return [], "the answer has no list of items"
    drafts, faults = [], []
    for one in held:
        try:
            drafts.append(Draft.model_validate(one))
        except ValidationError as error:
            first = error.errors()[0]
            faults.append(f"an item's {'.'.join(map(str, first['loc']))}: {first['msg']}")
    return drafts, "; ".join(faults)


def question_of_draft(
    draft: Draft, passages: Sequence[Passage], *, topic_ids: Sequence[TopicId], made_by: str
) -> Question | str:
    """The draft as a question; in words why it is none."""
    kind = next((one for one in DRAFT_KINDS if one == draft.kind.strip().casefold().replace("_", "-")), None)
    if kind is None:
        return f"there is no kind {draft.kind[:40]!r}"
    if not 1 <= draft.passage <= len(passages):
        return f"there is no passage {draft.passage}"
    passage = passages[draft.passage - 1]
    digest = hashlib.sha256(f"{passage.document_id} {draft.prompt}".encode()).hexdigest()[:12]
    question_id = QuestionId(f"draft-{digest}")
    body = _body(draft, kind, question_id)
    if isinstance(body, str):
        return body
    return Question(
        id=question_id,
        kind=kind,
        topic_ids=tuple(topic_ids),
        paper_ids=(PaperId(passage.arxiv_id),) if passage.arxiv_id else (),
        bloom=next((one for one in BLOOM_LEVELS if one == draft.bloom.casefold()), "understand"),
        difficulty=next((one for one in DIFFICULTIES if one == draft.difficulty.casefold()), "medium"),
        prompt=draft.prompt.strip(),
        hint=draft.hint.strip() or f"See page {passage.page_number} of “{passage.title}”.",
        explanation=draft.explanation.strip(),
        receipt=Receipt(str(passage.document_id), passage.page_number, draft.quote.strip()),
        body=body,
        provenance="generated",
        made_by=made_by,
    )


def _body(draft: Draft, kind: Kind, question_id: str) -> Body | str:
    options = by_digest(question_id, tuple(Option(one.text.strip(), one.is_right, one.reason) for one in draft.options))
    right = sum(option.is_right for option in options)
    match kind:
        case "choice":
            return (
                Choices(options) if right == 1 and 3 <= len(options) <= 4 else "needs 3 or 4 options, one of them right"
            )
        case "several":
            fits = 3 <= len(options) <= 5 and 0 < right < len(options)
            return Choices(options) if fits else "needs 3 to 5 options, one or more of them right and not all"
        case "true-false":
            if draft.is_true is None or (not draft.is_true and not draft.correction.strip()):
                return "needs is_true, and a correction when it is false"
            return Statement(draft.is_true, draft.correction.strip())
        case "short":
            points = tuple(Point(one.text, tuple(filter(None, one.phrases)), "") for one in draft.points if one.phrases)
            return ShortAnswer(points, draft.model_answer.strip()) if points and draft.model_answer else "needs points"
        case "cloze":
            is_whole = draft.prompt.count("____") == 1 and draft.answer.strip()
            return (
                Cloze((draft.answer.strip(),), options) if is_whole else "needs one ____ in the prompt, and its answer"
            )
        case "numeric":
            if draft.value is None or not draft.code.strip():
                return "needs a value and the code that prints it"
            return Number(draft.value, draft.tolerance, draft.unit, draft.code, ())
        case _:
            expected = draft.answer.strip() or next((one.text for one in options if one.is_right), "")
            return CodeOutput(draft.code, expected, options) if draft.code.strip() else "needs code"


def as_json(drafts: Sequence[Draft]) -> str:
    """The drafts as a model sent them."""
    held: dict[str, Any] = {"items": [draft.model_dump(exclude_defaults=True) for draft in drafts]}
    return json.dumps(held, ensure_ascii=False)
