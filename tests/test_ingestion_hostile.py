"""Ingestion against broken and hostile PDFs, where ../shared/hostile_pdfs is there."""

import contextlib
import time

import pytest

from errors import DocumentError, EncryptedDocumentError, MislabelledDocumentError
from ingestion.chunking import chunk_document
from ingestion.limits import ReadLimits
from ingestion.load import load_document
from ingestion.pdf_process import PdfProcess
from ingestion.tokens import approximate_tokens

TIMEOUT_SECONDS = 20.0
SLOW = ("flate_bomb",)


@pytest.fixture(scope="module")
def process():
    limits = ReadLimits(timeout_seconds=TIMEOUT_SECONDS, memory_megabytes=1024, recognise_text=False)
    with PdfProcess(limits) as running:
        yield running


@pytest.fixture(scope="module")
def hostile(shared):
    folder = shared / "hostile_pdfs"
    if not folder.is_dir():
        pytest.skip("no ../shared/hostile_pdfs folder here")
    return folder


def outcome(path, process):
    """The document, or the error with its one sentence and its hint."""
    started = time.monotonic()
    result = None
    try:
        result = load_document(path, reader=process)
    except DocumentError as error:
        result = error
    assert time.monotonic() - started < 2 * TIMEOUT_SECONDS + 5
    return result


def check(path, process):
    result = outcome(path, process)
    if isinstance(result, DocumentError):
        assert path.name in result.message
        assert result.hint
        return
    for page in result.pages:
        assert all(0 <= word.start < word.end <= len(page.text) for word in page.words)
    assert chunk_document(result, count_tokens=approximate_tokens, max_tokens=256)
    with contextlib.suppress(DocumentError):
        assert process.render(path, 1).startswith(b"\x89PNG")


def test_every_file_ends_in_a_document_or_one_sentence(hostile, process):
    files = [path for path in sorted(hostile.iterdir()) if path.suffix in (".pdf", ".txt")]
    assert len(files) > 40
    for path in files:
        if not any(name in path.name for name in SLOW):
            check(path, process)


@pytest.mark.slow
def test_bombs_end_in_one_sentence_and_the_next_file_is_read(hostile, process):
    for path in sorted(hostile.glob("*flate_bomb*")):
        assert isinstance(outcome(path, process), DocumentError)
    assert outcome(hostile / "corrupt__pypdf__issue-297.pdf", process).pages


@pytest.mark.parametrize(
    "name",
    [
        "encrypted__pypdf__r3-user-password.pdf",
        "encrypted__pypdf__r6-both-passwords.pdf",
        "encrypted__pdfjs__saslprep-r6.pdf",
        "encrypted__samples__libreoffice-writer-password.pdf",
    ],
)
def test_passwords_are_named(hostile, process, name):
    assert isinstance(outcome(hostile / name, process), EncryptedDocumentError)


@pytest.mark.parametrize("name", ["made__pdf_as_txt.txt", "real__xet_pointer.pdf"])
def test_wrong_labels_are_named(hostile, process, name):
    assert isinstance(outcome(hostile / name, process), MislabelledDocumentError)


def test_an_owner_password_alone_does_not_matter(hostile, process):
    assert outcome(hostile / "encrypted__pypdf__r4-owner-password.pdf", process).pages


def test_ligatures_are_resolved(hostile, process):
    text = outcome(hostile / "unicode__pdfjs__copy_paste_ligatures.pdf", process).pages[0].text
    assert text == "abcdeffffiflffifflſtstghijklmno"
