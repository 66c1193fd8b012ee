"""Explained and drafted equations: cited reasons, checks that run, drafts that must pass."""

from __future__ import annotations

import json

import pytest
from agent_desk import ask, calls, desk, finished, results, steps
from fake_hands import FakePython
from fake_library import FakeLibrary, make_passage

from agent.context import Limits
from agent.own_texts import own_text
from agent.reason_passages import paper_document, passages_of
from curriculum.equations import find_equation
from curriculum.load import load_curriculum

ATTENTION = find_equation("attention-scaled-dot-product")
QUOTES = [reason for reason in ATTENTION.reasons if reason.quote]
ROOMY = Limits(context_tokens=32_000)


def shelf():
    """A library whose attention paper holds the quotes of the equation's reasons, line ends and all."""
    return FakeLibrary(
        [
            make_passage(f"Words before. {reason.quote.replace(' ', chr(10), 1)} Words after.", page=reason.page,
                         start=100 + 2000 * place)
            for place, reason in enumerate(QUOTES)
        ]
    )  # fmt: skip


def hands(**others):
    return {"curriculum": load_curriculum(), "python": FakePython(), "limits": ROOMY, **others}


def explain(**arguments):
    return calls(("e", "explain_equation", arguments))


def test_an_equation_is_explained_with_citations_and_its_check_is_run(tmp_path):
    given = hands(shelf=shelf())
    given["python"]._run = lambda conversation, code, names: run(code)
    ran = []

    def run(code):
        from fake_hands import FakeFigure, FakeRun

        ran.append(code)
        return FakeRun(text="row sums of the weights: 1.000000\n", figures=(FakeFigure(),))

    tutor, chat = desk(tmp_path, explain(equation="1", paper="attention"), "Each row sums to one.", **given)
    events = ask(tutor, "Explain equation 1 of the attention paper")
    assert ran == [ATTENTION.check]
    details = steps(events)[0].details
    assert (details["kind"], details["drafted"], details["equation"]["latex"]) == ("equation", False, ATTENTION.latex)
    assert details["check"]["figures"][0]["width"] == 640
    assert [passage["number"] for passage in details["passages"]] == list(range(1, len(QUOTES) + 1))
    assert [one["number"] for one in details["equation"]["reasons"] if one["quote"]] == list(range(1, len(QUOTES) + 1))
    told = results(chat.history[-1])["e"]
    assert f"- {QUOTES[0].text} [1]" in told
    assert "row sums of the weights: 1.000000" in told
    assert f"[1] Attention Is All You Need (arXiv 1706.03762), p. {QUOTES[0].page}" in told
    assert json.dumps(details)
    assert finished(events)


def test_its_reasons_can_be_cited_by_the_answer_with_page_and_span(tmp_path):
    tutor, _ = desk(
        tmp_path, explain(equation="1", paper="attention"), f"{QUOTES[0].quote} [1]", **hands(shelf=shelf())
    )
    answer = ask(tutor, "Explain it")[-1].answer
    (citation,) = answer.citations
    assert (citation.page_number, citation.supported) == (QUOTES[0].page, "supported")


def test_without_its_paper_or_the_sandbox_it_is_explained_all_the_same(tmp_path):
    tutor, chat = desk(tmp_path, explain(equation="attention equation"), "It is.", **hands(run_python="off"))
    events = ask(tutor, "Explain it")
    details = steps(events)[0].details
    assert details["passages"] == []
    assert {one["number"] for one in details["equation"]["reasons"]} == {None}
    assert details["check"]["status"] == "stopped"
    assert "The check was not run. Running code is switched off." in results(chat.history[-1])["e"]


def test_what_the_catalogue_lacks_is_told_with_near_ones_and_the_papers_own(tmp_path):
    page = make_passage("We minimise\nL = a + b · c (77)\nwhere a is small.", page=9)
    tutor, chat = desk(
        tmp_path, explain(equation="77", paper="1706.03762"), explain(equation="1", paper="Nowhere"), explain(), "No.",
        **hands(shelf=FakeLibrary([page])),
    )  # fmt: skip
    events = ask(tutor, "Explain equation 77")
    first = steps(events)[0]
    assert first.failed
    told = [str(message.content) for message in chat.history[-1] if message.type == "tool"]
    assert "It has: Scaled dot-product attention (equation 1)" in told[0]
    assert "Equation 77 stands on p. 9" in told[0]
    assert "draft_equation" in told[0]
    assert "No equation was named" in told[2]


