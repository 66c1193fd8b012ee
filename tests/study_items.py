"""Small questions and answers for the tests of quizzes, reviews and mastery."""

from datetime import UTC, datetime, timedelta

from curriculum.question_values import (
    Choices,
    Cloze,
    CodeOutput,
    Number,
    Option,
    Ordering,
    Point,
    Question,
    Receipt,
    ShortAnswer,
    Statement,
)
from learner.values import Evidence

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

REASON = "That is a plausible mistake."


def options(*texts, right=(0,)):
    return tuple(Option(text, place in right, "" if place in right else REASON) for place, text in enumerate(texts))


BODIES = {
    "choice": Choices(options("four", "three", "five", "six")),
    "several": Choices(options("two", "three", "four", "nine", right=(0, 1))),
    "true-false": Statement(False, "It is so."),
    "short": ShortAnswer(
        (
            Point("The variance of the scores stays near one.", ("variance + one", "variance + constant"), ""),
            Point("The softmax does saturate otherwise.", ("saturat", "one-hot"), ""),
        ),
        "The variance stays at one, since otherwise the softmax saturates.",
    ),
    "numeric": Number(20_000.0, 0.0, "weights", "print(20000)", ((2_500.0, "That is one head; there are eight."),)),
    "code-output": CodeOutput("print(1)\nprint(2)", "1\n2", ()),
    "order": Ordering(("multiply", "divide", "mask", "softmax")),
    "cloze": Cloze(("supervised", "labelled"), ()),
}


def question(kind="choice", number=0, *, topics=("math",), papers=(), **changes):
    values = {
        "id": f"{kind}-{number}",
        "kind": kind,
        "topic_ids": topics,
        "paper_ids": papers,
        "bloom": "apply" if number % 2 else "understand",
        "difficulty": ("easy", "medium", "hard")[number % 3],
        "prompt": "Why are the scores divided before the softmax?",
        "hint": "Think of variances.",
        "explanation": "Because they would grow.",
        "receipt": Receipt("01-attention", None, "uses the resulting weights"),
        "body": BODIES[kind],
    }
    return Question(**{**values, **changes})


def answer(item="q", outcome=1.0, *, days=0.0, key=None, topics=("math",), kind="quiz", **details):
    return Evidence(
        key=key or f"{kind} {item} {days}",
        kind=kind,
        item_id=item,
        topic_ids=topics,
        outcome=outcome,
        given="",
        expected="",
        at=NOON + timedelta(days=days),
        details=details,
    )
