"""Whatever a learner types, arXiv gets a query it understands and nothing else."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ArxivError
from papers.query import as_day, build_query

TERM = r'(?:all|ti|au|abs|cat):(?:"[^"():\[\]]+"|[^\s"():\[\]]+)'
GROUP = rf"(?:{TERM}|\({TERM}(?: OR {TERM})+\))"
WELL_FORMED = re.compile(rf"(?:{GROUP}(?: AND {GROUP})*(?: ANDNOT {TERM})*)?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("direct preference optimization", "all:direct AND all:preference AND all:optimization"),
        ('what is "chain of thought" prompting?', 'all:"chain of thought" AND all:prompting'),
        ('ti:"direct preference" AND cat:cs.lg', 'ti:"direct preference" AND cat:cs.LG'),
        ("lora OR qlora memory", "(all:lora OR all:qlora) AND all:memory"),
        ("transformer ANDNOT vision", "all:transformer ANDNOT all:vision"),
        ("fine-tuning GPT-4", 'all:"fine-tuning" AND all:"gpt-4"'),
        ('attention" OR ti:"x', 'all:attention AND all:"or ti" AND all:x'),
        ("submittedDate:[2020 TO 2021]) AND (", 'all:"submitteddate 2020" AND all:2021'),
        ("the", "all:the"),
        ("?!", ""),
        ("注意力 机制", "all:注意力 AND all:机制"),
    ],
)
def test_words_become_terms(text, expected):
    assert build_query(text).text == expected


@given(st.text(max_size=200), st.text(max_size=40))
def test_no_text_breaks_the_syntax(text, author):
    query = build_query(text, author=author)
    assert WELL_FORMED.fullmatch(query.text), query.text
    assert WELL_FORMED.fullmatch(query.relaxed), query.relaxed


def test_filters():
    query = build_query("kernel", author="Schölkopf, Bernhard", category="cs", since="2024-02", until="2024-02")
    assert query.text == (
        'all:kernel AND (au:"Bernhard Schölkopf" OR au:"Bernhard Scholkopf") AND cat:cs.*'
        " AND submittedDate:[202402010000 TO 202402292359]"
    )
    assert build_query("x", since=date(2024, 1, 5), today=date(2024, 3, 1)).text.endswith(
        "[202401050000 TO 202403022359]"
    )
    assert build_query("x", until="2000").text.endswith("[199108010000 TO 200012312359]")
    assert build_query("", author='A. Vaswani") OR all:x').text == 'au:"A Vaswani OR all x"'


def test_some_words_serve_where_all_are_too_many():
    query = build_query("au:hu rank adapters memory", category="cs.LG")
    assert query.relaxed == "(all:rank OR all:adapters OR all:memory) AND au:hu AND cat:cs.LG"
    assert build_query("rank adapters").relaxed == ""


def test_long_text_is_cut():
    assert build_query("word " * 10_000).text == "all:word"
    assert build_query(" ".join(f"word{number}" for number in range(100))).text.count("all:") == 16


@pytest.mark.parametrize("category", ["cs.CL OR all:x", "c s", "cs.", 'x"', "42"])
def test_a_category_that_is_none(category):
    with pytest.raises(ArxivError, match="is not a category") as caught:
        build_query("x", category=category)
    assert "cs.CL" in caught.value.hint


@pytest.mark.parametrize("day", ["soon", "2024-13", "2024-02-30", "24", "2024-05-17T00"])
def test_a_date_that_is_none(day):
    with pytest.raises(ArxivError, match="is no date"):
        as_day(day)


def test_dates_the_wrong_way_round():
    with pytest.raises(ArxivError, match="no time between"):
        build_query("x", since="2024", until="2023")
