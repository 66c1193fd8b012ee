"""The prediction exercises: every output was run, every wrong answer is wrong, and a wish finds its exercise."""

import contextlib
import io
import traceback
from collections import Counter
from pathlib import Path

import pytest

from curriculum.load import curriculum_folder, load_curriculum
from curriculum.prediction_values import shown_output
from curriculum.predictions import choose_prediction, find_prediction, load_predictions
from errors import CurriculumError, ExerciseError
from learner.prediction import compare
from sandbox.sandbox import PythonSandbox, default_walls
from settings import default_cache

EXERCISES = load_predictions()
BY_ID = {exercise.id: exercise for exercise in EXERCISES}


def shown_here(code):
    """What the code shows, run in this process in names of its own."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(code, "<exercise>", "exec"), {"__name__": "exercise"})
    except Exception:
        return shown_output(output.getvalue(), "", traceback.format_exc())
    return shown_output(output.getvalue(), "")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_running_shows_what_the_exercise_says(exercise):
    assert shown_here(exercise.code) == exercise.expected


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_output_is_right_and_every_misconception_is_known_and_wrong(exercise):
    comparison = compare(exercise.expected, exercise)
    assert (comparison.verdict, comparison.differences) == ("right", "")
    for misconception in exercise.misconceptions:
        comparison = compare(misconception.answer, exercise)
        assert (comparison.verdict, comparison.outcome) == ("wrong", 0.0)
        assert comparison.misconception == misconception.explanation


@pytest.mark.parametrize("name", ["webassembly", "locked process"])
def test_each_wall_of_the_sandbox_shows_what_the_exercises_say(name):
    wall = next((one for one in default_walls(default_cache() / "sandbox") if one.name == name), None)
    if wall is None or not wall.state().ready:
        pytest.skip(f"no {name} wall here: {wall.state().reason if wall else 'its package is missing'}")
    sandbox = PythonSandbox(Path(), walls=[wall])
    differing = {}
    try:
        for exercise in EXERCISES:
            result = sandbox.run("one session for all", exercise.code)
            shown = shown_output(result.text, result.value, result.error)
            status = "error" if exercise.kind == "exception" else "ok"
            if (result.status, shown) != (status, exercise.expected):
                differing[exercise.id] = (result.status, shown)
    finally:
        sandbox.close()
    assert differing == {}


def test_each_notebook_and_each_of_its_topics_has_three_exercises():
    curriculum = load_curriculum()
    of_notebook = Counter(exercise.notebook for exercise in EXERCISES)
    of_topic = Counter(topic_id for exercise in EXERCISES for topic_id in exercise.topic_ids)
    assert len(EXERCISES) >= 40
    assert [notebook.name for notebook in curriculum.notebooks if of_notebook[notebook.number] < 3] == []
    topics = {topic_id for notebook in curriculum.notebooks for topic_id in notebook.topic_ids}
    assert {topic_id for topic_id in topics if of_topic[topic_id] < 3} == set()


def test_only_numpy_and_the_standard_library_are_imported():
    allowed = {"numpy", "math", "json", "re", "collections", "itertools", "functools"}
    words = {tuple(line.split()[:2]) for one in EXERCISES for line in one.code.splitlines() if "import" in line.split()}
    assert {name for keyword, name in words if keyword in ("import", "from")} <= allowed


def test_what_is_shown_before_the_answer_does_not_tell_it():
    for exercise in EXERCISES:
        shown = exercise.to_dict()
        assert set(shown) == {"id", "title", "topic_ids", "notebook", "level", "prompt", "code"}
        assert exercise.expected not in (exercise.title, exercise.prompt)
        if exercise.kind == "exception":
            assert exercise.expected not in exercise.code + exercise.prompt + exercise.title


def test_explanations_are_a_few_sentences():
    for exercise in EXERCISES:
        assert 80 <= len(exercise.explanation) <= 480, exercise.id
        assert "\n" not in exercise.explanation
        assert exercise.explanation.rstrip('")”').endswith("."), exercise.id
        assert exercise.prompt.endswith("?"), exercise.id


# Choosing


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("softmax overflow", "softmax-of-large-scores"),
        ("KV cache", "kv-cache-size"),
        ("the KV cache size of Llama", "kv-cache-size"),
        ("LoRA", "lora-parameter-count"),
        ("causal mask", "causal-mask-row"),
        ("masks in attention", "causal-mask-row"),
        ("BPE", "bpe-merge-order"),
        ("top-p", "top-p-cut"),
        ("rrf", "reciprocal-rank-fusion"),
        ("layer normalization", "layer-norm-of-two-tokens"),
        ("numpy broadcasting", "broadcast-column-and-row"),
        ("gradient accumulation", "mean-of-uneven-batches"),
        ("notebook 10", "react-step-limit"),
        ("ReAct", "react-step-limit"),
        ("DPO", "dpo-margin"),
        ("data leakage", "leak-before-the-split"),
    ],
)
def test_a_wish_in_a_learners_words_finds_its_exercise(wish, expected):
    assert choose_prediction(EXERCISES, topic=wish).id == expected


@pytest.mark.parametrize("topic", load_curriculum().topics, ids=lambda topic: topic.id)
def test_every_name_of_a_notebooks_topic_finds_an_exercise_on_it(topic):
    taught = {topic_id for notebook in load_curriculum().notebooks for topic_id in notebook.topic_ids}
    if topic.id not in taught:
        return
    for name in (topic.title, topic.id, topic.title.lower()):
        assert topic.id in choose_prediction(EXERCISES, topic=name).topic_ids, name


def test_no_wish_begins_at_the_beginning():
    assert choose_prediction(EXERCISES) == EXERCISES[0]
    assert choose_prediction(EXERCISES, topic="give me another prediction exercise") == EXERCISES[0]


def test_exercises_not_done_come_first_then_the_one_done_longest_ago():
    done = []
    for _ in range(30):
        done.insert(0, choose_prediction(EXERCISES, topic="LoRA", done=done).id)
    on_lora = list(dict.fromkeys(reversed(done)))
    assert on_lora[:4] == ["lora-parameter-count", "lora-before-training", "lora-update-rank", "lora-first-gradient"]
    count = len(on_lora)
    assert 4 < count < 30
    assert done[::-1][count : 2 * count] == on_lora[: 30 - count]


def test_a_level_is_kept_to():
    for word, level in [("beginner", "beginner"), ("Engineer", "intermediate"), ("hard", "advanced")]:
        assert choose_prediction(EXERCISES, topic="LoRA", level=word).level == level
    with pytest.raises(ExerciseError, match="no level 'godlike'") as caught:
        choose_prediction(EXERCISES, level="godlike")
    assert "beginner, intermediate, advanced" in caught.value.hint
    with pytest.raises(ExerciseError, match="level advanced") as caught:
        choose_prediction(EXERCISES, topic="kv cache", level="advanced")
    assert "intermediate" in caught.value.hint


@pytest.mark.parametrize("wish", ["cooking pasta", "注意力", "MCP", "softmax cooking " * 50])
def test_a_wish_that_nothing_fits_says_what_there_is(wish):
    with pytest.raises(ExerciseError, match="no prediction exercise about") as caught:
        choose_prediction(EXERCISES, topic=wish)
    assert len(caught.value.message) < 140
    assert "Attention mechanism" in caught.value.hint


def test_an_exercise_is_found_by_its_id():
    assert find_prediction(" Kv-Cache-Size ") is BY_ID["kv-cache-size"]
    with pytest.raises(ExerciseError, match="no prediction exercise 'kv'"):
        find_prediction("kv")


# Faults of the file


def test_an_unbroken_copy_loads_in_the_order_of_notebooks(tmp_path):
    copy = tmp_path / "predictions.toml"
    copy.write_bytes((curriculum_folder() / "predictions.toml").read_bytes())
    assert load_predictions(copy) == EXERCISES
    assert [one.notebook for one in EXERCISES] == sorted(one.notebook for one in EXERCISES)


GOOD = """
[[prediction]]
id = "one"
title = "One"
notebook = 1
topics = ["pytorch"]
level = "beginner"
kind = "number"
prompt = "What?"
code = '''
a = 1
b = 2
c = a + b
print(c)
'''
expected = "3"
explanation = "Because."

