"""Reading documents again: what did not change keeps its embedding, and everything is searchable the whole time."""

import json
import sqlite3
import threading
from dataclasses import replace

import pytest
from make_pdf import make_paper
from toy_embedder import ToyEmbedder

from errors import DocumentNotFoundError, HomeError, LibraryError
from ingestion.chunking import chunk_document
from ingestion.document import Document
from ingestion.reader_version import READER_VERSIONS
from vectorstore.catalogue import DocumentRecord
from vectorstore.facts import DocumentFacts
from vectorstore.library import Library
from vectorstore.migrations import m001_documents, m002_lookups
from vectorstore.rereading import chunks_of

NOTE = (
    "# Scaled dot products\n\nWe divide by the square root of the key size.\n\n"
    "## Why\n\nLarge products flatten the softmax.\n"
)


@pytest.fixture
def library(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "note.md").write_text(NOTE, encoding="utf-8")
    (source / "bread.txt").write_text("Knead flour, water and salt, then bake it hot.\n", encoding="utf-8")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source])
        yield library


def document(library, title):
    return next(one for one in library.documents() if title in one.title)


def make_older(library, document_id, text="An older reader saw only this sentence of whales."):
    """Leave a document as a reader of before would have: other text, other chunks, version 0."""
    summary = library.find_document(document_id)
    page = replace(library.page(document_id, 1), text=text, headings=())
    former = Document(
        summary.id, summary.kind, summary.title, "", None, None, summary.source_name, summary.id, (page,), ()
    )
    chunks, texts, hashes = chunks_of(former, library.embedder)
    vectors = dict(zip(texts, library.embedder.embed(list(texts.values())), strict=True))
    library._rewrite(DocumentRecord(former, chunks, hashes, vectors, library.embedder.name))
    with library._catalogue.database.transaction() as connection:
        connection.execute("UPDATE documents SET reader_version = 0 WHERE id = ?", (document_id,))
        connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")


def test_what_was_added_today_is_not_outdated(library):
    assert [one.is_outdated for one in library.documents()] == [False, False]
    assert document(library, "Scaled").reader_version == READER_VERSIONS["markdown"]


def test_another_reading_takes_the_place_of_the_former_one(library):
    note = document(library, "Scaled")
    make_older(library, note.id)
    assert document(library, "Scaled").is_outdated
    library.embedder.embedded.clear()
    report = library.reread([note.id])
    assert [outcome.status for outcome in report.files] == ["reread"]
    after = document(library, "Scaled")
    assert not after.is_outdated
    assert after.added_at == note.added_at
    assert after.read_at > note.read_at
    assert "whales" not in library.page(note.id, 1).text
    assert library.search("why do large products flatten the softmax")[0].document_id == note.id
    assert not any("whales" in passage.text for passage in library.search("whales"))
    assert report.embedded_chunks == 2  # the vectors of its texts went when no chunk had them any more
    assert library.check().healthy


def test_all_are_read_again_and_what_is_the_same_is_said_so(library):
    told, heard = [], []
    report = library.reread(progress=told.append, ended=heard.append)
    assert {outcome.status for outcome in report.files} == {"unchanged"}
    assert list(report.files) == heard
    assert told[-1].files_done == told[-1].files_total == 2
    assert library.check().healthy


def test_only_texts_that_changed_are_embedded(library, monkeypatch):
    note = document(library, "Scaled")

    def shorter(one, **options):
        first, *rest = chunk_document(one, **options)
        return [replace(first, id="1" * 24, end=first.start + 10, text=first.text[:10]), *rest]

    monkeypatch.setattr("ingestion.chunking.chunk_document", shorter)
    library.embedder.embedded.clear()
    report = library.reread([note.id])
    assert report.embedded_chunks == len(library.embedder.embedded) == 1
    assert library.check().healthy


def test_every_search_finds_a_document_that_is_read_again(library):
    note = document(library, "Scaled")
    done, misses, count = threading.Event(), [], 0

    def search():
        nonlocal count
        while not done.is_set():
            found = library.search("square root of the key size", limit=3)
            count += 1
            if note.id not in {passage.document_id for passage in found}:
                misses.append(count)

    searching = threading.Thread(target=search)
    searching.start()
    for _ in range(12):
        make_older(library, note.id, "We divide by the square root of the key size, says an older reading.")
        library.reread()
    done.set()
    searching.join()
    assert count > 10
    assert misses == []


