"""A turn that its process did not survive: what its tools had done stands, and is not done again for the same words."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AnyMessage, ToolMessage

from agent.context import TurnContext
from agent.history import current_turn, text_of


def taken_before(context: TurnContext, messages: Sequence[AnyMessage], name: str) -> ToolMessage | None:
    """What the tool of that name gave in the turn before, when the learner never saw it and says the same again.

    None where the turn before came to an answer or showed part of one, where the learner says something else, or
    where the tool had not ended.
    """
    now = current_turn(messages)
    earlier = current_turn(messages[: len(messages) - len(now)])
    if context.conversations is None or not earlier or text_of(now[0]) != text_of(earlier[0]):
        return None
    turns = context.conversations.turns(context.conversation_id)
    stored = next((turn for turn in turns if turn.origin_id == earlier[0].id), None)
    if stored is None or stored.status != "stopped" or stored.answer is not None:
        return None
    results = (one for one in reversed(earlier) if isinstance(one, ToolMessage) and one.name == name)
    return next((one for one in results if one.status != "error"), None)