[[prediction.misconception]]
answer = "12"
explanation = "No."
"""


def faults_of(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CurriculumError) as caught:
        load_predictions(path)
    assert str(path) in caught.value.hint
    return caught.value.message


def test_all_faults_are_told_at_once(tmp_path):
    path = tmp_path / "predictions.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert len(load_predictions(path)) == 1
    changes = [
        ('topics = ["pytorch"]', 'topics = ["alchemy"]', "there is no topic 'alchemy'"),
        ("notebook = 1", "notebook = 14", "there is no notebook 14"),
        ('level = "beginner"', 'level = "easy"', "`level` is 'easy'"),
        ("c = a + b", "c = a +", "`code` is not Python"),
        ('expected = "3"', 'expected = ""', "`expected` must be a text"),
        ('kind = "number"', 'kind = "boolean"\ntolerance = 0.1', "`tolerance` is for numbers"),
        ('prompt = "What?"', 'promt = "What?"', "`promt` is not a known key"),
        ('answer = "12"', "answer = 12", "`answer` must be a text"),
    ]
    broken = GOOD
    for old, new, _ in changes:
        assert old in broken
        broken = broken.replace(old, new)
    text = faults_of(path, broken + "\n[other]\nx = 1\n")
    for _, _, fault in changes:
        assert fault in text
    assert "`other` is not a known key" in text


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("a = 1\nb = 2\n", "", "4 to 15 lines"),
        ("a = 1\n", "a = 1\n" * 13, "4 to 15 lines"),
        ('topics = ["pytorch"]', "topics = []", "at least one topic"),
        ('kind = "number"', 'kind = "number"\ntolerance = -1', "must not be negative"),
        ('kind = "number"', 'kind = "number"\ntolerance = true', "must be a number"),
        ('[[prediction.misconception]]\nanswer = "12"\nexplanation = "No."', "", "`misconception` is missing"),
        (
            "[[prediction.misconception]]",
            '[[prediction.misconception]]\nwrong = "x"',
            "`wrong` is not a known key",
        ),
    ],
)
def test_single_faults(tmp_path, old, new, fault):
    assert old in GOOD
    assert fault in faults_of(tmp_path / "predictions.toml", GOOD.replace(old, new))


def test_repeated_exercises_are_told(tmp_path):
    text = faults_of(tmp_path / "predictions.toml", GOOD + GOOD)
    assert "prediction id: 'one' is used more than once" in text
    assert "prediction title: 'One' is used more than once" in text
    assert "prediction code" in text


def test_a_missing_or_broken_file_is_one_sentence(tmp_path):
    with pytest.raises(CurriculumError, match="the file is missing"):
        load_predictions(tmp_path / "nowhere.toml")
    assert "cannot be read" in faults_of(tmp_path / "predictions.toml", "[[prediction\n")


@pytest.mark.parametrize(
    ("text", "value", "error", "expected"),
    [
        ("1\n2 \n", "", "", "1\n2"),
        ("", "5", "", "5"),
        ("1\n", "5", "", "1\n5"),
        ("1\n", "", "Traceback:\n  x\nValueError: no: really", "ValueError"),
        ("", "", "json.decoder.JSONDecodeError: Expecting", "JSONDecodeError"),
        ("", "", "KeyError", "KeyError"),
    ],
)
def test_what_a_run_shows_is_text_then_value_or_the_exceptions_name(text, value, error, expected):
    assert shown_output(text, value, error) == expected
