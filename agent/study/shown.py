"""An item as the learner and the model see it before it is answered: nothing here holds its key."""

from __future__ import annotations

from typing import Any

from agent.embedded.parts import fence
from curriculum.question_values import CodeOutput, Number, Ordering, Question, Statement, shuffled_steps

LETTERS = "abcdefgh"
_ASKING = {
    "choice": "Answer with its number or letter.",
    "several": "More than one may be right: answer with all their numbers, e.g. 1, 3.",
    "true-false": "True or false?",
    "short": "Answer in a sentence or two of your own.",
    "numeric": "Answer with a number.",
    "code-output": "What does it print?",
    "order": "Answer with the numbers in the right order, e.g. 2 1 3.",
    "cloze": "Which word is missing?",
}
_MADE = {"bank": "from the question bank", "generated": "made from your library"}


def shown_question(question: Question, number: int, total: int) -> dict[str, Any]:
    """The item as plain values, without its key, hint, explanation or quote."""
    body = question.body
    options = [option.text for option in question.options]
    if isinstance(body, Statement):
        options = ["True", "False"]
    elif isinstance(body, Ordering):
        options = list(shuffled_steps(question.id, body.steps))
    page = f", p. {question.receipt.page}" if question.receipt.page else ""
    return {
        "id": str(question.id),
        "kind": question.kind,
        "prompt": question.prompt,
        "code": body.code if isinstance(body, CodeOutput) else "",
        "options": options,
        "unit": body.unit if isinstance(body, Number) else "",
        "difficulty": question.difficulty,
        "number": number,
        "total": total,
        "made": _MADE[question.provenance] + (f" by {question.made_by}{page}" if question.made_by else ""),
        "asking": asking(question.kind, bool(options)),
    }


def asking(kind: str, has_options: bool) -> str:
    """How to answer, in one sentence."""
    if has_options and kind in ("cloze", "code-output"):
        return _ASKING["choice"]
    return _ASKING[kind]


def question_text(shown: dict[str, Any], *, title: str = "") -> str:
    """The question in Markdown."""
    head = f"**Question {shown['number']} of {shown['total']}** ({shown['difficulty']}, {shown['made']})"
    blocks = [f"{head}{f' · {title}' if title else ''}", shown["prompt"]]
    if shown["code"]:
        blocks.append(fence(shown["code"], "python"))
    if shown["options"]:
        blocks.append("\n".join(f"{place}. {text}" for place, text in enumerate(shown["options"], start=1)))
    return "\n\n".join([*blocks, f"*{shown['asking']}*"])
