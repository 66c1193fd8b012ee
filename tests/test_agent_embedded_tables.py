"""Rows of tables, announcements and cut sentences in answers of the embedded model, and whether they still check."""

from dataclasses import replace

import pytest
from fake_library import FakeEmbedder, make_passage

from agent.citations import check_answer
from agent.embedded.compose import Reader, answer_text
from agent.embedded.pieces import pieces_of
from agent.embedded.table_rows import cells_of, column_names, inline_row, with_powers
from vectorstore.passage import Passage

READER = Reader(FakeEmbedder().embed)
HEAD = "| | BLEU | | Cost (FLOPs) | |\n| Model | EN-DE | EN-FR | EN-DE | EN-FR |\n| ByteNet [18] | 23.75 | | | |"
REST = "| Transformer (base model) | 27.3 | 38.1 | 3.3 · 1018 | |\n| Transformer (big) | 28.4 | 41.8 | 2.3 · 1019 | |"
SECTION = "6 Results > Table 2: The Transformer achieves better BLEU scores"
QUESTION = "What BLEU score does the big Transformer reach on EN-DE?"


def passage(text, number, *, kind="table", position=0, **options):
    made = replace(make_passage(text, section=SECTION, start=900 * position, **options), kind=kind, position=position)
    return {"number": number, **made.to_dict()}


PARTS = [passage(REST, 1, position=4), passage(HEAD, 2, position=3)]


def checked(text, passages):
    sources = {one["number"]: Passage(**{name: one[name] for name in one if name != "number"}) for one in passages}
    return check_answer(text, sources)


def test_cells_and_columns_are_read_by_their_bars():
    assert cells_of("| a | | b |") == ("a", "", "b")
    assert cells_of("a b 3") == ()
    assert column_names(["| | BLEU | |", "| Model | EN-DE | EN-FR |"]) == ("Model", "BLEU EN-DE", "EN-FR")
    assert column_names(["| | BLEU |", "| Model | EN-DE | EN-FR |"]) == ()
    assert column_names([]) == ()
    assert inline_row("| n_heads | | 32 |") == "n_heads | 32"
    assert inline_row("RoBERTa 83.2") == "RoBERTa 83.2"


def test_powers_of_ten_are_raised_where_a_sign_shows_that_they_are_powers():
    assert with_powers("9.6 · 1018 of 2.3 · 1019, ϵ = 1.5 × 10−9") == "9.6 · 10¹⁸ of 2.3 · 10¹⁹, ϵ = 1.5 × 10⁻⁹"
    for plain in ("in 1019", "10.5 × 10.5", "3.5 × 1000", "512 × 1024", "1.5 × 1024", "1.5 × 105", "2.5 × 1019.5"):
        assert with_powers(plain) == plain


def test_a_row_has_the_columns_of_its_tables_first_part_and_of_no_other_table():
    rows = {piece.text: piece.columns for piece in pieces_of(PARTS, rows=True)}
    columns = ("Model", "BLEU EN-DE", "EN-FR", "Cost (FLOPs) EN-DE", "EN-FR")
    assert set(rows.values()) == {columns}
    other = {**PARTS[1], "section": "7 Other > Table 3: Something else"}
    assert {piece.columns for piece in pieces_of([PARTS[0], other], rows=True)} == {(), columns}


def test_a_row_that_answers_is_shown_as_a_table_and_is_supported_by_its_own_line():
    text = answer_text(QUESTION, PARTS, READER)
    first = text.split("\n\n")[0].split("\n")
    assert first[:2] == ["| Model | BLEU EN-DE | EN-FR | Cost (FLOPs) EN-DE |", "| --- | --- | --- | --- |"]
    assert "| Transformer (big) [1] | 28.4 | 41.8 | 2.3 · 10¹⁹ |" in first
    assert "“|" not in text
    checks, citations = checked(text, PARTS)
    assert {check.support for check in checks if check.numbers} == {"supported"}
    assert {check.support for check in checks} <= {"supported", "exempt"}
    assert "| Transformer (big) | 28.4 | 41.8 | 2.3 · 1019 | |" in {citation.quote for citation in citations}


def test_all_rows_of_one_table_stand_in_one_table():
    text = answer_text(QUESTION, PARTS, READER)
    assert sum(line.startswith("| --- |") for line in text.split("\n")) == 1
    assert "| Transformer (base model) [1] | 27.3 | 38.1 | 3.3 · 10¹⁸ |" in text.split("\n")


def test_a_row_does_not_stand_beside_a_sentence_that_answers():
    told = "The big Transformer reaches a BLEU score of 28.4 on EN-DE, what is the best score of all."
    lead = answer_text(QUESTION, [*PARTS, passage(told, 3, kind="text", position=9)], READER).split("\n\n")[0]
    assert ("|" in lead) != lead.startswith("“The big")


def test_figures_without_names_and_bare_titles_of_figures_do_not_follow_a_sentence_that_answers():
    told = "The big Transformer reaches a BLEU score of 28.4 on EN-DE, what is the best score of all."
    title = "Figure 2: The BLEU score of it."
    found = [PARTS[0], passage(told, 3, kind="text", position=9), passage(title, 5, kind="caption", position=11)]
    assert answer_text(QUESTION, found, READER) == f"“{told}” [3]"


def test_a_changed_figure_in_a_table_is_seen():
    text = answer_text(QUESTION, PARTS, READER).replace("28.4", "29.4")
    checks, _ = checked(text, PARTS)
    assert "unsupported" in {check.support for check in checks}


def test_a_row_without_known_columns_is_a_quote_on_a_line():
    text = answer_text("How big is the big Transformer?", PARTS[:1], READER)
    assert "“Transformer (big) | 28.4 | 41.8 | 2.3 · 10¹⁹” [1]." in text
    checks, _ = checked(text, PARTS[:1])
    assert {check.support for check in checks if check.numbers} == {"supported"}


def prose(*texts):
    return [passage(text, number, kind="text", position=number) for number, text in enumerate(texts, 1)]


def test_what_only_announces_is_shown_with_what_it_announces_or_not_at_all():
    told = "Multi-head attention runs several attention functions in parallel."
    announces = "The Transformer uses multi-head attention in three ways:"
    follows = "- Queries of the decoder look at keys of the encoder."
    cut = answer_text("What is multi-head attention?", prose(told, announces), READER)
    assert told in cut
    assert announces not in cut
    whole = answer_text("What is multi-head attention?", prose(told, f"{announces}\n{follows}"), READER)
    assert f"“{announces}” [2]. “{follows[2:]}” [2]" in whole


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            "Attention helps the most when the task is challenging and requires that many steps of a model",
            "“Attention helps the most when the task is challenging and requires that many steps of a model …” [1]",
        ),
        (
            "gradient of the attention that the model computes.",
            "“… gradient of the attention that the model computes.” [1]",
        ),
        (
            "Attention of the model is computed with a key and a value for each token when the task is hard,",
            "“Attention of the model is computed with a key and a value for each token when the task is hard, …” [1]",
        ),
        (
            "models (all of them) have attention computed when the task is challenging.",
            "“… models (all of them) have attention computed when the task is challenging.” [1]",
        ),
        ("Attention is computed by the model.", "“Attention is computed by the model.” [1]"),
    ],
)
def test_a_sentence_that_a_page_cuts_off_says_so_and_still_checks(sentence, shown):
    passages = prose(sentence)
    text = answer_text("How is attention of the model computed when the task is challenging?", passages, READER)
    assert shown in text
    checks, citations = checked(text, passages)
    assert {check.support for check in checks} == {"supported"}
    assert citations[0].quote == sentence.rstrip(",")
