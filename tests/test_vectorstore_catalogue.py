"""The catalogue: one document is one transaction, old schemas are brought up, packed values come back."""

import sqlite3

import numpy as np
import pytest
from toy_embedder import ToyEmbedder

from errors import HomeBusyError, HomeError, LibraryError
from ingestion.document import Box, Chunk, Document, Heading, Page, WordBox
from vectorstore.catalogue import Catalogue, DocumentRecord
from vectorstore.database import in_plain_words
from vectorstore.library import Library
from vectorstore.migrations import STEPS, m001_documents, migrate
from vectorstore.packing import pack_words, unpack_words

WORDS = tuple(WordBox(n * 4, n * 4 + 3, Box(10.25 + n, 20.5, 14.75 + n, 30.0)) for n in range(5))
TEXT = "one two thr fou fiv"


def make_record(name="a" * 16, vectors=None, chunk_ids=None):
    page = Page(1, "i", TEXT, 612.0, 792.0, WORDS, (Heading(0, 1, "One"),))
    document = Document(name, "pdf", "Title", "A. Author", "1706.03762", 2017, f"{name}.pdf", name * 4, (page,), ("w",))
    chunks = [
        Chunk(chunk_id, name, 1, 0, 7, TEXT[:7], "One", "text", position)
        for position, chunk_id in enumerate(chunk_ids or [f"{name}-1"])
    ]
    keys = [f"{name}{n}".encode() for n in range(len(chunks))]
    given = {key: np.eye(4, dtype=np.float32)[0] for key in keys} if vectors is None else vectors
    return DocumentRecord(document, chunks, keys, given, "toy@1")


@pytest.fixture
def catalogue(tmp_path):
    catalogue = Catalogue(tmp_path / "catalogue.sqlite3")
    yield catalogue
    catalogue.close()


def test_a_document_comes_back_as_it_was(catalogue):
    record = make_record()
    assert catalogue.insert(record, "a.pdf")
    summary = catalogue.document("a" * 16)
    assert (summary.title, summary.authors, summary.year, summary.warnings) == ("Title", "A. Author", 2017, ("w",))
    assert catalogue.page("a" * 16, 1) == record.document.pages[0]
    assert catalogue.chunks("a" * 16) == list(record.chunks)
    ids, vectors = catalogue.document_vectors("a" * 16, "toy@1")
    assert ids == ["a" * 16 + "-1"]
    assert vectors.tolist() == [[1.0, 0.0, 0.0, 0.0]]


def test_a_document_is_there_as_a_whole_or_not_at_all(catalogue):
    generation = catalogue.generation()
    broken = make_record(chunk_ids=["same", "same"])
    with pytest.raises(LibraryError):
        catalogue.insert(broken, "a.pdf")
    assert catalogue.counts() == {"documents": 0, "pages": 0, "chunks": 0, "embeddings": 0}
    assert catalogue.generation() == generation


def test_a_second_insert_changes_nothing(catalogue):
    assert catalogue.insert(make_record(), "a.pdf")
    generation = catalogue.generation()
    assert not catalogue.insert(make_record(), "a.pdf")
    assert catalogue.generation() == generation


def test_a_vector_stays_while_another_document_uses_it(catalogue):
    first, second = make_record("a" * 16), make_record("b" * 16)
    shared = DocumentRecord(second.document, second.chunks, first.text_hashes, {}, "toy@1")
    catalogue.insert(first, "a.pdf")
    catalogue.insert(shared, "b.pdf")
    catalogue.delete("a" * 16)
    assert catalogue.counts() == {"documents": 1, "pages": 1, "chunks": 1, "embeddings": 1}
    catalogue.delete("b" * 16)
    assert catalogue.counts()["embeddings"] == 0


def test_insert_replaces_in_the_same_transaction(catalogue):
    catalogue.insert(make_record("a" * 16), "a.pdf")
    catalogue.insert(make_record("b" * 16), "b.pdf", replaces=["a" * 16])
    assert [summary.id for summary in catalogue.documents()] == ["b" * 16]


