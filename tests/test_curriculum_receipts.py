"""Every quoted reference of a note stands on the page of the PDF that it names."""

from __future__ import annotations

import pytest
from page_receipts import MOST_CHARACTERS, PAGES, PAPERS, beginnings, not_found, receipts

from curriculum.load import load_curriculum, note_paths
from curriculum.model import PaperId
from curriculum.receipts.lookup import look_up
from curriculum.receipts.quotes import Receipt, squeezed
from curriculum.receipts.sources import load_sources

NOTE_NAMES = [path.name for path in note_paths()]
LEAST_QUOTES = 1
"""Notes on practice, such as containers, rest on few papers; those on a paper quote it far more often."""


@pytest.mark.parametrize("name", NOTE_NAMES)
def test_each_reference_is_well_formed_and_names_a_known_paper(name: str) -> None:
    path = next(path for path in note_paths() if path.name == name)
    found = receipts(path)
    assert len(found) == beginnings(path)
    assert {receipt.paper for receipt in found} <= {paper.id for paper in load_curriculum().papers}
    assert len(found) >= LEAST_QUOTES
    assert all(len(receipt.quote) <= MOST_CHARACTERS for receipt in found), "quotes stay short"


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the papers are not staged beside the project")
@pytest.mark.parametrize("name", NOTE_NAMES)
def test_each_quote_is_on_its_page(name: str) -> None:
    missing = not_found(receipts(next(path for path in note_paths() if path.name == name)))
    assert not missing, "\n".join(missing)


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the papers are not staged beside the project")
@pytest.mark.parametrize("kind", ["notes", "sheets", "equations"])
def test_each_quote_is_found_and_each_page_in_words_has_one(kind: str) -> None:
    for report in (look_up(source, PAGES) for source in load_sources(kind)):
        assert [finding for finding in report.findings if finding.status != "found"] == []
        assert report.unquoted == ()


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the papers are not staged beside the project")
def test_a_quote_on_another_page_or_of_another_paper_is_missing() -> None:
    quote = "we scale the dot products by"
    places = (("1706.03762", 4), ("1706.03762", 5), ("1706.03762", 99), ("0000.00000", 4))
    found = [bool(not_found([Receipt("a note", PaperId(paper), page, quote)])) for paper, page in places]
    assert found == [False, True, True, True]


def test_squeezing_ignores_what_typesetting_changes() -> None:
    assert squeezed("well-\nknown  “ﬁve”") == squeezed('wellknown "five"')
    assert squeezed("two words") != squeezed("two worlds")
