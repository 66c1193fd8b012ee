"""The words of every chunk as numbers: in memory, where they grow with the library, and in one file."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingestion.document import ChunkId, DocumentId
from vectorstore.keywords import keywords
from vectorstore.layout import Layout
from vectorstore.postings import PLACE_MASK, PLACE_SHIFT, WORD_SHIFT, Postings

FORMAT = 3
"""Grows when `keywords` or the file changes, so that an older file is not used."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenView:
    """The table as it was at one moment; it stays right while the table goes on."""

    layout: Layout
    """May have more chunks by now; those of this moment come first."""
    postings: Postings
    words: Mapping[str, int]
    """May have more words by now; theirs are the highest numbers."""

    def number(self, word: str) -> int | None:
        """Number of a word, of a joined one as a whole; None when it is not known."""
        found = self._known(keywords(word)[:1])
        return found[0] if found else None

    def numbers(self, text: str) -> list[int]:
        """Numbers of those words of `text` that are known, with repeats."""
        return self._known(keywords(text))

    def forms(self, word: str) -> list[int | None]:
        """Number of each form of a word, a joined one as a whole first; None for a form that is not known."""
        end = len(self.postings.chunk_counts)
        found = (self.words.get(token, end) for token in keywords(word))
        return [number if number < end else None for number in found]

    def _known(self, tokens: Sequence[str]) -> list[int]:
        end = len(self.postings.chunk_counts)
        return [number for token in tokens if (number := self.words.get(token, end)) < end]


@dataclass
class TokenTable:
    """Documents with the words of their chunks. One thread at a time may change it."""

    layout: Layout = field(default_factory=Layout)
    postings: Postings = field(default_factory=Postings.empty)
    words: dict[str, int] = field(default_factory=dict)
    """Number of each word, those of removed documents included until the table is written."""
    changed: bool = False
    """True when the file does not hold what is in memory."""

    def view(self) -> TokenView:
        """The table as it is now, for readers."""
        return TokenView(self.layout, self.postings, self.words)

    def add(self, documents: Mapping[DocumentId, tuple[str, Mapping[ChunkId, str]]]) -> None:
        """Take in documents: for each its stamp, and its chunks' texts in reading order."""
        words, rows = self.words, []
        for _, texts in documents.values():
            for text in texts.values():
                numbers = [words.setdefault(token, len(words)) for token in keywords(text)]
                rows.append(np.array(numbers, dtype=np.int32))
        self.postings = self.postings.with_rows(rows, len(words))
        for document_id, (stamp, texts) in documents.items():
            self.layout.append(document_id, stamp, list(texts))
        self.changed = True

    def remove(self, document_ids: Collection[DocumentId]) -> None:
        """Forget documents; their words are forgotten when the table is written."""
        self.layout, kept = self.layout.without(document_ids)
        self.postings = self.postings.only(kept)
        self.changed = True

    def save(self, path: Path) -> None:
        """Write the file; a failure is only noted, since all of it can be made again."""
        self._forget_unused_words()
        layout, postings = self.layout, self.postings
        unfinished = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as stream:
                np.savez(
                    stream,
                    format=np.array(FORMAT),
                    documents=_as_bytes([f"{document_id} {stamp}" for document_id, stamp in layout.stamps.items()]),
                    document_sizes=np.array([len(places) for places in layout.ranges.values()], dtype=np.int64),
                    chunk_ids=_as_bytes(layout.chunk_ids),
                    lengths=postings.lengths,
                    words=_as_bytes(list(self.words)),
                    **{f"keys{number}": keys for number, keys in enumerate(postings.segments)},  # type: ignore[arg-type]
                )
            unfinished.replace(path)
            self.changed = False
        except OSError as error:
            log.warning("The keyword index could not be written (%s).", error)

    @classmethod
    def load(cls, path: Path) -> TokenTable | None:
        """The table in the file; None when there is none or it cannot be used."""
        if not path.is_file():
            return None
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as saved:
                if int(saved["format"]) != FORMAT:
                    return None
                return cls._restored(saved)
        except Exception as error:  # a damaged file fails in many ways, and all mean: make it again
            log.info("The keyword index is damaged and is built again (%s).", error)
            return None

    @classmethod
    def _restored(cls, saved: Mapping[str, NDArray[np.generic]]) -> TokenTable:
        words = {word: number for number, word in enumerate(_as_lines(saved["words"]))}
        chunk_ids = [ChunkId(line) for line in _as_lines(saved["chunk_ids"])]
        lengths = saved["lengths"].astype(np.int32)
        segments = [saved[name].astype(np.int64) for name in sorted(saved) if name.startswith("keys")]
        segments.sort(key=len, reverse=True)
        if len(chunk_ids) != len(lengths) or not all(_fits(keys, len(words), len(lengths)) for keys in segments):
            raise ValueError("sizes do not fit")
        counts = np.zeros(len(words), dtype=np.int64)
        for keys in segments:
            counts += np.bincount(keys >> WORD_SHIFT, minlength=len(words))
        table = cls(postings=Postings(segments, lengths, counts), words=words)
        start = 0
        for line, size in zip(_as_lines(saved["documents"]), saved["document_sizes"].tolist(), strict=True):
            document_id, _, stamp = line.partition(" ")
            table.layout.append(DocumentId(document_id), stamp, chunk_ids[start : start + size])
            start += size
        if start != len(chunk_ids):
            raise ValueError("the documents do not have all chunks")
        return table

    def _forget_unused_words(self) -> None:
        used = np.flatnonzero(self.postings.chunk_counts)
        if len(used) < len(self.words):
            names = list(self.words)
            self.postings = self.postings.renumbered(used)
            self.words = {names[number]: place for place, number in enumerate(used.tolist())}


def _fits(keys: NDArray[np.int64], words: int, chunks: int) -> bool:
    """Whether all words and places of the keys are there, in their order."""
    if not len(keys):
        return True
    ascending = bool((keys[1:] > keys[:-1]).all())
    return ascending and keys[0] >= 0 and int(keys[-1] >> WORD_SHIFT) < words and _last_place(keys) < chunks


def _last_place(keys: NDArray[np.int64]) -> int:
    return int((keys >> PLACE_SHIFT & PLACE_MASK).max())


def _as_bytes(lines: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _as_lines(packed: NDArray[np.generic]) -> list[str]:
    text = packed.tobytes().decode()
    return text.split("\n") if text else []
