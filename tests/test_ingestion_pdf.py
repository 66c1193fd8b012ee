import contextlib
import io
import subprocess
import sys

import pytest
from make_pdf import BOLD, PageSpec, Text, make_paper, make_pdf, paragraph
from pypdf import PdfReader, PdfWriter

from errors import (
    DamagedDocumentError,
    DocumentMissingError,
    EmptyDocumentError,
    EncryptedDocumentError,
    OversizedDocumentError,
    ScannedDocumentError,
)
from ingestion.document import Box
from ingestion.frames import read_frame, read_json
from ingestion.limits import ReadLimits
from ingestion.load import load_document
from ingestion.pdf_process import ROOT, PdfProcess, _environment
from ingestion.spans import boxes_for_span


@pytest.fixture(scope="module")
def process():
    with PdfProcess(ReadLimits(timeout_seconds=30)) as running:
        yield running


@pytest.fixture(scope="module")
def paper(process, tmp_path_factory):
    return process.read(make_paper(tmp_path_factory.mktemp("pdf") / "tiny_study.pdf"))


def boxes(page, phrase):
    start = page.text.index(phrase)
    return boxes_for_span(page.words, start, start + len(phrase))


def dark_pixels(process, path, number, box, scale=2.0):
    from PIL import Image

    picture = Image.open(io.BytesIO(process.render(path, number, scale=scale))).convert("L")
    corners = [round(value * scale) for value in (box.left, box.top, box.right, box.bottom)]
    return sum(picture.crop(corners).histogram()[:100])


def test_title_authors_id_and_year_come_from_the_first_page(paper):
    assert paper.title == "A Small Study of Tiny Transformers"
    assert paper.authors == "Ada Byron, Alan Mathison"
    assert (paper.arxiv_id, paper.year) == ("2401.01234", 2024)
    assert paper.kind == "pdf"
    assert paper.id == paper.sha256[:16]


def test_pages_carry_their_printed_labels(paper):
    assert [page.label for page in paper.pages] == ["i", "1", "2", "3"]


def test_heads_feet_stamp_and_remarks_are_left_out(paper):
    text = "\n".join(page.text for page in paper.pages)
    for noise in ("Workshop on Tiny Models", "arXiv:", "secret remark"):
        assert noise not in text
    assert not paper.pages[1].text.rstrip().endswith("2")


def test_headings_have_levels_and_point_at_their_text(paper):
    titles = [(page.number, heading.level, heading.title) for page in paper.pages for heading in page.headings]
    assert titles == [
        (1, 1, "Abstract"),
        (1, 1, "1 Introduction"),
        (2, 1, "2 Method"),
        (3, 1, "3 Results"),
        (3, 2, "3.1 Limits"),
        (4, 1, "References"),
    ]
    for page in paper.pages:
        for heading in page.headings:
            assert page.text.startswith(heading.title, heading.start)


def test_columns_are_read_one_after_the_other_and_hyphens_follow_the_document(paper):
    text = paper.pages[1].text
    assert "top to bottom without ever crossing" in text
    assert "Models of this pretraining kind" in text
    assert "at the foot of it is completed at the head of the right one." in text
    assert "a fine-tuning step is a fine-tuning step" in text


def test_rows_of_a_table_stay_rows(paper):
    assert "base 27.3 38.1 65\nbig 28.4 41.8 213" in paper.pages[2].text


def test_a_hyphenated_word_has_two_adjoining_boxes(paper):
    page = paper.pages[1]
    start = page.text.index("pretraining kind")
    parts = [word for word in page.words if start <= word.start < start + len("pretraining")]
    assert [page.text[part.start : part.end] for part in parts] == ["pretrain", "ing"]
    assert parts[0].end == parts[1].start
    assert len(boxes_for_span(page.words, start, start + len("pretraining"))) == 2


def test_words_cover_the_text_and_lie_on_the_page(paper):
    for page in paper.pages:
        assert "".join(page.text.split()) == "".join(page.text[word.start : word.end] for word in page.words)
        for word in page.words:
            assert 0 <= word.box.left < word.box.right <= page.width_points
            assert 0 <= word.box.top < word.box.bottom <= page.height_points


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 100, 500, 700)])
def test_boxes_hold_the_ink_on_turned_and_cropped_pages(process, tmp_path, rotation, crop):
    texts = [Text(200, 400, "needle"), Text(100, 150, "hay below the needle")]
    path = make_pdf(tmp_path / "turned.pdf", [PageSpec(texts, rotation=rotation, crop=crop)])
    page = process.read(path).pages[0]
    (box,) = boxes(page, "needle")
    ink = dark_pixels(process, path, 1, box)
    around = Box(box.left - 3, box.top - 3, box.right + 3, box.bottom + 3)
    assert ink > 40
    assert dark_pixels(process, path, 1, around) == pytest.approx(ink, abs=4)


