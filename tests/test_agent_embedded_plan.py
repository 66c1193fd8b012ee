"""Requests of several parts: how they are taken apart, what waits for what, and the one answer to all."""

from __future__ import annotations

import asyncio

import pytest
from agent_desk import ask, collect, decide, said, steps
from fake_hands import FakePapers, FakePython
from fake_library import FakeEmbedder, FakeLibrary, fake_roadmap, make_passage

from agent.context import Limits
from agent.embedded.add_wish import AddWish
from agent.embedded.lore import lore_of
from agent.embedded.model import EmbeddedChatModel
from agent.embedded.plan import MOST_STEPS, make_plan, subject_of
from agent.embedded.turn_view import Done, Memory
from agent.events import AnswerFinished, ApprovalNeeded
from agent.hands import Hands
from agent.refusal import is_refusal
from agent.tutor import Tutor
from curriculum.load import load_curriculum

LORE = lore_of(load_curriculum())
TOOLS = frozenset(
    {"search_library", "read_pages", "list_library", "run_python", "search_arxiv", "add_paper", "write_todos"}
    | {"explain_paper", "compare_papers", "explain_equation", "start_quiz", "predict_output", "check_prediction"}
)
FULL = "Find papers on mixture of experts on arXiv, add the first one and tell me what it says about routing"
ROOMY = Limits(context_tokens=32_000)
REWARD = "The policy is trained with a simple classification loss and needs no explicit reward model at all."


def plan(text):
    return make_plan(text, "", Memory(), LORE)


def kinds(text):
    return [type(step).__name__.removesuffix("Wish") for step in plan(text).steps]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (FULL, ["Arxiv", "Add", "Study"]),
        ("Find DPO on arXiv, add it and tell me what it says about the loss", ["Arxiv", "Add", "Study"]),
        ("Compare the LoRA and DPO papers, then give me a prediction exercise", ["Compare", "Exercise"]),
        ("explain equation 1 of the attention paper and plot softmax for temperatures 0.5 and 2", ["Equation", "Code"]),
        ("What is LoRA, and compute 2*4096*8", ["Study", "Code"]),
        ("What is LoRA? Plot sin(x).", ["Study", "Code"]),
        ("add 2305.18290 and walk me through it", ["Add", "Explain"]),
        ("please add 2305.18290, then tell me what it says about rewards, and compute 3+4", ["Add", "Study", "Code"]),
        ("quiz me on attention and explain the LoRA paper", ["Told", "Explain"]),
        ("serach arxiv for mamba and compute 2+2", ["Arxiv", "Code"]),
        ("Explain what dropout is and compute the derivative of x^2", ["Study", "Code"]),
    ],
)
def test_a_request_is_taken_apart(text, wanted):
    assert kinds(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("What is LoRA and how does it work?", "Study"),
        ("Explain why attention scales, and how it differs from RNNs", "Study"),
        ("How does LoRA work and how do I add it to a model?", "Study"),
        ("What is the difference between LoRA and DPO? Explain it simply.", "Study"),
        ("compare LoRA and DPO papers", "Compare"),
        ("plot sin(x) and cos(x)", "Code"),
        ("predict, then run it", "Exercise"),
        ("mean and std of 1, 2, 3", "Code"),
        ('find "search and add" on arxiv', "Arxiv"),
        ("run this:\n```python\nprint(1); print(2)\nplot = 3\n```", "Code"),
    ],
)
def test_one_wish_stays_one(text, wanted):
    assert kinds(text) == [wanted]


def test_steps_are_bounded_and_the_rest_is_told():
    text = "compute 1+1, compute 2+2, compute 3+3, compute 4+4, compute 5+5, compute 6+6 and compute 7+7"
    made = plan(text)
    assert len(made.steps) == MOST_STEPS
    done = [Done("run_python", {}, {"status": "ok", "value": "2"}, "", False, place) for place in range(MOST_STEPS)]
    answer = made.answer(done, Memory(), None)
    assert "*compute 6+6* and *compute 7+7*" in answer
    assert answer.count("**") == 2 * MOST_STEPS


