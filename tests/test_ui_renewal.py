"""A new embedding model: the page embeds the library in the background, and what was there answers meanwhile."""

import threading
from types import SimpleNamespace

import pytest
from toy_embedder import ToyEmbedder

from agent.assemble import Assembly
from agent.conversations import ConversationStore
from agent.figures import FigureStore
from errors import EmbeddingError
from ui.services import Services
from vectorstore.library import Library


class SlowEmbedder(ToyEmbedder):
    """Embeds when it is let."""

    def __init__(self):
        super().__init__("toy@2")
        self.begun = threading.Event()
        self.let = threading.Event()
        self.error = None

    def embed(self, texts, *, progress=None):
        self.begun.set()
        assert self.let.wait(30)
        if self.error:
            raise self.error
        return super().embed(texts, progress=progress)


@pytest.fixture
def folder(tmp_path):
    """A library embedded by the model of before."""
    note = tmp_path / "hikes.md"
    note.write_text("# Hikes\n\nThe mountain hike takes two days.")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([note])
    return tmp_path / "library"


def services_over(folder, embedder):
    library = Library.open(folder, embedder, former_embedder=lambda name: ToyEmbedder(name))
    rooms = Assembly(library=library, tutor=SimpleNamespace())
    home = folder.parent
    return library, Services(
        home=home,
        conversations=ConversationStore(home / "conversations.sqlite"),
        figures=FigureStore(home / "figures"),
        open_rooms=lambda: rooms,
        list_models=list,
        test_model=str,
    )


def test_the_old_vectors_answer_until_all_are_new(folder):
    embedder = SlowEmbedder()
    library, services = services_over(folder, embedder)
    services.start()
    assert services.rooms(30).library is library
    assert embedder.begun.wait(30)
    assert library.search("mountain hike")[0].similarity > 0.3
    assert library.needs_reembedding
    embedder.let.set()
    services._opening.join(30)
    assert not library.needs_reembedding
    assert services.renewal == ""
    assert library.search("mountain hike")[0].similarity > 0.3
    services.close()


def test_a_model_that_fails_is_one_sentence_and_the_old_one_goes_on(folder):
    embedder = SlowEmbedder()
    embedder.error = EmbeddingError("The model is gone.", hint="Fetch it again.")
    embedder.let.set()
    library, services = services_over(folder, embedder)
    services.start()
    services.rooms(30)
    services._opening.join(30)
    assert services.renewal == (
        "The new embedding model is not used: The model is gone. Fetch it again. The old one goes on answering."
    )
    assert library.search("mountain hike")[0].similarity > 0.3
    services.close()


def test_closing_the_page_stops_it_and_the_next_start_goes_on(folder):
    embedder = SlowEmbedder()
    library, services = services_over(folder, embedder)
    services.start()
    assert embedder.begun.wait(30)
    services.closing.set()
    embedder.let.set()
    services.close()
    with Library.open(folder, embedder, former_embedder=lambda name: ToyEmbedder(name)) as again:
        assert again.needs_reembedding
        assert again.reembed() == 0, "what was embedded is kept"
