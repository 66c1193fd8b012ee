"""What the model really read and whether its answer is whole, told from the receipt in its last message."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

CHARACTERS_PER_TOKEN = 4.0
"""Rule of thumb for English; real tokenizers give 3.5 to 4.8, so an estimate is 25% off at worst."""
_MESSAGE_TOKENS = 8
"""What a chat template adds to each message."""


def estimate_tokens(messages: Sequence[BaseMessage]) -> int:
    """Tokens that the messages take, estimated from their characters."""
    characters = sum(len(message.text) + _call_characters(message) for message in messages)
    return math.ceil(characters / CHARACTERS_PER_TOKEN) + _MESSAGE_TOKENS * len(messages)


def context_notice(answer: AIMessage, *, estimated_tokens: int, context_tokens: int) -> str | None:
    """One sentence for the learner when the prompt was likely cut to fit, else None.

    A server may drop the start of a long prompt without a word and report the count of what was left
    (https://github.com/ollama/ollama/issues/17427: half the window plus two; whole old messages go first).
    So the estimate is held against both the window and that report.
    """
    read = answer.usage_metadata["input_tokens"] if answer.usage_metadata else 0
    overfull = estimated_tokens > context_tokens and read < 0.8 * estimated_tokens
    halved = read == context_tokens // 2 + 2 and estimated_tokens > 0.75 * context_tokens
    if not (overfull or halved or read >= context_tokens):
        return None
    asked = max(estimated_tokens, read)
    return (
        f"The conversation takes about {asked:,} tokens and the model reads {context_tokens:,}, so its "
        "oldest part was dropped; start a new conversation or raise STUDY_CONTEXT_TOKENS."
    )


def cut_notice(answer: AIMessage) -> str | None:
    """One sentence when the model stopped before its answer was finished, else None."""
    metadata = answer.response_metadata
    reason = metadata.get("done_reason") or metadata.get("finish_reason") or metadata.get("stop_reason")
    if reason in {"length", "max_tokens"}:
        return "The answer stops early: the model reached its longest answer."
    return None


def _call_characters(message: BaseMessage) -> int:
    calls = getattr(message, "tool_calls", None) or []
    return sum(len(call["name"]) + len(str(call["args"])) for call in calls)
