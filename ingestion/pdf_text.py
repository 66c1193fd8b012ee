"""Words and boxes of PDF pages, read with pdfium. Runs in the worker process only.

Box calls cost about a microsecond each, so only the first and the last character of a word are asked for.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from typing import Any

from ingestion.characters import clean_word
from ingestion.lines import Line, RawPage, Word, make_line
from ingestion.pdf_geometry import PageGeometry

CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U00020000-\U0003ffff"
TOKEN = re.compile(f"[{CJK}]|[^\\s\ufffe{CJK}]+|\ufffe|\n")
LINE_HYPHEN = "\ufffe"
"""What pdfium writes for a hyphen at a line's end; the line end itself is left out."""
BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|medi(?!um)|-b(?:$|[^a-z])", re.IGNORECASE)
BOLD_WEIGHT = 600
LINE_HYPHEN_PATTERN = re.compile(LINE_HYPHEN)
GLYPH_SPACE = "\x03"
GLYPH_SHIFT = 29
"""TrueType fonts number the glyphs of ASCII from 3, the space, on; some files give the numbers only."""
SMALL_CAPITALS_GAP = 0.16
"""Capitals nearer than this share of their size are one word, whatever pdfium says."""
MAXIMUM_CHARACTERS = 1_000_000
"""Characters of one page beyond which it is no page for a reader."""


def read_page(pdf: Any, index: int) -> RawPage:
    """Page `index` (0-based) of an open pypdfium2 document."""
    page = pdf[index]
    try:
        geometry = PageGeometry(page)
        text_page = page.get_textpage()
        try:
            lines = tuple(PageReader(text_page, geometry).lines())
        finally:
            text_page.close()
        is_blank = not lines and next(iter(page.get_objects(max_depth=1)), None) is None
        return RawPage(index + 1, geometry.width, geometry.height, lines, is_blank)
    finally:
        page.close()


