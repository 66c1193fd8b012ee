"""Damage that the library repairs by itself, and what `check` finds."""

import shutil
import sqlite3

import pytest
from toy_embedder import ToyEmbedder

from errors import EmbeddingError, LibraryError
from vectorstore.chroma_index import ChromaFaultError
from vectorstore.facts import DocumentFacts
from vectorstore.library import Library

QUERIES = ("fox and dog", "mountain hike topic7", "topic3 words")


@pytest.fixture
def home(tmp_path):
    """A closed library of 12 documents with its search results."""
    source = tmp_path / "source"
    source.mkdir()
    for number in range(12):
        text = f"# Note {number}\n\nTopic{number} is about a fox and a dog."
        text += f"\n\n## Hike {number}\n\nA mountain hike topic{number}."
        (source / f"note{number:02}.md").write_text(text)
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source])
        expected = results(library)
    return tmp_path / "library", expected


def results(library):
    return [[(p.chunk_id, round(p.score, 5)) for p in library.search(query)] for query in QUERIES]


def delete_chroma(folder):
    shutil.rmtree(folder / "chroma")


def truncate_chroma_sqlite(folder):
    path = folder / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble_chroma_sqlite(folder):
    (folder / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 5000)


def empty_chroma_sqlite(folder):
    (folder / "chroma" / "chroma.sqlite3").write_bytes(b"")


def remove_chroma_segment(folder):
    removed = [shutil.rmtree(path) for path in (folder / "chroma").iterdir() if path.is_dir()]
    if not removed:
        pytest.skip("this Chroma keeps no segment folder for so few rows")


def stale_chroma_wal(folder):
    (folder / "chroma" / "chroma.sqlite3-wal").write_bytes(b"\x37\x7f\x06\x82" + b"\x00" * 4000)


def forget_chroma_rows(folder):
    with sqlite3.connect(folder / "chroma" / "chroma.sqlite3") as connection:
        connection.execute("DELETE FROM embeddings WHERE id IN (SELECT id FROM embeddings LIMIT 5)")
        connection.execute("DELETE FROM embeddings_queue")
    connection.close()


def chroma_is_a_file(folder):
    shutil.rmtree(folder / "chroma")
    (folder / "chroma").write_text("in the way")


def delete_keywords(folder):
    shutil.rmtree(folder / "keywords")


def truncate_keywords(folder):
    path = folder / "keywords" / "tokens.npz"
    path.write_bytes(path.read_bytes()[:500])


def garble_catalogue(folder):
    (folder / "catalogue.sqlite3").write_bytes(b"this is no database" * 1000)


def tear_catalogue_page(folder):
    path = folder / "catalogue.sqlite3"
    content = bytearray(path.read_bytes())
    content[100:2048] = b"\xff" * 1948
    path.write_bytes(content)


def delete_catalogue(folder):
    (folder / "catalogue.sqlite3").unlink()


def half_written_wal(folder):
    (folder / "catalogue.sqlite3-wal").write_bytes(b"\x37\x7f\x06\x82" + b"\xab" * 9000)


