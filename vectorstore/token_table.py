"""The tokens of every chunk as numbers, in memory and in one file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingestion.document import DocumentId
from vectorstore.keywords import keywords

FORMAT = 1
"""Grows when `keywords` changes, so that an older file is not used."""

log = logging.getLogger(__name__)


@dataclass
class TokenTable:
    """Documents, each with one row of word numbers for a chunk."""

    _stamps: dict[DocumentId, str] = field(default_factory=dict)
    _rows: dict[DocumentId, list[NDArray[np.int32]]] = field(default_factory=dict)
    _words: dict[str, int] = field(default_factory=dict)
    changed: bool = False
    """True when the file does not hold what is in memory."""

    @property
    def word_count(self) -> int:
        """Number of different words."""
        return len(self._words)

    def has(self, document_id: DocumentId) -> bool:
        """True when the document's tokens are there."""
        return document_id in self._rows

    def add(self, document_id: DocumentId, stamp: str, texts: Sequence[str]) -> None:
        """Take in a document's chunks."""
        words, self.changed = self._words, True
        self._rows[document_id] = [
            np.array([words.setdefault(token, len(words)) for token in keywords(text)], dtype=np.int32)
            for text in texts
        ]
        self._stamps[document_id] = stamp

    def row_count(self, document_id: DocumentId) -> int:
        """Number of the document's chunks."""
        return len(self._rows[document_id])

    def rows(self, document_ids: Sequence[DocumentId]) -> list[NDArray[np.int32]]:
        """Word numbers of the documents' chunks, one row a chunk."""
        return [row for document_id in document_ids for row in self._rows[document_id]]

    def number(self, word: str) -> int | None:
        """Number of a word, of a joined one as a whole; None when it is not known."""
        whole = keywords(word)[:1]
        return self._words.get(whole[0]) if whole else None

    def numbers(self, text: str) -> list[int]:
        """Numbers of those words of `text` that are known, with repeats."""
        return [self._words[token] for token in keywords(text) if token in self._words]

    def keep_only(self, stamps: Mapping[DocumentId, str]) -> None:
        """Forget documents that are not in `stamps` or have another stamp, and words only they used."""
        gone = [document_id for document_id, stamp in self._stamps.items() if stamps.get(document_id) != stamp]
        for document_id in gone:
            del self._rows[document_id], self._stamps[document_id]
        if gone:
            self.changed = True
            self._renumber()

    def save(self, path: Path) -> None:
        """Write the file; a failure is only noted, since all of it can be made again."""
        ids = list(self._rows)
        rows = self.rows(ids)
        unfinished = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as stream:
                np.savez(
                    stream,
                    format=np.array(FORMAT),
                    documents=np.array(
                        [f"{document_id} {self._stamps[document_id]}" for document_id in ids], dtype=str
                    ),
                    row_counts=np.array([len(self._rows[document_id]) for document_id in ids], dtype=np.int64),
                    row_lengths=np.array([len(row) for row in rows], dtype=np.int64),
                    tokens=np.concatenate([*rows, np.zeros(0, dtype=np.int32)]),
                    words=np.frombuffer("\n".join(self._words).encode(), dtype=np.uint8),
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
        text = saved["words"].tobytes().decode()
        words = {word: number for number, word in enumerate(text.split("\n"))} if text else {}
        ends = np.cumsum(saved["row_lengths"])
        tokens = saved["tokens"].astype(np.int32)
        if len(tokens) != (int(ends[-1]) if len(ends) else 0) or (len(tokens) and tokens.max() >= len(words)):
            raise ValueError("sizes do not fit")
        rows = np.split(tokens, ends[:-1]) if len(ends) else []
        table = cls(_words=words)
        start = 0
        for line, count in zip(saved["documents"].tolist(), saved["row_counts"].tolist(), strict=True):
            document_id, _, stamp = str(line).partition(" ")
            table._stamps[DocumentId(document_id)] = stamp
            table._rows[DocumentId(document_id)] = rows[start : start + count]
            start += count
        return table

    def _renumber(self) -> None:
        rows = [row for document in self._rows.values() for row in document]
        used = np.unique(np.concatenate([*rows, np.zeros(0, dtype=np.int32)]))
        names = list(self._words)
        fresh = np.zeros(len(names), dtype=np.int32)
        fresh[used] = np.arange(len(used), dtype=np.int32)
        self._rows = {document_id: [fresh[row] for row in document] for document_id, document in self._rows.items()}
        self._words = {names[number]: place for place, number in enumerate(used.tolist())}
