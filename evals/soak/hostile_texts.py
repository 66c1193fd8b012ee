"""Files of our own that are no PDFs and hard to read, each made in a folder by one function."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1 << 20
LARGE_BYTES = 100 * MEGABYTE
RIGHT_TO_LEFT = "שלום עולם. هذا نص من اليمين إلى اليسار. "
Make = Callable[[Path], None]


def _bytes(content: Callable[[], bytes]) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(content())

    return make


def _text(content: Callable[[], str]) -> Make:
    return _bytes(lambda: content().encode())


def _zip_bomb(levels: int = 1) -> bytes:
    """1 GB of zeros in a megabyte, packed again for each further level."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as file:
        for _ in range(1_000):
            file.write(bytes(MEGABYTE))
    for _ in range(levels - 1):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(f"{number}.zip", packed.getvalue())
        packed = outer
    return packed.getvalue()


def _notebook(cells: object) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def _large(line: str, before: str = "", after: str = "") -> str:
    return before + line * (LARGE_BYTES // len(line.encode())) + after


def _link_to(target: str) -> Make:
    return lambda path: path.symlink_to(target)


def _link_loop(path: Path) -> None:
    other = path.with_name(f"other-{path.name}")
    path.symlink_to(other)
    other.symlink_to(path)


def _forbidden(path: Path) -> None:
    path.write_text("Nobody may read this.", encoding="utf-8")
    path.chmod(0)


TEXTS: dict[str, Make] = {
    "bomb.docx": _bytes(_zip_bomb),
    "bomb.ipynb": _bytes(_zip_bomb),
    "bomb.pdf": _bytes(_zip_bomb),
    "bomb_in_bombs.md": _bytes(lambda: _zip_bomb(2)),
    "packed.txt": _bytes(lambda: gzip.compress(bytes(100 * MEGABYTE))),
    "one_line.txt": _text(lambda: _large("word ")),
    "one_word.txt": _text(lambda: _large("a")),
    "one_line.md": _text(lambda: _large("word **bold** ")),
    "one_line.html": _text(lambda: _large("word ", "<html><body><p>", "</p></body></html>")),
    "one_line.ipynb": _bytes(lambda: _notebook([{"cell_type": "markdown", "source": _large("word ")}])),
    "only_line_ends.txt": _bytes(lambda: b"\n" * LARGE_BYTES),
    "only_blanks.md": _bytes(lambda: b" " * (20 * MEGABYTE) + b"x"),
    "right_to_left.txt": _text(lambda: RIGHT_TO_LEFT * 2_000),
    "overrides.md": _text(lambda: "# \u202eeltit A\u202c\n\n" + "\u2067text\u2069 \u202eterces\u202c " * 5_000),
    "zero_width.txt": _text(lambda: "\u200b\u200c\u200d\u2060\ufeff" * 100_000),
    "zero_width_words.md": _text(lambda: "# T\u200bitle\n\n" + "wo\u200brd \u00adwi\u200dth " * 20_000),
    "tags.txt": _text(lambda: "".join(chr(0xE0020 + n % 95) for n in range(200_000)) + " seen"),
    "combining.txt": _text(lambda: ("a" + "\u0301\u0308\u0323" * 2_000 + " ") * 200),
    "zeros_inside.txt": _bytes(lambda: b"Begins as text. " * 400 + b"\0\1\2" * 10_000),
    "not_utf8.txt": _bytes(lambda: b"caf\xe9 \xff\xfe\x80 " * 20_000),
    "utf16_lone_halves.txt": _bytes(lambda: b"\xff\xfe" + b"\x00\xd8a\x00" * 20_000),
    "utf16_odd.txt": _bytes(lambda: b"\xfe\xff" + b"\x00a" * 5_000 + b"\x00"),
    "link_loop.txt": _link_loop,
    "link_to_zeros.txt": _link_to("/dev/zero"),
    "link_to_memory.txt": _link_to("/proc/self/mem"),
    "pipe.pdf": lambda path: os.mkfifo(path),
    "folder.pdf": lambda path: path.mkdir(),
    "forbidden.txt": _forbidden,
    "empty.pdf": _bytes(bytes),
    "n" * 251 + ".txt": _text(lambda: "A name of 255 bytes."),
    "line\nend\x1b[31m\u202e.txt": _text(lambda: "A name of control characters."),
    "page.txt": _text(lambda: "<!doctype html><html><body>Not text.</body></html>"),
    "picture.md": _bytes(lambda: b"\x89PNG\r\n\x1a\n" + bytes(10_000)),
    "deep_quotes.md": _text(lambda: ">" * 50_000 + " deep\n"),
    "deep_list.md": _text(lambda: "".join(f"{'  ' * n}- item\n" for n in range(1_500))),
    "brackets.md": _text(lambda: "[" * 100_000 + "](" * 50_000),
    "emphasis.md": _text(lambda: "*a **b _c __d `e " * 40_000),
    "open_marks.md": _text(lambda: '{/* <h1 <a "x $ `` ~~ ** [a](b ' * 20_000),
    "wide_table.md": _text(lambda: "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + "|b" * 20_000 + "|\n"),
    "many_titles.md": _text(lambda: "".join(f"{'#' * (n % 6 + 1)} Title {n}\n\n" for n in range(50_000))),
    "prose_and_rows.md": _text(lambda: "A b c d e.\n\n1 2 3 4\n\n" * 15_000),
    "deep_tags.html": _text(lambda: "<html><body>" + "<div>" * 100_000 + "deep" + "</div>" * 100_000),
    "open_tags.html": _text(lambda: "<html><body>" + "<b><i><p" * 100_000),
    "entities.html": _text(
        lambda: (
            '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
            + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
            + "]><html><body>&j;&j;</body></html>"
        )
    ),
    "many_cells.html": _text(lambda: "<html><body><table>" + "<tr>" + "<td>x</td>" * 200_000 + "</table>"),
    "deep.ipynb": _bytes(lambda: b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "cells_of_nothing.ipynb": _bytes(lambda: _notebook([None, 1, "x", [], {"cell_type": 5, "source": {"a": 1}}])),
    "no_cells.ipynb": _bytes(lambda: _notebook({"a": "b"})),
    "many_cells.ipynb": _bytes(lambda: _notebook([{"cell_type": "code", "source": "x = 1", "outputs": []}] * 50_000)),
    "full_stops.txt": _text(lambda: "a.b.c. e.g. i.e. 1.2.3. " * 100_000),
    "number.txt": _text(lambda: "9" * 2_000_000),
}
"""How each file is made, by its name."""
