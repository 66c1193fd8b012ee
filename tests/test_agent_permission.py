"""Who decides on a call: the rule by provenance, without a graph."""

from __future__ import annotations

import pytest

from agent.permission import SEE_CODE_FIRST, reason_to_ask


def reason(name="add_paper", *, question="Go on.", heard=("search_library",), run_python="auto", **arguments):
    arguments = arguments or {"arxiv_id": "2305.18290"}
    return reason_to_ask(name, arguments, question=question, heard=set(heard), run_python=run_python)


def test_an_effect_asks_once_text_from_outside_is_there():
    assert "2305.18290" in reason()
    for tool in ("read_pages", "search_arxiv", "run_python", "explain_equation", "list_library", "an earlier answer"):
        assert reason(heard=["roadmap", tool]), tool


def test_nothing_is_asked_while_only_our_own_words_are_there():
    assert not reason(heard=[])
    assert not reason(heard=["roadmap", "write_todos"])


@pytest.mark.parametrize(
    "question",
    [
        "Add 2305.18290 please",
        "add arXiv:2305.18290v2?",
        "Please take https://arxiv.org/abs/2305.18290 into my library.",
        "https://arxiv.org/pdf/2305.18290.pdf",
    ],
)
def test_the_learner_who_names_the_paper_has_said_yes(question):
    given = {"arxiv_id": "2305.18290v2"} if "v2" in question else {}
    assert not reason(question=question, **given)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Add 2305.18291", "2305.18290"),
        ("Add 12305.182905", "2305.18290"),
        ("Add 2305.18290v1", "2305.18290v2"),
        ("Summarise it", "https://arxiv.org/abs/2305.18290"),
        ("What is LoRAx?", "LoRA"),
    ],
)
def test_another_paper_is_no_yes(question, wanted):
    assert reason(question=question, arxiv_id=wanted)


def test_a_name_that_the_learner_wrote_is_a_yes():
    assert not reason(question="Add the LoRA paper", arxiv_id="lora")
    assert not reason(question="x", arxiv_id=None)  # the tool itself refuses a call without a paper


def test_code_asks_only_when_the_learner_wants_to_see_it():
    for tool in ("run_python", "draft_equation"):
        assert reason(tool, run_python="ask", code="1", heard=[]) == SEE_CODE_FIRST
        assert not reason(tool, code="1")
    assert not reason("explain_equation", run_python="ask", equation="1")
    assert not reason("search_arxiv", query="x")