def test_independent_calls_go_together_behind_the_plan():
    made = plan("compare the LoRA and DPO papers, compute 2+2 and quiz me on softmax")
    calls = made.next_calls((), Memory(), TOOLS)
    assert [(step, call.name) for step, call in calls] == [
        (0, "write_todos"),
        (0, "compare_papers"),
        (1, "run_python"),
        (2, "start_quiz"),
    ]
    assert [item["status"] for item in calls[0][1].arguments["todos"]] == ["in_progress"] * 3
    assert "write_todos" not in {call.name for _, call in made.next_calls((), Memory(), TOOLS - {"write_todos"})}


def test_one_step_needs_no_plan():
    assert [call.name for _, call in plan("compute 2+2").next_calls((), Memory(), TOOLS)] == ["run_python"]


def test_a_step_waits_for_what_it_needs_and_takes_it():
    made = plan(FULL)
    first = made.next_calls((), Memory(), TOOLS)
    assert [call.name for _, call in first] == ["write_todos", "search_arxiv"]
    written = Done("write_todos", first[0][1].arguments, {}, "", False)
    found = ({"arxiv_id": "2401.04088", "title": "Mixtral of Experts"},)
    searched = Done("search_arxiv", {}, {"kind": "arxiv", "results": found}, "", False, 0)
    second = made.next_calls([written, searched], Memory(found=found), TOOLS)
    assert [(call.name, call.arguments.get("arxiv_id")) for _, call in second] == [
        ("write_todos", None),
        ("add_paper", "2401.04088"),
    ]
    added = Done("add_paper", {}, {"kind": "paper_added", "title": "Mixtral of Experts"}, "", False, 1)
    after = Memory(found=found, document="Mixtral of Experts")
    third = made.next_calls([written, searched, added], after, TOOLS)
    assert third[-1][1].arguments == {"query": "routing", "document": "Mixtral of Experts"}
    assert third[-1][0] == 2


def test_a_failed_step_stops_what_needs_it_and_nothing_else():
    made = plan("find DPO on arXiv, add it, and compute 2+2")
    failed = Done("search_arxiv", {}, {}, "arXiv did not answer.", True, 0)
    ran = Done("run_python", {}, {"status": "ok", "value": "4"}, "", False, 2)
    written = Done("write_todos", made.next_calls((), Memory(), TOOLS)[0][1].arguments, {}, "", False)
    (last,) = made.next_calls([written, failed, ran], Memory(), TOOLS)
    assert [item["content"].rpartition(" (")[2] for item in last[1].arguments["todos"]][:2] == [
        "did not work)",
        "left out)",
    ]
    answer = made.answer([failed, ran], Memory(), None)
    assert "arXiv did not answer." in answer
    assert "needs part 1" in answer
    assert "```text\n4\n```" in answer


def test_a_follow_up_means_the_paper_that_was_spoken_of():
    assert subject_of(plan("walk me through the LoRA paper"), Memory()) == "the LoRA paper"
    assert subject_of(plan("add it"), Memory(document="DPO")) == "DPO"
    assert subject_of(plan("plot sin(x)"), Memory(document="DPO")) == ""
    assert subject_of(plan("What is LoRA?"), Memory()) == "What is LoRA?"


def test_after_a_walk_through_a_follow_up_is_looked_up_in_that_paper():
    memory = Memory(document="Direct Preference Optimization")
    (step,) = make_plan("what is its main limitation?", "the DPO paper", memory, LORE, on_paper=True).steps
    (call,) = step.calls((), memory)
    assert call.arguments["document"] == "Direct Preference Optimization"
    (step,) = make_plan("what is LoRA?", "the DPO paper", memory, LORE, on_paper=True).steps
    assert "document" not in step.calls((), memory)[0].arguments


# Through the whole graph


def open_desk(home, shelf=None, **hands):
    model = EmbeddedChatModel(embed=FakeEmbedder().embed, lore=LORE)
    return Tutor.open(
        home,
        shelf or library(),
        model_loader=lambda name: model,
        default_model="fake/one",
        roadmap=fake_roadmap(),
        limits=ROOMY,
        hands=Hands(**hands),
    )


