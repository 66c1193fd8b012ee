"""What a PDF says about itself is the same from both libraries, and pypdf is asked only where pdfium cannot."""

from make_pdf import PageSpec, make_pdf, paragraph

from ingestion import pdf_document
from ingestion.pdf_metadata import read_fields, read_metadata


def test_both_libraries_read_the_same_fields(tmp_path):
    import pypdfium2

    path = make_pdf(
        tmp_path / "paper.pdf", [one_page()], title="A Study of Tiny Transformers", author="Ada Byron, Alan Mathison"
    )
    with pypdfium2.PdfDocument(path) as pdf:
        fields = read_fields(pdf)
    assert fields == read_metadata(path)
    assert fields.fields["title"] == "A Study of Tiny Transformers"
    assert fields.fields["authors"] == "Ada Byron, Alan Mathison"
    assert fields.fields["created"].startswith("D:20240102030405")


def test_pypdf_is_not_asked_about_a_file_that_pdfium_opens(tmp_path, monkeypatch):
    path = make_pdf(tmp_path / "paper.pdf", [one_page()], title="Tiny")
    monkeypatch.setattr(pdf_document, "read_metadata", lambda path: 1 / 0)
    assert pdf_document.read_pdf(path).pages[0].text


def test_without_pdfium_the_fields_come_from_pypdf(tmp_path):
    path = make_pdf(tmp_path / "paper.pdf", [one_page()], title="A Study of Tiny Transformers")
    assert pdf_document.read_pdf(path, use_pdfium=False).title == "A Study of Tiny Transformers"


def one_page():
    return PageSpec(paragraph(["We study tiny models and report what they learn."], 72, 620))
