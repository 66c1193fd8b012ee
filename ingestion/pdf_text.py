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
from ingestion.document import Box
from ingestion.lines import Line, RawPage, Word, make_line

CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U00020000-\U0003ffff"
TOKEN = re.compile(f"[{CJK}]|[^\\s\ufffe{CJK}]+|\ufffe|\n|[^\\S\n]+")
LINE_HYPHEN = "\ufffe"
"""What pdfium writes for a hyphen at a line's end; the line end itself is left out."""
BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|medi(?!um)|-b(?:$|[^a-z])", re.IGNORECASE)
BOLD_WEIGHT = 600
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
        return RawPage(index + 1, geometry.width, geometry.height, lines)
    finally:
        page.close()


class PageGeometry:
    """Turns PDF coordinates into points from the top left corner of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        media = page.get_mediabox()
        crop = page.get_cropbox()
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        right, top = min(media[2], crop[2]), min(media[3], crop[3])
        if right - left < 1 or top - bottom < 1:
            left, bottom, right, top = media
        self.left, self.bottom, self.right, self.top = left, bottom, right, top
        self.rotation = page.get_rotation() % 360
        self.width, self.height = page.get_size()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """The rectangle as shown, after crop and rotation."""
        if self.rotation == 90:
            corners = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
        elif self.rotation == 180:
            corners = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
        elif self.rotation == 270:
            corners = (self.top - top, self.right - right, self.top - bottom, self.right - left)
        else:
            corners = (left - self.left, self.top - top, right - self.left, self.top - bottom)
        return Box(*(round(value, 2) for value in corners))

    def shows(self, box: Box) -> bool:
        """True when the middle of the box lies on the page."""
        middle_x, middle_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        return 0 <= middle_x <= self.width and 0 <= middle_y <= self.height


class PageReader:
    """Reads the lines of one text page through pdfium's C functions."""

    def __init__(self, text_page: Any, geometry: PageGeometry) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium = pdfium
        self.handle = text_page.raw
        self.geometry = geometry
        self.rectangle = pdfium.FS_RECTF()
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
        if len(text) == count:
            return text
        codes = (self.pdfium.FPDFText_GetUnicode(self.handle, index) for index in range(count))
        return "".join(chr(code) if 0 <= code < 0x110000 else "\x00" for code in codes)

    def lines(self) -> Iterator[Line]:
        """The page's lines in the order of the file; words off the page are left out."""
        words: list[Word] = []
        first = last = 0
        glued = False
        for match in TOKEN.finditer(self.characters()):
            token = match.group()
            if token in ("\n", LINE_HYPHEN):
                if words:
                    yield self._line(words, first, last, hyphenated=token == LINE_HYPHEN)
                words = []
            elif not token.isspace():
                word = self._word(token, match.start(), match.end() - 1, glued=glued and bool(words))
                if word is not None:
                    if not words:
                        first = match.start()
                    last = match.start()
                    words.append(word)
            glued = not token.isspace() and token != LINE_HYPHEN
        if words:
            yield self._line(words, first, last, hyphenated=False)

    def _word(self, token: str, start: int, end: int, *, glued: bool) -> Word | None:
        text = clean_word(token)
        if not text.strip():
            return None
        size = self._size(start)
        box = self._box(start, end, size)
        if box is None or not self.geometry.shows(box):
            return None
        return Word(text.strip(), box, size, glued)

    def _box(self, start: int, end: int, size: float) -> Box | None:
        """Around characters `start` to `end` (inclusive), None when pdfium knows no place."""
        left = bottom = math.inf
        right = top = -math.inf
        rectangle = self.rectangle
        for index in {start, end}:
            if not self.pdfium.FPDFText_GetLooseCharBox(self.handle, index, self.rectangle_pointer):
                continue
            low, high = sorted((rectangle.bottom, rectangle.top))
            if size > 0 and not 0.3 * size < max(high - low, rectangle.right - rectangle.left) < 3 * size:
                low, high = self._tight_box(index) or (low, low + size)
            left, right = min(left, rectangle.left, rectangle.right), max(right, rectangle.left, rectangle.right)
            bottom, top = min(bottom, low), max(top, high)
        if not all(map(math.isfinite, (left, bottom, right, top))):
            return None
        return self.geometry.box(left, bottom, right, top)

    def _tight_box(self, index: int) -> tuple[float, float] | None:
        """Bottom and top of the ink, for fonts whose own metrics are useless."""
        values = [ctypes.c_double() for _ in range(4)]
        left, right, bottom, top = (ctypes.byref(value) for value in values)
        if not self.pdfium.FPDFText_GetCharBox(self.handle, index, left, right, bottom, top):
            return None
        return values[2].value, values[3].value

    def _size(self, index: int) -> float:
        size = self.pdfium.FPDFText_GetFontSize(self.handle, index)
        if self.pdfium.FPDFText_GetMatrix(self.handle, index, self.matrix_pointer):
            size *= math.hypot(self.matrix.c, self.matrix.d)
        return round(size, 1) if math.isfinite(size) else 0.0

    def _line(self, words: list[Word], first: int, last: int, *, hyphenated: bool) -> Line:
        if hyphenated:
            tail = words[-1]
            words = [*words[:-1], Word(tail.text + "-", tail.box, tail.size, tail.glued)]
        bold = self._is_bold(first) and (first == last or self._is_bold(last))
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
