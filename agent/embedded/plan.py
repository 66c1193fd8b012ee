"""Requests of several parts: which steps they have, what depends on what, and one answer with a part for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.embedded.add_wish import AddWish
from agent.embedded.arxiv_wish import ADD_HINT, ArxivWish
from agent.embedded.compose import Reader
from agent.embedded.exercise_wish import PredictionWish
from agent.embedded.independence import are_independent
from agent.embedded.intent import recognise
from agent.embedded.lore import Lore
from agent.embedded.paper_wish import ExplainWish
from agent.embedded.parts import listed, plain
from agent.embedded.spelling import corrected
from agent.embedded.study_wish import StudyWish, study_wish
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, Wish
from agent.embedded.wishes import read_message, read_wish, without_manners
from agent.plan import PLAN_TOOL
from agent.refusal import REFUSAL

MOST_STEPS = 5
TITLE_CHARACTERS = 76
PART_REFUSAL = "No passage in your library answers this part"
"""A refusal inside of a longer answer, which as a whole is none."""
_FENCE = re.compile(
    r"(`{3,}|~{3,}).*?(?:\1|\Z)|`[^`\n]+`|\"[^\"\n]{0,200}\"|“[^”\n]{0,200}”|\([^()\n]{0,200}\)", re.DOTALL
)
_MANNERS = r"(?:please\s+|(?:can|could|would) you (?:please )?|also\s+|finally\s+|after that,?\s+|next,?\s+|let me\s+)*"
_DO = (
    r"(?:find|search|look up|look for|add|download|fetch|ingest|import|put|explain|derive|describe|define|compare"
    r"|contrast|plot|graph|draw|sketch|compute|calculate|evaluate|solve|differentiate|integrate|factor(?:i[sz]e)?|expand"
    r"|simplify|run|execute|reset|give me|quizz? me|test me|set me|predict|tell me|show me|show|walk me|take me"
    r"|summari[sz]e|read|list)"
)
_ASK = r"(?:what|how|why|which|when|who|where|does|do|is|are)"
_PARTS = re.compile(
    rf"(?:[.!?;]+\s+|\s*\n+\s*|,?\s+(?:and\s+)?then,?\s+)(?={_MANNERS}(?:{_DO}|{_ASK})\b)"
    rf"|,\s*(?:and\s+|&\s+|then\s+)?(?={_MANNERS}{_DO}\b)"
    rf"|,?\s+(?:and|&)\s+(?={_MANNERS}(?:{_DO}|what|how|why)\b)",
    re.IGNORECASE,
)
_GLUE = re.compile(
    r"(?:run|execute|show|check|see|compare|do)(?: (?:it|that|this|me|the (?:output|result|code)))*", re.IGNORECASE
)
"""Parts that only go on with the part before them: "predict, then run it"."""
_REFERS = re.compile(
    r"\b(?:it|its|they|them|that (?:paper|one)|this paper|the paper|the (?:first|second|third) one)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one request."""

    steps: tuple[Wish, ...]
    left_out: tuple[str, ...] = ()
    """Parts beyond the most steps, in the learner's words."""

    def next_calls(self, done: Sequence[Done], memory: Memory, tools: frozenset[str]) -> list[tuple[int, Call]]:
        """The calls to make now with the step each is for, first that of the plan itself; none to answer."""
        finished = self._finished(done, memory, tools)
        calls: list[tuple[int, Call]] = []
        for place in range(len(self.steps)):
            if place in finished or not self._is_ready(place, finished):
                continue
            calls += [(place, call) for call in self._calls(place, done, memory, tools)]
        if len(self.steps) > 1 and PLAN_TOOL in tools:
            items = self._items(finished, {place for place, _ in calls}, done, memory)
            if items != _last_items(done) and (calls or _last_items(done)):
                calls.insert(0, (0, Call(PLAN_TOOL, {"todos": items})))
        return calls

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """One answer with a part for each step."""
        if len(self.steps) == 1 and not self.left_out:
            return self.steps[0].answer(_of(done, 0), memory, reader)
        blocks = []
        for place, step in enumerate(self.steps):
            blocks.append(f"**{place + 1}. {short(step.title)}**")
            blocks.append(self._part(place, done, memory, reader))
        if self.left_out:
            parts = listed([f"*{plain(part, 80)}*" for part in self.left_out])
            blocks.append(f"I did the first {MOST_STEPS} parts; ask again for the rest: {parts}.")
        return "\n\n".join(blocks)

    def _part(self, place: int, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        step = self.steps[place]
        missing = self._missing(place, done, memory)
        if missing and not _of(done, place):
            return missing
        text = step.answer(_of(done, place), memory, reader)
        if any(isinstance(later, AddWish) for later in self.steps[place:]):
            text = text.replace(f"\n\n{ADD_HINT}", "")
        return text.replace(REFUSAL, PART_REFUSAL)

    def _missing(self, place: int, done: Sequence[Done], memory: Memory) -> str:
        """Why a step that needed an earlier one was not done; empty when nothing stood in its way."""
        for earlier in self._needs(place):
            results = _of(done, earlier)
            if any(one.declined for one in results):
                return "This part was left out, because it needs the paper that you declined to add."
            if isinstance(self.steps[earlier], ArxivWish) and results and not any(one.failed for one in results):
                if not any(one.artifact.get("results") for one in results):
                    return f"This part was left out, because the search of part {earlier + 1} found nothing."
            elif not results or any(one.failed for one in results):
                return f"This part was left out, because it needs part {earlier + 1}, which did not succeed."
        return ""

    def _calls(self, place: int, done: Sequence[Done], memory: Memory, tools: frozenset[str]) -> list[Call]:
        step = self.steps[place]
        if self._missing(place, done, memory):
            return []
        return [call for call in step.calls(_of(done, place), memory) if call.name in tools]

    def _finished(self, done: Sequence[Done], memory: Memory, tools: frozenset[str]) -> set[int]:
        """The places of the steps that have nothing left to call; a waiting step never before those it waits for."""
        finished: set[int] = set()
        for place in range(len(self.steps)):
            if self._is_ready(place, finished) and not self._calls(place, done, memory, tools):
                finished.add(place)
        return finished

    def _is_ready(self, place: int, finished: set[int]) -> bool:
        return all(earlier in finished for earlier in self._needs(place))

    def _needs(self, place: int) -> list[int]:
        """The earlier steps that bring the paper which a step is about."""
        if not self.steps[place].waits:
            return []
        return [earlier for earlier in range(place) if isinstance(self.steps[earlier], AddWish | ArxivWish)]

    def _items(
        self, finished: set[int], running: set[int], done: Sequence[Done], memory: Memory
    ) -> list[dict[str, str]]:
        def status(place: int) -> str:
            return "completed" if place in finished else "in_progress" if place in running else "pending"

        def ending(place: int) -> str:
            if place not in finished:
                return ""
            results = _of(done, place)
            if any(one.declined for one in results):
                return " (declined)"
            if results and all(one.failed for one in results):
                return " (did not work)"
            return " (left out)" if not results and self._missing(place, done, memory) else ""

        return [
            {"content": short(step.title) + ending(place), "status": status(place)}
            for place, step in enumerate(self.steps)
        ]


def make_plan(question: str, previous: str, memory: Memory, lore: Lore, *, on_paper: bool = False) -> Plan:
    """The steps of a request: one for an ordinary question, up to `MOST_STEPS` for one of several parts.

    Args:
        question: what the learner wrote.
        previous: what a follow-up means by "it", see `subject_of`; empty when nothing.
        memory: what was known when it was written.
        lore: names of papers and equations.
        on_paper: whether the message before brought one paper, in which a follow-up is looked up.
    """
    whole = read_message(question, previous, memory, lore)
    if on_paper and isinstance(whole, StudyWish) and whole.intent.kind == "search" and _REFERS.search(question):
        whole = study_wish(question, waits=True)
    parts = [] if isinstance(whole, PredictionWish) else _parts(question)
    wishes = _read_parts(parts, memory, lore)
    if len(parts) < 2 or not (any(wishes) or _asks_different_things(parts) or are_independent(parts)):
        return Plan((whole,))
    steps: list[Wish] = []
    for part, wish in zip(parts, wishes, strict=True):
        steps.append(wish or _study_part(part, steps, previous, lore))
    return Plan(tuple(steps[:MOST_STEPS]), tuple(parts[MOST_STEPS:]))


def _asks_different_things(parts: Sequence[str]) -> bool:
    """Whether the parts are questions of different kinds, e.g. one to the library and one to the roadmap."""
    kinds = {recognise(part).kind for part in parts}
    return len(kinds) > 1 and "roadmap" in kinds and kinds <= {"roadmap", "search", "library"}


def _read_parts(parts: Sequence[str], memory: Memory, lore: Lore) -> list[Wish | None]:
    """The wish of each part; behind a paper that is found or added, "it" means that paper."""
    wishes: list[Wish | None] = []
    for part in parts:
        wish = read_wish(part, memory, lore)
        wishes.append(wish)
        if isinstance(wish, AddWish | ArxivWish):
            memory = replace(memory, document=memory.document or wish.title)
    return wishes


def _study_part(part: str, before: Sequence[Wish], previous: str, lore: Lore) -> Wish:
    """A question inside of a longer request: about what an earlier step brings, or leaning on the one before it."""
    brings = any(isinstance(step, AddWish | ArxivWish) or step.waits for step in before)
    if brings and _REFERS.search(part):
        return study_wish(part, waits=True)
    subject = before[-1].subject if before else previous
    return study_wish(part, subject if _REFERS.search(part) else "", lore=lore)


def _parts(text: str) -> list[str]:
    """The parts of a request; nothing inside of code, quotes or brackets is taken apart."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x01{len(kept) - 1}\x02"

    bare = _FENCE.sub(keep, text.strip())
    parts = [part.strip(" ,;") for part in _PARTS.split(corrected(bare))]
    whole = [part for part in parts if part.strip(" ,.;!?") and not _GLUE.fullmatch(part.strip(" ,.;!?"))]
    return [re.sub("\x01(\\d+)\x02", lambda match: kept[int(match[1])], part) for part in whole]


def _of(done: Sequence[Done], place: int) -> list[Done]:
    return [one for one in done if one.step == place and one.name != PLAN_TOOL]


def _last_items(done: Sequence[Done]) -> list[dict[str, Any]]:
    """The plan as it was last written; empty before the first time."""
    written = [one for one in done if one.name == PLAN_TOOL]
    return list(written[-1].arguments.get("todos", ())) if written else []


def subject_of(plan: Plan, memory: Memory) -> str:
    """What a follow-up to the plan's request would mean by "it"; empty when nothing can be meant."""
    last = plan.steps[-1]
    return last.subject or (memory.document if isinstance(last, AddWish | ArxivWish) or last.waits else "")


def brings_paper(plan: Plan) -> bool:
    """Whether the plan's last step brought a paper that a follow-up would be about."""
    last = plan.steps[-1]
    return isinstance(last, AddWish | ExplainWish) or (isinstance(last, StudyWish) and last.waits)


def short(title: str) -> str:
    """A step's title on one line of a plan, without markup."""
    title = without_manners(title)
    line = " ".join(re.sub(r"[`#|]+", " ", title.replace("**", "^").replace("*", "·")).split()).strip(" ?.!")
    line = line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1]}…"
    return line[:1].upper() + line[1:]
