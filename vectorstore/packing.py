"""Compact forms for the catalogue: word boxes, headings and vectors as bytes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ingestion.document import Box, Heading, WordBox
from vectorstore.embedder import FloatMatrix

POINTS_SCALE = 100
"""Boxes are kept to 1/100 point, which is 0.0035 mm."""
FARTHEST = 10_000_000.0
"""Points; a hostile file's wilder boxes are cut to it (and not-a-number becomes it)."""


def pack_words(words: Sequence[WordBox]) -> bytes:
    """Compressed int32 table of 6 rows: start, end, left, top, right, bottom."""
    if not words:
        return b""
    spans = np.array([word[:2] for word in words], dtype="<i4")
    edges = np.nan_to_num(np.array([word.box for word in words]), nan=-FARTHEST).clip(-FARTHEST, FARTHEST)
    table = np.hstack([spans, np.rint(edges * POINTS_SCALE).astype("<i4")]).T
    return zlib.compress(np.diff(table, axis=1, prepend=0).astype("<i4").tobytes(), 6)


def unpack_words(packed: bytes) -> tuple[WordBox, ...]:
    """The words that `pack_words` took, boxes rounded to 1/100 point."""
    if not packed:
        return ()
    table = np.frombuffer(zlib.decompress(packed), dtype="<i4").reshape(6, -1)
    rows = np.cumsum(table, axis=1).T.tolist()
    return tuple(WordBox(start, end, Box(*(value / POINTS_SCALE for value in box))) for start, end, *box in rows)


def pack_headings(headings: Sequence[Heading]) -> bytes:
    """Compressed JSON rows of start, level, title."""
    if not headings:
        return b""
    return zlib.compress(json.dumps([(h.start, h.level, h.title) for h in headings]).encode())


def unpack_headings(packed: bytes) -> tuple[Heading, ...]:
    """The headings that `pack_headings` took."""
    return tuple(Heading(*row) for row in json.loads(zlib.decompress(packed))) if packed else ()


def pack_vector(vector: FloatMatrix) -> bytes:
    """Little-endian float32, shape (dimension,)."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def unpack_vectors(packed: Sequence[bytes], dimension: int) -> FloatMatrix:
    """Shape (len(packed), dimension)."""
    return np.frombuffer(b"".join(packed), dtype="<f4").reshape(len(packed), dimension).astype(np.float32, copy=False)


def hash_text(text: str) -> bytes:
    """The key of a text's embedding: first 16 bytes of its SHA-256."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
