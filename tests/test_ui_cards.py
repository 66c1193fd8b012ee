"""What a tool brought, as the chat shows it: nothing of it can act, load or be mistaken for the page's own words."""

import base64

import pytest
from make_png import png

from agent.events import ApprovalRequest
from errors import QuestionError, StudyError
from ui.cards.approval import CallReference, approval_card
from ui.cards.code import running_code
from ui.cards.setting import Setting
from ui.cards.show import card

CONVERSATION = "0123456789abcdef0123456789abcdef"
HOSTILE = "</code><img src=x onerror=1> ![a](http://evil.example/a.png) [b](http://evil.example) $x$ \"'"


def setting(pictures=None):
    def read(conversation_id, name):
        assert conversation_id == CONVERSATION
        if name not in (pictures or {}):
            raise StudyError("This figure is no longer there.", hint="Run the code again.")
        return pictures[name]

    return Setting(CONVERSATION, read_picture=read)


def run(**changes):
    values = {
        "kind": "python",
        "code": "print(1)\n1 + 1",
        "status": "ok",
        "text": "1\n",
        "value": "2",
        "error": "",
        "figures": [],
        "notices": [],
        "seconds": 0.123,
        "wall": "webassembly",
    }
    return {**values, **changes}


def test_a_run_shows_code_output_value_and_how_it_ended():
    shown = card(run(), setting())
    assert "```python\nprint(1)\n1 + 1\n```" in shown
    assert "Printed</div>\n\n```text\n1\n```" in shown
    assert "Value of the last line</div>\n\n```text\n2\n```" in shown
    assert "ran · 0.12 s · WebAssembly sandbox" in shown
    assert f'name="run_code" value="{CONVERSATION}"' in shown
    assert f'name="reset_python" value="{CONVERSATION}"' in shown


@pytest.mark.parametrize(
    ("status", "words"), [("timeout", "time limit"), ("memory", "memory limit"), ("error", "error")]
)
def test_a_run_says_how_it_ended(status, words):
    assert words in card(run(status=status), setting()).split("\n")[0]


def test_a_figure_is_part_of_the_page_and_not_fetched():
    picture = png(1440, 480)
    shown = card(run(figures=[{"file": "a.png", "width": 1440, "height": 480}]), setting({"a.png": picture}))
    assert f'src="data:image/png;base64,{base64.b64encode(picture).decode()}"' in shown
    assert 'width="720" height="240"' in shown
    assert "1440 by 480 pixels" in shown


def test_a_lost_figure_is_a_sentence():
    shown = card(run(figures=[{"file": "gone.png", "width": 1, "height": 1}]), setting())
    assert "no longer there" in shown
    assert "<img" not in shown


def test_a_run_without_output_says_so():
    assert "printed nothing" in card(run(text="", value=""), setting())


def test_code_cannot_leave_its_block():
    for shown in (running_code("a\n```\n<b>\n"), card(run(code="a\n```\n<b>\n"), setting())):
        assert "````python\na\n```\n<b>\n\n````" in shown


@pytest.mark.parametrize(
    "details",
    [
        {"kind": "plan", "items": [{"text": HOSTILE, "status": "pending"}]},
        run(notices=[HOSTILE]),
        {
            "kind": "arxiv",
            "query": HOSTILE,
            "notices": [HOSTILE],
            "results": [
                {
                    "title": HOSTILE,
                    "authors": [HOSTILE],
                    "abstract": HOSTILE,
                    "arxiv_id": HOSTILE,
                    "published": HOSTILE,
                    "primary_category": HOSTILE,
                    "why": HOSTILE,
                }
            ],
        },
        {"kind": "paper_added", "title": HOSTILE, "prerequisites": [{"title": HOSTILE}], "notices": [HOSTILE]},
        {
            "kind": "equation",
            "equation": {
                "name": HOSTILE,
                "number": HOSTILE,
                "shows": HOSTILE,
                "symbols": [{"latex": "x", "name": HOSTILE, "shape": HOSTILE, "meaning": HOSTILE}],
                "parts": [{"latex": "x", "does": HOSTILE}],
            },
        },
        {"kind": "exercise", "exercise": {"title": HOSTILE, "prompt": HOSTILE, "code": "1"}},
    ],
    ids=lambda details: details["kind"],
)
def test_words_of_others_are_only_text(details):
    shown = card(details, setting())
    assert "evil" in shown
    for forbidden in ("<img", "![", "](", "http://", "$x$"):
        assert forbidden not in shown


def test_found_papers_can_be_added_opened_or_neither():
    record = {"arxiv_id": "2305.18290", "version": 3, "title": "DPO", "published": "2023-05-29"}
    found = card({"kind": "arxiv", "query": "dpo", "results": [record]}, setting())
    assert 'name="add_paper" value="2305.18290"' in found
    assert "arXiv 2305.18290v3" in found
    here = card({"kind": "arxiv", "results": [{**record, "document_id": "a" * 16}]}, setting())
    assert "in your library" in here
    assert f'name="open_source" value="{"a" * 16}.1.0.0.' in here
    gone = card({"kind": "arxiv", "results": [{**record, "withdrawn": True}]}, setting())
    assert "withdrawn" in gone
    assert "add_paper" not in gone


def test_an_added_paper_names_what_to_read_first():
    added = {
        "kind": "paper_added",
        "title": "DPO",
        "status": "added",
        "pages": 27,
        "chunks": 180,
        "document_id": "b" * 16,
        "prerequisites": [{"title": "InstructGPT", "in_library": False}, {"title": "GPT", "in_library": True}],
    }
    shown = card(added, setting())
    assert "27 pages, 180 passages" in shown
    assert "InstructGPT" in shown
    assert "GPT;" not in shown


