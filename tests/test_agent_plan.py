"""The visible plan: read kindly, shown, cheap, no source and no burden on the limits."""

from __future__ import annotations

import pytest
from agent_desk import ask, calls, desk, finished, results, steps
from fake_chat_model import StreamingChatModel
from fake_hands import FakePapers
from langchain_core.messages import AIMessage

from agent.context import Limits
from agent.middleware.plan import NO_STEPS, NOTED
from agent.plan import plan_items

ROOMY = Limits(context_tokens=32_000)
TWO = {"todos": [{"content": "Search", "status": "completed"}, {"content": "Compare", "status": "in progress"}]}


def plan(given=TWO, one="p"):
    return calls((one, "write_todos", given))


def test_a_plan_is_shown_with_its_steps(tmp_path):
    tutor, chat = desk(tmp_path, plan(), "Done.", limits=ROOMY)
    events = ask(tutor, "Find, compare and quiz me")
    (step,) = steps(events)
    assert step.details == {
        "kind": "plan",
        "items": [{"text": "Search", "status": "completed"}, {"text": "Compare", "status": "in_progress"}],
    }
    assert step.summary == "2 steps, 1 done"
    assert results(chat.history[-1])["p"] == NOTED
    assert finished(events)


def test_a_plan_is_offered_where_the_window_is_large_enough(tmp_path):
    tutor, chat = desk(tmp_path / "small", "Hi.", limits=Limits(context_tokens=8192))
    ask(tutor, "Hi")
    assert "write_todos" not in chat.bound_tools[0]
    assert "write_todos" not in chat.history[0][0].content
    tutor, chat = desk(tmp_path / "large", "Hi.", limits=ROOMY)
    ask(tutor, "Hi")
    assert chat.bound_tools[0].count("write_todos") == 1
    assert isinstance(chat.history[0][0].content, str)  # some servers read no lists
    assert "write_todos" in chat.history[0][0].content


def test_a_plan_counts_neither_as_a_call_nor_as_outside_text(tmp_path):
    search = {"query": "dot products"}
    both = calls(("p", "write_todos", TWO), ("s", "search_library", search), ("t", "search_library", search))
    tutor, _ = desk(tmp_path / "one", both, "Done.", limits=Limits(context_tokens=32_000, tool_calls=2))
    assert [step.failed for step in steps(ask(tutor, "Go"))] == [False] * 3
    papers = FakePapers()
    add = calls(("a", "add_paper", {"arxiv_id": "2305.18290"}))
    tutor, _ = desk(tmp_path / "two", plan(), add, "Done.", papers=papers, limits=ROOMY)
    assert finished(ask(tutor, "Add the DPO paper, and more"))
    assert papers.added == ["2305.18290"]


@pytest.mark.parametrize(
    ("given", "steps_read"),
    [
        ({"todos": ["Search", "Compare"]}, ["Search", "Compare"]),
        ({"todos": "- Search\n* Compare\n"}, ["Search", "Compare"]),
        ({"todos": {"items": [{"task": "Search"}]}}, ["Search"]),
        ({"steps": [{"title": "Search", "status": "DONE"}]}, ["Search"]),
        ({"todos": {"content": "Search"}}, ["Search"]),
        ({"todos": [{"status": "done"}, None, ""]}, []),
        ({"todos": 3}, []),
        ({}, []),
    ],
)
def test_plans_are_read_kindly(given, steps_read):
    assert [item["content"] for item in plan_items(given)] == steps_read


def test_statuses_are_read_kindly_and_a_plan_stays_short():
    words = ["completed", "Done", "in-progress", "In Progress", "pending", "blocked", None]
    items = plan_items({"todos": [{"content": "x", "status": word} for word in words]})
    assert [item["status"][0] for item in items] == list("cciippp")
    assert len(plan_items({"todos": ["x"] * 50})) == 12
    assert len(plan_items({"todos": ["x" * 900]})[0]["content"]) == 200


def test_an_empty_plan_and_two_plans_at_once_are_told_to_the_model(tmp_path):
    twice = calls(("p", "write_todos", TWO), ("q", "write_todos", TWO))
    tutor, chat = desk(tmp_path, plan({"todos": []}, "e"), twice, "Done.", limits=ROOMY)
    assert finished(ask(tutor, "Go"))
    told = results(chat.history[-1])
    assert told["e"] == NO_STEPS
    assert "never be called multiple times" in told["p"]


def test_a_model_that_only_plans_is_ended(tmp_path):
    endless: list[AIMessage] = [plan(one=f"p{n}") for n in range(50)]
    limits = Limits(context_tokens=32_000, model_calls=8)
    tutor, chat = desk(tmp_path, *endless, model=StreamingChatModel(), limits=limits)
    assert finished(ask(tutor, "Go"))
    assert len(chat.history) == 9
