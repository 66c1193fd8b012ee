"""A conversation's messages: whole again after an interruption, and small enough for the model's window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage

from agent.context import CHARACTERS_PER_TOKEN
from agent.plan import PLAN_TOOL

INTERRUPTED_TOOL = "This tool call was interrupted before it answered."
INTERRUPTED_TURN = "(This turn was interrupted before it was answered.)"
DROPPED = "(Dropped to save space: {what}; call the tool again if it is needed.)"
NOTE_CHARACTERS = 120
"""Room for that note."""
_HEADING = re.compile(r"^\[(\d{1,4})\] ", re.MULTILINE)
RETOLD = "retold"
"""In `additional_kwargs` of an answer told again from the conversation store: what it was read from is lost."""
BY_RULE = "by-rule"
"""In `additional_kwargs` of a message whose calls were made of the learner's words by rule, without a model."""
MESSAGE_TOKENS = 6
"""What role and separators of one message cost, in tokens."""


def text_of(message: BaseMessage) -> str:
    """The message's text, whatever form its content has."""
    return str(message.text)


def is_retold(message: BaseMessage) -> bool:
    """Whether an answer came back without the tool results it rests on."""
    return RETOLD in message.additional_kwargs


def is_by_rule(message: BaseMessage) -> bool:
    """Whether no model chose the message's calls."""
    return BY_RULE in message.additional_kwargs


def repaired(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages with an answer to each tool call and each question, and without empty answers.

    Providers refuse a history in which a tool call has no result; an interrupted turn leaves one behind.
    """
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    called: set[str] = set()
    whole: list[AnyMessage] = []
    for message in messages:
        if isinstance(message, ToolMessage) and message.tool_call_id not in called:
            continue
        if isinstance(message, AIMessage) and not message.tool_calls and not text_of(message).strip():
            continue
        if isinstance(message, HumanMessage):
            _close_turn(whole)
        whole.append(message)
        if isinstance(message, AIMessage):
            called.update(str(call["id"]) for call in message.tool_calls)
            whole.extend(
                ToolMessage(INTERRUPTED_TOOL, name=call["name"], tool_call_id=str(call["id"]), status="error")
                for call in message.tool_calls
                if call["id"] not in answered
            )
    _close_turn(whole)
    return whole


def _close_turn(messages: list[AnyMessage]) -> None:
    if messages and not (isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls):
        messages.append(AIMessage(INTERRUPTED_TURN))


def current_turn(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    """The messages from the last question on."""
    for index in range(len(messages) - 1, -1, -1):
        if isinstance(messages[index], HumanMessage):
            return messages[index:]
    return messages


def counted_calls(messages: Sequence[BaseMessage]) -> list[ToolCall]:
    """The tool calls that count against a turn's limit: all but those that write the plan."""
    return [
        call
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
        if call["name"] != PLAN_TOOL
    ]


def estimated_tokens(messages: Sequence[BaseMessage]) -> int:
    """About how many tokens the messages take, erring on the high side."""
    return sum(MESSAGE_TOKENS + ceil(_characters(message) / CHARACTERS_PER_TOKEN) for message in messages)


def _characters(message: BaseMessage) -> int:
    calls = sum(len(str(call["args"])) + 20 for call in getattr(message, "tool_calls", ()))
    return len(text_of(message)) + calls


@dataclass(frozen=True, slots=True)
class Fitted:
    """Messages that fit the window, and what was left out of them."""

    messages: list[AnyMessage]
    dropped_turns: int = 0
    dropped_results: int = 0
    """Tool results of the current turn that were emptied or cut."""


def fitted(messages: Sequence[AnyMessage], budget_tokens: int) -> Fitted:
    """The messages cut to the budget: what helps the current question least goes first.

    First the searches of old turns (their questions and answers stay), then whole old turns from the
    oldest, then the results of the current turn from its oldest. A tool call never loses its result message.
    """
    if estimated_tokens(messages) <= budget_tokens:
        return Fitted(list(messages))
    now = list(current_turn(messages))
    old = [message for message in messages[: len(messages) - len(now)] if not _is_search(message)]
    turns = _turns(old)
    dropped_turns = 0
    while turns and estimated_tokens([*_joined(turns), *now]) > budget_tokens:
        turns.pop(0)
        dropped_turns += 1
    dropped_results = _empty_results(now, budget_tokens - estimated_tokens(_joined(turns)))
    return Fitted([*_joined(turns), *now], dropped_turns, dropped_results)


def _is_search(message: AnyMessage) -> bool:
    return isinstance(message, ToolMessage) or (isinstance(message, AIMessage) and bool(message.tool_calls))


def _turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def first_turns(messages: Sequence[AnyMessage], count: int) -> list[AnyMessage]:
    """All messages of the first turns."""
    return _joined(_turns(messages)[:count])


def _joined(turns: Sequence[Sequence[AnyMessage]]) -> list[AnyMessage]:
    return [message for turn in turns for message in turn]


def _empty_results(messages: list[AnyMessage], budget_tokens: int) -> int:
    """Empty the oldest tool results in place until the messages fit; cut the last one. The count of both."""
    changed = 0
    places = [index for index, message in enumerate(messages) if isinstance(message, ToolMessage)]
    for index in places:
        excess = estimated_tokens(messages) - budget_tokens
        if excess <= 0:
            break
        text = text_of(messages[index])
        kept = 0
        if index == places[-1]:
            kept = max(0, len(text) - ceil(excess * CHARACTERS_PER_TOKEN) - NOTE_CHARACTERS)
        note = DROPPED.format(what=_what(text[kept:]))
        shorter = f"{text[:kept]}\n{note}" if kept else note
        if len(shorter) < len(text):
            messages[index] = messages[index].model_copy(update={"content": shorter})
            changed += 1
    return changed


def _what(text: str) -> str:
    """What a dropped text was: its numbered passages, else its length."""
    numbers = _HEADING.findall(text)
    if not numbers:
        return f"{len(text):,} characters"
    return f"passage {numbers[0]}" if len(numbers) == 1 else f"passages {numbers[0]} to {numbers[-1]}"
