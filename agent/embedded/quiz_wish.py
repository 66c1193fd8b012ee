"""Quizzes, exams, reviews and what is told of them: the tool says it all, in words that need no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.embedded.compose import Reader
from agent.embedded.parts import told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, only
from agent.study.request import read_request

NO_RECORD = "I have no quizzes here: the learner's record cannot be used, and the log says why."


@dataclass(frozen=True, slots=True)
class ToldWish:
    """A wish that one tool fulfils, whose text is the answer."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    title: str = "Answer"
    subject: str = ""
    waits: bool = False

    @property
    def tools(self) -> frozenset[str]:
        """The tool."""
        return frozenset({self.tool})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call."""
        return [] if done else [Call(self.tool, self.arguments)]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The tool's own text."""
        told = only(self.tool, done)
        return NO_RECORD if told is None else told_text(told)


def told_text(done: Done) -> str:
    """What a tool of quizzes or lessons says to the learner."""
    return told_fault(done) if done.failed else str(done.artifact.get("text") or done.text)


def read_quiz(text: str) -> ToldWish | None:
    """The wish for a quiz, an exam or a review; None for any other text."""
    request = read_request(text)
    if request is None:
        return None
    named = {"exam": "Exam", "review": "Review"}.get(request.mode, "Quiz")
    title = f"{named} on {request.topic}" if request.topic else named
    return ToldWish("start_quiz", request.arguments(), title, request.topic)
