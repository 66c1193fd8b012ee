import contextlib
import json
import time

import pytest

from errors import DamagedDocumentError, EmptyDocumentError
from ingestion.load import load_document

NOTE = """---
title: "Notes on Attention"
author: Ada Byron
---

import { Callout } from 'components'

# Attention

<!-- hidden
remark -->
Scaled *dot-product* **attention** is $\\mathrm{softmax}(QK^T/\\sqrt{d_k})V$, see [the paper](https://x.org/p.pdf) \
and [site][1]. Soft\u200b hyphens and snake_case_names stay.
This line is wrapped.

![a figure](https://x.org/figure.png) <img src="../img/other.jpg" width=3/>

<Callout type="info">
A <b>call-out</b> keeps its words.
</Callout>

Setext Title
------------

- one
- two
  goes on

| a | b |
|---|---|
| 1 | 2 |

```python
# not a heading
x = a[0]  # <b>kept</b> ![kept](y.png)


y = 1
```

## Second *section* {#anchor}

$$
E = mc^2
$$

Costs are $5 and $6, and `a * b * c` is code. Escaped \\* star. a < b and c > d.

[1]: https://x.org/site
"""


def load(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_document(path)


@pytest.fixture
def note(tmp_path):
    return load(tmp_path, "note.mdx", NOTE)


def test_front_matter_names_title_and_author(note):
    assert (note.kind, note.title, note.authors) == ("markdown", "Notes on Attention", "Ada Byron")
    (page,) = note.pages
    assert (page.number, page.label, page.words) == (1, "1", ())


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('Reading "Attention Is All You Need"', 'Reading "Attention Is All You Need"'),
        ('"Notes on Attention"', "Notes on Attention"),
        ("'Notes on Attention'", "Notes on Attention"),
        ("Notes on Attention", "Notes on Attention"),
    ],
)
def test_a_title_loses_only_the_quotation_marks_around_it(tmp_path, written, title):
    assert load(tmp_path, "note.md", f"---\ntitle: {written}\n---\n\nHeads attend to words.\n").title == title


def test_prose_formulas_and_code_stay(note):
    text = note.pages[0].text
    assert (
        "Scaled dot-product attention is $\\mathrm{softmax}(QK^T/\\sqrt{d_k})V$, see the paper and site. "
        "Soft hyphens and snake_case_names stay. This line is wrapped." in text
    )
    assert "A call-out keeps its words." in text
    assert "- one\n- two goes on" in text
    assert "| a | b |\n| 1 | 2 |" in text
    assert "```python\n# not a heading\nx = a[0]  # <b>kept</b> ![kept](y.png)\n\n\ny = 1\n```" in text
    assert "$$\nE = mc^2\n$$" in text
    assert "Costs are $5 and $6, and a * b * c is code. Escaped * star. a < b and c > d." in text


def test_markup_targets_and_pictures_go(note):
    text = note.pages[0].text
    for gone in ("http", "figure", "other.jpg", "Callout", "hidden", "{#anchor}", "title:", "---", "import"):
        assert gone not in text


def test_headings_point_at_their_text(note):
    page = note.pages[0]
    assert [(heading.level, heading.title) for heading in page.headings] == [
        (1, "Attention"),
        (2, "Setext Title"),
        (2, "Second section"),
    ]
    assert all(page.text.startswith(heading.title, heading.start) for heading in page.headings)


def test_markdown_without_a_title_takes_its_first_heading_or_the_file_s_name(tmp_path):
    assert load(tmp_path, "a.md", "## Second\n\ntext\n\n# First\n").title == "First"
    assert load(tmp_path, "some_name.md", "only prose").title == "some name"
    assert load(tmp_path, "b.md", '<h1 align="center">In a tag</h1>\n\ntext').title == "In a tag"


@pytest.mark.parametrize(
    "text", ["```\nopen fence", "$open formula", "[link](", "<tag", "![](", "**bold", "---\ntitle", "# "]
)
def test_broken_markdown_is_read_all_the_same(tmp_path, text):
    assert load(tmp_path, "broken.md", f"word\n\n{text}").pages[0].text.startswith("word")


