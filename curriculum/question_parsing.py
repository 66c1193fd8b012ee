"""From TOML tables to questions, one function a kind of body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from curriculum.model import PaperId, TopicId
from curriculum.question_values import (
    BLANK,
    BLOOM_LEVELS,
    DIFFICULTIES,
    KINDS,
    Bloom,
    Body,
    Choices,
    Cloze,
    CodeOutput,
    Difficulty,
    Kind,
    Number,
    Option,
    Ordering,
    Point,
    Question,
    QuestionId,
    Receipt,
    ShortAnswer,
    Statement,
    by_digest,
)
from curriculum.tables import Entry

OPTION_COUNTS = range(3, 6)
STEP_COUNTS = range(3, 8)
POINT_COUNTS = range(1, 6)


def parse_question(entry: Entry) -> Question:
    """The question an entry describes; every fault of its form is reported."""
    question_id = entry.text("id")
    kind = cast(Kind, entry.choice("kind", KINDS))
    return Question(
        id=QuestionId(question_id),
        kind=kind,
        topic_ids=tuple(TopicId(topic) for topic in entry.texts("topics", required=True)),
        paper_ids=tuple(PaperId(paper) for paper in entry.texts("papers")),
        bloom=cast(Bloom, entry.choice("bloom", BLOOM_LEVELS)),
        difficulty=cast(Difficulty, entry.choice("difficulty", DIFFICULTIES)),
        prompt=entry.text("prompt").strip(),
        hint=entry.text("hint").strip(),
        explanation=entry.text("explanation").strip(),
        receipt=_receipt(entry),
        body=_BODIES.get(kind, _no_body)(entry, question_id),
    )


def _receipt(entry: Entry) -> Receipt:
    entries = list(entry.entries("receipt"))
    if len(entries) != 1:
        entry.fault("must have one [[question.receipt]]")
        return Receipt("", None, "")
    found = entries[0]
    page = found.optional_number("page")
    if page is not None and page < 1:
        found.fault(f"`page` counts from 1, not {page}")
    receipt = Receipt(found.text("document"), page, found.text("quote").strip())
    found.close()
    return receipt


def _options(entry: Entry, question_id: str, *, least_right: int = 1, most_right: int = 1) -> tuple[Option, ...]:
    options = []
    for item in entry.entries("option"):
        right = item.flag("right")
        options.append(Option(item.text("text").strip(), right, item.text("why", "" if right else None).strip()))
        item.close()
    if len(options) not in OPTION_COUNTS:
        entry.fault(f"must have {OPTION_COUNTS.start} to {OPTION_COUNTS.stop - 1} options, not {len(options)}")
    right_count = sum(option.is_right for option in options)
    if not least_right <= right_count <= most_right:
        entry.fault(f"has {right_count} right options")
    return by_digest(question_id, tuple(options))


def _choice(entry: Entry, question_id: str) -> Body:
    return Choices(_options(entry, question_id))


def _several(entry: Entry, question_id: str) -> Body:
    return Choices(_options(entry, question_id, least_right=2, most_right=OPTION_COUNTS.stop - 2))


def _statement(entry: Entry, _question_id: str) -> Body:
    is_true = entry.flag("answer", required=True)
    correction = entry.text("correction", "").strip()
    if is_true == bool(correction):
        entry.fault("a false statement needs a `correction`, a true one has none")
    return Statement(is_true, correction)


def _short(entry: Entry, _question_id: str) -> Body:
    points = []
    for item in entry.entries("point"):
        points.append(Point(item.text("text"), item.texts("phrases", required=True), item.text("quote", "").strip()))
        item.close()
    if len(points) not in POINT_COUNTS:
        entry.fault(f"must have {POINT_COUNTS.start} to {POINT_COUNTS.stop - 1} points, not {len(points)}")
    return ShortAnswer(tuple(points), entry.text("model_answer").strip())


def _numeric(entry: Entry, _question_id: str) -> Body:
    wrong = []
    for item in entry.entries("wrong") if entry.has("wrong") else ():
        wrong.append((item.real("value"), item.text("why")))
        item.close()
    tolerance = entry.real("tolerance", 0.0)
    if tolerance < 0:
        entry.fault(f"`tolerance` must not be negative, not {tolerance}")
    value = entry.real("value")
    if any(abs(other - value) <= tolerance for other, _ in wrong):
        entry.fault("a wrong value lies within the tolerance of the right one")
    return Number(value, tolerance, entry.text("unit", ""), _code(entry), tuple(wrong))


def _code_output(entry: Entry, question_id: str) -> Body:
    expected = entry.text("expected").strip()
    options = _options(entry, question_id) if entry.has("option") else ()
    if options and [option.text for option in options if option.is_right] != [expected]:
        entry.fault("its right option must be what `expected` says")
    return CodeOutput(_code(entry), expected, options)


def _order(entry: Entry, _question_id: str) -> Body:
    steps = entry.texts("steps", required=True)
    if len(steps) not in STEP_COUNTS or len(set(steps)) != len(steps):
        entry.fault(f"must have {STEP_COUNTS.start} to {STEP_COUNTS.stop - 1} different steps")
    return Ordering(steps)


def _cloze(entry: Entry, question_id: str) -> Body:
    if entry.text("prompt").count(BLANK) != 1:
        entry.fault(f"the prompt of a cloze item has one blank, written {BLANK}")
    accepted = entry.texts("accepted", required=True)
    options = _options(entry, question_id) if entry.has("option") else ()
    if options and not all(option.text in accepted for option in options if option.is_right):
        entry.fault("its right option must be one of `accepted`")
    return Cloze(accepted, options)


def _no_body(_entry: Entry, _question_id: str) -> Body:
    return Choices(())


def _code(entry: Entry) -> str:
    code = entry.text("code").strip()
    try:
        compile(code, "<question>", "exec")
    except (SyntaxError, ValueError) as error:
        entry.fault(f"`code` is not Python: {error}")
    return code + "\n"


_BODIES: Mapping[str, Callable[[Entry, str], Body]] = {
    "choice": _choice,
    "several": _several,
    "true-false": _statement,
    "short": _short,
    "numeric": _numeric,
    "code-output": _code_output,
    "order": _order,
    "cloze": _cloze,
}
