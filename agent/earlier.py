"""What of a conversation no longer fits the model's window, in short: a running summary in the graph's state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from agent.context import CHARACTERS_PER_TOKEN
from agent.history import text_of
from agent.prompt import load_prompt
from agent.tools.quoting import BEGIN, END, defused, fenced
from ingestion.sentences import split_sentences

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

SUMMARY_TOKENS = 400
"""Longest summary; a tenth of the window where that is less."""
TIMEOUT_SECONDS = 30.0
"""For the one call of the model; what can be extracted takes its place."""
QUESTION_CHARACTERS = 160
ANSWER_CHARACTERS = 240
TURN_CHARACTERS = 2000
"""Of each question and answer so much is read for a summary."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The summary of the conversation's first turns."""

    text: str = ""
    through: str = ""
    """Id of the last message that it covers; the messages behind it are sent as they are."""

    def told(self) -> str:
        """The summary as the end of a system prompt; "" when there is none."""
        if not self.text:
            return ""
        return (
            f"\n\nEarlier in this conversation, in short (to know what was spoken of; no source):\n{fenced(self.text)}"
        )

    def rest(self, messages: Sequence[AnyMessage]) -> list[AnyMessage]:
        """The messages that it does not cover."""
        return list(messages[_place(self.through, messages) + 1 :])

    def values(self) -> dict[str, str]:
        """Plain values, for the graph's state."""
        return {"text": self.text, "through": self.through}


def earlier_of(values: Any, messages: Sequence[AnyMessage]) -> Earlier:
    """The summary in the graph's state; an empty one where it fits these messages no more."""
    if not isinstance(values, dict) or _place(str(values.get("through", "")), messages) < 0:
        return Earlier()
    return Earlier(str(values.get("text", "")), str(values["through"]))


def _place(message_id: str, messages: Sequence[AnyMessage]) -> int:
    return next((place for place, message in enumerate(messages) if message_id and message.id == message_id), -1)


def summary_characters(window_tokens: int) -> int:
    """How long a summary may be for a window of that size."""
    return int(min(SUMMARY_TOKENS, window_tokens // 10) * CHARACTERS_PER_TOKEN)


async def with_turns(
    earlier: Earlier, messages: Sequence[AnyMessage], model: BaseChatModel | None, window_tokens: int
) -> Earlier:
    """The summary with these turns taken in.

    Args:
        earlier: the summary so far.
        messages: whole turns from the first that it does not cover.
        model: writes it in one call; None to extract it, as happens when that call fails.
        window_tokens: the model's window.
    """
    limit = summary_characters(window_tokens)
    text = await _written(earlier, messages, model, window_tokens) if model else ""
    text = text or _extracted(earlier, messages)
    return Earlier(_cut(defused(text), limit), str(messages[-1].id or ""))


async def _written(earlier: Earlier, messages: Sequence[AnyMessage], model: BaseChatModel, window_tokens: int) -> str:
    """The model's summary; "" when it failed, which the turn must not feel."""
    from langgraph.constants import TAG_NOSTREAM

    spoken = _cut(_spoken(messages), int(window_tokens * CHARACTERS_PER_TOKEN * 0.4))
    told = f"So far:\n{earlier.text}\n\n{spoken}" if earlier.text else spoken
    words = str(summary_characters(window_tokens) // 7)
    order = load_prompt("summary", begin=BEGIN, end=END, words=words)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer = await model.ainvoke(
                [SystemMessage(order), HumanMessage(fenced(defused(told)))], config={"tags": [TAG_NOSTREAM]}
            )
    except Exception as error:
        logger.info("The summary was extracted, since the model failed: %r", error)
        return ""
    return text_of(answer).strip()


def _spoken(messages: Sequence[AnyMessage]) -> str:
    lines = []
    for message in messages:
        if isinstance(message, HumanMessage):
            lines.append(f"Learner: {text_of(message)[:TURN_CHARACTERS]}")
        elif isinstance(message, AIMessage) and not message.tool_calls:
            lines.append(f"Tutor: {text_of(message)[:TURN_CHARACTERS]}")
    return "\n".join(lines)


def _extracted(earlier: Earlier, messages: Sequence[AnyMessage]) -> str:
    """Each question, and the first sentences of its answer."""
    lines = [earlier.text] if earlier.text else []
    for message in messages:
        text = " ".join(text_of(message).split())
        if isinstance(message, HumanMessage):
            lines.append(f"- The learner asked: {text[:QUESTION_CHARACTERS]}")
        elif isinstance(message, AIMessage) and not message.tool_calls and text:
            lines.append(f"  The tutor answered: {_first_sentences(text)}")
    return "\n".join(lines)


def _first_sentences(text: str) -> str:
    kept = ""
    for start, end in split_sentences(text):
        if kept and len(kept) + end - start > ANSWER_CHARACTERS:
            break
        kept = f"{kept} {text[start:end].strip()}".strip()
    return (kept or text)[:ANSWER_CHARACTERS]


def _cut(text: str, limit: int) -> str:
    """The text's end, which is what was spoken of last."""
    return text if len(text) <= limit else f"…{text[len(text) - limit + 1 :]}"
