"""Who decides on a call: the rule by provenance, without a graph."""

from __future__ import annotations

import pytest

from agent.asked_for import public_text
from agent.permission import SEE_CODE_FIRST, Provenance, reason_to_ask
from curriculum.load import load_curriculum

ROADMAP = public_text(load_curriculum())


def reason(
    name="add_paper",
    *,
    question="Go on.",
    heard=("search_library",),
    heard_now=(),
    by_rule=False,
    run_python="auto",
    **arguments,
):
    arguments = arguments or {"arxiv_id": "2305.18290"}
    came = Provenance(
        question=question,
        heard_before=set(heard),
        heard_now=set(heard_now),
        by_rule=by_rule,
        public_text=lambda: ROADMAP,
    )
    return reason_to_ask(name, arguments, came, run_python)


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


def test_code_asks_when_the_learner_wants_to_see_it():
    for tool in ("run_python", "draft_equation"):
        assert reason(tool, run_python="ask", code="1", heard=[], question="Compute") == SEE_CODE_FIRST
        assert not reason(tool, code="1", heard=[])
    assert not reason("explain_equation", run_python="ask", equation="1")


@pytest.mark.parametrize(
    "question",
    [
        "Compute the number of LoRA's parameters for r=8.",
        "what's 17 * 23?",
        "plot sin(x) from 0 to 10",
        "Run this:\n```python\nprint(1)\n```",
        "derivative of x^3",
        "Wie viel ist das? Berechne es bitte.",
        "print(x + 1)",
    ],
)
def test_who_asks_for_a_computation_has_said_yes_to_code(question):
    assert not reason("run_python", question=question, code="1")


@pytest.mark.parametrize("question", ["What does the note say about tides?", "Thanks!", "Summarise this paper."])
def test_code_that_nobody_asked_for_asks_once_text_from_outside_is_there(question):
    assert "yours to decide" in reason("run_python", question=question, code="import os")
    assert "yours to decide" in reason("draft_equation", question=question, code="assert x")
    assert not reason("run_python", question=question, code="1", heard=["roadmap"])


def test_a_question_about_an_equation_allows_its_check_and_no_other_code():
    question = "What does the loss of this paper mean?"
    assert not reason("draft_equation", question=question, code="assert x")
    assert reason("run_python", question=question, code="1")


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("Find papers on adapters for large models", {"query": "low-rank adaptation of language models"}),
        ("papers by Hinton since 2020", {"query": "", "author": "Hinton", "since": "2020", "category": "cs.LG"}),
        ("What is 2305.18290?", {"arxiv_id": "2305.18290"}),
        ("mixture of experts", {"query": "mixtures of experts", "category": "cs.CL", "since": "2024-05"}),
    ],
)
def test_a_search_with_the_learners_or_the_roadmaps_words_goes_out(question, arguments):
    assert not reason("search_arxiv", question=question, **arguments)


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("What does the note say about tides?", {"query": "retrieval augmented generation"}),
        ("Find papers on adapters", {"query": "adapters zebra-7f3a"}),
        ("Find papers on adapters", {"query": "adapters", "author": "Jane Roe, grade 37"}),
        ("Find papers on adapters", {"query": "adapters", "category": "the learner failed"}),
        ("Find papers on adapters", {"query": "adapters", "since": "4111 1111 1111"}),
        ("Find papers on adapters", {"arxiv_id": "2401.00001"}),
    ],
)
def test_a_search_with_other_words_asks_since_it_leaves_this_machine(question, arguments):
    assert "sent to arXiv" in reason("search_arxiv", question=question, **arguments)
    assert not reason("search_arxiv", question=question, heard=[], **arguments)


def test_a_quiz_ends_and_helps_when_the_learner_says_so():
    assert reason("end_quiz", question="What does the note say?", remark="")
    assert reason("quiz_hint", question="What does the note say?", remark="")
    assert not reason("end_quiz", question="I have had enough for today.", remark="")
    assert not reason("quiz_hint", question="Could you help me with that?", remark="")


@pytest.mark.parametrize("tool", ["answer_quiz", "study_reply", "grade_answer"])
def test_only_a_rule_takes_a_message_as_an_answer_once_a_text_is_there(tool):
    assert reason(tool, answer="b")
    assert reason(tool, heard=[], heard_now=["search_library"], answer="b")
    assert not reason(tool, heard=["predict_output"], answer="b")
    assert not reason(tool, by_rule=True, answer="b")


def test_a_question_or_a_message_for_which_a_text_was_read_is_no_prediction():
    assert not reason("check_prediction", question="I say 3", prediction="3")
    assert reason("check_prediction", question="What does the note say?", prediction="What")
    assert reason("check_prediction", question="I say 3", heard_now=["search_library"], prediction="3")


def test_what_is_called_by_rule_is_the_learners_own():
    assert not reason("end_quiz", by_rule=True, remark="")
    assert reason("run_python", by_rule=True, run_python="ask", code="1") == SEE_CODE_FIRST


def test_a_program_may_be_mended_after_its_own_output_but_not_after_a_text():
    assert not reason("run_python", heard=[], heard_now=["run_python"], code="1")
    assert reason("run_python", heard=[], heard_now=["run_python", "search_library"], code="1")
    assert reason("run_python", heard=["run_python"], code="1")
    assert reason(heard=[], heard_now=["run_python"])
