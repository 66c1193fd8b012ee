"""Explanations at the level that the learner chose in the settings, where a request names none of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.embedded.compose import Reader
from agent.embedded.lore import Lore
from agent.embedded.paper_wish import ExplainWish
from agent.embedded.plan import Plan
from agent.embedded.quiz_wish import ToldWish
from agent.embedded.study_wish import StudyWish, study_wish
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, Wish
from agent.embedded.wishes import without_manners

_LESSON = "study_mode"
_EXPLAIN = re.compile(
    r"^(?:explain|teach me|introduce me to|tell me about)\s+(?:about\s+)?(?P<topic>\S+(?:\s+\S+){0,4})$", re.IGNORECASE
)
"""A topic alone: a longer request asks for something of it, which a search answers better than a lesson."""


@dataclass(frozen=True, slots=True)
class LevelledWish:
    """A topic to explain: from our note on it in the parts that suit the level, else from what a search finds."""

    lesson: ToldWish
    otherwise: StudyWish

    @property
    def title(self) -> str:
        """The question, short."""
        return self.otherwise.title

    @property
    def subject(self) -> str:
        """What a follow-up means by "it"."""
        return self.lesson.subject

    @property
    def waits(self) -> bool:
        """Never: it is about no paper that an earlier step brings."""
        return False

    @property
    def tools(self) -> frozenset[str]:
        """None that it cannot do without."""
        return frozenset()

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """The lesson, and the search where there is none."""
        if not done:
            return self.lesson.calls(done, memory)
        return self.otherwise.calls(done[1:], memory) if done[0].failed else []

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The lesson's text, or quotes of what was found."""
        if done and not done[0].failed:
            return self.lesson.answer(done, memory, reader)
        return self.otherwise.answer(done[1:], memory, reader)


def at_level(plan: Plan, level: str, tools: frozenset[str], lore: Lore) -> Plan:
    """The plan with its explanations at the level, if one was chosen; those without a note of ours are searched for."""
    return replace(plan, steps=tuple(_levelled(step, level, tools, lore) for step in plan.steps))


def _levelled(step: Wish, level: str, tools: frozenset[str], lore: Lore) -> Wish:
    if isinstance(step, ToldWish) and step.tool == _LESSON and step.arguments.get("mode") == "explain":
        return LevelledWish(step, study_wish(f"What is {step.arguments['topic']}?", lore=lore))
    if not level:
        return step
    if isinstance(step, ExplainWish) and not step.level:
        return replace(step, level=level)
    if isinstance(step, StudyWish) and step.intent.kind == "search" and not step.waits and _LESSON in tools:
        match = _EXPLAIN.match(without_manners(step.question).strip(" ?.!"))
        if match:
            topic = match["topic"]
            arguments = {"mode": "explain", "topic": topic, "level": level}
            return LevelledWish(ToldWish(_LESSON, arguments, f"Explain {topic}", topic), step)
    return step
