"""What an answer cost: nothing on this machine, tokens times price at a provider whose prices are set."""

from __future__ import annotations

from dataclasses import dataclass

_LOCAL = ("embedded", "ollama/")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for a million tokens at a provider; 0 where the learner set none, since ours would soon be wrong."""

    read_dollars: float = 0.0
    written_dollars: float = 0.0

    def of_answer(self, model: str, read_tokens: int | None, written_tokens: int | None) -> float | None:
        """Dollars; 0 for a model on this machine, None when tokens or prices are not known."""
        if model.startswith(_LOCAL):
            return 0.0
        if read_tokens is None or written_tokens is None or not (self.read_dollars and self.written_dollars):
            return None
        return (read_tokens * self.read_dollars + written_tokens * self.written_dollars) / _MILLION
