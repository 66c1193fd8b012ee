"""Homes that earlier versions wrote, opened by this one: nothing may be missing, and conversations must go on.

Each release stores one more: `python -m evals.soak.make_home` (CONTRIBUTING.md).
"""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.soak import Soak

if TYPE_CHECKING:
    from evals.soak.scripted_tutor import Rooms

PART = "homes"
HOMES = Path(__file__).parents[2] / "tests" / "data" / "homes"
COUNTS = "counts.json"
HOME = "home"
QUESTION = "Find it again. [search_library fox]"


def measure(soak: Soak) -> Sequence[Count]:
    """Open every stored home.

    Raises:
        StudyError: there is none, as in an installed package.
    """
    stored = sorted(HOMES.glob("*.zip"))
    if not stored:
        raise StudyError(f"There are no homes in {HOMES}.", hint="Run it in a clone of the project.")
    faults = {path.stem: fault for path in stored if (fault := fault_of(path, soak.folder(PART) / path.stem))}
    return [
        Count(
            what="homes of earlier versions: the same documents, pages, chunks, conversations, turns, messages, "
            "attempts, cards, ticked boxes, and each conversation goes on",
            tried=len(stored),
            failed=len(faults),
            asked=len(stored),
            note=" ".join([f"Opened: {', '.join(path.stem for path in stored)}.", *map(str, faults.values())]),
        )
    ]


def fault_of(stored: Path, folder: Path) -> str:
    """What is not as it was when a stored home is opened, upgraded and used; empty when all is."""
    from evals.soak.scripted_tutor import open_rooms

    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(stored) as archive:
        archive.extractall(folder)
    expected: dict[str, Any] = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    try:
        rooms = open_rooms(folder / HOME)
        try:
            found, healthy = contents(rooms), rooms.library.check().faults
            goes_on = asyncio.run(_goes_on(rooms))
        finally:
            rooms.library.close()
    except StudyError as error:
        return f"{stored.stem}: {error.as_text()}"
    wrong = [
        f"{name} were {count}, are {found.get(name)}" for name, count in expected.items() if found.get(name) != count
    ]
    wrong += [*healthy, *([] if goes_on else ["a conversation does not go on"])]
    if not wrong:
        shutil.rmtree(folder)
    return f"{stored.stem}: {'; '.join(wrong)}." if wrong else ""


def contents(rooms: Rooms) -> dict[str, int]:
    """How much of each kind an opened home holds."""
    from curriculum.load import load_curriculum
    from learner.store import EVERYTHING
    from learner.study_desk import StudyDesk
    from learner.tracker import tracker_state

    documents, store, desk = rooms.library.documents(), rooms.tutor.conversations, StudyDesk(rooms.record)
    conversations = store.list()
    turns = [turn for conversation in conversations for turn in store.turns(conversation.id)]
    boxes = tracker_state(load_curriculum(), rooms.record.evidence(limit=EVERYTHING))
    return {
        "documents": len(documents),
        "pages": sum(document.pages for document in documents),
        "chunks": sum(len(rooms.library.chunks(document.id)) for document in documents),
        "conversations": len(conversations),
        "turns": len(turns),
        "messages": sum(1 + (turn.answer is not None) for turn in turns),
        "steps": sum(len(turn.steps) for turn in turns),
        "attempts": rooms.record.count(),
        "cards": len(desk.cards()),
        "ticked": sum(box.done for box in boxes if not box.is_part),
    }


async def _goes_on(rooms: Rooms) -> bool:
    """Whether each conversation takes one more question."""
    from agent.events import AnswerFinished

    for conversation in rooms.tutor.conversations.list():
        events = [event async for event in rooms.tutor.ask(QUESTION, conversation_id=conversation.id)]
        if not isinstance(events[-1], AnswerFinished):
            return False
    return True
