"""Turns judged by hand against scripted tasks: the right tools, no needless calls, an end, the answer."""

import json
from dataclasses import replace

import pytest

from agent.events import (
    Answer,
    AnswerFinished,
    ApprovalNeeded,
    ApprovalRequest,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from evals.agent_tasks import AgentTask
from evals.run_agent import agent_tasks, intervals_of, write_tasks
from evals.task_report import task_report
from evals.trajectories import Turn, run_tasks, score, turn_of

TASK = AgentTask(
    id="read",
    about="lookup",
    split="dev",
    messages=("How do BERT and GPT differ?",),
    calls=(("search_library", "compare_papers"), ("read_pages",)),
    never=("add_paper",),
    most_calls=(3,),
    asks=None,
    answer_has=(("bidirectional",),),
    answer_lacks=(),
)


def turn(*names, ending="answered", text="BERT is bidirectional."):
    calls = tuple((name, json.dumps({"query": number})) for number, name in enumerate(names))
    return Turn(calls, ending, text, 0.5, "c")


def scores(task, *turns):
    found = score(task, turns).scores
    return [found[name] for name in ("tool_choice", "no_needless_calls", "stops", "answer_holds")]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (turn("search_library", "read_pages"), [1, 1, 1, 1]),
        (turn("compare_papers", "read_pages", "list_library"), [1, 1, 1, 1]),
        (turn("read_pages", "search_library"), [0, 1, 1, 1]),
        (turn("search_library"), [0, 1, 1, 1]),
        (turn("search_library", "read_pages", "add_paper"), [0, 1, 1, 1]),
        (turn("search_library", "read_pages", "read_pages", "read_pages"), [1, 0, 1, 1]),
        (turn("search_library", "read_pages", ending="failed", text="Gone."), [1, 1, 0, 0]),
        (turn("search_library", "read_pages", ending="cut off", text=""), [1, 1, 0, 0]),
        (turn("search_library", "read_pages", ending="waits"), [1, 1, 0, 1]),
        (turn("search_library", "read_pages", text="BERT is large."), [1, 1, 1, 0]),
    ],
)
def test_a_turn_by_hand(one, expected):
    assert scores(TASK, one) == expected


def test_the_same_call_again_is_needless():
    twice = replace(turn(), calls=(("search_library", "{}"), ("search_library", "{}"), ("read_pages", "{}")))
    outcome = score(TASK, [twice])
    assert outcome.scores["no_needless_calls"] == 0
    assert outcome.faults == ("search_library was called again word for word",)


def test_an_act_waits_for_the_learners_yes():
    task = replace(TASK, asks="permission", calls=(("add_paper",),), never=(), answer_has=())
    waits, goes_on = turn("add_paper", ending="waits"), turn("add_paper")
    assert score(task, [waits]).scores == {"tool_choice": 1.0, "no_needless_calls": 1.0, "stops": 1.0}
    assert score(task, [goes_on]).scores["stops"] == 0.0
    assert score(task, [goes_on]).faults == ("it does not wait for the learner's yes",)


def test_tools_are_looked_for_over_all_turns_and_the_last_answer_counts():
    task = replace(TASK, messages=("a", "b"), most_calls=(1, 1))
    assert scores(task, turn("search_library", text="Which?"), turn("read_pages")) == [1, 1, 1, 1]
    assert scores(task, turn("search_library"), turn("read_pages", text="?")) == [1, 1, 1, 0]
    assert scores(task, turn("search_library", ending="failed"), turn("read_pages"))[2] == 0


def test_an_answer_that_needs_arxiv_is_not_judged_where_there_is_none():
    task = replace(TASK, calls=(("search_arxiv",),))
    assert "answer_holds" not in score(task, [turn("search_arxiv", text="arXiv does not answer.")]).scores


def test_events_become_a_turn():
    answer = Answer(
        text="Yes.", sentences=(), citations=(), refused=False, model="m", seconds=0.1, first_token_seconds=0.1
    )
    called = ToolStarted("1", "search_library", {"query": "x"})
    started = TurnStarted("c", "t", "m")
    finished = turn_of([started, called, AnswerFinished("c", "t", answer)], 1.0)
    assert finished == Turn((("search_library", '{"query": "x"}'),), "answered", "Yes.", 1.0, "c")
    asks = ApprovalNeeded("c", "t", (ApprovalRequest("2", "run_python", {"code": "1"}, "Code."),))
    assert turn_of([started, called, asks], 1.0).calls[-1] == ("run_python", '{"code": "1"}')
    assert turn_of([started, called, asks], 1.0).ending == "waits"
    assert turn_of([started, TurnFailed("Gone.", "")], 1.0).ending == "failed"
    assert turn_of([started, called], 1.0).ending == "cut off"


def test_a_run_tells_of_each_task_and_is_written(tmp_path):
    heard = []
    outcomes = run_tasks([TASK], lambda messages: [turn("search_library") for _ in messages], done=heard.append)
    assert heard == outcomes
    assert intervals_of(outcomes)["stops"].mean == 1.0
    assert intervals_of([]) == {}
    write_tasks(tmp_path / "deep" / "tasks.json", outcomes, {"model": "m"})
    read = json.loads((tmp_path / "deep" / "tasks.json").read_text(encoding="utf-8"))
    assert read["metrics"]["tool_choice"]["mean"] == 0.0
    assert read["tasks"][0]["faults"] == ["read_pages was not called"]
    page = (tmp_path / "deep" / "tasks.html").read_text(encoding="utf-8")
    assert "Tasks with a fault (1)" in page
    assert "read_pages was not called" in page
    assert "default-src 'none'" in page
    (line,) = (tmp_path / "deep" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["metrics"]["stops"] == 1.0


def test_what_learners_and_models_say_is_escaped():
    task = replace(TASK, messages=("What of <b>bold</b>?",))
    outcome = score(task, [turn("search_library", text="<script>alert(1)</script>")])
    page = task_report([outcome], intervals_of([outcome]), {})
    assert "<script" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_the_tasks_of_a_split_or_a_share_of_them():
    every = agent_tasks(None)
    assert len(every) >= 60
    assert len(agent_tasks("dev")) + len(agent_tasks("test")) == len(every)
    assert [task.id for task in agent_tasks(None, 3)] == [every[place * len(every) // 3].id for place in range(3)]