@pytest.mark.parametrize("reason", QUOTES)
def test_a_quote_that_two_chunks_share_is_the_one_with_more_of_it(reason):
    text = f"Before. {reason.quote} After."
    middle = 100 + text.index(reason.quote) + 10
    parts = [
        make_passage(text[: middle - 100], page=reason.page),
        make_passage(text[middle - 100 :], page=reason.page, start=middle),
    ]
    library = FakeLibrary(parts)
    document = paper_document("1706.03762", "", library)
    (found,) = passages_of([reason], document, library)
    assert found.chunk_id == parts[1].chunk_id
    assert paper_document("2005.14165", "Language Models are Few-Shot Learners", library) is None


# Drafts

DRAFT = {
    "latex": "$\\sum_i p_i = 1$",
    "symbols": {"p_i": "a probability"},
    "property": "They sum to one.",
    "code": "total = 0.25 * 4\nassert total == 1\nprint(total)",
    "name": "Normalisation",
}


def draft(one="d", **changed):
    return calls((one, "draft_equation", {**DRAFT, **changed}))


def test_a_draft_is_shown_when_its_check_passes(tmp_path):
    tutor, chat = desk(tmp_path, draft(), "It holds.", **hands())
    details = steps(ask(tutor, "Explain the sum"))[0].details
    assert (details["kind"], details["drafted"], details["passages"]) == ("equation", True, [])
    equation = details["equation"]
    assert (equation["latex"], equation["shows"], equation["origin"]) == (
        "\\sum_i p_i = 1",
        DRAFT["property"],
        "drafted",
    )
    assert equation["symbols"][0]["meaning"] == "a probability"
    assert equation.keys() == ATTENTION.to_dict().keys()
    assert details["check"]["text"] == "1.0\n"
    assert own_text(details).strip() == "1.0"  # what the model wrote itself is no source


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"code": "assert 1 == 2, 'they differ'"}, "AssertionError: they differ"),
        ({"code": "print(1)"}, "asserts nothing"),
        ({"code": "assert True"}, "asserts nothing"),
        ({"code": "assert ("}, "not Python"),
        ({"latex": "", "symbols": None}, "no latex, no symbols"),
    ],
)
def test_a_draft_that_fails_is_not_shown(tmp_path, changed, told):
    tutor, chat = desk(tmp_path, draft(**changed), "I could not.", **hands())
    (step,) = steps(ask(tutor, "Explain"))
    assert step.failed
    assert step.details == {}
    assert told in results(chat.history[-1])["d"]


def test_two_drafts_are_tried_in_a_turn_and_two_in_the_next(tmp_path):
    given = hands()
    failing = [draft(f"d{n}", code="x = 1\nassert x == 2") for n in range(3)]
    tutor, chat = desk(tmp_path, *failing, "No.", draft("e"), "Yes.", **given)
    conversation = ask(tutor, "Explain")[0].conversation_id
    assert len(given["python"].ran) == 2
    assert "2 drafts were tried" in results(chat.history[-1])["d2"]
    assert not steps(ask(tutor, "Explain the equation again", conversation_id=conversation))[0].failed


def test_drafts_are_offered_where_the_window_is_large_enough(tmp_path):
    tutor, chat = desk(tmp_path / "small", "Hi.", **hands(limits=Limits()))
    ask(tutor, "Hi")
    assert "explain_equation" in chat.bound_tools[0]
    assert "draft_equation" not in chat.bound_tools[0]
    tutor, chat = desk(tmp_path / "large", "Hi.", **hands())
    ask(tutor, "Hi")
    assert "draft_equation" in chat.bound_tools[0]


def test_a_draft_asks_where_code_asks(tmp_path):
    given = hands(run_python="ask")
    tutor, _ = desk(tmp_path, draft(), "x", **given)
    assert ask(tutor, "Explain")[-1].requests[0].name == "draft_equation"
    assert given["python"].ran == []
