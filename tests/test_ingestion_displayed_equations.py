"""Numbered equations on a page: found with their lines, and nothing else taken for one."""

import time

import pytest

from ingestion.displayed_equations import displayed_equations
from ingestion.document import Heading, Page
from ingestion.pdf_process import PdfProcess

PRINTED = {
    "1706.03762.pdf": {4: "1", 5: "2", 7: "3"},
    "2001.08361.pdf": {
        4: "1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8", 5: "2.1 2.2", 6: "3.1", 7: "3.2", 8: "3.3", 9: "4.1 4.2 4.3",
        10: "5.1 5.2 5.3", 11: "5.4 5.5 5.6", 12: "5.7 6.1 6.2", 13: "6.3 6.4 6.5", 14: "6.6 6.7 6.8", 16: "B.1",
        17: "B.2 B.3 B.4 B.5 B.6 B.7 B.8 B.9 B.10 B.11 B.12 B.13", 19: "C.1",
    },
    "2106.09685.pdf": {3: "1 2", 4: "3", 11: "4"},
    "2203.02155.pdf": {8: "1", 9: "2"},
    "2305.18290.pdf": {
        3: "1 2 3", 4: "4 5 6 7", 6: "8 9 10", 15: "11 12", 16: "13 14 15 16 17 18 19", 17: "20 21 22",
    },
    "gpt.pdf": {3: "1 2 3 4 5"},
    "gpt2.pdf": {2: "1"},
    # None of these prints a numbered equation; some number the points of a list or the parts of a figure.
    "1810.04805.pdf": {}, "1907.11692.pdf": {}, "2210.03629.pdf": {}, "2212.08073.pdf": {}, "2303.11366.pdf": {},
}  # fmt: skip
"""The numbers printed at the right edge, by physical page: a list made by reading the papers."""


def page_of(text, headings=()):
    return Page(1, "1", text, 612.0, 792.0, (), tuple(headings))


def found(text, headings=()):
    page = page_of(text, headings)
    equations = displayed_equations(page)
    assert all(page.text[equation.start : equation.end] == equation.text for equation in equations)
    return [(equation.number, equation.text) for equation in equations]


@pytest.mark.parametrize(
    ("text", "number", "equation"),
    [
        ("The loss is\n\nL = (y − Wx)2 (3)\n\nwhere y is given.", "3", "L = (y − Wx)2 (3)"),
        ("We scale the scores as follows:\n\na = softmax(qk\n√d ) (1)", "1", "a = softmax(qk\n√d ) (1)"),
        ("Then the bound grows:\n\nN ∝\n\nCa\nb\n\n(B.3)\n\nas expected.", "B.3", "N ∝\n\nCa\nb\n\n(B.3)"),
        ("The gain is g = 3.\n\nE = mc2 (12) where the mass is fixed.", "12", "E = mc2 (12)"),
        ("so that we obtain r = a + b (2.4)", "2.4", "r = a + b (2.4)"),
        ("Solving for it we find: N (C)\n\n= 4 C2 (5)", "5", "N (C)\n\n= 4 C2 (5)"),
        ("S ≡ B/(1 + B) (few steps, at B ≫ 1) (5.4)", "5.4", "S ≡ B/(1 + B) (few steps, at B ≫ 1) (5.4)"),
    ],
)
def test_an_equation_is_found_with_all_its_lines(text, number, equation):
    assert found(text) == [(number, equation)]


@pytest.mark.parametrize(
    "text",
    [
        "Our contributions are: (1) we show that x = 3, (2) we measure it, and (3) we publish the data.",
        "The law of Equation (1.5) gives N = 3, as can be seen in Equation (2)",
        "Table 7: The norm for (1) the update, (2) W = 1, or (3) a random matrix. (4)",
        "Layer Complexity\nSelf-attention O(n2) O(1) O(1)\nRecurrent O(n) O(n)",
        "A plain line, E = mc2, without a number.",
        "2. Take the drawer (1), desk (2) = found",
        "(1a) Standard\n\n(1b) Reason Only",
        "Journal of Tests, 26 (4)",
        "He wrote the second part (2)",
        "",
    ],
)
def test_lists_references_tables_and_captions_are_no_equations(text):
    assert found(text) == []


def test_an_equation_takes_nothing_from_the_one_before_or_from_a_title():
    text = "3.1 Setup\nx = 1 (1)\ny = 2\n+ x (2) Together they say enough.\nz = 3 (3)"
    assert found(text, [Heading(0, 1, "3.1 Setup")]) == [
        ("1", "x = 1 (1)"),
        ("2", "y = 2\n+ x (2)"),
        ("3", "z = 3 (3)"),
    ]


@pytest.fixture(scope="module")
def process():
    with PdfProcess() as running:
        yield running


@pytest.mark.slow
def test_the_equations_of_real_papers_are_found_and_nothing_else(papers, process):
    expected, given = set(), set()
    for name, pages in PRINTED.items():
        expected |= {(name, page, number) for page, numbers in pages.items() for number in numbers.split()}
        for page in process.read(papers / name).pages:
            given |= {(name, page.number, equation.number) for equation in displayed_equations(page)}
    recall, precision = len(expected & given) / len(expected), len(expected & given) / len(given)
    assert recall >= 0.97, sorted(expected - given)
    assert precision >= 0.97, sorted(given - expected)


def test_a_page_made_to_be_slow_is_read_in_time():
    began = time.process_time()
    assert found(" " * 200_000) == []
    assert found("a = b (1) " * 20_000 + "\n") != []
    found("we then see (1) " * 20_000)
    found("x\n" * 50_000 + "(1)")
    assert time.process_time() - began < 5
