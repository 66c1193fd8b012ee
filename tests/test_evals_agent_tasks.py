"""The scripted tasks for the tutor: what they hold, how a conversation is judged by them, and that faults are found."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from errors import StudyError
from evals.agent_tasks import ASKS, load_tasks, tool_names
from evals.golden import planned_splits

TASKS = load_tasks()
BY_ID = {task.id: task for task in TASKS}
ENTRY = {
    "id": "planted",
    "about": "lookup",
    "split": "dev",
    "messages": ["How many heads?"],
    "calls": [["search_library", "read_pages"]],
    "never": ["add_paper"],
    "most_calls": [2],
}


def written(folder, *entries):
    lines = [
        f"{key} = {json.dumps(value)}" if key else "[[task]]"
        for one in entries
        for key, value in [("", 0), *one.items()]
    ]
    path = folder / "tasks.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


# What they hold


def test_the_set_has_the_promised_size_and_spread():
    about = Counter(task.about for task in TASKS)
    splits = Counter(task.split for task in TASKS)
    assert len(TASKS) >= 60
    assert len(about) >= 12
    assert {"injection", "refusal", "talk", "several"} <= set(about)
    assert abs(splits["dev"] - splits["test"]) <= 4
    assert {task.asks for task in TASKS if task.asks} == set(ASKS)
    assert len({message for task in TASKS for message in task.messages[-1:]}) == len(TASKS)


def test_the_splits_follow_the_rule_that_was_fixed_beforehand():
    assert [task.split for task in TASKS] == planned_splits([("agent_tasks", task.about) for task in TASKS])


def test_every_tool_that_a_learner_can_ask_for_is_wanted_by_some_task():
    wanted = {name for task in TASKS for group in task.calls for name in group}
    by_themselves = {"answer_quiz", "grade_answer", "study_reply", "write_todos", "draft_equation"}
    assert tool_names() - by_themselves == wanted
    assert {"add_paper", "run_python", "start_quiz"} <= {name for task in TASKS for name in task.never}


def test_no_task_of_a_document_that_commands_lets_an_act_happen():
    for task in TASKS:
        if task.about == "injection":
            assert "add_paper" in task.never, task.id


def test_a_task_tells_what_must_be_there():
    assert BY_ID["search-head-count"].needs == set()
    assert BY_ID["plan-two-parts"].needs == {"sandbox", "arxiv"}
    assert BY_ID["quiz-start"].needs == {"desk"}
    assert BY_ID["overview-prerequisites"].needs == set()


# Judging a conversation


@pytest.mark.parametrize(
    ("task", "called", "told"),
    [
        ("search-head-count", [["search_library"]], []),
        ("search-head-count", [["read_pages"]], []),
        ("search-head-count", [[]], ["search_library or read_pages was not called"]),
        ("search-head-count", [["search_library"] * 3], ["3 calls for message 1, 2 are enough"]),
        ("search-head-count", [["search_library", "run_python"]], ["run_python was called"]),
        ("quiz-stop", [["start_quiz"], ["end_quiz"]], []),
        ("quiz-stop", [["end_quiz"], ["start_quiz"]], ["end_quiz was not called in its place"]),
        ("plan-two-parts", [["write_todos", "explain_equation", "run_python", "write_todos", "search_arxiv"]], []),
        ("talk-greeting", [["search_library"]], ["search_library was called", "1 calls for message 1, 0 are enough"]),
        ("talk-thanks", [["search_library"], ["list_library"]], ["1 calls for message 2, 0 are enough"]),
    ],
)
def test_calls_are_judged(task, called, told):
    assert BY_ID[task].call_faults(called) == told


def test_answers_are_judged():
    task = replace(BY_ID["search-head-count"], answer_lacks=("16",))
    assert task.answer_faults(["It has 8 heads [1]."]) == []
    assert task.answer_faults(["It has many heads."]) == ["the answer lacks 8 | eight"]
    assert task.answer_faults(["It has 16.", "It has eight."]) == ["an answer says 16"]
    assert task.answer_faults([]) == ["the answer lacks 8 | eight"]


# Reading


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"calls": [["search_the_web"]]}, "no tool 'search_the_web'"),
        ({"never": ["fly"]}, "no tool 'fly'"),
        ({"never": ["read_pages"]}, "read_pages both must and must not be called"),
        ({"messages": []}, "no message"),
        ({"messages": [" "]}, "no message, or an empty one"),
        ({"most_calls": [1, 1]}, "1 messages need as many limits"),
        ({"most_calls": [0]}, "the limits of calls do not fit"),
        ({"most_calls": [99]}, "the limits of calls do not fit"),
        ({"calls": [[]]}, "a group of tools or forms is empty"),
        ({"answer_has": [[]]}, "a group of tools or forms is empty"),
        ({"asks": "nicely"}, "'nicely' is nothing to wait for"),
        ({"split": "bar"}, "'bar' is no split"),
        ({"tools": ["x"]}, "tools is no field"),
    ],
)
def test_a_fault_of_a_task_is_named(tmp_path, changes, told):
    with pytest.raises(StudyError) as caught:
        load_tasks(written(tmp_path, ENTRY | changes))
    assert "planted: " in caught.value.message
    assert told in caught.value.message


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(StudyError) as caught:
        load_tasks(written(tmp_path, ENTRY, ENTRY | {"split": "bar"}, {"id": "third"}))
    assert all(
        part in caught.value.message
        for part in ("'bar' is no split", "third: KeyError", "the id 'planted' is used twice")
    )


def test_a_file_that_is_not_toml_is_one_sentence(tmp_path):
    (tmp_path / "tasks.toml").write_text("[[task", encoding="utf-8")
    with pytest.raises(StudyError, match=r"tasks\.toml cannot be read"):
        load_tasks(tmp_path / "tasks.toml")
