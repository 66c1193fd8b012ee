"""Cosine similarity between a sentence and others, from the library's embedder, with a small memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder

REMEMBERED_TEXTS = 4096


def similarity_of(embedder: Embedder) -> Callable[[str, Sequence[str]], list[float]]:
    """A function (sentence, others) -> cosine similarity to each of them, -1 to 1."""
    vectors: OrderedDict[str, Any] = OrderedDict()
    lock = threading.Lock()

    def similarity(sentence: str, others: Sequence[str]) -> list[float]:
        texts = [sentence, *others]
        with lock:
            known = {text: vectors[text] for text in texts if text in vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, embedder.embed(missing), strict=True))
            with lock:
                vectors.update((text, known[text]) for text in missing)
                while len(vectors) > REMEMBERED_TEXTS:
                    vectors.popitem(last=False)
        return [float(known[sentence] @ known[other]) for other in others]

    return similarity
