import os
from pathlib import Path

import pytest
from make_pdf import make_paper

from errors import (
    DocumentMissingError,
    EmptyDocumentError,
    MislabelledDocumentError,
    OversizedDocumentError,
    UnsupportedDocumentError,
)
from ingestion.detect import detect_kind
from ingestion.limits import ReadLimits

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
ZIP = b"PK\x03\x04" + bytes(40)
PAGE = b"<!DOCTYPE html><html><body>Sign in to read the PDF</body></html>"


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"%PDF-1.4 rest", "pdf"),
        ("late.PDF", b"junk\n" * 20 + b"%PDF-1.4", "pdf"),
        ("a.md", b"# Title", "markdown"),
        ("a.mdx", PAGE, "markdown"),
        ("a.html", PAGE, "html"),
        ("bare.htm", b"just words", "html"),
        ("a.txt", "Grüße".encode("utf-16"), "text"),
        ("README", b"words", "text"),
        ("a.ipynb", b'{"cells": [], "nbformat": 4}', "notebook"),
    ],
)
def test_kinds_are_known(tmp_path, name, content, kind):
    assert detect_kind(write(tmp_path, name, content)) == kind


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("paper.txt", b"%PDF-1.4 rest", "a PDF"),
        ("paper.pdf", PAGE, "web page"),
        ("paper.pdf", b"version https://git-lfs.github.com/spec/v1", "plain text"),
        ("paper.pdf", PNG, "PNG picture"),
        ("paper.pdf", ZIP, "ZIP archive"),
        ("notes.md", ZIP, "ZIP archive"),
        ("notes.txt", b"ab\x00cd", "binary"),
        ("book.ipynb", PAGE, "web page"),
        ("paper", b"%PDF-1.4", "a PDF"),
        ("paper.download", b"%PDF-1.4", "a PDF"),
    ],
)
def test_a_wrong_ending_is_told_with_what_the_file_is(tmp_path, name, content, says):
    with pytest.raises(MislabelledDocumentError, match=says) as caught:
        detect_kind(write(tmp_path, name, content))
    assert caught.value.message.count(".") >= 1
    assert caught.value.hint


def test_what_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(DocumentMissingError, match="no file"):
        detect_kind(tmp_path / "none.pdf")
    with pytest.raises(UnsupportedDocumentError, match="folder"):
        detect_kind(tmp_path)
    with pytest.raises(DocumentMissingError, match="web address"):
        detect_kind(Path("https://arxiv.org/abs/1706.03762"))
    with pytest.raises(EmptyDocumentError, match="0 bytes"):
        detect_kind(write(tmp_path, "empty.pdf", b""))
    with pytest.raises(UnsupportedDocumentError, match=r"\.docx"):
        detect_kind(write(tmp_path, "a.docx", ZIP))
    with pytest.raises(OversizedDocumentError, match="limit"):
        detect_kind(write(tmp_path, "big.txt", bytes(2 << 20)), ReadLimits(file_megabytes=1))
    with pytest.raises(DocumentMissingError):
        detect_kind(tmp_path / ("x" * 5000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UnsupportedDocumentError, match="regular"):
        detect_kind(tmp_path / "pipe.txt")


def test_a_real_pdf_is_one(tmp_path):
    assert detect_kind(make_paper(tmp_path / "p.pdf")) == "pdf"
