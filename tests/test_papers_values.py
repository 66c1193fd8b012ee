"""Ids of arXiv in all the forms people write them, and records that survive JSON."""

import json
from datetime import UTC, datetime

import pytest

from errors import ArxivError
from papers.values import ArxivId, PaperRecord

RECORD = PaperRecord(
    arxiv_id="2305.18290",
    version=3,
    title="Direct Preference Optimization",
    authors=("A. One", "B. Two", "C. Three", "D. Four"),
    abstract="We align models.",
    published=datetime(2023, 5, 29, 17, 57, tzinfo=UTC),
    updated=datetime(2024, 7, 29, 22, tzinfo=UTC),
    categories=("cs.LG", "cs.AI"),
    primary_category="cs.LG",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2305.18290", "2305.18290"),
        (" 2305.18290v2 ", "2305.18290v2"),
        ("arXiv:2305.18290v2 [cs.LG]", "2305.18290v2"),
        ("https://arxiv.org/abs/2305.18290", "2305.18290"),
        ("http://www.arxiv.org/pdf/2305.18290v3.pdf", "2305.18290v3"),
        ("arxiv.org/abs/1706.03762?context=cs.CL", "1706.03762"),
        ("https://export.arxiv.org/pdf/hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/html/2401.04088v1/", "2401.04088v1"),
        ("https://doi.org/10.48550/arXiv.2305.18290", "2305.18290"),
        ("math.GT/0309136v1", "math/0309136v1"),
        ("<2305.18290>.", "2305.18290"),
    ],
)
def test_an_id_is_read_from_what_people_paste(text, expected):
    assert str(ArxivId.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "attention",
        "2313.18290",
        "2305.182900",
        "12305.18290",
        "2305.18290v0",
        "../2305.18290",
        "https://arxiv.org.evil.example/abs/2305.18290",
        "https://evil.example/abs/2305.18290",
        "2305.18290\nhttps://x",
    ],
)
def test_anything_else_is_refused_with_a_hint(text):
    with pytest.raises(ArxivError, match="is not an arXiv id") as caught:
        ArxivId.parse(text)
    assert "2305.18290v2" in caught.value.hint


def test_ids_in_a_sentence_are_found_in_order():
    text = "Add 2305.18290, https://arxiv.org/pdf/1706.03762v7.pdf and hep-th/9901001; not 12.5 or 2305.18290."
    assert [str(found) for found in ArxivId.find_all(text)] == ["2305.18290", "1706.03762v7", "hep-th/9901001"]


def test_a_file_name_never_leaves_its_folder():
    assert ArxivId.parse("hep-th/9901001v2").file_name == "hep-th_9901001v2.pdf"


def test_a_record_survives_json():
    assert PaperRecord.from_dict(json.loads(json.dumps(RECORD.to_dict()))) == RECORD
    assert RECORD.url == "https://arxiv.org/abs/2305.18290v3"
    assert RECORD.short_authors == "A. One et al."
