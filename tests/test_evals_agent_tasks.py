"""Trajectories judged by hand: the right tools, no needless calls, an end."""

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
from errors import StudyError
from evals.agent_tasks import AgentTask, Trajectory, load_tasks, run_tasks, score, trajectory_of
from evals.run_agent import intervals_of, write_tasks

TASK = AgentTask(
    id="compare",
    split="dev",
    kind="comparison",
    question="How do BERT and GPT differ?",
    tools=(("search_library", "compare_papers"), ("read_pages",)),
    may=("list_library",),
    most_calls=3,
)


def went(*names, ending="answered"):
    calls = tuple((name, json.dumps({"query": number})) for number, name in enumerate(names))
    return Trajectory(calls, ending, "An answer.", 0.5)


def scores(trajectory, task=TASK):
    found = score(task, trajectory).scores
    return (found["tool_choice"], found["no_needless_calls"], found["stops"])


@pytest.mark.parametrize(
    ("trajectory", "expected"),
    [
        (went("search_library", "read_pages"), (1, 1, 1)),
        (went("compare_papers", "read_pages"), (1, 1, 1)),
        (went("list_library", "compare_papers", "read_pages"), (1, 1, 1)),
        (went("search_library"), (0, 1, 1)),
        (went("search_library", "read_pages", "run_python"), (1, 0, 1)),
        (went("search_library", "search_library", "read_pages", "read_pages"), (1, 0, 1)),
        (went("search_library", "read_pages", ending="waits"), (1, 1, 1)),
        (went("search_library", "read_pages", ending="failed"), (1, 1, 0)),
        (went("search_library", "read_pages", ending="cut off"), (1, 1, 0)),
        (went(), (0, 1, 1)),
    ],
)
def test_a_trajectory_by_hand(trajectory, expected):
    assert scores(trajectory) == expected


def test_the_same_call_again_is_needless():
    twice = Trajectory((("search_library", "{}"), ("search_library", "{}"), ("read_pages", "{}")), "answered", "", 0.1)
    outcome = score(TASK, twice)
    assert outcome.scores["no_needless_calls"] == 0
    assert outcome.faults == ("1 calls were repeated word for word",)


def test_a_task_without_tools_is_answered_without_any():
    thanks = replace(TASK, tools=(), may=(), most_calls=0)
    assert scores(went(), thanks) == (1, 1, 1)
    assert scores(went("search_library"), thanks) == (0, 0, 1)


def test_faults_are_sentences():
    faults = score(TASK, went("run_python", ending="failed")).faults
    assert faults == (
        "search_library or compare_papers was not called",
        "read_pages was not called",
        "run_python was called needlessly",
        "the turn failed",
    )


def test_events_become_a_trajectory():
    answer = Answer(
        text="Yes.", sentences=(), citations=(), refused=False, model="m", seconds=0.1, first_token_seconds=0.1
    )
    called = ToolStarted("1", "search_library", {"query": "x"})
    started = TurnStarted("c", "t", "m")
    finished = trajectory_of([started, called, AnswerFinished("c", "t", answer)], 1.0)
    assert finished == Trajectory((("search_library", '{"query": "x"}'),), "answered", "Yes.", 1.0)
    asks = ApprovalNeeded("c", "t", (ApprovalRequest("2", "run_python", {"code": "1"}, "Code."),))
    assert trajectory_of([started, called, asks], 1.0).calls[-1] == ("run_python", '{"code": "1"}')
    assert trajectory_of([started, called, asks], 1.0).ending == "waits"
    assert trajectory_of([started, TurnFailed("Gone.", "")], 1.0).ending == "failed"
    assert trajectory_of([started, called], 1.0).ending == "cut off"


FILE = """
[[task]]
id = "one"
split = "dev"
kind = "question"
question = "What is BERT?"
tools = ["search_library", ["read_pages", "explain_paper"]]
"""
TOOLS = ["search_library", "read_pages", "explain_paper"]


def test_tasks_are_read_with_alternatives(tmp_path):
    file = tmp_path / "tasks.toml"
    file.write_text(FILE, encoding="utf-8")
    task = load_tasks(file, TOOLS)[0]
    assert task.tools == (("search_library",), ("read_pages", "explain_paper"))
    assert task.most_calls == 4


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("search_library", "search_libary"), "one: there is no tool search_libary"),
        (("kind =", "sort ="), "unknown fields sort"),
        (('split = "dev"\n', ""), "one: KeyError 'split'"),
        (("[[task]]", FILE + "[[task]]"), "id 'one' is used twice"),
        (("[[task]]", "[[task"), "cannot be read"),
    ],
)
def test_faults_of_the_file_are_named(tmp_path, change, fault):
    file = tmp_path / "tasks.toml"
    file.write_text(FILE.replace(*change, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_tasks(file, TOOLS)
    assert fault in caught.value.message


def test_a_run_tells_of_each_task_and_is_written(tmp_path):
    heard = []
    outcomes = run_tasks([TASK], lambda question: went("search_library"), done=heard.append)
    assert heard == outcomes
    assert intervals_of(outcomes)["stops"].mean == 1.0
    assert intervals_of([]) == {}
    write_tasks(tmp_path / "deep" / "tasks.json", outcomes, {"model": "m"})
    read = json.loads((tmp_path / "deep" / "tasks.json").read_text(encoding="utf-8"))
    assert read["metrics"]["tool_choice"]["mean"] == 0.0
    assert read["tasks"][0]["faults"] == ["read_pages was not called"]
