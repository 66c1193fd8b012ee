"""Notes in the source panel: drawn, marked, and harmless whatever they hold."""

import re

import pytest

from ingestion.document import Heading, Page
from ui.formula import formula_html, line_html
from ui.note_view import note_html


def page(text, headings=()):
    return Page(1, "1", text, 0.0, 0.0, (), tuple(headings))


def marked(text, quote):
    start = text.index(quote)
    return note_html(page(text), start, start + len(quote))


def test_headings_lists_tables_and_code_are_drawn():
    text = "Trade-offs\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1 < 2\n```"
    html = note_html(page(text, [Heading(0, 2, "Trade-offs")]))
    assert "<h4>Trade-offs</h4>" in html
    assert html.count("<li>") == 2
    assert "<td>1</td>" in html
    assert "x = 1 &lt; 2" in html


def test_a_table_whose_rule_was_dropped_in_reading_is_drawn():
    html = note_html(page("Before\n\n| $a$ | b |\n| 1 | 2 |\n| 3 | 4 |\n\nAfter"))
    assert html.count("<th>") == 2
    assert html.count("<td>") == 4
    assert html.count("<table>") == 1


def test_the_passage_is_marked_in_prose_and_behind_list_marks():
    assert "<p>A <mark>marked part</mark> here.</p>" in marked("A marked part here.", "marked part")
    html = marked("- first\n- second item\n", "- second item")
    assert "<li><mark>second item</mark></li>" in html


def test_a_passage_over_two_lines_is_marked_in_both():
    html = marked("One sentence ends.\n\nAnother begins here.", "ends.\n\nAnother")
    assert re.findall("<mark>(.*?)</mark>", html) == ["ends.", "Another"]


def test_marks_go_around_formulas_and_into_table_cells():
    html = marked("Scores grow like $\\sqrt{d_k}$ here.", "grow like $\\sqrt{d_k}$ here")
    assert re.search(r"<mark>grow like <math.*</math> here</mark>", html)
    assert "<td><mark>1</mark></td>" in marked("| a | b |\n|---|---|\n| 1 | 2 |", "| 1 | 2 |")


def test_a_formula_becomes_mathml():
    html = formula_html(r"\frac{QK^\top}{\sqrt{d_k}}", display=True)
    assert html.startswith('<math display="block">')
    assert "<mfrac>" in html
    assert "<msqrt>" in html


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{http://evil.example}{x}",
        r"\text{<b>x</b>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\frac{",
        "x" * 5000,
        r"\style{background:url(http://evil.example)}{x}",
    ],
)
def test_a_formula_brings_no_link_style_or_element(latex):
    html = formula_html(latex, display=False)
    assert not re.search(r"<(?!/?(?:math|m[a-z]+|code)\b)", html)
    assert not re.search(r"<[^>]*\s(?:href|style|src|on\w+)=", html)


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://evil.example/a.png)",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)> <script>alert(1)</script>",
        "<http://evil.example>",
        "[x]: http://evil.example\n\n[x]",
        "```\n<script>\n```",
        "\ue100<b>\ue101 \ue1020\ue103",
    ],
)
def test_a_note_brings_no_link_picture_or_html(text):
    html = note_html(page(text), 0, len(text))
    assert not re.search(r"<(?:a|img|script|b|iframe)\b", html)
    assert not re.search("[\ue000-\uf8ff]", html)


def test_a_line_of_a_document_has_its_formulas_drawn_and_nothing_else_changed():
    html = line_html("<b> like $\\sqrt{d_k}$ and \\(x\\), for $5")
    assert html.count("<math") == 2
    assert html.startswith("&lt;b&gt; like <math")
    assert html.endswith("</math>, for $5")
