"""A process that holds a conversation is killed (SIGKILL) at a random step of a turn; then the conversation goes on.

The one who goes on does as a learner would: allows what waits, or says again what was cut off, and talks to the end.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.soak import Soak

if TYPE_CHECKING:
    from agent.events import Event
    from evals.soak.scripted_tutor import Rooms

PART = "chat-kills"
ROOT = Path(__file__).parents[2]
KILLS, SHORT_KILLS = 60, 2
LATEST_SECONDS = 0.03
"""A kill falls so long after the event that was drawn, or earlier: about as long as a step takes."""
TURN_SECONDS = 30.0
SHOWN = 5

DIALOGUES: dict[str, tuple[str, ...]] = {
    "papers": (
        "Find it. [search_library fox] [read_pages one.md]",
        "Add 2601.00001 please. [add_paper 2601.00001] [search_library tides]",
        "And more? [search_library tides] [add_paper another]",
    ),
    "exercises": (
        "An exercise, please. [predict_output]",
        "I say 3. [check_prediction 3]",
        "One more. [predict_output]",
        "I say 4. [check_prediction 4]",
    ),
    "quiz": ("A quiz, please. [start_quiz attention]", "a", "b", "c"),
}
EVENTS = {"papers": 25, "exercises": 23, "quiz": 23}
"""Lines that `killed_tutor` tells of a dialogue before its last event."""
ENDED = ("done", "stopped", "waiting")


def measure(soak: Soak) -> Sequence[Count]:
    """Kill and go on.

    Raises:
        StudyError: this system has no SIGKILL.
    """
    if os.name != "posix":
        raise StudyError("Processes are killed by a signal that this system does not have.")
    names = list(DIALOGUES)
    outcomes = soak.ledger(PART).fill(
        [f"{names[number % len(names)]}-{number}" for number in range(SHORT_KILLS if soak.short else KILLS)],
        lambda key: one_kill(soak.folder(PART) / key, soak.chance(PART, key), key.partition("-")[0]),
    )
    inside = [outcome for outcome in outcomes if outcome["killed"]]
    wedged = [fault for outcome in inside for fault in outcome["wedged"]]
    twice = [fault for outcome in inside for fault in outcome["twice"]]
    at = Counter(outcome["at"] for outcome in inside)
    where = f"The last event before the kill: {', '.join(f'{name} {count}' for name, count in at.most_common())}."
    asked = KILLS * 5 // 6  # a kill that comes after the last turn does not count
    return [
        Count(
            what="killed at a random step of a turn: the conversation goes on to its end, no turn hangs or is lost",
            tried=len(inside),
            failed=sum(bool(outcome["wedged"]) for outcome in inside),
            asked=asked,
            note=" ".join([where, *wedged[:SHOWN]]),
        ),
        Count(
            what="then no paper is added twice, no attempt or answer is recorded twice or for another question",
            tried=len(inside),
            failed=sum(bool(outcome["twice"]) for outcome in inside),
            asked=asked,
            note=" ".join(twice[:SHOWN]),
        ),
    ]


@dataclass
class Asked:
    """What the learner said, before the kill and after it, and what went wrong."""

    questions: list[str] = field(default_factory=list)
    """Those that were taken, with repeats."""
    faults: list[str] = field(default_factory=list)


def one_kill(home: Path, chance: Random, name: str) -> dict[str, Any]:
    """Hold a dialogue, kill it, go on, and look what was done twice."""
    from evals.soak.scripted_tutor import open_rooms, write_home

    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    write_home(home)
    lines, asked = _killed(home, name, chance), Asked()
    outcome: dict[str, Any] = {"killed": "end" not in lines, "at": lines[-1].split()[0] if lines else "nothing"}
    try:
        rooms = open_rooms(home)
        try:
            asyncio.run(_go_on(rooms, DIALOGUES[name], asked))
            twice = _twice(name, home, rooms, asked)
        finally:
            rooms.library.close()
    except StudyError as error:
        asked.faults.append(error.as_text())
        twice = []
    if not asked.faults and not twice:
        shutil.rmtree(home)
    return outcome | {"wedged": asked.faults, "twice": twice}


def _killed(home: Path, name: str, chance: Random) -> list[str]:
    """The lines that a dialogue told before it was killed."""
    command = [sys.executable, "-m", "evals.soak.killed_tutor", str(home), *DIALOGUES[name]]
    # At once half of the time: most steps take less than the longest pause.
    wanted, pause = chance.randint(1, EVENTS[name]), chance.choice((0.0, chance.uniform(0, LATEST_SECONDS)))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line.strip())
            if len(lines) >= wanted:
                break
        time.sleep(pause)
        child.kill()
        return lines + child.stdout.read().splitlines()


async def _go_on(rooms: Rooms, dialogue: Sequence[str], asked: Asked) -> None:
    """End what the kill cut off, then say the rest; what was cut off is said again."""
    store = rooms.tutor.conversations
    listed = store.list()
    conversation = listed[0].id if listed else None
    turns = store.turns(conversation) if conversation else []
    asked.questions += dialogue[: len(turns)]
    asked.faults += [f"A turn is {turn.status} after the start." for turn in turns if turn.status not in ENDED]
    if turns and turns[-1].status == "waiting":
        await _say(rooms, "", conversation, asked)
    cut_off = bool(turns) and turns[-1].status == "stopped"
    for question in dialogue[len(turns) - cut_off :]:
        if asked.faults:
            return
        asked.questions.append(question)
        conversation = await _say(rooms, question, conversation, asked)


async def _say(rooms: Rooms, question: str, conversation: str | None, asked: Asked) -> str | None:
    """Ask, or decide what waits where there is no question, until the turn has its answer."""
    from agent.events import AnswerFinished, ApprovalNeeded, Decision

    last: Event | None = None
    try:
        async with asyncio.timeout(TURN_SECONDS):
            if question:
                last = await _last(rooms.tutor.ask(question, conversation_id=conversation))
                conversation = conversation or rooms.tutor.conversations.list()[0].id
            while not question or isinstance(last, ApprovalNeeded):
                assert conversation is not None
                waiting = rooms.tutor.conversations.turns(conversation)[-1].requests
                yes = {request.call_id: Decision(True, None) for request in waiting}
                last, question = await _last(rooms.tutor.decide(conversation, yes)), "decided"
    except (TimeoutError, StudyError) as error:
        asked.faults.append(f"{question!r}: {type(error).__name__} {error}.")
        return conversation
    if not isinstance(last, AnswerFinished):
        asked.faults.append(f"{question!r} ended with {last}.")
    return conversation


async def _last(events: AsyncIterator[Event]) -> Event | None:
    last = None
    async for event in events:
        last = event
    return last


def _twice(name: str, home: Path, rooms: Rooms, asked: Asked) -> list[str]:
    """What was done more often than the learner said, or for something else."""
    if name == "papers":
        return _papers_twice(home, rooms, asked)
    acts = sorted(rooms.record.evidence(limit=100), key=lambda act: act.at)
    if name == "exercises":
        given = Counter((act.item_id, act.given) for act in acts)
        faults = [f"{item} was recorded {count} times." for (item, _), count in given.items() if count > 1]
        return faults if len(given) == 2 else [*faults, f"{len(given)} exercises were recorded, not 2."]
    return _answers_elsewhere(rooms, acts)


def _papers_twice(home: Path, rooms: Rooms, asked: Asked) -> list[str]:
    held = Counter(document.arxiv_id for document in rooms.library.documents() if document.arxiv_id)
    log = home / "begun.txt"
    begun = Counter(log.read_text(encoding="utf-8").split() if log.is_file() else [])
    wishes = {
        "2601.00001": sum("2601.00001" in question for question in asked.questions),
        "2601.00002": sum("another" in question for question in asked.questions),
    }
    faults = [f"{paper} is in the library {held[paper]} times." for paper in wishes if held[paper] != 1]
    return faults + [
        f"{paper} was fetched {begun[paper]} times and wished {wishes[paper]} times."
        for paper in wishes
        if begun[paper] > wishes[paper]
    ]


def _answers_elsewhere(rooms: Rooms, acts: Sequence[Any]) -> list[str]:
    """The quiz's answers are a, b and c, in this order: one that was said again must not go to the next question."""
    from agent.study.shown import shown_question
    from learner.study_desk import StudyDesk

    known = StudyDesk(rooms.record).questions()
    faults = [] if len(acts) == 3 else [f"{len(acts)} answers were recorded, not 3."]
    for place, act in enumerate(acts[:3]):
        said = shown_question(known[act.item_id], 1, 1)["options"][place]
        if act.given != said:
            faults.append(f"Question {place + 1} was given {act.given!r}, not {said!r}.")
    return faults
