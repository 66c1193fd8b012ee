"""Runs the graph for a turn: from a question, or from where it stopped to ask the learner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from agent.cells import cell_messages, told_cells
from agent.events import ApprovalRequest, Decision
from errors import QuestionError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.types import StateSnapshot

    from agent.turn import Turn

CELLS_TOLD = 5
"""Of the cells that the learner ran since the last question, so many of the last are told to the model."""


async def drive_graph(
    turn: Turn, model: BaseChatModel, checkpoints: Any, decisions: Mapping[str, Decision] | None = None
) -> None:
    """Run the graph to the turn's answer, or to `turn.requests` when it must ask the learner first.

    Args:
        turn: takes what the graph streams.
        model: the chat model.
        checkpoints: the saver of the conversation's state.
        decisions: the learner's answers by call id; None for a new question.

    Raises:
        QuestionError: there are decisions, and nothing waits for them.
    """
    from langchain_core.runnables import RunnableConfig

    from agent.graph import graph_of
    from agent.middleware.model_retries import FirstPiece

    context = replace(turn.context, model=model)
    graph = graph_of(context, checkpoints)
    thread: RunnableConfig = {"configurable": {"thread_id": turn.conversation_id}}
    config: RunnableConfig = {**thread, "recursion_limit": turn.context.limits.graph_steps}
    if turn.context.retries is not None:
        config["callbacks"] = [FirstPiece(turn.context.retries)]
    snapshot = await graph.aget_state(thread)
    earlier = snapshot.values.get("messages", [])
    turn.context.sources.rebuild_from(earlier)
    turn.recall(earlier)
    asked = False
    async for mode, value in graph.astream(
        _question(turn, snapshot) if decisions is None else _resumption(snapshot, decisions),
        config,
        context=context,
        stream_mode=["messages", "updates", "custom"],
        durability="sync",
    ):
        asked = asked or (mode == "updates" and "__interrupt__" in value)
        turn.take(mode, value)
    if asked:
        turn.requests = _requests(await graph.aget_state(thread))


def _question(turn: Turn, snapshot: StateSnapshot) -> dict[str, Any]:
    """The graph's input for a new question: repairs of an interrupted turn, cells the learner ran, the question."""
    from langchain_core.messages import HumanMessage, RemoveMessage
    from langgraph.graph.message import REMOVE_ALL_MESSAGES

    from agent.history import repaired

    before = snapshot.values.get("messages", [])
    whole = repaired(before) if before else _retold(turn)
    repair = [] if whole == before else [RemoveMessage(id=REMOVE_ALL_MESSAGES), *whole]
    told = told_cells(whole)
    cells = turn.store.cells(turn.conversation_id, last=CELLS_TOLD)
    news = [message for cell in cells if cell.origin_id not in told for message in cell_messages(cell)]
    return {"messages": [*repair, *news, HumanMessage(turn.question, id=turn.id)]}


def _retold(turn: Turn) -> list[Any]:
    """The conversation's earlier questions and answers, where the graph's own memory of them was lost."""
    from langchain_core.messages import AIMessage, HumanMessage

    from agent.history import RETOLD

    messages: list[Any] = []
    for earlier in turn.store.turns(turn.conversation_id):
        if earlier.kind == "code" and earlier.status == "done":
            messages += cell_messages(earlier)
        elif earlier.answer is not None:
            answer = AIMessage(earlier.answer.text, additional_kwargs={RETOLD: True})
            messages += [HumanMessage(earlier.question, id=earlier.origin_id), answer]
            turn.context.sources.reserve(max((one.number for one in earlier.answer.citations), default=0))
    return messages


def _resumption(snapshot: StateSnapshot, decisions: Mapping[str, Decision]) -> Any:
    """The command that gives the waiting calls their decisions; a call without one asks again."""
    from langgraph.types import Command

    resume = {
        one.id: asdict(decisions[one.value["call_id"]])
        for one in snapshot.interrupts
        if one.value["call_id"] in decisions
    }
    if not resume:
        raise QuestionError("What was asked of you can no longer be gone on with.", hint="Ask your question again.")
    return Command(resume=resume)


def _requests(snapshot: StateSnapshot) -> tuple[ApprovalRequest, ...]:
    return tuple(ApprovalRequest(**one.value) for one in snapshot.interrupts)
