"""What is known about a file from elsewhere is believed more than what the file says."""

import pytest
from make_pdf import make_paper
from toy_embedder import ToyEmbedder

from errors import HomeError
from vectorstore.facts import DocumentFacts
from vectorstore.library import Library


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()) as opened:
        yield opened


def test_facts_stand_in_the_library_and_in_passages(tmp_path, library):
    path = make_paper(tmp_path / "paper.pdf")
    facts = DocumentFacts(title="On Tiny Transformers", authors="Ada Byron, Alan Turing", arxiv_id="hep-th/9901001")
    library.add([path], facts={path: facts})
    (document,) = library.documents()
    assert (document.title, document.authors) == ("On Tiny Transformers", "Ada Byron, Alan Turing")
    assert (document.arxiv_id, document.year) == ("hep-th/9901001", 2024)
    assert {passage.title for passage in library.search("tiny models")} == {"On Tiny Transformers"}


def test_files_without_facts_are_read_as_before(tmp_path, library):
    path, other = make_paper(tmp_path / "paper.pdf"), tmp_path / "other.pdf"
    library.add([path], facts={other: DocumentFacts(title="Something else")})
    assert library.documents()[0].title == "A Small Study of Tiny Transformers"


def test_a_library_says_whether_it_can_be_written(tmp_path, library):
    assert not library.read_only
    with Library.open(tmp_path / "library", ToyEmbedder(), read_only=True) as reader:
        assert reader.read_only
        with pytest.raises(HomeError):
            reader.add([tmp_path])
