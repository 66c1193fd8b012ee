"""The page of a run: whole, from nowhere else, its passages marked, and no markup of a document let through."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from evals_outcomes import PAGE, outcome

from evals.bootstrap import Interval
from evals.html_report import html_report
from evals.html_text import marked
from evals.outcome import Found
from evals.plots import bar_chart
from evals.tables import System, figures_of, rows_of

GOOD = outcome("good", {"page_hit_5": 1.0, "fact_stated": 1.0})
BAD = replace(
    outcome("bad", {"page_hit_5": 0.0, "fact_stated": 0.0}, rank=None, fact_stated=False),
    answer="<script>alert(1)</script> is <b>bold</b> [1].",
    question="What of <img src=x onerror=alert(1)>?",
    found=(Found(PAGE, "c", "<iframe src='https://example.org'></iframe> at 16 metres"),),
)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.stack = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href", "action", "srcset")]
        if tag not in ("meta", "line", "rect", "img", "br"):
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def page(*systems):
    return html_report(systems or [System("embedded", (GOOD, BAD))], {"set": "small"})


def test_the_page_is_well_formed_and_loads_nothing():
    read = Page(page())
    assert read.stack == []
    assert read.links == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(read.tags)
    assert "default-src 'none'" in page()
    assert not re.search(r"url\(|@import|https?://(?!example\.org)", page())


def test_what_documents_and_models_say_is_escaped():
    text = page()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;img src=x onerror" in text
    assert "<iframe" not in text


def test_missed_questions_come_first_with_their_evidence_marked():
    text = page()
    assert text.index("Missed questions (1)") < text.index("What of") < text.index("Other questions (1)")
    assert "<mark>at 16 metres</mark>" in text
    assert "right page, holds the evidence" in text


def test_systems_stand_beside_each_other_and_changes_are_told():
    baseline = {"page_hit_5": {"good": 1.0, "bad": 1.0}}
    text = html_report([System("embedded", (GOOD, BAD)), System("BM25 alone", (GOOD,))], {}, baseline)
    assert "BM25 alone" in text
    assert "-50.0%" in text
    rows = {row.metric: row for row in rows_of([GOOD, BAD], baseline)}
    assert rows["page_hit_5"].change.mean == -0.5
    assert rows["fact_stated"].change is None
    figures = figures_of(System("embedded", (GOOD, BAD)), baseline)
    assert figures["metrics"]["page_hit_5"]["mean"] == 0.5
    assert figures["by_kind"]["numeric"]["fact_stated"]["count"] == 2


@pytest.mark.parametrize(
    ("text", "quotes", "html"),
    [
        ("a < b at 16 metres", ["at 16 metres"], "a &lt; b <mark>at 16 metres</mark>"),
        ("at 16\nmetres", ["at 16 metres"], "<mark>at 16\nmetres</mark>"),
        ("At 16 met-\nres.", ["at 16 metres"], "<mark>At 16 met-\nres</mark>."),
        ("one two three", ["one two", "two three"], "<mark>one two three</mark>"),
        ("nothing", ["at 16 metres", ""], "nothing"),
    ],
)
def test_evidence_is_marked_through_its_layout(text, quotes, html):
    assert marked(text, quotes) == html


def test_bars_are_as_long_as_their_share():
    chart = bar_chart([("one", [Interval(0.5, 0.4, 0.6, 10), None]), ("all", [Interval(1.0, 1.0, 1.0, 10)])], "t")
    half, whole = (float(width) for width in re.findall(r'<rect class="bar0"[^>]* width="([\d.]+)"', chart))
    assert whole == pytest.approx(2 * half)
    assert "50.0% (40.0% to 60.0%, 10 questions)" in chart
    assert bar_chart([], "t") == ""


def test_where_only_the_search_was_asked_the_rank_decides():
    searched = {"model": "", "answer": "", "fact_stated": False, "fact_first": False, "citations": ()}
    assert not outcome("found", {}, **searched).missed
    assert outcome("below", {}, rank=6, **searched).missed
    assert not outcome("unanswerable", {}, answerable=False, rank=None, **searched).missed
    assert outcome("answered without the fact", {}, fact_stated=False).missed
    assert outcome("should have been refused", {}, answerable=False).missed
