"""Rows of tables: which are one claim, and which are a claim in each cell."""

import pytest
from fake_library import make_passage

from agent.citations import check_answer
from agent.claims import sentences_of

LORA = "LoRA freezes the pretrained model weights and injects trainable matrices. It was tested on RoBERTa and GPT-3."
DPO = "DPO needs no reward model. The policy is trained with a simple classification loss on 8 | 16 pairs."
SOURCES = {1: make_passage(LORA, title="LoRA"), 2: make_passage(DPO, title="DPO")}
HEAD = "| Aspect | LoRA | DPO |\n| --- | --- | --- |\n"


def checked(rows):
    checks, citations = check_answer(HEAD + rows, SOURCES)
    return [(check.text, check.support) for check in checks if check.support != "exempt"], citations


def test_each_cell_with_a_citation_is_judged_by_itself():
    rows = (
        "| Idea | “LoRA freezes the pretrained model weights” [1] | “DPO trains two reward models and a critic” [2] |"
    )
    verdicts, citations = checked(rows)
    assert [support for _, support in verdicts] == ["supported", "unsupported"]
    assert [(citation.number, citation.supported) for citation in citations] == [(1, "supported"), (2, "unsupported")]


def test_a_swapped_citation_in_one_cell_is_seen():
    verdicts, _ = checked("| Idea | “DPO needs no reward model” [1] | “DPO needs no reward model” [2] |")
    assert [support for _, support in verdicts] == ["unsupported", "supported"]


def test_the_label_and_a_cell_that_says_nothing_was_found_need_no_source():
    text = HEAD + "| Training and objective | no passage found | “DPO needs no reward model” [2] |"
    checks, _ = check_answer(text, SOURCES)
    assert [check.support for check in checks] == ["exempt", "exempt", "exempt", "supported"]


def test_a_bar_inside_of_a_quote_parts_no_cells():
    quote = "“The policy is trained with a simple classification loss on 8 \\| 16 pairs” [2]"
    verdicts, _ = checked(f"| Method | “It was tested on RoBERTa and GPT-3” [1] | {quote} |")
    assert verdicts == [("“It was tested on RoBERTa and GPT-3” [1]", "supported"), (quote, "supported")]


@pytest.mark.parametrize("row", ["| BERT-large | 340M parameters [2] |", "| BERT | 110M | 340M [2] |"])
def test_a_row_with_one_citation_for_its_numbers_stays_one_claim(row):
    *_, last = sentences_of(row)
    assert last.text == row
    assert last.claims


def test_a_short_cell_is_read_with_the_label_of_its_row():
    cells = [sentence for sentence in sentences_of(HEAD + "| Heads | 8 [1] | 16 [2] |") if sentence.numbers]
    assert [cell.words for cell in cells] == ["Heads 8", "Heads 16"]
    assert all(cell.text in ("8 [1]", "16 [2]") for cell in cells)


def test_what_was_done_for_the_learner_needs_no_source_but_what_is_claimed_does():
    exempt = ["I ran this:", "You declined to add arXiv 2305.18290, so nothing was downloaded.", "It printed:"]
    claimed = ["It ran for 12 hours on 8 GPUs.", "The code was written in C and the value is 42."]
    assert not any(sentence.claims for text in exempt for sentence in sentences_of(text))
    assert all(sentence.claims for text in claimed for sentence in sentences_of(text))


def test_a_symbol_told_by_a_tool_may_be_repeated_as_a_formula():
    told = r"y_w, y_l winner and loser The preferred and the dispreferred answer to the prompt x."
    row = r"| $y_w, y_l$ | winner and loser | The preferred and the dispreferred answer to the prompt x. |"
    checks, _ = check_answer(row, {}, trusted=[told])
    assert {check.support for check in checks} == {"exempt"}
    checks, _ = check_answer(row.replace("dispreferred answer", "first guess of a critic"), {}, trusted=[told])
    assert {check.support for check in checks} == {"uncited"}