def test_text_outside_the_crop_box_is_not_on_the_page(process, tmp_path):
    spec = PageSpec([Text(200, 400, "seen"), Text(20, 400, "hidden")], crop=(100, 100, 500, 700))
    assert process.read(make_pdf(tmp_path / "crop.pdf", [spec])).pages[0].text == "seen"


def test_marks_are_drawn_and_large_pages_stay_small(process, tmp_path):
    from PIL import Image

    path = make_pdf(tmp_path / "plain.pdf", [PageSpec([Text(72, 700, "word")])])
    picture = Image.open(io.BytesIO(process.render(path, 1, scale=1.0, marks=[Box(100, 200, 150, 220)])))
    assert picture.size == (612, 792)
    red, green, blue = picture.getpixel((125, 210))
    assert red > 230
    assert green > 200
    assert blue < 200
    assert picture.getpixel((300, 500)) == (255, 255, 255)
    huge = Image.open(io.BytesIO(process.render(path, 1, scale=1000.0)))
    assert huge.size[0] * huge.size[1] <= 17_000_000


def test_a_page_that_is_not_there_cannot_be_drawn(process, tmp_path):
    path = make_pdf(tmp_path / "one.pdf", [PageSpec([Text(72, 700, "word")])])
    with pytest.raises(DamagedDocumentError, match="no page 2"):
        process.render(path, 2)


def test_bookmarks_name_sections_that_do_not_stand_out(process, tmp_path):
    texts = [
        Text(72, 700, "Plain start"),
        *paragraph(["Some prose follows here.", "And more of it."], 72, 660),
    ]
    path = make_pdf(tmp_path / "marks.pdf", [PageSpec(texts)], bookmarks=[("Plain Start", 0)])
    (heading,) = process.read(path).pages[0].headings
    assert (heading.title, heading.level) == ("Plain start", 1)


def test_metadata_title_wins_unless_it_is_useless(process, tmp_path):
    page = PageSpec([Text(72, 700, "The Printed Title", 20, BOLD), *paragraph(["body text of it"] * 5, 72, 600)])
    good = make_pdf(tmp_path / "good.pdf", [page], title="The Title in the File", author="Grace Hopper")
    useless = make_pdf(tmp_path / "useless.pdf", [page], title="Microsoft Word - draft3.docx")
    assert process.read(good).title == "The Title in the File"
    assert process.read(good).authors == "Grace Hopper"
    assert process.read(useless).title == "The Printed Title"


def test_arxiv_id_from_the_file_name(process, tmp_path):
    path = make_pdf(tmp_path / "1706.03762v5.pdf", [PageSpec([Text(72, 700, "Some words here")])])
    document = process.read(path)
    assert (document.arxiv_id, document.year) == ("1706.03762", 2017)


def test_the_same_file_under_another_name_is_the_same_document(process, tmp_path):
    first = make_paper(tmp_path / "a.pdf")
    second = tmp_path / "b.pdf"
    second.write_bytes(first.read_bytes())
    assert process.read(first).id == process.read(second).id


def encrypt(source, target, *, user, owner):
    writer = PdfWriter(PdfReader(source))
    writer.encrypt(user, owner, algorithm="AES-128")
    writer.write(target)
    return target


def test_a_password_is_asked_for_in_one_sentence(process, tmp_path):
    path = encrypt(make_paper(tmp_path / "open.pdf"), tmp_path / "locked.pdf", user="secret", owner="boss")
    with pytest.raises(EncryptedDocumentError, match="locked.pdf is protected by a password") as caught:
        process.read(path)
    assert "password" in caught.value.hint


def test_an_owner_password_alone_does_not_matter(process, tmp_path):
    path = encrypt(make_paper(tmp_path / "open.pdf"), tmp_path / "owned.pdf", user="", owner="boss")
    assert process.read(path).title == "A Small Study of Tiny Transformers"


