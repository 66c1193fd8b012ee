"""SciFact and QASPER evidence as libraries: a text is a page, a hundred texts are a document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.document import Chunk, Document, DocumentId, Heading, Page
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.library import CATALOGUE_NAME
from vectorstore.packing import hash_text

if TYPE_CHECKING:
    from vectorstore.embedder import Embedder

PAGES_PER_DOCUMENT = 100


@dataclass(frozen=True, slots=True)
class PublicSet:
    """Texts, questions, and which texts are right for each question."""

    name: str
    texts: dict[str, tuple[str, str]]
    """Title (may be empty) and text by id."""
    questions: dict[str, str]
    right: dict[str, list[str]]


def read_set(folder: Path) -> PublicSet:
    """The set in a folder of `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`, questions without a right text left out."""
    texts = {row["_id"]: (row.get("title", ""), row["text"]) for row in _rows(folder / "corpus.jsonl")}
    right: dict[str, list[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        question, text, grade = line.split("\t")
        if grade.strip().isdigit() and int(grade) > 0:
            right.setdefault(question, []).append(text)
    questions = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl") if row["_id"] in right}
    return PublicSet(folder.name, texts, questions, right)


def write_set(folder: Path, texts: PublicSet, embedder: Embedder) -> dict[tuple[str, int], str]:
    """A library of the texts in the folder, unless it is there; returns the text's id by document and page.

    The texts are cut and embedded as those of a paper are; only reading PDFs is left out.
    """
    documents, ids = _documents(texts)
    (folder / "files").mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue(folder / CATALOGUE_NAME)
    try:
        if catalogue.embedder_name() != embedder.name:
            catalogue.switch_embedder(embedder.name)
        missing = [document for document in documents if not catalogue.has(document.id)]
        for document, record in zip(missing, _records(missing, embedder), strict=True):
            (folder / "files" / f"{document.id}.txt").write_bytes(b"")
            catalogue.insert(record, f"{document.id}.txt")
    finally:
        catalogue.close()
    return ids


def _documents(texts: PublicSet) -> tuple[list[Document], dict[tuple[str, int], str]]:
    documents: list[Document] = []
    ids: dict[tuple[str, int], str] = {}
    names = list(texts.texts)
    for start in range(0, len(names), PAGES_PER_DOCUMENT):
        inside = names[start : start + PAGES_PER_DOCUMENT]
        digest = sha256("\n".join(f"{name} {texts.texts[name]}" for name in inside).encode()).hexdigest()
        pages = tuple(_page(number, *texts.texts[name]) for number, name in enumerate(inside, start=1))
        document_id = DocumentId(digest[:16])
        source = f"{texts.name} {start}.txt"
        documents.append(Document(document_id, "text", "", "", None, None, source, digest, pages, ()))
        ids |= {(document_id, number): name for number, name in enumerate(inside, start=1)}
    return documents, ids


def _page(number: int, title: str, text: str) -> Page:
    whole = f"{title}\n\n{text}" if title else text
    headings = (Heading(0, 1, title),) if title else ()
    return Page(number, str(number), whole, 612.0, 792.0, (), headings)


def _records(documents: Sequence[Document], embedder: Embedder) -> list[DocumentRecord]:
    from ingestion.chunking import chunk_document, embedding_text

    chunks: list[list[Chunk]] = [
        chunk_document(document, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
        for document in documents
    ]
    texts = [[embedding_text("", chunk) for chunk in of] for of in chunks]
    flat = list(dict.fromkeys(text for of in texts for text in of))
    vectors = dict(zip(map(hash_text, flat), embedder.embed(flat), strict=True)) if flat else {}
    records = []
    for document, of, whole in zip(documents, chunks, texts, strict=True):
        keys = [hash_text(text) for text in whole]
        records.append(DocumentRecord(document, of, keys, {key: vectors[key] for key in keys}, embedder.name))
    return records


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
