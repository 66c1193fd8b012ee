"""What the model really read, told from the receipt in its last message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


def context_notice(answer: AIMessage, *, estimated_tokens: int, context_tokens: int) -> str | None:
    """One sentence for the learner when the prompt was likely cut to fit, else None.

    Ollama drops the start of a long prompt without a word and reports the count of what was left: whole old
    messages go first, then the rest is cut to half the window plus two
    (https://github.com/ollama/ollama/issues/17427). So the estimate is held against the window and that
    count; an estimate alone proves little, since tokenizers differ by a quarter.
    """
    read = answer.usage_metadata["input_tokens"] if answer.usage_metadata else 0
    is_overfull = estimated_tokens > context_tokens and read < 0.8 * estimated_tokens
    is_halved = read == context_tokens // 2 + 2 and estimated_tokens > 0.75 * context_tokens
    if not (is_overfull or is_halved or read >= context_tokens):
        return None
    asked = max(estimated_tokens, read)
    return (
        f"The conversation takes about {asked:,} tokens and the model reads {context_tokens:,}, so its "
        "oldest part was dropped; start a new conversation or raise STUDY_CONTEXT_TOKENS."
    )


def cut_notice(answer: AIMessage) -> str | None:
    """One sentence when the answer lacks its end, else None: the longest there may be, or a stream that broke off.

    A client of OpenAI's protocol takes a connection that ends for the end of the answer; a whole one says why it ends.
    """
    metadata = answer.response_metadata
    reasons = {metadata.get(name) for name in ("done_reason", "finish_reason", "stop_reason")}
    if reasons & {"length", "max_tokens"}:
        return "The answer stops early: the model reached its longest answer."
    if metadata.get("model_provider") == "openai" and reasons == {None}:
        return "The answer may stop early: the connection to the model ended before the model said that it was done."
    return None
