"""Embedding models and rerankers that several libraries of one process use: each is loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder, EmbeddingOptions
    from vectorstore.reranker import Reranker


class ModelsInMemory:
    """Opens models by name, each the first time only. They hold nothing of who asks, and serve several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Hashable, Any] = {}

    def embedder(self, setting: str, *, ollama_url: str, options: EmbeddingOptions) -> Embedder:
        """As `load_embedder`.

        Raises:
            EmbeddingError: the setting names no known provider, or its model cannot be found.
        """
        from vectorstore.embedder import load_embedder

        key = ("embedder", setting, ollama_url, options)
        opened: Embedder = self._once(key, lambda: load_embedder(setting, ollama_url=ollama_url, options=options))
        return opened

    def former(self, name: str, *, ollama_url: str, options: EmbeddingOptions) -> Embedder:
        """As `load_former`.

        Raises:
            EmbeddingError: its model is not there any more.
        """
        from vectorstore.embedder import load_former

        key = ("former", name, ollama_url, options)
        opened: Embedder = self._once(key, lambda: load_former(name, ollama_url=ollama_url, options=options))
        return opened

    def reranker(self, setting: str) -> Reranker | None:
        """As `load_reranker`.

        Raises:
            RerankerError: it is not on this machine, or no cross-encoder.
        """
        from vectorstore.reranker import load_reranker

        opened: Reranker | None = self._once(("reranker", setting), lambda: load_reranker(setting))
        return opened

    def _once(self, key: Hashable, load: Callable[[], Any]) -> Any:
        with self._lock:  # opening is light: the weights come with the first use
            if key not in self._opened:
                self._opened[key] = load()
            return self._opened[key]