def test_boxes_are_kept_to_a_hundredth_of_a_point_and_wild_ones_cut():
    wild = WordBox(0, 3, Box(float("nan"), -1e30, 1e30, 12.345678))
    (found,) = unpack_words(pack_words([wild]))
    assert (found.start, found.end) == (0, 3)
    assert found.box.bottom == 12.35
    assert abs(found.box.top) <= 1e7
    assert unpack_words(pack_words(WORDS)) == WORDS
    assert unpack_words(pack_words([])) == ()


def test_blank_catalogue_gets_every_step(catalogue):
    rows = catalogue.database.rows("SELECT number, name FROM migrations ORDER BY number")
    assert rows == [(number, step.__name__) for number, step in enumerate(STEPS, start=1)]


def build_schema_1(path):
    """A library as the first version left it, with one document."""
    with sqlite3.connect(path) as connection:
        m001_documents(connection)
        connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
        connection.execute("INSERT INTO migrations VALUES (1, 'm001_documents', '2026-11-01T00:00:00Z')")
        connection.execute(
            "INSERT INTO documents VALUES ('0123456789abcdef', 'text', 'Old note', '', NULL, NULL, 'old.txt', 'ff',"
            " '[]', '0123456789abcdef.txt', 1, 1, '2026-11-01T00:00:00+00:00')"
        )
        connection.execute(
            "INSERT INTO pages VALUES ('0123456789abcdef', 1, '1', 'An old note on whales.', 0, 0, x'', x'')"
        )
        connection.execute(
            "INSERT INTO chunks VALUES"
            " ('c1', '0123456789abcdef', 0, 1, 0, 22, 'An old note on whales.', '', 'text', x'01')"
        )
        vector = ToyEmbedder().embed(["An old note on whales."])[0].tobytes()
        connection.execute("INSERT INTO embeddings VALUES ('toy@1', x'01', ?)", (vector,))
        connection.execute("INSERT INTO meta VALUES ('generation', '1'), ('embedder', 'toy@1')")
    connection.close()


def test_library_of_the_first_schema_opens_with_identical_counts(tmp_path):
    folder = tmp_path / "library"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "0123456789abcdef.txt").write_text("An old note on whales.")
    build_schema_1(folder / "catalogue.sqlite3")
    with Library.open(folder, ToyEmbedder()) as library:
        assert library._catalogue.counts() == {"documents": 1, "pages": 1, "chunks": 1, "embeddings": 1}
        assert library.search("whales")[0].title == "Old note"
        assert library.check().healthy


def test_first_schema_cannot_be_read_before_it_is_upgraded(tmp_path):
    build_schema_1(tmp_path / "catalogue.sqlite3")
    with pytest.raises(LibraryError, match="older version"):
        Catalogue(tmp_path / "catalogue.sqlite3", read_only=True)


def test_failed_step_leaves_the_old_schema(tmp_path, monkeypatch):
    path = tmp_path / "catalogue.sqlite3"
    build_schema_1(path)

    def m003_fails(connection):
        connection.execute("CREATE TABLE half (a)")
        raise sqlite3.OperationalError("planted")

    monkeypatch.setattr("vectorstore.migrations.STEPS", (*STEPS, m003_fails))
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)
    assert connection.execute("SELECT max(number) FROM migrations").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("database or disk is full", LibraryError, "disk of"),
        ("database is locked", HomeBusyError, "holds"),
        ("attempt to write a readonly database", HomeError, "writing"),
        ("database disk image is malformed", LibraryError, "damaged"),
        ("no such column: x", LibraryError, "error"),
    ],
)
def test_faults_of_sqlite_in_plain_words(tmp_path, text, kind, words):
    error = in_plain_words(sqlite3.OperationalError(text), tmp_path / "catalogue.sqlite3")
    assert type(error) is kind
    assert words in error.message
    assert error.hint
