"""Feeds become records; damaged, hostile and error feeds become sentences."""

import json
from datetime import UTC, datetime

import pytest
from arxiv_server import BOMB, ServedPaper, error_feed, feed

from errors import ArxivError
from papers.feed import is_withdrawn, parse_feed

PAPER = ServedPaper(
    "2401.00001",
    "Small\n  Models & <Large> Ones",
    version=2,
    abstract="  We study\n small things. ",
    comment="12 pages",
    journal_reference="J. Small 1",
    doi="10.1/x",
    categories=("cs.CL", "cs.LG"),
    updated=datetime(2024, 2, 1, tzinfo=UTC),
)


def faults_of(content):
    with pytest.raises(ArxivError) as caught:
        parse_feed(content)
    assert caught.value.hint
    return caught.value.message


def test_a_record_has_all_that_arxiv_says():
    answer = parse_feed(feed([PAPER], 7).encode())
    (record,) = answer.records
    assert answer.total == 7
    assert (record.arxiv_id, record.version, str(record.id)) == ("2401.00001", 2, "2401.00001v2")
    assert record.title == "Small Models & <Large> Ones"
    assert record.authors == ("Ada Byron", "Alan Mathison")
    assert record.abstract == "We study small things."
    assert (record.published.year, record.updated.month) == (2024, 2)
    assert record.categories == ("cs.CL", "cs.LG")
    assert (record.primary_category, record.comment, record.journal_reference, record.doi) == (
        "cs.CL",
        "12 pages",
        "J. Small 1",
        "10.1/x",
    )
    assert not record.withdrawn


def test_the_recorded_answers_of_arxiv(shared):
    manifest = json.loads((shared / "arxiv_api" / "manifest.json").read_text())
    assert len(manifest) == 20
    for recording in manifest:
        content = (shared / "arxiv_api" / recording["atom"]).read_bytes()
        if recording["error_entry"] or recording["status"] != 200:
            assert "incorrect id format for abc" in faults_of(content)
            continue
        answer = parse_feed(content)
        assert len(answer.records) == recording["entries"]
        assert answer.total == int(recording["totalResults"])
        assert all(record.title and record.authors and record.abstract for record in answer.records)
        assert all(record.published <= record.updated for record in answer.records)


def test_recorded_old_style_id_and_affiliations(shared):
    (path,) = (shared / "arxiv_api").glob("id_astro-ph_0601001*.xml")
    (record,) = parse_feed(path.read_bytes()).records
    assert (record.arxiv_id, record.version) == ("astro-ph/0601001", 1)
    assert record.authors[0] == "Andrew Gould"
    assert record.journal_reference == "ActaAstron.56:1-50,2006"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "damaged or cut off"),
        (b"no XML", "damaged or cut off"),
        (b"<html><body/></html>", "not a feed but 'html'"),
        (feed([PAPER], 1).encode()[:-80], "damaged or cut off"),
        (BOMB, "document type"),
        (BOMB.decode().encode("utf-16"), "document type"),
        (b'<!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed xmlns="http://www.w3.org/2005/Atom"/>', "document type"),
        (b'<?xml version="1.0" encoding="UTF-7"?><feed xmlns="http://www.w3.org/2005/Atom"/>', "written in 'UTF-7'"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">' + b"<a>" * 30, "nested too deeply"),
        (feed([PAPER], 1).replace("<published>2024-01-03T12:00:00Z</published>", "").encode(), "incomplete"),
        (feed([PAPER], 1).replace("2024-01-03T12:00:00Z", "yesterday").encode(), "no usable id or date"),
        (feed([PAPER], 1).replace("abs/2401.00001v2", "abs/../../x").encode(), "no usable id or date"),
        (error_feed("start must be an integer").encode(), "start must be an integer"),
    ],
)
def test_what_is_no_feed_becomes_a_sentence(content, expected):
    assert expected in faults_of(content)


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn by the author due to a crucial error in equation 3.",
        "Withdrawn due to a mistake",
        "This article was withdrawn.",
        "12 pages. Paper withdrawn",
        "This submission has been withdrawn by arXiv administrators as the second author objected",
        "The manuscript is withdrawn because Lemma 2 is wrong",
        "Retracted by the authors",
        "The authors: this preprint has been temporarily withdrawn",
    ],
)
def test_withdrawn_papers_are_recognised(text):
    assert is_withdrawn(text, "We prove a theorem.")
    assert is_withdrawn("", text)


@pytest.mark.parametrize(
    "text",
    [
        "We study why papers are withdrawn from preprint servers.",
        "A token is withdrawn from the pool; this paper models it.",
        "Code retracted into one file, 12 pages",
        "",
    ],
)
def test_papers_about_withdrawal_are_not(text):
    assert not is_withdrawn("", text)
