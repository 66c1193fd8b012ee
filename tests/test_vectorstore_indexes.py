"""The indexes follow the catalogue document by document and end where building them anew would."""

import shutil
import threading

import bm25s
import numpy as np
import pytest
from toy_embedder import ToyEmbedder

from vectorstore.chroma_index import ChromaIndex
from vectorstore.exact_index import ExactIndex
from vectorstore.keyword_index import KeywordIndex
from vectorstore.keywords import keywords
from vectorstore.library import Library
from vectorstore.postings import K1, B
from vectorstore.scope import Scope
from vectorstore.token_table import TokenTable

VOCABULARY = [f"word{number}" for number in range(60)]
QUERY = "word1 word2 word2 word7 word30 unknown"


def make_texts(seed, count=40):
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 30, size=count)
    return [" ".join(VOCABULARY[place] for place in (random.zipf(1.3, size=n) - 1) % 60) for n in lengths]


def as_document(name, texts):
    return {name: ("1", {f"{name}{number}": text for number, text in enumerate(texts)})}


def scores_of(table):
    values = table.postings.scores(table.view().numbers(QUERY))
    return {chunk_id: float(values[place]) for chunk_id, place in table.layout.places.items()}


def test_scores_are_those_of_bm25s():
    texts = make_texts(1, 200)
    table = TokenTable()
    table.add(as_document("a", texts[:150]))
    table.add(as_document("b", texts[150:]))
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.index([keywords(text) for text in texts], show_progress=False)
    expected = model.get_scores([token for token in keywords(QUERY) if token in model.vocab_dict])
    assert table.postings.scores(table.view().numbers(QUERY)) == pytest.approx(expected, rel=1e-5)
    assert expected.max() > 1


def test_grown_and_shrunk_equals_built_at_once(tmp_path):
    documents = {f"d{number}": make_texts(number, 7 * number + 1) for number in range(12)}
    grown = TokenTable()
    for name, texts in documents.items():
        grown.add(as_document(name, texts))
    assert 1 < len(grown.postings.segments) < 6
    grown.remove({"d0", "d5", "d11"})
    built = TokenTable()
    kept = [name for name in documents if name not in {"d0", "d5", "d11"}]
    built.add({name: as_document(name, documents[name])[name] for name in kept})
    assert scores_of(grown) == scores_of(built)
    grown.save(tmp_path / "tokens.npz")
    assert not grown.changed
    loaded = TokenTable.load(tmp_path / "tokens.npz")
    assert scores_of(loaded) == scores_of(built)
    assert loaded.layout.ranges == built.layout.ranges
    loaded.add(as_document("d5", documents["d5"]))
    built.add(as_document("d5", documents["d5"]))
    assert scores_of(loaded) == scores_of(built)


def test_words_of_removed_documents_are_not_written(tmp_path):
    path = tmp_path / "tokens.npz"
    table = TokenTable()
    table.add(as_document("a", ["alpha beta", "beta gamma"]))
    table.add(as_document("b", ["secret alpha"]))
    table.save(path)
    assert b"secret" in path.read_bytes()
    table.remove({"b"})
    table.save(path)
    assert b"secret" not in path.read_bytes()
    assert table.view().numbers("secret") == []
    loaded = TokenTable.load(path)
    assert loaded.view().numbers("gamma alpha") == table.view().numbers("gamma alpha") != []
    table.remove({"a"})
    table.save(path)
    assert table.words == TokenTable.load(path).words == {}


@pytest.mark.parametrize("name", ["keys0", "lengths", "chunk_ids", "documents", "words"])
def test_a_file_whose_parts_do_not_fit_is_not_used(tmp_path, name):
    path = tmp_path / "tokens.npz"
    table = TokenTable()
    table.add(as_document("a", make_texts(1)))
    table.save(path)
    parts = dict(np.load(path))
    np.savez(path, **parts)
    assert TokenTable.load(path) is not None
    np.savez(path, **{**parts, name: parts[name][:-30] if name != "keys0" else parts[name][::-1]})
    assert TokenTable.load(path) is None


