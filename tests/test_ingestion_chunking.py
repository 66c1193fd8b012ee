from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.chunking import chunk_document, embedding_text
from ingestion.document import Document, DocumentId, Heading, Page
from ingestion.tokens import approximate_tokens

SENTENCE = "Attention weighs every word of the sequence against every other word of it. "


def page(text, headings=(), number=1):
    found = tuple(Heading(text.index(title), level, title) for level, title in headings)
    return Page(number, str(number), text, 612.0, 792.0, (), found)


def document(*pages, title="A Small Study", name="study.pdf"):
    return Document(DocumentId("0" * 16), "pdf", title, "", None, None, name, "0" * 64, pages, ())


def chunks_of(made, max_tokens=256, count_tokens=approximate_tokens):
    chunks = chunk_document(made, count_tokens=count_tokens, max_tokens=max_tokens)
    for chunk in chunks:
        text = made.pages[chunk.page_number - 1].text
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip() != ""
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    return chunks


def kept_share(made, chunks):
    kept = total = 0
    for one in made.pages:
        held = {place for chunk in chunks if chunk.page_number == one.number for place in range(chunk.start, chunk.end)}
        places = [place for place, letter in enumerate(one.text) if not letter.isspace()]
        kept += sum(place in held for place in places)
        total += len(places)
    return kept / total if total else 1


def test_a_title_stands_at_the_head_of_its_chunk_and_the_path_goes_on_over_pages():
    first = page(f"1 Model\n\n{SENTENCE * 12}\n\n1.1 Heads\n\n{SENTENCE * 12}", [(1, "1 Model"), (2, "1.1 Heads")])
    second = page(f"{SENTENCE * 12}\n\n2 Results\n\n{SENTENCE * 6}", [(1, "2 Results")], number=2)
    chunks = chunks_of(document(first, second))
    by_section = {}
    for chunk in chunks:
        by_section.setdefault(chunk.section, []).append(chunk)
    assert list(by_section) == ["1 Model", "1 Model > 1.1 Heads", "2 Results"]
    assert by_section["1 Model"][0].text.startswith("1 Model\n\nAttention")
    assert {chunk.page_number for chunk in by_section["1 Model > 1.1 Heads"]} == {1, 2}
    assert by_section["2 Results"][0].text.startswith("2 Results")


def test_chunks_are_whole_sentences_of_about_the_wanted_size():
    chunks = chunks_of(document(page(SENTENCE * 100)))
    assert all(chunk.text.endswith("of it.") for chunk in chunks)
    sizes = [approximate_tokens(chunk.text) for chunk in chunks]
    assert min(sizes) > 120
    assert max(sizes) <= 230


def test_titles_without_text_go_with_what_follows():
    text = f"3 Experiments\n\n3.1 Setup\n\n{SENTENCE * 8}"
    (chunk,) = chunks_of(document(page(text, [(1, "3 Experiments"), (2, "3.1 Setup")])))
    assert chunk.text.startswith("3 Experiments\n\n3.1 Setup")
    assert chunk.section == "3 Experiments > 3.1 Setup"


def test_captions_and_tables_are_chunks_of_their_own():
    rows = "\n".join(f"model-{number} {number}.5 {number}.7 {number * 3}" for number in range(1, 30))
    text = f"{SENTENCE * 8}\n\n{rows}\n\nTable 1: Scores of all models on the test set.\n\n{SENTENCE * 8}"
    chunks = chunks_of(document(page(text)))
    caption = next(chunk for chunk in chunks if chunk.kind == "caption")
    assert caption.text == "Table 1: Scores of all models on the test set."
    tables = [chunk for chunk in chunks if chunk.kind == "table"]
    assert tables[0].text.startswith("model-1 1.5")
    assert all(line.startswith("model-") for chunk in tables for line in chunk.text.split("\n"))


def test_references_end_with_the_next_section():
    entries = "\n\n".join(f"[{number}] A. Author. A work on models number {number}. 2020." for number in range(30))
    text = f"References\n\n{entries}\n\nA Appendix\n\n{SENTENCE * 6}"
    chunks = chunks_of(document(page(text, [(1, "References"), (1, "A Appendix")])))
    assert {chunk.kind for chunk in chunks if chunk.section == "References"} == {"reference"}
    assert {chunk.kind for chunk in chunks if chunk.section == "A Appendix"} == {"text"}


