"""A passage is widened by whole neighbours, on its page and across, and every span stays exact."""

import pytest
from make_pdf import PageSpec, make_pdf, paragraph
from toy_embedder import ToyEmbedder

from errors import DocumentNotFoundError
from ingestion.document import Chunk
from vectorstore.library import Library
from vectorstore.neighbours import around


def make_chunk(position, tokens, kind="text"):
    text = " ".join(f"w{position}" for _ in range(tokens))
    return Chunk(f"c{position}", "d", 1 + position // 2, 0, len(text), text, "", kind, position)


CHUNKS = [make_chunk(position, 10) for position in range(8)]


@pytest.mark.parametrize(
    ("position", "budget", "expected"),
    [
        (3, 10, [3]),
        (3, 5, [3]),
        (3, 20, [3, 4]),
        (3, 30, [2, 3, 4]),
        (3, 45, [2, 3, 4, 5]),
        (0, 30, [0, 1, 2]),
        (7, 30, [5, 6, 7]),
        (3, 1000, list(range(8))),
    ],
)
def test_neighbours_after_and_before_in_turn(position, budget, expected):
    found = around(CHUNKS, CHUNKS[position], count_tokens=lambda text: len(text.split()), budget_tokens=budget)
    assert [chunk.position for chunk in found] == expected


def test_a_large_neighbour_ends_its_side_alone_and_references_are_no_part_of_prose():
    chunks = [make_chunk(0, 5), make_chunk(1, 5), make_chunk(2, 50), make_chunk(3, 5, "reference")]

    def found(position, budget):
        chosen = around(chunks, chunks[position], count_tokens=lambda text: len(text.split()), budget_tokens=budget)
        return [chunk.position for chunk in chosen]

    assert found(1, 20) == [0, 1]
    assert found(2, 1000) == [0, 1, 2]
    assert found(3, 60) == [1, 2, 3]
    assert found(3, 59) == [2, 3]


@pytest.fixture
def library(tmp_path):
    sentences = [[f"Sentence {n} of page {page} speaks about adapter{page}{n}." for n in range(12)] for page in (1, 2)]
    make_pdf(tmp_path / "paper.pdf", [PageSpec(paragraph(lines)) for lines in sentences], labels="0 << /S /r >>")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([tmp_path / "paper.pdf"])
        yield library


def test_a_passage_is_read_on_across_the_page(library):
    document = library.documents()[0]
    last_of_page = [chunk for chunk in library.chunks(document.id) if chunk.page_number == 1][-1]
    found = library.around(last_of_page.id, budget_tokens=10_000)
    assert {passage.page_number for passage in found} == {1, 2}
    assert [passage.position for passage in found] == list(range(len(library.chunks(document.id))))
    for passage in found:
        page = library.page(document.id, passage.page_number)
        assert passage.text == page.text[passage.start : passage.end]
        assert passage.page_label == page.label
    assert [passage.chunk_id for passage in library.around(last_of_page.id, budget_tokens=1)] == [last_of_page.id]


def test_a_chunk_that_is_gone_is_a_known_fault(library):
    chunk = library.chunks(library.documents()[0].id)[0]
    library.delete(chunk.document_id)
    with pytest.raises(DocumentNotFoundError, match="any more"):
        library.around(chunk.id)