@pytest.fixture
def library(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for number in range(6):
        sections = (f"## Part {place}\n\n{text}\n" for place, text in enumerate(make_texts(number, 8)))
        (source / f"note{number}.md").write_text(f"# Note {number}\n\n" + "\n".join(sections), encoding="utf-8")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source / f"note{number}.md" for number in range(5)])
        yield library


def keyword_scores(index):
    found = index.scores(QUERY)
    return {chunk_id: found.of(chunk_id) for chunk_id in found.layout.chunk_ids}


def test_the_keyword_index_follows_and_equals_one_built_anew(library, tmp_path):
    before = library._keyword.scores(QUERY)
    library.add([tmp_path / "source" / "note5.md"])
    doomed = library.documents()[1].id
    lost = {chunk.id for chunk in library.chunks(doomed)}
    library.delete(doomed)
    anew = KeywordIndex(library._catalogue, tmp_path / "elsewhere", writable=False)
    assert keyword_scores(library._keyword) == keyword_scores(anew)
    assert not lost & keyword_scores(library._keyword).keys()
    # Who asked before goes on with what was there.
    assert lost & set(before.best(1000)) <= lost
    assert before.of(library.chunks(library.documents()[-1].id)[0].id) == 0.0
    some = [summary.id for summary in library.documents()[:2]]
    inside = {chunk.id for document_id in some for chunk in library.chunks(document_id)}
    assert set(library._keyword.scores(QUERY).best(1000, Scope.of(some))) <= inside


def test_a_word_is_as_rare_whether_its_stem_would_be_stemmed_again_or_not(library, tmp_path):
    note = tmp_path / "source" / "responses.md"
    note.write_text("# Responses\n\nThe response is false, and only the response counts.\n", encoding="utf-8")
    library.add([note])
    rarities = library.rarity(["response", "responses", "only", "false", "responsee"])
    assert all(0 < rare < 1 for rare in rarities[:4])
    assert rarities[4] == 1.0


def test_much_that_is_taken_in_together_is_kept_at_once(library, tmp_path, monkeypatch):
    little = KeywordIndex(library._catalogue, tmp_path / "little", writable=True)
    much = KeywordIndex(library._catalogue, tmp_path / "much", writable=True)
    little.follow()
    monkeypatch.setattr("vectorstore.keyword_index.SAVED_AT_ONCE", 30)
    much.follow()
    assert not (tmp_path / "little").exists()
    assert (tmp_path / "much" / "tokens.npz").is_file()
    assert keyword_scores(little) == keyword_scores(much)


def test_search_goes_on_while_documents_come_and_go(library, tmp_path):
    stop, faults = threading.Event(), []

    def ask():
        while not stop.is_set():
            try:
                found = library.search(QUERY, limit=20)
                assert len({passage.chunk_id for passage in found}) == len(found) > 0
            except Exception as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        library.add([tmp_path / "source" / "note5.md"])
        library.delete(library.find_document("note5.md").id)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert keyword_scores(library._keyword) == keyword_scores(
        KeywordIndex(library._catalogue, tmp_path / "elsewhere", writable=False)
    )


def test_exact_and_chroma_find_the_same(library):
    vectors = library.embedder.embed(make_texts(9, 12))
    chroma, exact = library._dense._chroma, library._dense._exact
    for vector in vectors:
        found, expected = chroma.search(vector, 15), exact.search(vector, 15)
        assert [value for _, value in found] == pytest.approx([value for _, value in expected], abs=1e-5)
        # Equals may stand in another order.
        assert {key for key, value in found if value > found[-1][1] + 1e-5} == {
            key for key, value in expected if value > expected[-1][1] + 1e-5
        }


def test_the_exact_index_follows_and_equals_one_read_anew(library, tmp_path):
    index = library._dense._exact
    vector = library.embedder.embed([QUERY])[0]
    before = index.size()
    library.add([tmp_path / "source" / "note5.md"])
    assert index.size() > before
    doomed = library.documents()[0].id
    lost = {chunk.id for chunk in library.chunks(doomed)}
    library.delete(doomed)
    anew = ExactIndex(library._catalogue)
    everything = index.search(vector, 1000)
    assert everything == anew.search(vector, 1000)
    assert len(everything) == index.size() == library._catalogue.counts()["chunks"]
    assert not lost & {chunk_id for chunk_id, _ in everything}