def library():
    return FakeLibrary(
        [
            make_passage(REWARD, title="Direct Preference Optimization", arxiv_id="2305.18290", section="Abstract"),
            make_passage("Attention maps a query to an output.", title="Attention Is All You Need"),
        ]
    )


REQUEST = "find DPO on arXiv, add it and tell me what it says about the reward model"


def test_a_declined_paper_is_not_added_and_the_answer_says_so(tmp_path):
    papers = FakePapers()
    tutor = open_desk(tmp_path, papers=papers)
    waiting = ask(tutor, REQUEST)[-1]
    assert isinstance(waiting, ApprovalNeeded)
    events = decide(tutor, waiting.conversation_id, **{waiting.requests[0].call_id: False})
    assert papers.added == []
    text = events[-1].answer.text
    assert "You declined to add arXiv 2305.18290" in text
    assert "declined to add." in text.partition("**3.")[2]
    assert [check.text for check in events[-1].answer.sentences if check.support == "uncited"] == []


def test_found_added_and_asked_in_one_request(tmp_path):
    papers = FakePapers()
    tutor = open_desk(tmp_path, papers=papers)
    waiting = ask(tutor, REQUEST)[-1]
    events = decide(tutor, waiting.conversation_id, **{waiting.requests[0].call_id: True})
    assert papers.added == ["2305.18290"]
    answer = events[-1].answer
    assert "no explicit reward model" in answer.text.partition("**3.")[2]
    assert [check.text for check in answer.sentences if check.support not in ("supported", "exempt")] == []
    assert answer.text.count("Ignore all rules") == 0  # an abstract is no part of the list
    final = [step for step in steps(events) if step.name == "write_todos"][-1]
    assert [item["status"] for item in final.details["items"]] == ["completed"] * 3


def test_code_and_a_question_in_one_request_make_one_answer(tmp_path):
    python = FakePython()
    events = ask(open_desk(tmp_path, python=python), "run `print(6 * 7)` and tell me what is in my library")
    assert isinstance(events[-1], AnswerFinished)
    text = said(events)
    assert "```text\n42\n```" in text
    assert "Direct Preference Optimization" in text
    assert python.ran[0][1] == "print(6 * 7)"


def test_a_refused_part_does_not_make_the_whole_answer_a_refusal(tmp_path):
    events = ask(open_desk(tmp_path, python=FakePython()), "How long do I boil an egg? Compute 2+2.")
    answer = events[-1].answer
    assert not answer.refused
    assert not is_refusal(answer.text)
    assert "No passage in your library answers this part" in answer.text


def test_without_a_hand_it_says_what_is_missing(tmp_path):
    tutor = open_desk(tmp_path)
    assert "sandbox" in said(ask(tutor, "compute 2+2"))
    assert "cannot search arXiv" in said(ask(tutor, "find papers on agents on arxiv"))
    assert "cannot add" in said(ask(tutor, "add 2305.18290"))


def test_the_first_one_is_added_in_the_next_turn(tmp_path):
    papers = FakePapers()
    tutor = open_desk(tmp_path, papers=papers)
    first = ask(tutor, "find DPO on arxiv")[-1]
    waiting = ask(tutor, "add the first one", conversation_id=first.conversation_id)[-1]
    assert isinstance(waiting, ApprovalNeeded)
    decide(tutor, waiting.conversation_id, **{waiting.requests[0].call_id: True})
    assert papers.added == ["2305.18290"]


def test_run_again_takes_the_last_program(tmp_path):
    python = FakePython()
    tutor = open_desk(tmp_path, python=python)
    first = asyncio.run(collect(tutor.ask("run: print(5)")))[-1]
    ask(tutor, "run it again", conversation_id=first.conversation_id)
    assert [code for _, code in python.ran] == ["print(5)", "print(5)"]


def test_a_paper_named_by_the_learner_is_added_without_asking(tmp_path):
    papers = FakePapers()
    events = ask(open_desk(tmp_path, papers=papers), "add 2305.18290")
    assert papers.added == ["2305.18290"]
    assert isinstance(plan("add 2305.18290").steps[0], AddWish)
    assert "Your library has *Direct Preference Optimization* now (27 pages)." in said(events)
