"""PDFs of our own that are hard to read: bombs, loops, lies, too much of everything. Each function gives one file."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
HELLO = b"BT /F1 12 Tf 72 700 Td (Hello from a page that is hard to read.) Tj ET"
MEGABYTE = 1 << 20


def pdf(bodies: Sequence[bytes | str], trailer: str = "") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalog."""
    parts, places, size = [b"%PDF-1.7\n"], [], 9
    for number, body in enumerate(bodies, 1):
        places.append(size)
        whole = f"{number} 0 obj\n".encode() + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
        parts.append(whole)
        size += len(whole)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{size}\n%%EOF\n"
    return b"".join(parts) + end.encode()


def stream(data: bytes, entries: str = "", length: int | None = None) -> bytes:
    """A stream with its dictionary."""
    size = len(data) if length is None else length
    return f"<< /Length {size} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def one_page(content: bytes, *, page: str = PAGE, catalog: str = "", more: Sequence[bytes | str] = ()) -> bytes:
    """A file with one page."""
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf([f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", pages, page, content, FONT, *more])


def _deflated(data: bytes, times: int = 1) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(data) for _ in range(times)) + packer.flush()


def flate_bomb() -> bytes:
    """A content stream of 400 MB of blanks."""
    return one_page(stream(_deflated(b" " * MEGABYTE, 400), "/Filter /FlateDecode"))


def operator_bomb() -> bytes:
    """A content stream of 5 million words at one place, in some 300 kB."""
    return one_page(stream(_deflated(b"BT /F1 9 Tf (word) Tj ET " * 100_000, 50), "/Filter /FlateDecode"))


def nested_flate_bomb() -> bytes:
    """A bomb in a bomb."""
    inner = _deflated(b" " * MEGABYTE, 1_000)
    return one_page(stream(_deflated(inner), "/Filter [/FlateDecode /FlateDecode]"))


def kids_loop() -> bytes:
    """A tree of pages that contains itself."""
    return pdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 /Parent 2 0 R >>"])


def bookmark_loop() -> bytes:
    """Bookmarks of which each is the other's next one and child."""
    marks = [
        "<< /First 7 0 R /Last 7 0 R /Count 2 >>",
        "<< /Title (A) /Parent 6 0 R /Next 8 0 R /First 8 0 R /Last 8 0 R /Dest [3 0 R /Fit] >>",
        "<< /Title (B) /Parent 7 0 R /Next 7 0 R /First 7 0 R /Last 7 0 R /Dest [3 0 R /Fit] >>",
    ]
    return one_page(stream(HELLO), catalog="/Outlines 6 0 R", more=marks)


def form_loop() -> bytes:
    """A form that draws itself twice."""
    page = PAGE.replace("/Font", "/XObject << /X 6 0 R >> /Font")
    form = stream(
        b"/X Do /X Do", "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>"
    )
    return one_page(stream(HELLO + b" /X Do"), page=page, more=[form])


def table_loop() -> bytes:
    """A table of objects whose predecessor is itself."""
    whole = one_page(stream(HELLO))
    place = whole.rindex(b"xref\n0")
    return whole.replace(b"/Root 1 0 R", f"/Root 1 0 R /Prev {place}".encode())


def length_loop() -> bytes:
    """A stream whose length is given by itself."""
    return one_page(b"<< /Length 4 0 R >>\nstream\n" + HELLO + b"\nendstream")


def reference_loop() -> bytes:
    """A page whose contents are a reference to a reference to it."""
    return one_page(b"6 0 R", more=["7 0 R", "4 0 R"])


def ten_thousand_pages() -> bytes:
    """10,000 pages of two lines."""
    count = 10_000
    first = 4
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(count))
    bodies: list[bytes | str] = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        FONT,
    ]
    for number in range(count):
        place = first + 2 * number + 1
        bodies.append(PAGE.replace("5 0 R", "3 0 R").replace("4 0 R", f"{place} 0 R"))
        words = f"BT /F1 12 Tf 72 {700 - number % 600} Td (Case {number * 7919} of {number} things) Tj ET"
        bodies.append(stream(words.encode()))
    return pdf(bodies)


