"""Numbers in their usual forms, and the marks of citations."""

from __future__ import annotations

import pytest

from agent.marks import find_marks
from agent.quantities import missing


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("a score of 28.4", "scores 28.4 BLEU"),
        ("1,000 steps", "1000 steps"),
        ("37000 tokens", "about 37,000 tokens"),
        ("28%", "28 percent"),
        ("28 per cent", "28%"),
        ("28%", "a rate of 0.28"),
        ("175B parameters", "175 billion parameters"),
        ("175 billion", "parameters (in billions): 175"),
        ("175-billion-parameter", "175B"),
        ("1.5k examples", "1500 examples"),
        ("8 heads", "eight parallel heads"),
        ("eight heads", "h = 8"),
        ("10^18 FLOPs", "3.3 · 10 18 FLOPs"),
        ("10¹⁸ FLOPs", "1018"),
        ("$3.3 \\cdot 10^{18}$", "3.3 · 1018"),
        ("GPT-3", "GPT3"),
        ("the 2nd of two", "nothing"),
        ("see p. 7 and page 12", "nothing"),
        ("arXiv:1706.03762", "nothing"),
    ],
)
def test_the_same_number_in_another_form_is_there(said, stated):
    assert missing(said, stated).numbers == 0
    assert missing(said, stated).soft == 0 or "2nd" in said


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("28.4", "2.84 and 284"),
        ("29", "28.4"),
        ("175 million", "175 billion"),
        ("28%", "82%"),
        ("512", "dmodel = 1024"),
        ("10^19", "10 18"),
        ("2018", "2017"),
        ("0.1", "0.01"),
        ("3 of 4", "3"),
    ],
)
def test_another_number_is_missing(said, stated):
    assert missing(said, stated).numbers == 1


@pytest.mark.parametrize(
    ("said", "stated"),
    [("six layers", "eight layers"), ("about 28 BLEU", "28.4"), ("GPT-4", "GPT-3"), ("2 layers", "layers")],
)
def test_what_is_often_said_freely_counts_softly(said, stated):
    assert (missing(said, stated).numbers, missing(said, stated).soft) == (0, 1)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a [1] b", [(1,)]),
        ("a [1, 2; 4] b", [(1, 2, 4)]),
        ("a [1][2] b", [(1,), (2,)]),
        ("a [1-3] b", [(1, 2, 3)]),
        ("a [1–3] b", [(1, 2, 3)]),
        ("a [3-1] [0] [0, 1] [2017] b", []),
        ("a 【1】 [Source 2] [passages 3 and 4] b", [(1,), (2,), (3, 4)]),
        ("a [1, p. 3] b", [(1,)]),
        ("a [ref 12] [a] [] [1.5] b", []),
        ("`x[1]` ``y[2]`` [3]", [(3,)]),
        ("```\n[1]\n```\n[2]", [(2,)]),
        ("~~~py\n[1]\n~~~ \n[2]", [(2,)]),
        ("```\n[1] never closed", []),
        ("$x_[1]$ \\(a[2]\\) \\[b[3]\\] $$c[4]$$ [5]", [(5,)]),
        ("\\begin{align}[1]\\end{align} [2]", [(2,)]),
        ("costs $5 and $6 [1]", [(1,)]),
        ("[1](https://x.org) ![2](/a.png) [3] (see there)", [(3,)]),
        ("text\n[1]: https://x.org\n", []),
        ("[１]", [(1,)]),
    ],
)
def test_marks_are_found_outside_code_formulas_and_links(text, numbers):
    assert [mark.numbers for mark in find_marks(text)] == numbers
