"""Several homes of one process: models loaded once, a library to begin with that is copied, one pace towards arXiv."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from arxiv_server import ArxivServer
from toy_embedder import ToyEmbedder

from agent.first_start import ensure_notes
from agent.models_in_memory import ModelsInMemory
from agent.starter import Starter
from curriculum.load import load_curriculum
from errors import EmbeddingError, HomeBusyError
from papers.service import open_papers
from vectorstore.embedder import EmbeddingOptions
from vectorstore.library import Library

MEMORY = "notes-added.json"


class CountingEmbedder(ToyEmbedder):
    def __init__(self):
        super().__init__()
        self.texts = []

    def embed(self, texts, *, progress=None):
        self.texts += texts
        return super().embed(texts, progress=progress)


def never():
    return False


@pytest.fixture
def notes(tmp_path, monkeypatch):
    paths = [tmp_path / f"{number}.md" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_text(f"# Note {number}\n\nThe tide of harbour {number} turns twice a day.\n", encoding="utf-8")
    monkeypatch.setattr("curriculum.load.note_paths", lambda: paths)
    return paths


@pytest.fixture
def embedder():
    return CountingEmbedder()


@pytest.fixture
def starter(tmp_path, notes, embedder):
    def make(folder, cancelled):
        with Library.open(folder / "library", embedder) as library:
            ensure_notes(library, folder / MEMORY, cancelled=cancelled)

    return Starter(tmp_path / "starter", make, also=(MEMORY,))


def test_every_home_gets_the_notes_and_they_are_embedded_once(starter, tmp_path, embedder):
    homes = [tmp_path / "users" / name for name in ("anna", "bert", "carl")]
    with ThreadPoolExecutor(3) as pool:
        given = list(pool.map(lambda home: starter.give(home, never), homes))
    assert given == [True] * 3
    embedded = len(embedder.texts)
    assert embedded
    for home in homes:
        with Library.open(home / "library", embedder) as library:
            assert ensure_notes(library, home / MEMORY) is None
            assert len(library.documents()) == 3
            assert library.check().faults == ()
    assert len(embedder.texts) == embedded


def test_homes_share_nothing_after_the_copy(starter, tmp_path, embedder):
    anna, bert = tmp_path / "anna", tmp_path / "bert"
    for home in (anna, bert):
        starter.give(home, never)
    own = tmp_path / "own.md"
    own.write_text("# Own\n\nThe word is okapi.\n", encoding="utf-8")
    with Library.open(anna / "library", embedder) as of_anna, Library.open(bert / "library", embedder) as of_bert:
        of_anna.add([own])
        of_anna.delete(of_bert.documents()[0].id)
        assert (len(of_anna.documents()), len(of_bert.documents())) == (3, 3)
        assert "okapi" in of_anna.search("okapi", limit=1)[0].text
        assert all("okapi" not in passage.text for passage in of_bert.search("okapi", limit=5))
    assert starter.give(anna, never) is False, "a home with a library keeps it"
    late = tmp_path / "late"
    assert starter.give(late, never)
    with Library.open(late / "library", embedder) as library:
        assert len(library.documents()) == 3


def test_what_cannot_be_made_is_left_and_tried_again(tmp_path):
    faults = [HomeBusyError("in use"), RuntimeError("defect"), None]

    def make(folder, cancelled):
        if fault := faults.pop(0):
            raise fault
        (folder / "library").mkdir(parents=True)

    starter, home = Starter(tmp_path / "starter", make), tmp_path / "home"
    assert not starter.is_there
    assert [starter.give(home, never) for _ in range(3)] == [False, False, True]
    assert starter.is_there
    assert (home / "library").is_dir()
    assert not list(home.glob(".starter-*"))


def test_a_page_that_closes_meanwhile_gets_no_half_copy(starter, tmp_path):
    closing = threading.Event()
    closing.set()
    assert not starter.give(tmp_path / "home", closing.is_set)
    assert not (tmp_path / "home").exists()


def test_a_model_is_opened_once_for_all_homes(tmp_path):
    models, options = ModelsInMemory(), EmbeddingOptions()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: models.embedder("packaged", ollama_url="", options=options), range(8)))
    assert len({id(one) for one in found}) == 1
    other = models.embedder("packaged", ollama_url="", options=EmbeddingOptions(cache=tmp_path))
    assert other is not found[0]
    assert models.former(found[0].name, ollama_url="", options=options).name == found[0].name
    assert models.reranker("") is None
    with pytest.raises(EmbeddingError):
        models.embedder("none", ollama_url="", options=options)


def test_several_homes_keep_one_pace_towards_arxiv(tmp_path, embedder):
    with (
        ArxivServer() as server,
        Library.open(tmp_path / "a", embedder) as one,
        Library.open(tmp_path / "b", embedder) as other,
    ):
        curriculum = load_curriculum()
        for library, name in ((one, "anna"), (other, "bert")):
            open_papers(
                library,
                curriculum,
                tmp_path / name,
                api_url=server.url,
                pdf_url=server.url,
                spacing_seconds=0.01,
                pace_folder=tmp_path / "shared",
            ).search("transformers")
    assert (tmp_path / "shared" / "pace.json").is_file()
    assert not list(tmp_path.glob("*/arxiv/pace.json"))