def deep_tree() -> bytes:
    """One page below 5,000 levels of the tree of pages."""
    levels = 5_000
    nodes = [
        f"<< /Type /Pages /Kids [{number + 1} 0 R] /Count 1 /Parent {number - 1} 0 R >>"
        for number in range(2, 2 + levels)
    ]
    return pdf(["<< /Type /Catalog /Pages 2 0 R >>", *nodes, "<< /Type /Page /MediaBox [0 0 9 9] >>"])


def deep_arrays() -> bytes:
    """An array in an array, 100,000 deep."""
    return one_page(stream(HELLO), catalog=f"/Deep {'[' * 100_000}{']' * 100_000}")


def deep_states() -> bytes:
    """A content stream that saves the state a million times."""
    return one_page(stream(_deflated(b"q " * 1_000_000 + HELLO), "/Filter /FlateDecode"))


def huge_page() -> bytes:
    """A page of a thousand kilometres."""
    return one_page(stream(HELLO), page=PAGE.replace("612 792", "2834645669 2834645669"))


def page_of_no_size() -> bytes:
    """A page that is a point, turned by an odd angle."""
    return one_page(
        stream(HELLO), page=PAGE.replace("0 0 612 792", "0 0 0 0").replace("/Contents", "/Rotate 37 /Contents")
    )


def lying_length() -> bytes:
    """A stream that says it has two gigabytes."""
    return one_page(stream(HELLO, length=2_000_000_000))


def lying_count() -> bytes:
    """One page that is counted as two billion."""
    return one_page(stream(HELLO)).replace(b"/Count 1 ", b"/Count 2000000000 ")


def huge_picture() -> bytes:
    """A picture of 10 billion dots in a few bytes."""
    page = PAGE.replace("/Font", "/XObject << /X 6 0 R >> /Font")
    entries = "/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    picture = stream(_deflated(b"\0" * MEGABYTE, 50), f"{entries} /Filter /FlateDecode")
    return one_page(stream(HELLO + b" 500 0 0 500 0 0 cm /X Do"), page=page, more=[picture])


def huge_character_map() -> bytes:
    """A font that gives each of four billion codes a character."""
    cmap = b"1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange\n"
    cmap += b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"
    font = FONT.replace(">>", "/ToUnicode 6 0 R >>")
    return one_page(stream(HELLO), more=[stream(cmap)]).replace(FONT.encode(), font.encode())


def cut_in_half() -> bytes:
    """The first half of a file."""
    whole = ten_thousand_pages()
    return whole[: len(whole) // 2]


def rubbish_after_the_mark() -> bytes:
    """The mark of a PDF and a megabyte of one pattern."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 4_096


def endless_line() -> bytes:
    """A page with one string of five million characters."""
    return one_page(stream(_deflated(b"BT /F1 1 Tf (" + b"word " * 1_000_000 + b") Tj ET"), "/Filter /FlateDecode"))


def many_small_words() -> bytes:
    """A page with 300,000 placed words."""
    words = b" ".join(b"1 0 0 1 %d %d Tm (w%d) Tj" % (n % 600, n % 780, n) for n in range(300_000))
    return one_page(stream(_deflated(b"BT /F1 4 Tf " + words + b" ET"), "/Filter /FlateDecode"))


PDFS: dict[str, Callable[[], bytes]] = {
    f"{make.__name__}.pdf": make
    for make in (
        flate_bomb,
        operator_bomb,
        nested_flate_bomb,
        kids_loop,
        bookmark_loop,
        form_loop,
        table_loop,
        length_loop,
        reference_loop,
        ten_thousand_pages,
        deep_tree,
        deep_arrays,
        deep_states,
        huge_page,
        page_of_no_size,
        lying_length,
        lying_count,
        huge_picture,
        huge_character_map,
        cut_in_half,
        rubbish_after_the_mark,
        endless_line,
        many_small_words,
    )
}
