"""Small PDFs for tests, written by hand: pages of placed text, labels, bookmarks, pictures."""

from dataclasses import dataclass, field
from pathlib import Path

REGULAR, BOLD = "F1", "F2"


@dataclass
class Text:
    """A line of text whose baseline begins at `left`, `bottom` points from the lower left corner."""

    left: float
    bottom: float
    text: str
    size: float = 10
    font: str = REGULAR
    turned: bool = False

    def operators(self):
        escaped = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        matrix = "0 1 -1 0" if self.turned else "1 0 0 1"
        return f"BT /{self.font} {self.size} Tf {matrix} {self.left} {self.bottom} Tm ({escaped}) Tj ET"


@dataclass
class PageSpec:
    """What stands on a page."""

    texts: list = field(default_factory=list)
    picture: bool = False
    crop: tuple | None = None
    rotation: int = 0
    note: str = ""
    """Content of a reader's annotation."""


def paragraph(lines, left=72, top=700, size=10, leading=12, font=REGULAR):
    """Lines of text below one another, the first with its baseline at `top`."""
    return [Text(left, top - index * leading, line, size, font) for index, line in enumerate(lines)]


class Objects:
    """The numbered objects of a PDF file."""

    def __init__(self):
        self.bodies = []

    def add(self, body=b""):
        self.bodies.append(body if isinstance(body, bytes) else body.encode("cp1252"))
        return len(self.bodies)

    def put(self, number, body):
        self.bodies[number - 1] = body.encode("cp1252")

    def stream(self, data, entries=""):
        head = f"<< /Length {len(data)} {entries}>>\nstream\n".encode()
        return self.add(head + data + b"\nendstream")

    def file(self, root, info):
        result = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self.bodies, 1):
            places.append(len(result))
            result += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
        start = len(result)
        result += f"xref\n0 {len(self.bodies) + 1}\n0000000000 65535 f \n".encode()
        for place in places:
            result += f"{place:010d} 00000 n \n".encode()
        trailer = f"<< /Size {len(self.bodies) + 1} /Root {root} 0 R /Info {info} 0 R >>"
        result += f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(result)


def make_pdf(path: Path, pages, *, title="", author="", bookmarks=(), labels=""):
    """Write `pages` to `path`; `bookmarks` are (title, page index), `labels` is a /Nums array."""
    objects = Objects()
    fonts = [_font(objects, name) for name in ("Helvetica", "Helvetica-Bold")]
    picture = objects.stream(
        bytes(64),
        "/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray ",
    )
    resources = f"/Resources << /Font << /F1 {fonts[0]} 0 R /F2 {fonts[1]} 0 R >> /XObject << /I {picture} 0 R >> >>"
    tree = objects.add()
    numbers = [_page(objects, page, tree, resources) for page in pages]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects.put(tree, f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    extra = f"/PageLabels << /Nums [{labels}] >> " if labels else ""
    if bookmarks:
        extra += f"/Outlines {_outline(objects, bookmarks, numbers)} 0 R "
    root = objects.add(f"<< /Type /Catalog /Pages {tree} 0 R {extra}>>")
    info = objects.add(f"<< /Title ({title}) /Author ({author}) /CreationDate (D:20240102030405Z) >>")
    path.write_bytes(objects.file(root, info))
    return path


def _font(objects, name):
    return objects.add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")


def _page(objects, page, tree, resources):
    operators = [text.operators() for text in page.texts]
    if page.picture:
        operators.append("q 400 0 0 500 100 100 cm /I Do Q")
    content = objects.stream("\n".join(operators).encode("cp1252"))
    entries = f"/MediaBox [0 0 612 792] /Rotate {page.rotation} "
    if page.crop:
        entries += f"/CropBox [{' '.join(map(str, page.crop))}] "
    if page.note:
        note = objects.add(f"<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents ({page.note}) >>")
        entries += f"/Annots [{note} 0 R] "
    return objects.add(f"<< /Type /Page /Parent {tree} 0 R {entries}{resources} /Contents {content} 0 R >>")


def _outline(objects, bookmarks, pages):
    root = objects.add()
    items = [objects.add() for _ in bookmarks]
    for index, (title, page) in enumerate(bookmarks):
        following = f"/Next {items[index + 1]} 0 R " if index + 1 < len(items) else ""
        objects.put(
            items[index],
            f"<< /Title ({title}) /Parent {root} 0 R {following}/Dest [{pages[page]} 0 R /Fit] >>",
        )
    objects.put(root, f"<< /Type /Outlines /First {items[0]} 0 R /Last {items[-1]} 0 R /Count {len(items)} >>")
    return root


LEFT_COLUMN = [
    "The left column comes first and its",
    "lines are read from top to bottom with-",
    "out ever crossing to the other side of",
    "the gutter. Models of this pretrain-",
    "ing kind are called pretraining models",
    "and the sentence at the foot of it is",
]
RIGHT_COLUMN = [
    "completed at the head of the right one.",
    "Here a fine-tuning step is a fine-",
    "tuning step, and it keeps its hyphen.",
    "The final words stand in this line.",
]


def make_paper(path: Path):
    """A paper of four pages: title, sections, two columns, a caption, heads, feet, references, labels."""
    first = [
        Text(120, 700, "A Small Study of Tiny Transformers", 17, BOLD),
        Text(200, 670, "Ada Byron and Alan Mathison", 10),
        Text(280, 640, "Abstract", 12, BOLD),
        *paragraph(["We study tiny models and report what", "they learn. The best one reaches 41.8 points."], 72, 620),
        Text(72, 570, "1 Introduction", 12, BOLD),
        *paragraph(
            ["Attention is what these models use. It is", "cheap (see Sec. 2). Nothing else is needed."],
            72,
            550,
        ),
        Text(30, 300, "arXiv:2401.01234v2 [cs.CL] 3 Jan 2024", 20, turned=True),
    ]
    columns = [*paragraph(LEFT_COLUMN, 72, 650), *paragraph(RIGHT_COLUMN, 320, 650)]
    second = [Text(72, 680, "2 Method", 12, BOLD), *columns]
    third = [
        Text(72, 700, "3 Results", 12, BOLD),
        *paragraph(["Table 1 shows the scores of all models.", "They are as expected."], 72, 680),
        *paragraph(["base 27.3 38.1 65", "big 28.4 41.8 213"], 72, 620),
        Text(72, 580, "Table 1: Scores of the two models on the test set."),
        Text(72, 540, "3.1 Limits", 10, BOLD),
        *paragraph(["Tiny models have limits, which we list.", "They are small."], 72, 520),
    ]
    fourth = [
        Text(72, 700, "References", 12, BOLD),
        *paragraph(["[1] A. Author. A first work. 2020.", "[2] B. Author. A second work. 2021."], 72, 680),
    ]
    pages = []
    for number, texts in enumerate((first, second, third, fourth), 1):
        furniture = [Text(72, 760, "Workshop on Tiny Models", 8), Text(300, 40, str(number), 9)]
        pages.append(PageSpec([*furniture[:1], *texts, furniture[1]], note="a secret remark" if number == 2 else ""))
    return make_pdf(path, pages, labels="0 << /S /r >> 1 << /S /D /St 1 >>")