def test_a_cancelled_run_leaves_the_rest_as_it_was(library):
    make_older(library, document(library, "Scaled").id)
    report = library.reread(cancelled=lambda: True)
    assert {outcome.status for outcome in report.files} == {"cancelled"}
    assert library.search("whales")[0].title == "Scaled dot products"
    assert not (library.folder / "rereading").exists()
    assert library.check().healthy


def test_a_lost_or_changed_file_leaves_the_document_as_it_is(library):
    note, bread = document(library, "Scaled"), document(library, "bread")
    library.file_path(note.id).unlink()
    library.file_path(bread.id).write_text("Something else.\n")
    report = library.reread()
    assert [outcome.status for outcome in report.files] == ["failed", "failed"]
    said = {outcome.document_id: str(outcome.error) for outcome in report.files}
    assert "is missing" in said[note.id]
    assert "not as it was" in said[bread.id]
    assert library.search("square root of the key size")[0].document_id == note.id


def test_what_arxiv_said_outlives_another_reading(library, tmp_path):
    path = tmp_path / "1706.03762v7.pdf"
    make_paper(path)
    facts = DocumentFacts(title="Attention Is All You Need", authors="A. Vaswani", arxiv_id="1706.03762", year=2017)
    library.add([path], facts={path: facts})
    library.reread()
    paper = document(library, "Attention")
    assert (paper.authors, paper.arxiv_id, paper.year, paper.source_name) == (
        "A. Vaswani", "1706.03762", 2017, "1706.03762v7.pdf",
    )  # fmt: skip


def test_a_document_makes_room_for_another(library, tmp_path):
    note = document(library, "Scaled")
    path = tmp_path / "note.md"
    path.write_text(NOTE.replace("Large products", "Great products"), encoding="utf-8")
    library.embedder.embedded.clear()
    edited = library.add_now(path, instead_of=note.id)
    assert len(library.embedder.embedded) == 1
    assert [one.id for one in library.documents() if one.kind == "markdown"] == [edited.id]
    assert library.search("great products")[0].document_id == edited.id
    assert library.add_now(path, instead_of=edited.id) == edited  # its own text does not push it out
    assert library.check().healthy


def test_a_note_does_not_wait_for_files_that_are_being_added(library, tmp_path):
    path = tmp_path / "fox.md"
    path.write_text("# The fox\n\nA quick brown fox.", encoding="utf-8")
    waiting, added = threading.Event(), threading.Event()

    def hold(_):
        waiting.set()
        assert added.wait(20)

    slow = tmp_path / "slow.txt"
    slow.write_text("Slow text.", encoding="utf-8")
    adding = threading.Thread(target=lambda: library.add([slow], ended=hold))
    adding.start()
    assert waiting.wait(20)
    assert library.add_now(path).title == "The fox"
    added.set()
    adding.join()
    assert library.check().healthy


def test_faults_come_before_anything_is_read(library, tmp_path):
    with pytest.raises(DocumentNotFoundError):
        library.reread(["nothing"])
    library.embedder.name = "toy@2"
    with pytest.raises(LibraryError, match="another model"):
        library.reread()
    with (
        Library.open(library.folder, ToyEmbedder(), read_only=True) as reader,
        pytest.raises(HomeError, match="reading only"),
    ):
        reader.reread()


def test_a_library_of_the_second_schema_is_offered_to_be_read_again(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    with sqlite3.connect(folder / "catalogue.sqlite3") as connection:
        m001_documents(connection)
        m002_lookups(connection)
        connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
        connection.execute("INSERT INTO migrations VALUES (1, 'm001_documents', ''), (2, 'm002_lookups', '')")
        for key, title, arxiv_id in (("a" * 16, "Attention", "1706.03762"), ("b" * 16, "A report", None)):
            connection.execute(
                "INSERT INTO documents VALUES (?, 'pdf', ?, 'A. Author', ?, 2017, 'x.pdf', 'ff', '[]', 'x.pdf', 0, 0,"
                " '2026-11-01T00:00:00+00:00')",
                (key, title, arxiv_id),
            )
    connection.close()
    with Library.open(folder, ToyEmbedder()) as library:
        assert [(one.reader_version, one.is_outdated) for one in library.documents()] == [(0, True), (0, True)]
        assert all(one.read_at == one.added_at for one in library.documents())
        facts = [json.loads(library._catalogue.facts(one.id).to_json()) for one in library.documents()]
    assert facts == [
        {"title": "Attention", "authors": "A. Author", "arxiv_id": "1706.03762", "year": 2017},
        {},
    ]