class PageReader:
    """Reads the lines of one text page through pdfium's C functions."""

    def __init__(self, text_page: Any, geometry: PageGeometry) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.handle = text_page.raw
        self.geometry = geometry
        self._loose_box = pdfium.FPDFText_GetLooseCharBox
        self.rectangle = pdfium.FS_RECTF()
        self.rectangle_values = (ctypes.c_float * 4).from_buffer(self.rectangle)
        """Left, top, right, bottom of the last character asked for."""
        self.sizes: dict[float, float] = {}
        """Font size by the height of the letters, which tells it on one page."""
        self.rectangle_pointer = ctypes.byref(self.rectangle)
        self.matrix = pdfium.FS_MATRIX()
        self.matrix_pointer = ctypes.byref(self.matrix)
        self.name_buffer = ctypes.create_string_buffer(128)

    def characters(self) -> str:
        """One character for each of pdfium's character indexes."""
        count = self.pdfium.FPDFText_CountChars(self.handle)
        if count > MAXIMUM_CHARACTERS:
            raise MemoryError(f"a page with {count} characters")
        if count <= 0:
            return ""
        buffer = (ctypes.c_ushort * (2 * count + 2))()
        units = self.pdfium.FPDFText_GetText(self.handle, 0, count, buffer)
        text = bytes(buffer)[: 2 * max(units - 1, 0)].decode("utf-16-le", "replace")
        if len(text) != count:
            codes = (self.pdfium.FPDFText_GetUnicode(self.handle, index) for index in range(count))
            text = "".join(chr(code) if 0 <= code < 0x110000 else "\x00" for code in codes)
        return self._repaired(text)

    def _repaired(self, text: str) -> str:
        """Characters that pdfium could not name: glyph numbers become letters, others spaces."""
        if LINE_HYPHEN in text:
            text = LINE_HYPHEN_PATTERN.sub(
                lambda match: LINE_HYPHEN if self.pdfium.FPDFText_IsHyphen(self.handle, match.start()) == 1 else " ",
                text,
            )
        if text.count(GLYPH_SPACE) < 3:
            return text
        unnamed = self.pdfium.FPDFText_HasUnicodeMapError
        return "".join(
            chr(ord(character) + GLYPH_SHIFT)
            if GLYPH_SPACE <= character <= "a" and character not in "\r\n" and unnamed(self.handle, index) == 1
            else character
            for index, character in enumerate(text)
        )

    def lines(self) -> Iterator[Line]:
        """The page's lines in the order of the file; words off the page are left out."""
        words: list[Word] = []
        first = last = before = 0
        for match in TOKEN.finditer(self.characters()):
            token = match.group()
            start, end = match.span()
            if token == "\n" or token == LINE_HYPHEN:
                if words:
                    yield self._line(words, first, last, hyphenated=token == LINE_HYPHEN)
                    words = []
                continue
            word = self._word(token, start, end - 1, start == before and bool(words))
            before = end
            if word is None:
                continue
            if not words:
                first = start
            elif _is_elsewhere(words[-1], word):
                yield self._line(words, first, last, hyphenated=False)
                words, first = [], start
            elif _is_same_word(words[-1], word):
                word = word._replace(glued=True)
            last = start
            words.append(word)
        if words:
            yield self._line(words, first, last, hyphenated=False)

    def _word(self, token: str, start: int, end: int, glued: bool) -> Word | None:
        """The word with its box: left of its first and right of its last character."""
        text = token if token.isascii() and token.isprintable() else clean_word(token).strip()
        edges = self._edges(start) if text else None
        if edges is None:
            return None
        left, bottom, right, top = edges
        height = top - bottom
        size = self.sizes.get(height) or self._size(start, height)
        if not 0.3 * size < height < 3 * size:
            bottom, top = self._sane_height(start, size, edges)
        last = self._edges(end) if end != start else None
        if last is not None and (last[3] - last[1] <= 3 * size or last[3] - last[1] <= height):
            left = left if left < last[0] else last[0]
            bottom = bottom if bottom < last[1] else last[1]
            right = right if right > last[2] else last[2]
            top = top if top > last[3] else last[3]
        box = self.geometry.box(left, bottom, right, top)
        return None if box is None else Word(text, box, size, glued)

    def _sane_height(self, index: int, size: float, edges: tuple[float, float, float, float]) -> tuple[float, float]:
        """Bottom and top of a character whose font tells nonsense about its letters' height."""
        left, bottom, right, top = edges
        if size <= 0 or 0.3 * size < max(top - bottom, right - left) < 3 * size:
            return bottom, top
        return self._tight_box(index) or (bottom, bottom + size)

    def _edges(self, index: int) -> tuple[float, float, float, float] | None:
        """Left, bottom, right and top of a character, with the room its font gives every letter."""
        if not self._loose_box(self.handle, index, self.rectangle_pointer):
            return None
        left, top, right, bottom = self.rectangle_values[:]
        if bottom > top:
            bottom, top = top, bottom
        if left > right:
            left, right = right, left
        return (left, bottom, right, top) if -math.inf < left + bottom + right + top < math.inf else None

    def _tight_box(self, index: int) -> tuple[float, float] | None:
        """Bottom and top of the ink, for fonts whose own metrics are useless."""
        values = [ctypes.c_double() for _ in range(4)]
        left, right, bottom, top = (ctypes.byref(value) for value in values)
        if not self.pdfium.FPDFText_GetCharBox(self.handle, index, left, right, bottom, top):
            return None
        return values[2].value, values[3].value

    def _size(self, index: int, height: float) -> float:
        """Font size as printed, in points, asked for once for each height of letters."""
        size = self.pdfium.FPDFText_GetFontSize(self.handle, index)
        if self.pdfium.FPDFText_GetMatrix(self.handle, index, self.matrix_pointer):
            size *= math.hypot(self.matrix.c, self.matrix.d)
        size = round(size, 1) if math.isfinite(size) else 0.0
        if height > 0:
            self.sizes[height] = size
        return size

    def _line(self, words: list[Word], first: int, last: int, *, hyphenated: bool) -> Line:
        if hyphenated:
            tail = words[-1]
            words = [*words[:-1], Word(tail.text + "-", tail.box, tail.size, tail.glued)]
        middle = (first + last) // 2
        bold = self._is_bold(first) and (first == last or self._is_bold(last) or self._is_bold(middle))
        turns = self.pdfium.FPDFText_GetCharAngle(self.handle, first) / (math.pi / 2)
        angle = round(turns - self.geometry.rotation / 90) % 4 if math.isfinite(turns) else 0
        return make_line(words, bold=bold, angle=angle, hyphenated=hyphenated)

    def _is_bold(self, index: int) -> bool:
        flags = ctypes.c_int()
        length = self.pdfium.FPDFText_GetFontInfo(
            self.handle, index, self.name_buffer, len(self.name_buffer), ctypes.byref(flags)
        )
        name = self.name_buffer.value.decode("utf-8", "replace") if 0 < length <= 128 else ""
        return bool(BOLD_NAME.search(name)) or self.pdfium.FPDFText_GetFontWeight(self.handle, index) >= BOLD_WEIGHT


def _is_elsewhere(before: Word, word: Word) -> bool:
    """True when two words of one of pdfium's lines are neither beside nor above each other."""
    above, below = before.box, word.box
    if above.top < below.bottom and below.top < above.bottom:
        return False
    size = max(before.size, word.size, 1.0)
    apart = below.top - above.bottom > 0.8 * size or above.top - below.bottom > 0.8 * size
    return apart and (below.left > above.right + 0.5 * size or below.right < above.left - 0.5 * size)


def _is_same_word(before: Word, word: Word) -> bool:
    """True for a word in small capitals that pdfium cut in two."""
    if not word.text.isupper() or not before.text.isupper() or not before.text[-1].isalpha():
        return False
    return -1 < word.box.left - before.box.right < SMALL_CAPITALS_GAP * min(before.size, word.size)
