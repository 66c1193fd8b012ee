"""A Document as plain JSON values, so that nothing but data crosses the process boundary."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Sequence
from typing import Any

from ingestion.document import Box, Document, DocumentId, Heading, Page, WordBox


def document_to_json(document: Document) -> dict[str, Any]:
    """Plain lists, strings and numbers; word boxes are packed, as there are a thousand on a page."""
    return {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "authors": document.authors,
        "arxiv_id": document.arxiv_id,
        "year": document.year,
        "source_name": document.source_name,
        "sha256": document.sha256,
        "warnings": list(document.warnings),
        "pages": [_page_to_json(page) for page in document.pages],
    }


def document_from_json(values: dict[str, Any]) -> Document:
    """The document that `document_to_json` wrote."""
    return Document(
        id=DocumentId(values["id"]),
        kind=values["kind"],
        title=values["title"],
        authors=values["authors"],
        arxiv_id=values["arxiv_id"],
        year=values["year"],
        source_name=values["source_name"],
        sha256=values["sha256"],
        pages=tuple(_page_from_json(page) for page in values["pages"]),
        warnings=tuple(values["warnings"]),
    )


def _page_to_json(page: Page) -> dict[str, Any]:
    return {
        "number": page.number,
        "label": page.label,
        "text": page.text,
        "width": page.width_points,
        "height": page.height_points,
        "words": _packed(page.words),
        "headings": [(heading.start, heading.level, heading.title) for heading in page.headings],
    }


def _page_from_json(values: dict[str, Any]) -> Page:
    return Page(
        number=values["number"],
        label=values["label"],
        text=values["text"],
        width_points=values["width"],
        height_points=values["height"],
        words=_unpacked(values["words"]),
        headings=tuple(Heading(*heading) for heading in values["headings"]),
    )


def _packed(words: Sequence[WordBox]) -> str:
    """Six columns of doubles one after the other: start, end, left, top, right, bottom."""
    boxes = [word.box for word in words]
    columns = [[word.start for word in words], [word.end for word in words], *zip(*boxes, strict=True)]
    return base64.b64encode(b"".join(array("d", column).tobytes() for column in columns)).decode("ascii")


def _unpacked(packed: str) -> tuple[WordBox, ...]:
    """The words that `_packed` took."""
    values = array("d")
    values.frombytes(base64.b64decode(packed))
    count = len(values) // 6
    starts, ends = map(int, values[:count]), map(int, values[count : 2 * count])
    edges = (values[place * count : (place + 1) * count] for place in range(2, 6))
    return tuple(map(WordBox, starts, ends, map(Box, *edges)))
