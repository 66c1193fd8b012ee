"""The frozen values of the prediction exercises. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NewType

from curriculum.model import Level, TopicId

LEVELS: tuple[Level, ...] = ("beginner", "intermediate", "advanced")

PredictionId = NewType("PredictionId", str)

PredictionKind = Literal["text", "number", "shape", "boolean", "exception"]
"""What the program shows, and so how an answer is compared with it."""


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong answer that a learner has a reason for, and what is wrong with the reason."""

    answer: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A short program whose output the learner says before it runs."""

    id: PredictionId
    title: str
    """Says what it is about without giving the answer away."""
    keywords: tuple[str, ...]
    """Other names a learner may use."""
    topic_ids: tuple[TopicId, ...]
    notebook: int
    """Number of the roadmap's notebook that teaches the idea."""
    level: Level
    prompt: str
    """The question, in one or two sentences."""
    code: str
    """Deterministic Python with numpy or the standard library."""
    expected: str
    """All that running shows, lines trimmed at the end; for an exception its name alone."""
    kind: PredictionKind
    tolerance: float
    """Largest distance of a right number; 0 when only the exact number is right."""
    misconceptions: tuple[Misconception, ...]
    explanation: str
    """Why the program does what it does, in two to four sentences."""

    def to_dict(self) -> dict[str, Any]:
        """What may be shown before the learner has answered, as plain values."""
        shown = ("id", "title", "topic_ids", "notebook", "level", "prompt", "code")
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if name in shown
        }


def shown_output(text: str, value: str, error: str = "") -> str:
    """What a run shows, as `expected` has it: printed text, then the last value; an exception's name alone."""
    if error.strip():
        return error.strip().splitlines()[-1].split(":")[0].rpartition(".")[2].strip()
    lines = [line.rstrip() for line in f"{text.rstrip()}\n{value}".strip().splitlines()]
    return "\n".join(lines)
