"""The texts of a quiz's feedback: verdict, points, reasons, the source with its number, and the report at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.context import TurnContext
from agent.embedded.parts import plain
from agent.study.source import quoted_in, source_passage
from agent.tools.quoting import heading
from curriculum.question_values import Question, QuestionId
from learner.grading import Grade, QuizVerdict, key_sentence
from learner.study_desk import Answered, StudyDesk

_VERDICTS: Mapping[QuizVerdict, str] = {
    "right": "**Right.**",
    "partly": "**Partly right.**",
    "wrong": "**Not this time.**",
}


def report(desk: StudyDesk, answers: Mapping[QuestionId, Any]) -> str:
    """Each answer of an exam beside the right one, as a table."""
    known = desk.questions()
    rows = ["| question | yours | result | right |", "|---|---|---|---|"]
    for question_id, act in answers.items():
        if (question := known.get(question_id)) is not None:
            cells = (question.prompt, act.given or "nothing", act.details.get("verdict", ""), key_sentence(question))
            rows.append("| " + " | ".join(plain(cell, 160) for cell in cells) + " |")
    return "\n".join(rows)


def to_read(context: TurnContext, question: Question, passages: list[dict[str, Any]]) -> str:
    """Where the source of a missed item stands; cited when its passage is in the library."""
    passage = source_passage(question.receipt, context.library, context.curriculum)
    if passage is None:
        return f"- {plain(question.prompt, 120)} — {_place(context, question)}"
    number = context.sources.number(passage)
    if all(one["number"] != number for one in passages):
        passages.append({"number": number, **passage.to_dict()})
    return f"- {plain(question.prompt, 120)} — {plain(passage.title, 80)} [{number}]"


def feedback_blocks(done: Answered) -> list[str]:
    """Verdict, points, key and explanation of an answer."""
    given: Grade = done.grade
    key = key_sentence(done.question)
    verdict = _VERDICTS[given.verdict] if done.evidence.given.strip() else ""
    said = "" if f"**{given.feedback}**" == verdict else given.feedback
    blocks = [f"{verdict} {said}".strip()]
    if given.points:
        blocks.append("\n".join(_point(point.text, point.is_met, point.evidence) for point in given.points))
    if given.verdict != "right" and key not in given.feedback:
        blocks.append(key)
    blocks.append(done.question.explanation)
    return blocks


def _point(text: str, is_met: bool, evidence: str) -> str:
    said = f" (you said: “{plain(evidence, 160)}”)" if evidence else ""
    return f"- {'✓ met' if is_met else '✗ missing'}: {text}{said}"


def cite(context: TurnContext, question: Question, blocks: list[str]) -> list[dict[str, Any]]:
    """Adds where the source says so to the blocks; the passage as plain values with its number."""
    receipt = question.receipt
    passage = source_passage(receipt, context.library, context.curriculum)
    if passage is None:
        blocks.append(f"The source says so: “{plain(receipt.quote, 400)}” ({_place(context, question)}).")
        return []
    number = context.sources.number(passage)
    blocks.append(f"The source says: “{plain(quoted_in(passage, receipt.quote), 400)}” [{number}]")
    return [{"number": number, **passage.to_dict()}]


def _place(context: TurnContext, question: Question) -> str:
    """The source of an item that is not in the library, by its title."""
    receipt, contents = question.receipt, context.curriculum
    titles = {str(one.id): one.title for one in contents.papers} if contents else {}
    titles |= {one.name: one.title for one in contents.notes} if contents else {}
    page = f", page {receipt.page}" if receipt.page else ""
    return f"*{plain(titles.get(receipt.document, receipt.document), 100)}*{page}"


def with_sources(text: str, context: TurnContext, passages: list[dict[str, Any]]) -> str:
    """The text with the headings of the passages that may be cited."""
    held = context.sources.passages
    heads = [heading(one["number"], held[one["number"]]) for one in passages if one["number"] in held]
    return f"{text}\nPassages to cite: {'; '.join(heads)}" if heads else text


def reasons_of(question: Question, given: str) -> str:
    """What the item says about what was chosen."""
    chosen = [option for option in question.options if option.text in given.splitlines() and not option.is_right]
    return " ".join(f"“{option.text}”: {option.reason}" for option in chosen)


def result_values(done: Answered) -> dict[str, Any]:
    """The graded answer as plain values, for the card."""
    return {
        "prompt": done.question.prompt,
        "given": done.evidence.given,
        "verdict": done.grade.verdict,
        "outcome": done.grade.outcome,
        "feedback": done.grade.feedback,
        "key": key_sentence(done.question),
        "points": [{"text": one.text, "met": one.is_met} for one in done.grade.points],
    }