@pytest.mark.parametrize("sparse", [0, 1000])
def test_a_scope_is_the_full_ranking_without_the_rest(library, monkeypatch, sparse):
    monkeypatch.setattr("vectorstore.exact_index.SPARSE", sparse)
    index, vector = library._dense._exact, library.embedder.embed([QUERY])[0]
    some = [summary.id for summary in library.documents()[1:3]]
    inside = {chunk.id for document_id in some for chunk in library.chunks(document_id)}
    expected = [pair for pair in index.search(vector, 1000) if pair[0] in inside]
    found = index.search(vector, 1000, Scope.of(some))
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert [value for _, value in found] == pytest.approx([value for _, value in expected], abs=1e-6)
    assert index.search(vector, 5, Scope.of(["unknown"])) == []


def test_a_library_that_outgrows_chroma_is_searched_exactly(library, tmp_path, monkeypatch):
    folder, expected = tmp_path / "library", library.search(QUERY)
    assert library._dense.ready
    monkeypatch.setattr("vectorstore.dense_index.CHROMA_CHUNKS", library._catalogue.counts()["chunks"])
    library.add([tmp_path / "source" / "note5.md"])
    assert not library._dense.ready
    assert not (folder / "chroma").exists()
    assert library.check().healthy
    library.delete(library.find_document("note5.md").id)
    assert [passage.chunk_id for passage in library.search(QUERY)] == [passage.chunk_id for passage in expected]
    library.close()
    with Library.open(folder, ToyEmbedder()) as smaller:
        assert smaller._dense.ready
        assert smaller.check().healthy
    monkeypatch.setattr("vectorstore.dense_index.CHROMA_CHUNKS", 10)
    with Library.open(folder, ToyEmbedder()) as larger:
        assert not larger._dense.ready
        assert larger.check().healthy
        assert not (folder / "chroma").exists()
        assert [passage.chunk_id for passage in larger.search(QUERY)] == [passage.chunk_id for passage in expected]


def test_closing_does_not_wait_for_all_of_chroma(library, tmp_path, monkeypatch):
    folder, added = tmp_path / "library", []
    library.close()
    shutil.rmtree(folder / "chroma")
    monkeypatch.setattr("vectorstore.dense_index.BACKGROUND_CHUNKS", 1)
    real = ChromaIndex.add

    def slow(self, chunk_ids, vectors, document_id):
        added.append(document_id)
        started.set()
        go_on.wait(60)
        real(self, chunk_ids, vectors, document_id)

    started, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(ChromaIndex, "add", slow)
    interrupted = Library.open(folder, ToyEmbedder())
    assert started.wait(60)
    closing = threading.Thread(target=interrupted.close)
    closing.start()
    while not interrupted._dense._closed:
        closing.join(0.01)
    go_on.set()
    closing.join()
    assert len(added) == 1
    with Library.open(folder, ToyEmbedder()) as again:
        again._dense.wait()
        assert len(added) == 5
        assert again.check().healthy


def test_documents_come_and_go_while_chroma_is_made_ready(library, tmp_path, monkeypatch):
    folder = tmp_path / "library"
    library.close()
    shutil.rmtree(folder / "chroma")
    monkeypatch.setattr("vectorstore.dense_index.BACKGROUND_CHUNKS", 1)
    real = ChromaIndex.add

    def slow(self, chunk_ids, vectors, document_id):
        started.set()
        assert go_on.wait(60)
        real(self, chunk_ids, vectors, document_id)

    started, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(ChromaIndex, "add", slow)
    with Library.open(folder, ToyEmbedder()) as busy:
        assert started.wait(60)
        busy.add([tmp_path / "source" / "note5.md"])
        for summary in busy.documents()[:2]:
            busy.delete(summary.id)
        assert busy.search(QUERY)
        assert not busy._dense.ready
        go_on.set()
        busy._dense.wait()
        assert busy._dense.ready
        assert busy.check().healthy
        assert busy._dense._chroma.count() == busy._catalogue.counts()["chunks"]
