"""What a reader gives for the same file is recorded with its version, so that no change of it goes unnoticed."""

import hashlib
import json

import pytest
from make_pdf import make_paper

from ingestion.chunking import chunk_document
from ingestion.load import load_document
from ingestion.reader_version import READER_VERSIONS, is_outdated
from ingestion.tokens import approximate_tokens

RECORDED = {
    ("pdf", 1): "b4639913db3506b8",
    ("markdown", 1): "0e62f87759bd90d3",
    ("notebook", 1): "4f9af78501aa9868",
    ("html", 1): "f004a43f0c7b9c92",
    ("text", 1): "ebe1f58a72332d26",
}
"""Digest of what each version of a reader makes of its file below."""

NOTE = """# LoRA

Low-rank adapters **freeze** the weights; see [the paper](https://arxiv.org/abs/2106.09685).

## Cost

| rank | parameters |
|---|---|
| 8 | 0.3 M |

The update is $W + BA$ with $r \\ll d$.

```python
update = b @ a
```
"""
PAGE = "<h1>A page</h1><p>Beam search keeps <b>k</b> hypotheses.</p><table><tr><td>a</td><td>1</td></tr></table>"
TEXT = "Knead flour, water and salt.\n\nLet the dough rest overnight, then bake it\nhot for forty minutes.\n"


def write_file(kind, folder):
    if kind == "pdf":
        path = folder / "paper.pdf"
        make_paper(path)
        return path
    cells = [{"cell_type": "markdown", "source": NOTE}, {"cell_type": "code", "source": "x = 1", "outputs": []}]
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    name, text = {
        "markdown": ("note.md", NOTE),
        "notebook": ("note.ipynb", notebook),
        "html": ("page.html", f"<!doctype html><title>A page</title><body>{PAGE}</body>"),
        "text": ("bread.txt", TEXT),
    }[kind]
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def digest_of(path):
    """Of pages, headings and chunks; the boxes of words are left out."""
    document = load_document(path)
    pages = [(page.number, page.label, page.text, page.headings) for page in document.pages]
    chunks = chunk_document(document, count_tokens=approximate_tokens, max_tokens=64)
    cut = [(chunk.page_number, chunk.start, chunk.end, chunk.section, chunk.kind) for chunk in chunks]
    return hashlib.sha256(repr((document.title, document.authors, pages, cut)).encode()).hexdigest()[:16]


@pytest.mark.parametrize("kind", READER_VERSIONS)
def test_a_reader_that_reads_otherwise_has_another_version(kind, tmp_path):
    found = digest_of(write_file(kind, tmp_path))
    version = READER_VERSIONS[kind]
    assert RECORDED.get((kind, version)) == found, (
        f"The reader of {kind} gives other pages or chunks than version {version} did: make the version in "
        f"ingestion/reader_version.py one higher and record ({kind!r}, {version + 1}): {found!r} here."
    )


def test_earlier_versions_are_outdated():
    assert is_outdated("pdf", 0)
    assert not is_outdated("pdf", READER_VERSIONS["pdf"])