def test_a_scan_is_refused_and_single_scanned_pages_are_named(process, tmp_path):
    scan, text = PageSpec(picture=True), PageSpec([Text(72, 700, "words")])
    with pytest.raises(ScannedDocumentError, match="no text"):
        process.read(make_pdf(tmp_path / "scan.pdf", [scan, scan]))
    document = process.read(make_pdf(tmp_path / "mixed.pdf", [text, scan, scan, text, scan]))
    assert document.warnings == ("No text on pages 2-3, 5, which can be looked at but not searched.",)


def test_a_truncated_file_gives_its_pages_or_one_sentence(process, tmp_path):
    whole = make_paper(tmp_path / "whole.pdf").read_bytes()
    for share in (0.1, 0.5, 0.9):
        path = tmp_path / f"cut{share}.pdf"
        path.write_bytes(whole[: int(len(whole) * share)])
        with contextlib.suppress(DamagedDocumentError, ScannedDocumentError):
            assert process.read(path).pages


def test_a_missing_file_is_said_to_be_missing(process, tmp_path):
    with pytest.raises(DocumentMissingError):
        process.read(tmp_path / "none.pdf")


def test_a_slow_file_is_stopped_and_the_next_one_is_read(tmp_path):
    path = make_paper(tmp_path / "paper.pdf")
    with PdfProcess(ReadLimits(timeout_seconds=0.001)) as hasty:
        with pytest.raises(OversizedDocumentError, match="longer than"):
            hasty.read(path)
        hasty.limits = ReadLimits(timeout_seconds=30)
        assert len(hasty.read(path).pages) == 4


def test_a_process_that_dies_is_replaced(process, tmp_path):
    path = make_paper(tmp_path / "paper.pdf")
    process.read(path)
    process._process.kill()
    process._process.wait()
    assert len(process.read(path).pages) == 4


def test_the_child_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("STUDY_HOME", "/home/learner")
    environment = _environment()
    assert "sk-secret" not in environment.values()
    assert not [name for name in environment if name.startswith("STUDY_")]
    assert "HOME" not in environment


def test_load_document_reads_pdfs_with_a_process_of_its_own(tmp_path):
    assert len(load_document(make_paper(tmp_path / "paper.pdf")).pages) == 4


def test_blank_pages_are_not_called_a_scan(process, tmp_path):
    with pytest.raises(EmptyDocumentError, match="blank"):
        process.read(make_pdf(tmp_path / "blank.pdf", [PageSpec(), PageSpec()]))


def test_a_sentence_goes_on_below_a_figure_at_the_head_of_a_column(process, tmp_path):
    left = paragraph(
        ["The left column ends in the middle", "of a sentence which is continued in", "the other one below"]
    )
    figure = [Text(320, 700, "Table 1: Scores of all models.", 9), Text(330, 680, "base 27.3 38.1", 9)]
    right = paragraph(["a small table, where it ends at last.", "More words follow it."], 320, 600)
    (page,) = process.read(make_pdf(tmp_path / "float.pdf", [PageSpec([*left, *figure, *right])])).pages
    assert "in the other one below a small table, where it ends at last." in page.text
    assert page.text.rstrip().endswith("base 27.3 38.1")


def test_footnotes_stand_at_the_end_and_do_not_cut_a_sentence(process, tmp_path):
    left = paragraph([f"Some words of the left column, line {n}," for n in "abcdef"], top=300)
    note = [Text(72, 200, "1", 5), Text(75, 198, "A footnote in small print.", 8)]
    right = paragraph(["and the sentence ends on the right side.", "One more line of it."], 320, 300)
    (page,) = process.read(make_pdf(tmp_path / "note.pdf", [PageSpec([*left, *note, *right])])).pages
    assert "line f, and the sentence ends" in page.text
    assert page.text.endswith("1A footnote in small print.")


def test_what_libraries_print_does_not_reach_the_parent():
    code = (
        "import os, sys; from ingestion.pdf_worker import _private_pipes; from ingestion.frames import write_json;"
        "requests, answers = _private_pipes(); print('noise', flush=True); os.write(1, b'noise');"
        "write_json(answers, {'a': 1})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    assert read_json(io.BytesIO(done.stdout)) == {"a": 1}
    assert b"noise" not in done.stdout


@pytest.mark.parametrize("content", [b"", b"\x00" * 4, b"\xff" * 8 + b"x", (5).to_bytes(8, "big") + b"abc"])
def test_broken_frames_are_the_end_of_the_line(content):
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(content))
