"""The graph's memory of a branch: what it holds of the turns that were taken over, and nothing of the later ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.messages import AnyMessage, HumanMessage

from agent.cells import told_cells
from agent.history import repaired

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from agent.conversation_values import StoredTurn


def kept_messages(messages: Sequence[AnyMessage], kept: Sequence[StoredTurn]) -> list[AnyMessage]:
    """The messages of the kept turns, whole: each tool call has its result and each question an answer.

    Empty when an answered turn is not among them, as in a conversation of an older version: the turns are then told
    again from the conversation store, which loses what the tools found but no question and no answer.
    """
    origins = {turn.origin_id for turn in kept}
    places = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    owners = [_owner(messages[place]) for place in places]
    needed = {turn.origin_id for turn in kept if turn.answer is not None and turn.status == "done"}
    if not needed <= set(owners):
        return []
    end = next((place for place, owner in zip(places, owners, strict=True) if owner not in origins), len(messages))
    return repaired(messages[:end])


def _owner(message: AnyMessage) -> str:
    """The origin id of the turn that a learner's message began."""
    return next(iter(told_cells([message])), str(message.id))


async def read_memory(saver: BaseCheckpointSaver[Any], conversation_id: str) -> dict[str, Any]:
    """The newest state of a conversation's graph; empty when there is none."""
    held = await saver.aget_tuple({"configurable": {"thread_id": conversation_id, "checkpoint_ns": ""}})
    return dict(held.checkpoint["channel_values"]) if held else {}


async def write_memory(
    saver: BaseCheckpointSaver[Any], conversation_id: str, values: dict[str, Any], names: Collection[str]
) -> None:
    """Begin the memory of a conversation with these fields of another one's state."""
    from langgraph.graph import END, START, StateGraph

    fields: Any = TypedDict("Copied", dict.fromkeys(names, Any), total=False)  # type: ignore[misc]
    builder = StateGraph(fields)
    builder.add_node("copy", lambda _: {})
    builder.add_edge(START, "copy")
    builder.add_edge("copy", END)
    graph = builder.compile(checkpointer=saver)
    state: Any = {name: values[name] for name in names if name in values}
    await graph.ainvoke(state, {"configurable": {"thread_id": conversation_id}}, durability="sync")
