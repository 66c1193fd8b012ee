"""Text of models and documents can show itself and do nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.markup import LATEX_DELIMITERS, escape_text, pieces, render, render_line

DISPLAY, DISPLAY_END = LATEX_DELIMITERS[0]["left"], LATEX_DELIMITERS[0]["right"]
INLINE, INLINE_END = LATEX_DELIMITERS[1]["left"], LATEX_DELIMITERS[1]["right"]

FORMULA = re.compile("\ue010[^\ue011]*\ue011|\ue012[^\ue013]*\ue013")
"""Formulas are typeset by KaTeX, which neither links nor fetches."""

PAYLOADS = [
    "![x](http://evil.example/a.png)",
    "![x][1]\n\n[1]: http://evil.example/a.png",
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[1](http://evil.example)",
    "<http://evil.example>",
    "http://evil.example and www.evil.example and FTP.evil.example",
    "<svg/onload=alert(1)>",
    "<button class='study-action' name='delete_document' value='1'>",
    "`<img src=http://evil.example/a.png>` ``<img src=x>``",
    "unbalanced ` <img src=x> and $ <img src=x>",
    "$<img src=http://evil.example/a.png>$",
    "\\(<img src=x>\\)",
    "<!-- --><iframe src=x>",
    "| <img src=x> | b |\n|---|---|\n| [c](http://evil.example) | d |",
    "%%%LATEX_BLOCK_0%%%<img src=x>",
]


def outside_code(markdown):
    """The Markdown without fences: what the renderer would read as HTML or links."""
    return re.sub(r"^(`{3,})\w+\n[\s\S]*?\n\1$", "", markdown, flags=re.MULTILINE)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_html_link_or_picture_survives(payload):
    shown = render(payload, citation=lambda number, place: f"({number})")
    tags = set(re.findall(r"<[^>]*>?", outside_code(shown)))
    assert tags <= {"<code>", "</code>"}
    assert "](" not in shown
    assert "://" not in FORMULA.sub("", shown)
    assert not re.search(r"(?i)\b(www|ftp)\.", shown)
    assert "LATEX_BLOCK_0%%%" not in shown
    line = render_line(payload)
    assert set(re.findall(r"<[^>]*>?", line)) <= {"<code>", "</code>"}
    assert not set("[]*`") & set(FORMULA.sub("", line))
    assert "://" not in FORMULA.sub("", line)


@given(st.text(alphabet="<>[]()!$\\`~ \na1:/|*_&#;\"'", max_size=60))
def test_no_text_can_begin_html_or_a_link(text):
    shown = outside_code(render(text))
    assert set(re.findall(r"<[^>]*>?", shown)) <= {"<code>", "</code>"}
    assert "[" not in FORMULA.sub("", shown)


@given(st.text(alphabet="$\\()[] \nx<", max_size=40))
def test_formula_marks_come_in_pairs(text):
    marks = re.sub(r"[^\ue010-\ue013]", "", render(text))
    assert re.fullmatch("(\ue010\ue011|\ue012\ue013)*", marks)


@given(st.text(alphabet="`~$\\()[]x \n", max_size=60))
def test_pieces_cover_the_text_without_gaps(text):
    found = list(pieces(text))
    assert "".join(text[piece.start : piece.end] for piece in found) == text


def test_code_keeps_its_characters_in_a_fence():
    shown = render("Before\n\n```python\nif a < b: print('[1] $x$')\n```\nafter")
    assert "```python\nif a < b: print('[1] $x$')\n```" in shown


def test_a_fence_longer_than_the_runs_inside_it():
    assert render("~~~\n```\nx\n```\n~~~") == "````text\n```\nx\n```\n````"


def test_an_open_fence_of_a_growing_answer_is_code():
    assert render("```js\nlet a = '<b>'").startswith("```js\nlet a = '<b>'")


def test_drawings_are_shown_as_text():
    assert render("```mermaid\ngraph TD\n```").startswith("```text\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$x^2$", f"{INLINE}x^2{INLINE_END}"),
        ("\\(a<b\\)", f"{INLINE}a\\lt b{INLINE_END}"),
        ("$$a\nb$$", f"{DISPLAY}a b{DISPLAY_END}"),
        ("\\[y\\]", f"{DISPLAY}y{DISPLAY_END}"),
        ("\\( \\)", ""),
    ],
)
def test_formulas_come_in_four_spellings(text, shown):
    assert render(text) == shown


def test_prices_are_no_formulas():
    assert render("It cost $5 in 2020 and $6 now.") == "It cost &#36;5 in 2020 and &#36;6 now."


def test_the_formula_marks_cannot_be_smuggled_in():
    assert INLINE not in render(f"{INLINE}\\href{{http://evil.example}}{{x}}{INLINE_END}")


def test_citations_become_what_the_caller_makes_of_them():
    shown = render("One [1], two [2, 3]; not [x], `[4]`.", citation=lambda number, place: f"<{number}@{place}>")
    assert shown == "One <1@4>, two <2@13><3@13>; not &#91;x&#93;, <code>&#91;4&#93;</code>."


def test_insertions_stand_at_their_place_or_behind_code():
    text = "First. `a b` second.\n\n```\ncode\n```"
    shown = render(text, insertions=[(6, "(A)"), (9, "(B)"), (len(text), "(C)")])
    assert shown.startswith("First.(A) <code>a b</code>(B) second.")
    assert shown.endswith("```\n\n(C)")


def test_escaped_text_is_one_plain_line():
    shown = escape_text('<b>"a"\n$x$ [1] *y* http://e.com www.e.com `z`')
    assert not set('<>"$[]*`\n') & set(shown)
    assert "://" not in shown


def test_a_line_of_a_source_has_its_formulas_drawn():
    assert render_line("a  *score*\nof $\\sqrt{d_k}$, $$x^2$$ and `d_k`, for $5") == (
        f"a &#42;score&#42; of {INLINE}\\sqrt{{d_k}}{INLINE_END}, {INLINE}x^2{INLINE_END} and <code>d&#95;k</code>, "
        "for &#36;5"
    )
