"""An embedder one can compute by hand: hashed words, counted, scaled to length 1."""

import hashlib

import numpy as np


class ToyEmbedder:
    """64 dimensions; a word adds 1 at the place its MD5 gives. Counts tokens by white space."""

    dimension = 64

    def __init__(self, name="toy@1", max_tokens=64):
        self.name = name
        self.max_tokens = max_tokens
        self.embedded = []

    def count_tokens(self, text):
        return len(text.split())

    def embed(self, texts, *, progress=None):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                place = int(hashlib.md5(f"{self.name} {word.strip('.,:;!?()')}".encode()).hexdigest(), 16)
                row[place % self.dimension] += 1
        self.embedded.extend(texts)
        if progress is not None:
            progress(len(texts))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(lengths > 0, lengths, 1).astype(np.float32)

    def warm_up(self):
        pass