def test_notebooks_give_notes_code_and_short_outputs(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Softmax\n", "Why it works."]},
        {
            "cell_type": "code",
            "source": "print('hi')",
            "outputs": [
                {
                    "output_type": "stream",
                    "text": ["\x1b[31mhi\x1b[0m\n"] + [f"line {n}\n" for n in range(99)],
                },
                {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no"},
            ],
        },
        {"cell_type": "raw", "source": "raw words"},
    ]
    made = load(tmp_path, "book.ipynb", json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}))
    text = made.pages[0].text
    assert (made.kind, made.title) == ("notebook", "Softmax")
    assert "Why it works.\n\n```python\nprint('hi')\n```\n\nOutput:\n```\nhi\nline 0" in text
    assert "line 90" not in text
    assert "AAAA" not in text
    assert "ValueError: no" in text
    assert "raw words" in text


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"cells": 3, "nbformat": 4}', '{"cells": [{}], "nbformat": 4}', "null"]
)
def test_a_broken_notebook_is_said_to_be_broken(tmp_path, content):
    with pytest.raises(DamagedDocumentError, match="not a readable notebook"):
        load(tmp_path, "book.ipynb", content)


HTML = """<!doctype html><html><head><title>Attention - A Blog</title><meta name="author" content="Ada Byron">
<style>p {}</style></head><body><nav>Menu</nav><main><h1>Attention</h1><p>First <b>bold</b>
words.<br>More.</p><script>alert(1)</script><!-- remark --><ul><li>one</li><li>two</li></ul>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><pre>x = 1
  y</pre><h2>Part two</h2><div>Text in a div<p>and a paragraph</p></div><p style="display: none">unseen</p>
<p>Formula <math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math>.</p>
<img src="a.png" alt="picture"></main><footer>Imprint</footer></body></html>"""


def test_web_pages_give_their_main_text(tmp_path):
    made = load(tmp_path, "page.html", HTML)
    page = made.pages[0]
    assert (made.kind, made.title, made.authors) == ("html", "Attention", "Ada Byron")
    assert page.text == (
        "Attention\n\nFirst bold words. More.\n\n- one\n\n- two\n\n| a | b |\n| 1 | 2 |\n\n```\nx = 1\n  y\n```\n\n"
        "Part two\n\nText in a div\n\nand a paragraph\n\nFormula $x^2$."
    )
    assert [(heading.level, heading.title) for heading in page.headings] == [
        (1, "Attention"),
        (2, "Part two"),
    ]


def test_deeply_nested_html_ends_in_a_document_or_one_sentence(tmp_path):
    content = "<html><body>" + "<div>" * 20_000 + "deep"
    with contextlib.suppress(DamagedDocumentError):
        assert "deep" in load(tmp_path, "deep.html", content).pages[0].text


def test_plain_text_is_unwrapped_and_code_is_not(tmp_path):
    wrapped = "A line of prose which an editor has wrapped at some seventy letters\ngoes on here.\n\nshort\nlines"
    assert load(tmp_path, "a.txt", wrapped).pages[0].text == (
        "A line of prose which an editor has wrapped at some seventy letters goes on here.\n\nshort\nlines"
    )
    code = "import os\n\n\ndef run():\n    return os.getcwd()\n"
    assert load(tmp_path, "run.py", code).pages[0].text == "import os\n\ndef run():\n    return os.getcwd()"


def test_other_encodings_are_read_with_a_warning(tmp_path):
    made = load(tmp_path, "old.txt", "Größe und Maß".encode("cp1252"))
    assert made.pages[0].text == "Größe und Maß"
    assert "not UTF-8" in made.warnings[0]


@pytest.mark.parametrize("name", ["blank.txt", "blank.md", "blank.html"])
def test_a_file_without_words_is_empty(tmp_path, name):
    with pytest.raises(EmptyDocumentError, match="no text"):
        load(tmp_path, name, " \n\n\t ")


@pytest.mark.parametrize(
    "part", ["[a](", "![", "<a ", "$$", "**a", "`a", "<!--", "\\[ ", "<script>", "- ", "a/", "| ", "{#"]
)
def test_repeated_markup_takes_little_time(tmp_path, part):
    started = time.process_time()
    load(tmp_path, "odd.md", f"word {part * 5000} x https://{part * 2000}")
    assert time.process_time() - started < 3
