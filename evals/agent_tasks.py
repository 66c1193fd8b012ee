"""Scripted tasks for the tutor: what the learner says, which tools that needs, and what the answer must hold.

Only the tasks and their checks; running them is another module's. An answer is compared as in the golden set.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from errors import StudyError
from evals.answers import states_fact
from evals.golden import SPLITS, Split, form_pattern

Asks = Literal["permission", "clarification", "answer"]
"""What the tutor must wait for: the learner's yes to an act, what they meant, or their move in an exercise or quiz."""
Need = Literal["sandbox", "arxiv", "desk"]
"""What must be there for a task beside the library: a place to run code, an arXiv (a recorded one), the record."""

ASKS: tuple[Asks, ...] = get_args(Asks)
DEFAULT_FILE = Path(__file__).parent / "data" / "agent_tasks.toml"
MOST_CALLS = 12
FIELDS = {"id", "about", "split", "messages", "calls", "never", "most_calls", "asks", "answer_has", "answer_lacks"}

_NEEDS: Mapping[str, Need] = {
    "run_python": "sandbox",
    "draft_equation": "sandbox",
    "search_arxiv": "arxiv",
    "add_paper": "arxiv",
    **dict.fromkeys(("start_quiz", "answer_quiz", "quiz_hint", "explain_answer", "end_quiz", "grade_answer"), "desk"),
    **dict.fromkeys(("study_mode", "study_reply", "study_plan", "recall_attempts", "prerequisites"), "desk"),
}


@dataclass(frozen=True, slots=True)
class AgentTask:
    """One conversation and what is right in it."""

    id: str
    about: str
    """The kind of request, such as "lookup" or "injection"."""
    split: Split
    messages: tuple[str, ...]
    """What the learner says, one message a turn, in one conversation."""
    calls: tuple[tuple[str, ...], ...]
    """Tools that must be called, in this order over all turns; of each group one. Other calls may stand between."""
    never: tuple[str, ...]
    """Tools that must not be called."""
    most_calls: tuple[int, ...]
    """For each message the most calls that are not needless; a plan's `write_todos` does not count."""
    asks: Asks | None
    """What the last turn must wait for."""
    answer_has: tuple[tuple[str, ...], ...]
    """What the last answer must say, each as its accepted forms."""
    answer_lacks: tuple[str, ...]
    """What no answer may say."""

    @property
    def needs(self) -> frozenset[Need]:
        """What must be there beside the library; a group that has a tool without a need asks for nothing."""
        groups = (group for group in self.calls if all(name in _NEEDS for name in group))
        return frozenset(_NEEDS[name] for group in groups for name in group)

    def call_faults(self, called: Sequence[Sequence[str]]) -> list[str]:
        """What is wrong with the tools that were called, given those of each turn; empty when nothing is."""
        flat = [name for turn in called for name in turn]
        faults = [f"{name} was called" for name in self.never if name in flat]
        place = 0
        for group in self.calls:
            at = next((at for at in range(place, len(flat)) if flat[at] in group), None)
            if at is None:
                faults.append(f"{' or '.join(group)} was not called{' in its place' if set(group) & set(flat) else ''}")
                break
            place = at + 1
        for number, (turn, most) in enumerate(zip(called, self.most_calls, strict=False), start=1):
            if (count := sum(name != "write_todos" for name in turn)) > most:
                faults.append(f"{count} calls for message {number}, {most} are enough")
        return faults

    def answer_faults(self, answers: Sequence[str]) -> list[str]:
        """What is wrong with the answers of the turns; empty when nothing is."""
        last = answers[-1] if answers else ""
        faults = [
            f"the answer lacks {' | '.join(forms)}"
            for forms in self.answer_has
            if not states_fact(last, map(form_pattern, forms))
        ]
        said = (form for form in self.answer_lacks if any(states_fact(text, [form_pattern(form)]) for text in answers))
        return [*faults, *(f"an answer says {form}" for form in said)]


def load_tasks(path: Path = DEFAULT_FILE, *, tools: Collection[str] | None = None) -> list[AgentTask]:
    """The tasks of a TOML file.

    Args:
        path: the file.
        tools: names of the tools there are; those of the tutor when left out.

    Raises:
        StudyError: all faults of the file in one message.
    """
    known = tool_names() if tools is None else frozenset(tools)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("task", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise StudyError(f"{path.name} cannot be read: {fault}.", hint="Check the file's TOML.") from fault
    tasks: list[AgentTask] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        name = entry.get("id", f"task {number}")
        try:
            task = _read(entry)
        except (KeyError, TypeError, ValueError) as fault:
            faults.append(f"{name}: {type(fault).__name__} {fault}")
            continue
        tasks.append(task)
        faults += [f"{name}: {fault}" for fault in _faults_of(task, known)]
    ids = [task.id for task in tasks]
    faults += [f"the id {name!r} is used twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    if faults:
        raise StudyError(f"{path.name} has faults: {'; '.join(faults)}.", hint="Correct the named tasks.")
    return tasks


def tool_names() -> frozenset[str]:
    """The names of all tools that the tutor may have."""
    from agent.plan import PLAN_TOOL
    from agent.tools.build import build_tools

    return frozenset({PLAN_TOOL, *(tool.name for tool in build_tools())})


def _read(entry: Mapping[str, Any]) -> AgentTask:
    if unknown := sorted(set(entry) - FIELDS):
        raise ValueError(f"{', '.join(unknown)} is no field")
    return AgentTask(
        id=entry["id"],
        about=entry["about"],
        split=entry["split"],
        messages=tuple(entry["messages"]),
        calls=tuple(map(tuple, entry["calls"])),
        never=tuple(entry["never"]),
        most_calls=tuple(entry["most_calls"]),
        asks=entry.get("asks"),
        answer_has=tuple(map(tuple, entry.get("answer_has", ()))),
        answer_lacks=tuple(entry.get("answer_lacks", ())),
    )


def _faults_of(task: AgentTask, known: Collection[str]) -> list[str]:
    named = {name for group in task.calls for name in group}
    faults = [f"there is no tool {name!r}" for name in sorted((named | set(task.never)) - set(known))]
    faults += [f"{name} both must and must not be called" for name in sorted(named & set(task.never))]
    if not task.messages or not all(isinstance(text, str) and text.strip() for text in task.messages):
        faults.append("it has no message, or an empty one")
    if len(task.most_calls) != len(task.messages):
        faults.append(f"{len(task.messages)} messages need as many limits of calls")
    elif not all(0 <= most <= MOST_CALLS for most in task.most_calls) or sum(task.most_calls) < len(task.calls):
        faults.append("the limits of calls do not fit the calls")
    if not all(task.calls) or not all(task.answer_has):
        faults.append("a group of tools or forms is empty")
    if task.asks is not None and task.asks not in ASKS:
        faults.append(f"{task.asks!r} is nothing to wait for")
    if task.split not in SPLITS:
        faults.append(f"{task.split!r} is no split")
    return faults
