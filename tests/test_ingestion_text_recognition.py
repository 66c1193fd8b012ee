"""Scanned pages are read by an installed tesseract: here a stand-in on PATH, and the real one where there is one."""

import io
import shutil
import sys

import pytest
from make_pdf import PageSpec, Text, make_pdf

from errors import ScannedDocumentError
from ingestion.limits import ReadLimits
from ingestion.pdf_process import PdfProcess
from ingestion.spans import boxes_for_span
from ingestion.text_recognition import PIXELS_PER_POINT, lines_of, recognise

HEAD = "level page_num block_num par_num line_num word_num left top width height conf text".replace(" ", "\t")
SCAN, TEXT = PageSpec(picture=True), PageSpec([Text(72, 700, "These words are printed as text.")])


def row(line, word, left, text, confidence=96):
    """A word of tesseract's table, 40 points high, at `left` points; lines are 50 points apart."""
    top, width = 100 + 50 * line, 20 * len(text)
    pixels = [round(value * PIXELS_PER_POINT) for value in (left, top, width, 40)]
    return "\t".join(map(str, [5, 1, 1, 1, line, word, *pixels, confidence, text]))


TABLE = "\n".join(
    [HEAD, row(1, 1, 50, "Attention"), row(1, 2, 250, "weighs"), row(2, 1, 50, "every"), row(2, 2, 250, "word.")]
)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes `tesseract` a script that does what it is told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(body):
        path = folder / "tesseract"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def read(tmp_path):
    def read_pages(*pages, recognise_text=True):
        with PdfProcess(ReadLimits(timeout_seconds=30, recognise_text=recognise_text)) as process:
            return process.read(make_pdf(tmp_path / "scan.pdf", list(pages)))

    return read_pages


def test_a_scanned_page_is_read_and_its_words_have_boxes(read, program):
    program(f"assert sys.stdin.buffer.read(4) == b'\\x89PNG'\nprint({TABLE!r})")
    document = read(TEXT, SCAN)
    page = document.pages[1]
    assert page.text == "Attention weighs every word."
    assert document.pages[0].text == "These words are printed as text."
    assert document.warnings == ("The text on page 2 was recognised from the picture and may have mistakes.",)
    start = page.text.index("weighs")
    (box,) = boxes_for_span(page.words, start, start + 6)
    assert (round(box.left), round(box.top), round(box.right), round(box.bottom)) == (250, 150, 370, 190)


def test_a_document_of_pictures_only_is_read(read, program):
    program(f"print({TABLE!r})")
    document = read(SCAN, SCAN)
    assert [page.text for page in document.pages] == ["Attention weighs every word."] * 2
    assert "pages 1-2" in document.warnings[0]


def test_without_the_program_the_hint_names_it(read, program):
    with pytest.raises(ScannedDocumentError) as caught:
        read(SCAN)
    assert "tesseract" in caught.value.hint


def test_it_can_be_turned_off(read, program):
    program(f"print({TABLE!r})")
    document = read(TEXT, SCAN, recognise_text=False)
    assert document.warnings == ("No text on page 2, which can be looked at but not searched.",)


@pytest.mark.parametrize("body", ["sys.exit(1)", "print('nonsense')", "os.abort()", f"print({HEAD!r})"])
def test_a_program_that_fails_changes_nothing(read, program, body):
    program(body)
    with pytest.raises(ScannedDocumentError):
        read(SCAN)


def test_a_slow_program_is_stopped(program):
    path = program("time.sleep(600)")
    assert recognise(path, b"picture", timeout_seconds=0.3, memory_megabytes=512) == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
def test_a_greedy_program_is_stopped(program):
    path = program(f"sys.stdin.buffer.read()\nroom = bytearray(3 << 30)\nprint({TABLE!r})")
    assert recognise(path, b"picture", timeout_seconds=60, memory_megabytes=1024) == []


def test_the_program_gets_no_secrets(program, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    path = program(f"print({HEAD!r})\nprint({row(1, 1, 50, 'x')!r} + ','.join(sorted(os.environ)))")
    ((word,),) = recognise(path, b"picture", timeout_seconds=30, memory_megabytes=2048)
    assert "OMP_THREAD_LIMIT" in word[0]
    assert "OPENAI_API_KEY" not in word[0]


def test_words_it_is_unsure_of_are_left_out_and_so_is_a_page_of_them():
    table = "\n".join([HEAD, row(1, 1, 50, "sure"), row(1, 2, 150, "dirt", confidence=12), row(2, 1, 50, "too")])
    assert [[word[0] for word in line] for line in lines_of(table)] == [["sure"], ["too"]]
    assert lines_of("\n".join([HEAD, row(1, 1, 50, "peulejuod", confidence=31)])) == []


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs tesseract")
def test_the_real_program_reads_a_picture_of_a_page(tmp_path):
    from PIL import Image

    texts = [
        Text(72, 700, "Attention is all you need", 14),
        Text(72, 680, "for the tasks that we study in this work.", 14),
    ]
    with PdfProcess() as process:
        picture = process.render(make_pdf(tmp_path / "text.pdf", [PageSpec(texts)]), 1, scale=PIXELS_PER_POINT)
        Image.open(io.BytesIO(picture)).convert("L").save(tmp_path / "scan.pdf", resolution=300)
        document = process.read(tmp_path / "scan.pdf")
    page = document.pages[0]
    assert "Attention is all you need" in page.text
    assert "recognised" in document.warnings[0]
    start = page.text.index("need")
    (box,) = boxes_for_span(page.words, start, start + 4)
    assert 792 - 715 < box.top < box.bottom < 792 - 695