DAMAGE = [
    delete_chroma,
    truncate_chroma_sqlite,
    garble_chroma_sqlite,
    empty_chroma_sqlite,
    remove_chroma_segment,
    stale_chroma_wal,
    forget_chroma_rows,
    chroma_is_a_file,
    delete_keywords,
    truncate_keywords,
    garble_catalogue,
    tear_catalogue_page,
    delete_catalogue,
    half_written_wal,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_repaired_at_the_next_open(home, damage):
    folder, expected = home
    damage(folder)
    with Library.open(folder, ToyEmbedder()) as library:
        found = results(library)
        assert sorted(map(sorted, found)) == sorted(map(sorted, expected))
        assert library._dense.ready
        assert library.check().healthy
        assert {summary.source_name for summary in library.documents()} >= {"note00.md", "note11.md"} or damage in (
            delete_catalogue,
            garble_catalogue,
            tear_catalogue_page,
        )
    with Library.open(folder, ToyEmbedder()) as library:
        assert len(library.documents()) == 12


LEAVES = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"


def garble_root_page(path, name):
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.close()
    garble_page(path, root)


def garble_page(path, number):
    size = int.from_bytes(path.read_bytes()[16:18])
    with path.open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(b"\xee" * size)


def test_repair_of_the_catalogue_keeps_names_and_vectors_it_can_read(home, caplog):
    folder, expected = home
    garble_root_page(folder / "catalogue.sqlite3", "pages")
    embedder = ToyEmbedder()
    with Library.open(folder, embedder) as library:
        assert "built again from the files" in caplog.text
        assert embedder.embedded == []
        assert library.find_document("note07.md").source_name == "note07.md"
        assert library.check().faults == ()
        assert sorted(map(sorted, results(library))) == sorted(map(sorted, expected))
    assert list(folder.glob("damaged-*.sqlite3"))


@pytest.mark.parametrize("statement", ["text = replace(text, 'fox', 'f' || char(0) || 'x')", "headings = x'0102'"])
def test_content_that_changed_in_a_whole_file_is_read_again(home, statement, caplog):
    folder, expected = home
    with sqlite3.connect(folder / "catalogue.sqlite3") as connection:
        connection.execute(f"UPDATE pages SET {statement} WHERE rowid = 5")
    connection.close()
    with Library.open(folder, ToyEmbedder()) as library:
        assert "built again from the files" in caplog.text
        assert library.check().faults == ()
        assert sorted(map(sorted, results(library))) == sorted(map(sorted, expected))
        assert all("\0" not in library.page(document.id, 1).text for document in library.documents())


@pytest.mark.parametrize("lost", ["documents", "documents_as_kept"])
def test_a_damaged_page_costs_neither_names_nor_what_arxiv_said(home, lost, tmp_path):
    folder, expected = home
    paper = tmp_path / "2601.00001.md"
    paper.write_text("# A draft\n\nOf tides.")
    with Library.open(folder, ToyEmbedder()) as library:
        facts = DocumentFacts(title="On Tides", authors="A. Author", arxiv_id="2601.00001", year=2026)
        library.add([paper], facts={paper: facts})
        before = sorted((one.id, one.source_name, one.title, one.arxiv_id, one.year) for one in library.documents())
    garble_root_page(folder / "catalogue.sqlite3", lost)
    embedder = ToyEmbedder()
    with Library.open(folder, embedder) as library:
        after = sorted((one.id, one.source_name, one.title, one.arxiv_id, one.year) for one in library.documents())
    assert after == before
    assert embedder.embedded == []


def test_rows_behind_a_damaged_page_are_saved(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        for number in range(40):
            path = tmp_path / f"note{number}.md"
            path.write_text(f"# Note {number}\n\n" + f"Words of {number}. " * 30)
            library.add([path])
    with sqlite3.connect(tmp_path / "library" / "catalogue.sqlite3") as connection:
        if not connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'").fetchone():
            pytest.skip("this SQLite does not tell which page is whose")
        pages = [row[0] for row in connection.execute(LEAVES, ("embeddings",))]
    connection.close()
    garble_page(tmp_path / "library" / "catalogue.sqlite3", pages[1])
    embedder = ToyEmbedder()
    with Library.open(tmp_path / "library", embedder) as library:
        assert len(library.documents()) == 40
        assert library.check().healthy
        assert 0 < len(embedder.embedded) < 2 * library.check().embeddings / len(pages)


def test_check_finds_and_repairs_a_catalogue_that_is_damaged_while_it_is_open(home):
    folder, _ = home
    with Library.open(folder, ToyEmbedder()) as library:
        library._catalogue.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        garble_root_page(folder / "catalogue.sqlite3", "pages")
        library._catalogue.database.connection.execute("PRAGMA shrink_memory")
        report = library.check()
        assert "damaged" in report.faults[0]
        assert not report.healthy
        library.embedder.embedded.clear()
        assert library.check(repair=True).healthy
        assert library.embedder.embedded == []
        assert library.find_document("note07.md").source_name == "note07.md"
        assert library.check().faults == ()
    assert list(folder.glob("damaged-*.sqlite3"))


@pytest.mark.parametrize("killed", [False, True])
def test_a_log_of_an_earlier_moment_does_not_take_the_library_back(home, killed, caplog):
    folder, expected = home
    shutil.copytree(folder, folder.parent / "earlier")
    with Library.open(folder, ToyEmbedder()) as library:
        log = folder / "catalogue.sqlite3-wal"
        library._catalogue.set_meta("written", "early")
        early = log.read_bytes()
        (folder.parent / "late.md").write_text("# Late\n\nA late note on whales.")
        library.add([folder.parent / "late.md"])
        late = log.read_bytes(), (folder / "catalogue.sqlite3").read_bytes()
    assert not log.exists()
    log.write_bytes(late[0] if killed else early)
    if killed:
        (folder / "catalogue.sqlite3").write_bytes(late[1])
        (folder / "closed.json").unlink()
    with Library.open(folder, ToyEmbedder()) as library:
        assert len(library.documents()) == 13
        assert library.check().faults == ()
        assert ("another moment" in caplog.text) is not killed
    assert bool(list(folder.glob("damaged-*.sqlite3-wal"))) is not killed


def test_a_lost_keyword_index_is_told_and_a_new_library_has_lost_none(home, caplog, tmp_path):
    caplog.set_level("INFO")
    folder, expected = home
    with Library.open(tmp_path / "new", ToyEmbedder()) as library:
        (tmp_path / "one.md").write_text("# One\n\nA note.")
        library.add([tmp_path / "one.md"])
        assert "keyword index" not in caplog.text
    delete_keywords(folder)
    with Library.open(folder, ToyEmbedder()) as library:
        assert results(library) == expected
        assert "The keyword index was missing" in caplog.text


def test_check_finds_and_repairs_what_does_not_fit(home):
    folder, _ = home
    with Library.open(folder, ToyEmbedder()) as library:
        catalogue = library._catalogue
        with catalogue.database.transaction() as connection:
            connection.execute("DELETE FROM embeddings WHERE rowid = 3")
            connection.execute("INSERT INTO embeddings VALUES ('toy@1', x'00', x'00000000')")
        (folder / "files" / "stray.pdf").write_bytes(b"x")
        library._dense._chroma.delete([library.chunks(library.documents()[0].id)[0].id])
        report = library.check()
        assert len(report.faults) == 4
        assert not report.healthy
        repaired = library.check(repair=True)
        assert "1 embeddings belong to no chunk." in repaired.repaired
        assert repaired.healthy
        assert library.check().faults == ()


def test_missing_copy_is_a_fault_nobody_can_repair(home):
    folder, _ = home
    with Library.open(folder, ToyEmbedder()) as library:
        library.file_path(library.documents()[0].id).unlink()
        report = library.check(repair=True)
        assert "missing" in report.faults[0]
        assert not report.healthy


def test_chroma_that_fails_while_open_does_not_stop_search(home, monkeypatch):
    folder, expected = home

    def fail(*_):
        raise ChromaFaultError("broken")

    with Library.open(folder, ToyEmbedder()) as library:
        monkeypatch.setattr(library._dense._chroma, "search", fail)
        assert results(library) == expected
        assert not library._dense.ready
        assert library.check(repair=True).healthy
        assert library._dense.ready


def test_large_library_opens_chroma_in_the_background(home, monkeypatch):
    folder, expected = home
    monkeypatch.setattr("vectorstore.dense_index.BACKGROUND_CHUNKS", 1)
    with Library.open(folder, ToyEmbedder()) as library:
        assert results(library) == expected
        library._dense._thread.join()
        assert library._dense.ready
        assert results(library) == expected


def test_another_model_means_reembedding_and_search_goes_on(home):
    folder, expected = home
    other = ToyEmbedder("toy@2")
    with Library.open(folder, other) as library:
        assert library.needs_reembedding
        assert library.search("mountain hike topic7")[0].keyword_score > 0
        (folder.parent / "late.md").write_text("# Late\n\nA late note on whales.")
        library.add([folder.parent / "late.md"])
        assert library.search("whales")[0].title == "Late"
        heard = []
        assert library.reembed(lambda done, total: heard.append((done, total))) == 24
        assert heard[-1] == (25, 25)
        assert not library.needs_reembedding
        assert library.check().healthy
        assert library.search("mountain hike topic7")[0].similarity > 0.5
        assert library._dense.ready
        assert library._catalogue.counts()["embeddings"] == 25
    with Library.open(folder, other) as library:
        assert not library._dense.notes


def test_old_index_serves_until_the_new_one_is_complete(home):
    folder, expected = home
    with Library.open(folder, ToyEmbedder("toy@2"), former_embedder=ToyEmbedder) as library:
        assert results(library) == expected
        library.reembed()
        assert results(library) != expected


def test_interrupted_reembedding_goes_on_where_it_stopped(home, monkeypatch):
    folder, expected = home
    monkeypatch.setattr("vectorstore.reembedding.WINDOW_CHUNKS", 4)
    other = ToyEmbedder("toy@2")
    embed = other.embed

    def stop_soon(texts, **more):
        if len(other.embedded) >= 8:
            raise EmbeddingError("The model is gone.")
        return embed(texts, **more)

    monkeypatch.setattr(other, "embed", stop_soon)
    with Library.open(folder, other, former_embedder=ToyEmbedder) as library:
        with pytest.raises(EmbeddingError):
            library.reembed()
        assert results(library) == expected
        monkeypatch.undo()
        other.embed = embed
        assert library.reembed() == 16


def test_closed_library_says_so(home):
    folder, _ = home
    library = Library.open(folder, ToyEmbedder())
    library.close()
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        library.add([folder])
    with pytest.raises(LibraryError):
        library.documents()