def test_an_equation_shows_symbols_and_whether_its_check_passed():
    equation = {
        "name": "Attention",
        "number": "1",
        "page": 4,
        "latex": "QK^\\top",
        "symbols": [{"latex": "Q", "name": "queries", "shape": "(n, d_k)", "meaning": "what is asked"}],
        "parts": [{"latex": "QK^\\top", "does": "compares."}],
        "shows": "Rows sum to one.",
    }
    shown = card({"kind": "equation", "equation": equation, "check": run()}, setting())
    assert "\ue010QK^\\top\ue011" in shown
    assert "(n, d&#95;k)" in shown
    assert "✓ the check ran and passed" in shown
    assert "```python\nprint(1)" in shown
    failed = card({"kind": "equation", "equation": equation, "check": run(status="error")}, setting())
    assert "did not pass" in failed
    drafted = card({"kind": "equation", "equation": equation, "check": run(), "drafted": True}, setting())
    assert "drafted by the model" in drafted


def test_a_check_that_ran_out_of_time_is_not_called_wrong():
    shown = card({"kind": "equation", "equation": {"name": "A"}, "check": run(status="timeout")}, setting())
    assert "ran out of time" in shown
    assert "did not pass" not in shown


def test_a_paper_to_add_is_named_by_its_title():
    request = ApprovalRequest("call-1", "add_paper", {"arxiv_id": "2305.10601"}, "It came out of a search.")
    shown = approval_card(request, CONVERSATION, {"2305.10601": f"Tree {HOSTILE}"})
    assert "<b>Tree " in shown
    assert "<img" not in shown
    assert "arXiv 2305.10601" in shown
    assert "2305.10601" in approval_card(request, CONVERSATION, {})


def test_a_prediction_stands_beside_what_the_code_gave():
    details = {"kind": "exercise_result", "verdict": "close", "given": "(2, 3)", "expected": "(3, 2)", "run": run()}
    shown = card(details, setting())
    assert "◐ close" in shown
    assert shown.index("(2, 3)") < shown.index("(3, 2)")


def test_a_call_reference_survives_its_text_and_a_damaged_one_is_refused():
    reference = CallReference(CONVERSATION, "call_1-a")
    assert CallReference.parse(reference.as_text()) == reference
    for damaged in ("", "x", "../x.call", f"{CONVERSATION}.a b"):
        with pytest.raises(QuestionError):
            CallReference.parse(damaged)


def test_what_the_answer_tells_in_full_is_not_shown_twice():
    picture = png(320, 240)
    told = Setting(CONVERSATION, is_told=True, read_picture=lambda *_: picture)
    shown = card(run(figures=[{"file": "a.png", "width": 320, "height": 240}]), told)
    assert "```python" in shown
    assert "<img" in shown
    assert "Printed" not in shown
    assert "Value of" not in shown
    assert "printed nothing" not in card(run(), told)
    assert card({"kind": "exercise", "exercise": {}}, told) == ""
    equation = {"name": "A", "latex": "x", "symbols": [{"latex": "x"}], "shows": "It holds."}
    explained = card({"kind": "equation", "equation": equation, "check": run()}, told)
    assert "✓ the check ran and passed" in explained
    assert "```python" in explained
    assert "It holds." not in explained


def test_other_results_have_no_card():
    assert card({}, setting()) == ""
    assert card({"kind": "passages"}, setting()) == ""


QUESTION = {
    "id": "q",
    "kind": "choice",
    "prompt": "How many <b>heads</b>?",
    "code": "",
    "options": ["four", "“three” & <i>more</i>"],
    "number": 1,
    "total": 3,
    "made": "from the question bank",
    "asking": "Answer with its number or letter.",
}


def quiz_details(**changes):
    quiz = {"id": "one", "title": "Attention", "mode": "practice", "total": 3}
    return {"kind": "quiz", "quiz": quiz, "question": QUESTION, "result": None, **changes}


def test_an_open_question_has_a_button_for_each_option_that_sends_it():
    from ui.cards.quiz import question_card

    shown = question_card(quiz_details(), is_told=False)
    assert 'name="ask" value="1. four"' in shown
    assert "<i>more</i>" not in shown
    assert "<b>heads</b>" not in shown
    assert 'value="hint"' in shown
    told = question_card(quiz_details(), is_told=True)
    assert "How many" not in told
    assert ">1</button>" in told
    assert question_card(quiz_details(question=None), is_told=False) == ""


def test_an_exam_has_no_hint_and_several_options_no_button():
    from ui.cards.quiz import question_card

    exam = {**quiz_details()["quiz"], "mode": "exam"}
    assert 'value="hint"' not in question_card(quiz_details(quiz=exam), is_told=False)
    several = question_card(quiz_details(question={**QUESTION, "kind": "several"}), is_told=False)
    assert 'value="1. four"' not in several
    assert "<li>four</li>" in several


def test_a_graded_answer_is_shown_by_the_card_whatever_the_model_says():
    from ui.cards.quiz import quiz_card
    from ui.cards.setting import Setting

    result = {
        "verdict": "wrong",
        "feedback": "That is one.",
        "key": "Right is four.",
        "points": [{"text": "p", "met": False}],
    }
    shown = quiz_card(quiz_details(result=result), Setting("c"))
    assert "✕ not this time" in shown
    assert "Right is four." in shown
    assert "✗ missing: p" in shown
    assert quiz_card(quiz_details(result=result), Setting("c", is_told=True)) == ""
