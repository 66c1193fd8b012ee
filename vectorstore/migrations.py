"""The catalogue's schema: numbered steps, each run once, and a table of those that ran."""

from __future__ import annotations

import sqlite3

from errors import LibraryError
from migration_runner import Migration, run_migrations


def m001_documents(connection: sqlite3.Connection) -> None:
    """Documents, pages, chunks, embeddings and single values."""
    for statement in SCHEMA_1.split(";"):
        connection.execute(statement)


def m002_lookups(connection: sqlite3.Connection) -> None:
    """Quick answers to: is this arXiv paper here, is this file name here, who uses this embedding."""
    connection.execute("CREATE INDEX documents_by_arxiv_id ON documents (arxiv_id)")
    connection.execute("CREATE INDEX documents_by_source_name ON documents (source_name)")
    connection.execute("CREATE INDEX chunks_by_text_hash ON chunks (text_hash)")


def m003_readings(connection: sqlite3.Connection) -> None:
    """Which reader read a document, when, and what is believed more than its pages.

    What arXiv said about a paper was not kept before: title and authors of documents with an arXiv id stay as they are.
    """
    connection.execute("ALTER TABLE documents ADD COLUMN reader_version INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE documents ADD COLUMN read_at TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE documents ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'")
    connection.execute("UPDATE documents SET read_at = added_at")
    connection.execute(
        "UPDATE documents SET facts = json_object("
        "'title', title, 'authors', authors, 'arxiv_id', arxiv_id, 'year', year) WHERE arxiv_id IS NOT NULL"
    )


def m004_second_copy(connection: sqlite3.Connection) -> None:
    """What no file tells about itself, a second time: a damaged page does not lose it (`vectorstore.salvage`)."""
    connection.execute("CREATE INDEX documents_as_kept ON documents (file_name, source_name, facts)")


SCHEMA_1 = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    authors TEXT NOT NULL,
    arxiv_id TEXT,
    year INTEGER,
    source_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    warnings TEXT NOT NULL,
    file_name TEXT NOT NULL,
    page_count INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    text TEXT NOT NULL,
    width_points REAL NOT NULL,
    height_points REAL NOT NULL,
    words BLOB NOT NULL,
    headings BLOB NOT NULL,
    PRIMARY KEY (document_id, number)
);
CREATE TABLE chunks (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    page_number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    section TEXT NOT NULL,
    kind TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    UNIQUE (document_id, position)
);
CREATE TABLE embeddings (
    embedder TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (embedder, text_hash)
);
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
)
"""

STEPS: tuple[Migration, ...] = (m001_documents, m002_lookups, m003_readings, m004_second_copy)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the catalogue to the newest schema; all missing steps in one transaction.

    Raises:
        LibraryError: a newer version of the assistant made this catalogue.
    """
    run_migrations(connection, STEPS, _newer())


def check_version(done: int) -> None:
    """Refuse a catalogue from the future.

    Raises:
        LibraryError: more steps ran on it than are known here.
    """
    if done > len(STEPS):
        raise _newer()


def _newer() -> LibraryError:
    return LibraryError(
        "The library was made by a newer version of the assistant.",
        hint="Update the assistant, or choose another STUDY_HOME.",
    )
