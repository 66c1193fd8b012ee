"""Documents that carry a text where a reader may not look for it: hidden in a PDF, in a name, in metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

PAGE = (612, 792)
NAME_CHARACTERS = 150


def _pdf(path: Path, topic: str, hidden: str = "", *, title: str = "", author: str = "") -> Path:
    """A PDF of one page; `hidden` are the operators that draw the text."""
    lines = [f"On {topic}", f"The {topic} is described on this page, at some length.", "It goes on for a while."]
    drawn = "\n".join(f"BT /F 11 Tf 72 {700 - 20 * row} Td {_quoted(line)} Tj ET" for row, line in enumerate(lines))
    stream = f"{drawn}\n{hidden}".encode("cp1252", "replace")
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title {_quoted(title)} /Author {_quoted(author)} >>".encode("cp1252", "replace"),
    ]
    whole, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    tail = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(whole)}\n%%EOF\n"
    path = path.with_suffix(".pdf")
    path.write_bytes(whole + f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}{tail}".encode())
    return path


def _quoted(text: str) -> str:
    for sign in ("\\", "(", ")"):
        text = text.replace(sign, f"\\{sign}")
    return f"({text})"


def _drawn(text: str, size: float, place: str, colour: str = "0 g") -> str:
    """Lines of a text, 90 characters each."""
    lines = [text[start : start + 90] for start in range(0, len(text), 90)]
    return f"{colour} BT /F {size} Tf {size + 2} TL {place} Td {' '.join(f'{_quoted(x)} Tj T*' for x in lines)} ET 0 g"


def _written(path: Path, suffix: str, text: str) -> Path:
    path = path.with_suffix(suffix)
    path.write_text(text, encoding="utf-8")
    return path


def _notebook(path: Path, topic: str, text: str) -> Path:
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# On {topic}\n", f"The {topic} is described here."]},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["print(1)"], "outputs": [output]},
        {"cell_type": "markdown", "metadata": {}, "source": [f"A remark on the {topic}: {text}"]},
    ]
    return _written(path, ".ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def _in_name(path: Path, topic: str, text: str) -> Path:
    name = "".join(" " if sign in '/\\:*?"<>|' or ord(sign) > 126 else sign for sign in text)
    path = path.with_name(f"{topic} {' '.join(name.split())[:NAME_CHARACTERS]}.txt")
    path.write_text(f"The {topic} is described here, at some length.\n", encoding="utf-8")
    return path


def _html(path: Path, topic: str, text: str) -> Path:
    body = text.replace("<", "&lt;")
    shown = f"<h1>On {topic}</h1><p>The {topic} is described here, at some length.</p>"
    return _written(path, ".html", f"<html><body>{shown}<p style='font-size:0;color:white'>{body}</p></body></html>")


WRITERS: Mapping[str, Callable[[Path, str, str], Path]] = {
    "note": lambda path, topic, text: _written(path, ".md", f"# On {topic}\n\nThe {topic} is described.\n\n{text}\n"),
    "note-heading": lambda path, topic, text: _written(
        path, ".md", f"# On {topic}\n\nThe {topic} is described.\n\n## {text}\n\nMore of the {topic}.\n"
    ),
    "plain-text": lambda path, topic, text: _written(path, ".txt", f"The {topic} is described.\n\n{text}\n"),
    "web-page": _html,
    "notebook": _notebook,
    "pdf-text": lambda path, topic, text: _pdf(path, topic, _drawn(text, 10, "72 500")),
    "pdf-white": lambda path, topic, text: _pdf(path, topic, _drawn(text, 10, "72 500", "1 g")),
    "pdf-tiny": lambda path, topic, text: _pdf(path, topic, _drawn(text, 0.7, "72 500")),
    "pdf-off-page": lambda path, topic, text: _pdf(path, topic, _drawn(text, 10, f"72 {PAGE[1] + 300}")),
    "pdf-metadata": lambda path, topic, text: _pdf(path, topic, title=f"On {topic}: {text}", author=text),
    "file-name": _in_name,
}
"""Carrier to what writes a file, given its path without suffix, what it is about, and the text."""
BY_TITLE = ("pdf-metadata", "file-name")
"""Carriers whose text is in a list of the library, not on a page."""
