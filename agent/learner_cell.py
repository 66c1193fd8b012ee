"""A cell of code that the learner runs: in the conversation's session, and kept in the conversation."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from agent.answers import Step
from agent.python_runs import PythonRuns, switched_off
from agent.turn import STOPPED

if TYPE_CHECKING:
    from agent.conversations import ConversationStore, StoredTurn
    from agent.figures import FigureStore
    from agent.hands import Hands


async def run_learner_cell(
    store: ConversationStore, hands: Hands, figures: FigureStore, conversation_id: str | None, code: str
) -> StoredTurn:
    """The stored turn of the run; its one step has the artifact of kind `python` as details.

    Raises:
        StudyError: code cannot be run here, or the conversation is busy or gone.
    """
    from agent.tools.summary import summarise

    if hands.run_python == "off":
        raise switched_off()
    PythonRuns(hands.python, figures, "").check(code)
    conversation = conversation_id or store.create(code).id
    turn_id = store.begin_turn(conversation, code, kind="code")
    started = perf_counter()
    try:
        artifact = await PythonRuns(hands.python, figures, conversation).run(code)
    except asyncio.CancelledError:
        store.end_turn(turn_id, "stopped", error=STOPPED)
        raise
    except Exception as error:
        store.end_turn(turn_id, "failed", error=str(error))
        raise
    failed = artifact["status"] != "ok"
    summary = summarise("", artifact, failed=False)
    step = Step("run_python", {"code": code}, summary, perf_counter() - started, failed, artifact)
    store.end_turn(turn_id, "done", steps=[step])
    return next(turn for turn in store.turns(conversation) if turn.id == turn_id)
