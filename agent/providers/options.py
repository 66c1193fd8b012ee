"""What a caller tells about models, and what the menu of models shows."""

from __future__ import annotations

from dataclasses import dataclass

from agent.providers.hiding import hidden
from agent.providers.prices import Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """What is needed to reach a model, as plain values."""

    ollama_url: str = "http://127.0.0.1:11434"
    openai_base_url: str = ""
    """Empty for OpenAI itself."""
    openai_api_key: str = ""
    anthropic_api_key: str = ""
    context_tokens: int = 8192
    """Context window asked of the model."""
    timeout_seconds: float = 120.0
    """Longest wait for the next piece of an answer, not for the whole of it."""
    prices: Prices = Prices()

    def __repr__(self) -> str:
        """The addresses only, so that a log never holds a key."""
        return hidden(f"ModelOptions(ollama_url={self.ollama_url!r}, openai_base_url={self.openai_base_url!r})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """One line of the menu of models."""

    name: str
    """What `load_chat_model` takes; the provider alone when there is nothing behind it to choose."""
    label: str
    available: bool
    note: str = ""
    hint: str = ""
    """A command or setting that makes it available."""
    size_bytes: int | None = None