def test_code_blocks_stay_code_and_blank_lines_do_not_split_them():
    code = "```python\nimport numpy as np\n\n\ndef softmax(x):\n    return np.exp(x) / np.exp(x).sum()\n```"
    text = f"{SENTENCE * 8}\n\n{code}\n\n{SENTENCE * 8}"
    chunks = chunks_of(document(page(text)))
    assert any("def softmax" in chunk.text for chunk in chunks)
    long_code = "```\n" + "\n\n".join(f"call_number_{number}(argument)" for number in range(80)) + "\n```"
    made = chunks_of(document(page(f"{SENTENCE * 8}\n\n{long_code}")))
    assert {chunk.kind for chunk in made if "call_number" in chunk.text} == {"code"}


def test_small_pieces_are_joined_to_a_neighbour():
    text = f"{SENTENCE * 8}\n\nA short remark.\n\nAnother one."
    assert all(approximate_tokens(chunk.text) >= 40 for chunk in chunks_of(document(page(text))))


def test_an_overlong_sentence_is_cut_and_fits():
    for text in ("word " * 2000, "x" * 5000, "数" * 3000):
        made = document(page(text.strip()))
        chunks = chunks_of(made)
        assert kept_share(made, chunks) == 1
        assert all(approximate_tokens(embedding_text(made.title, chunk)) <= 256 for chunk in chunks)


def test_the_prefix_is_bounded_however_long_titles_are():
    title, heading = "A very long title of a paper " * 20, "A very long section heading " * 20
    made = document(page(f"{heading.strip()}\n\n{SENTENCE * 30}", [(1, heading.strip())]), title=title)
    chunks = chunks_of(made)
    assert all(approximate_tokens(embedding_text(title, chunk)) <= 256 for chunk in chunks)
    assert any(chunk.section for chunk in chunks)


def test_equal_text_at_two_places_has_two_ids():
    made = document(page(f"{SENTENCE * 14}\n\n{SENTENCE * 14}"), page(SENTENCE * 14, number=2))
    chunks_of(made)


def test_ids_depend_on_content_not_on_the_file_s_name():
    made = document(page(SENTENCE * 30))
    renamed = replace(made, source_name="other.pdf")
    assert [chunk.id for chunk in chunks_of(made)] == [chunk.id for chunk in chunks_of(renamed)]
    other = replace(made, id=DocumentId("1" * 16))
    assert {chunk.id for chunk in chunks_of(made)}.isdisjoint(chunk.id for chunk in chunks_of(other))


@pytest.mark.parametrize("count_tokens", [approximate_tokens, len, lambda text: len(text.split()) + 2])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_page_is_covered_within_the_limit(count_tokens, data):
    pieces = [
        "Plain words here. ",
        "\n\n",
        "\n",
        "Figure 1: A caption. ",
        "1.5 2.5 3.5\n",
        "x" * 90,
        "```\na\n```\n\n",
        "# ",
    ]
    text = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=60)))
    starts = data.draw(st.lists(st.integers(0, max(0, len(text) - 12)), max_size=3, unique=True))
    headings = tuple(Heading(start, 1 + start % 3, text[start : start + 9]) for start in sorted(starts))
    made = document(replace(page(text), headings=headings))
    chunks = chunks_of(made, count_tokens=count_tokens)
    assert kept_share(made, chunks) == 1
    assert all(count_tokens(embedding_text(made.title, chunk)) <= 256 for chunk in chunks)


def test_prose_around_a_displayed_equation_is_marked():
    text = f"{SENTENCE * 12}\n\nWe compute the outputs as:\n\nA(Q, K) = softmax(QK) (1)\n\nThe rest is prose again."
    made = document(page(text))
    chunks = chunks_of(made)
    assert [chunk.kind for chunk in chunks if "(1)" in chunk.text] == ["equation"]
    assert {chunk.kind for chunk in chunks if "(1)" not in chunk.text} <= {"text"}
    note = replace(made, kind="markdown")
    assert "equation" not in {chunk.kind for chunk in chunks_of(note)}


def test_of_a_table_the_cells_with_words_are_embedded():
    (chunk,) = chunks_of(document(page("A word.")))
    table = replace(chunk, kind="table", text="| model | BLEU | |\n| base | 27.3 | 4e-5 |\n| 1 | 2 | 3 |")
    assert embedding_text("A Small Study", table).endswith("model | BLEU\nbase")
    numbers = replace(chunk, kind="table", text="| 1 | 2 |")
    assert embedding_text("A Small Study", numbers).endswith("| 1 | 2 |")
    assert embedding_text("A Small Study", replace(chunk, text="a | 1 | b")).endswith("a | 1 | b")
