"""Predict, then run: giving an exercise, and taking the learner's answer to the open one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.code_wish import run_text
from agent.embedded.compose import Reader
from agent.embedded.parts import cut, fence, plain, told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, Said, only
from agent.tools.check_prediction import knows_not, skips
from agent.words import words

GIVE, CHECK = "predict_output", "check_prediction"
ASK_SENTENCE = "What does it print? Type your prediction; *I don't know* or *skip* shows the answer."
LONGEST_ANSWER = 400
LONGEST_LINES = 12
_EXERCISE = r"(?:exercises?|questions?|tasks?|puzzles?|challenges?|quiz(?:zes)?)"
_GIVE = re.compile(
    r"^(?:(?:give|show|set|ask|get|make|create|start)(?: me| us)?\s+)?"
    r"(?:a |an |another |one more |some |one |the next )?"
    r"(?:(?:prediction|predict(?:[- ]the)?[- ]output|predict[- ](?:and|then)[- ]run|code|coding|practice)\s+)+"
    rf"{_EXERCISE}"
    r"(?:\s+(?:on|about|for|with|of|in)\s+(?P<topic>.+))?$",
    re.IGNORECASE,
)
_ASK = re.compile(
    rf"^(?:give|set|ask)(?: me| us)\s+(?:a |an |another |one more |some |one )(?:\w+ )?{_EXERCISE}"
    r"(?:\s+(?:on|about|for|with|of|in)\s+(?P<topic>.+))?$",
    re.IGNORECASE,
)
_THEN_RUN = re.compile(
    r"^(?:let me |let'?s |i want to |i'd like to )?(?:predict|guess)(?: (?:the |an? )?(?:output|result))?"
    r"(?:,? (?:and |then |and then )+run(?: it)?)?(?:\s*(?:on|about|for|,|:|with)\s*(?P<topic>.+))?$",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"^(?:another|one more|next|more|again)(?: (?:one|exercise|question|please))*(?: please)?$", re.IGNORECASE
)
_LEAD = re.compile(
    r"^(?:(?:i|it|the|my|this|that|code|output|answer|prediction|guess|think|believe|predict|expect|say|would|will|should"
    r"|is|be|was|that|prints?|printed|outputs?|returns?|gives?|shows?|maybe|probably|perhaps|hmm+|ok|well|so)\b[\s,:]*)+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:what|why|how|when|where|who|which|whose|can|could|would|do|does|did|are|explain|describe|define|tell|show"
    r"|summari[sz]e|read|list|compare|find|search|help|give|open|quote|walk|teach)\b",
    re.IGNORECASE,
)
_WHY_MINE = re.compile(
    r"^(?:but\s+)?(?:why|how come)\b[^.?!]{0,20}\b(?:mine|it|that|this|my (?:answer|prediction|guess))\b[^.?!]{0,20}"
    r"\b(?:wrong|right|close|not|incorrect|correct)\b[^.?!]{0,12}[?.!]*$"
    r"|^explain (?:why )?(?:mine|my (?:answer|prediction))\b.{0,30}$",
    re.IGNORECASE,
)
_LIKE_AN_ANSWER = re.compile(
    r"^(?:(?:my )?(?:answer|prediction|guess)\b|i (?:think|guess|predict|expect|believe|say)\b"
    r"|it (?:prints?|will|would|is|gives)\b|[\[({]?\s*[-+]?\d|true\b|false\b|none\b|nan\b|inf\b|array\("
    r"|(?:an? )?\w*error\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExerciseWish:
    """A prediction exercise to be given."""

    topic: str = ""
    waits: bool = False

    @property
    def title(self) -> str:
        """What it is about."""
        return "Give a prediction exercise" + (f" on {self.topic}" if self.topic else "")

    @property
    def subject(self) -> str:
        """Its topic."""
        return self.topic

    @property
    def tools(self) -> frozenset[str]:
        """The giver."""
        return frozenset({GIVE})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call."""
        return [] if done else [Call(GIVE, {"topic": self.topic})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The code and the question, without its output."""
        given = only(GIVE, done)
        if given is None:
            return "I have no exercises here: this assistant was started without its curriculum."
        if given.failed:
            return told_fault(given)
        exercise = given.artifact.get("exercise", {})
        blocks = [f"### {plain(exercise.get('title', ''))}"]
        if notice := given.artifact.get("notice"):
            blocks.append(str(notice))
        if prompt := str(exercise.get("prompt", "")).strip():
            blocks.append(prompt)
        return "\n\n".join([*blocks, fence(str(exercise.get("code", "")), "python"), ASK_SENTENCE])


@dataclass(frozen=True, slots=True)
class PredictionWish:
    """The learner's answer to the open exercise."""

    exercise_id: str
    prediction: str
    waits: bool = False
    subject: str = ""
    title: str = "Check your prediction"

    @property
    def tools(self) -> frozenset[str]:
        """The checker."""
        return frozenset({CHECK})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call."""
        return [] if done else [Call(CHECK, {"exercise": self.exercise_id, "prediction": self.prediction})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """Right or not, what it printed, the difference and why."""
        checked = only(CHECK, done)
        if checked is None:
            return "I cannot check predictions here."
        if checked.failed:
            return told_fault(checked)
        return result_text(checked.artifact)


_VERDICTS = {
    "right": "**Right.**",
    "close": "**Close.**",
    "wrong": "**Not quite.**",
}


def result_text(artifact: Mapping[str, Any]) -> str:
    """What came of a prediction."""
    given = str(artifact.get("given", "")).strip()
    passed = skips(given) or knows_not(given)
    blocks = [] if passed else [_VERDICTS.get(str(artifact.get("verdict")), "**Compared.**")]
    if given and not passed:
        blocks.append(f"You predicted:\n\n{fence(cut(given, 600), 'text')}")
    run = artifact.get("run", {})
    ran = (
        bool(run) and run.get("status") in ("ok", "error") and (run.get("text") or run.get("value") or run.get("error"))
    )
    if ran:
        blocks.append(run_text(run))
    else:
        blocks.append(f"It prints:\n\n{fence(cut(str(artifact.get('expected', ''))), 'text')}")
        blocks += [plain(notice, 300) for notice in run.get("notices", ())]
    for name in ("differences", "misconception", "explanation"):
        if text := str(artifact.get(name, "")).strip():
            blocks.append(text)
    if artifact.get("recorded"):
        blocks.append("I kept this in your learner's record.")
    return "\n\n".join([*blocks, "Say *another one* for the next exercise."])


def read_exercise(text: str, memory: Memory) -> ExerciseWish | Said | None:
    """The wish for an exercise, or to hear again why the last prediction was as it was; None for any other text."""
    if memory.result and _WHY_MINE.match(text.strip()):
        return Said(result_text({**memory.result, "recorded": False}), "Explain the last exercise")
    bare = re.sub(r"[\s,]*\bplease$", "", " ".join(text.split()).strip(" ?.!"), flags=re.IGNORECASE)
    if _ANOTHER.match(bare):
        return ExerciseWish(memory.topic) if memory.exercise_was else None
    for pattern in (_GIVE, _THEN_RUN, _ASK):
        if match := pattern.match(bare):
            return ExerciseWish(_topic(match["topic"]))
    return None


def _topic(text: str | None) -> str:
    return re.sub(r"^(?:the topic (?:of )?|the )", "", (text or "").strip(" '\"“”"), flags=re.IGNORECASE)


def read_prediction(text: str, memory: Memory, *, is_other_wish: bool) -> PredictionWish | None:
    """The answer to the open exercise; None when none is open, or the text is plainly something else.

    Args:
        text: what the learner wrote.
        memory: holds the open exercise.
        is_other_wish: whether another rule reads the text as a wish of its own.
    """
    exercise_id = str(memory.exercise.get("id", ""))
    bare = text.strip()
    if not exercise_id or len(bare) > LONGEST_ANSWER or bare.count("\n") >= LONGEST_LINES:
        return None
    if skips(bare) or knows_not(bare):
        return PredictionWish(exercise_id, bare)
    if is_other_wish:
        return None
    if _LIKE_AN_ANSWER.match(bare) or (memory.exercise_is_new and not is_question(bare)):
        return PredictionWish(exercise_id, without_lead(bare))
    return None


def without_lead(text: str) -> str:
    """A prediction without "I think it prints" before it; the whole text when nothing would be left."""
    bare = text.strip().strip("`").strip()
    return _LEAD.sub("", bare).strip(" `\"'“”?") or bare


def is_question(text: str) -> bool:
    """Whether a message asks for something, as no answer to an exercise does."""
    asks = bool(_ASKS.match(text)) and (len(words(text)) >= 2 or text.rstrip().endswith("?"))
    return asks or (text.rstrip().endswith("?") and len(words(text)) >= 4)
