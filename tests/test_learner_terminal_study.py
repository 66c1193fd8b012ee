"""Reviews, quizzes and exports in the terminal, with what is typed coming from a pipe."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from study_items import BODIES, NOON, answer, question

from curriculum.question_values import Number
from curriculum.questions import load_questions
from learner.__main__ import RECORD_FILE, main
from learner.quiz import QuizWish
from learner.store import LearnerStore
from learner.study_desk import StudyDesk
from learner.terminal_session import Session, given_of, wait_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def run(capsys, monkeypatch):
    def run(*arguments, typed="", code=0):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert main(arguments) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.err

    return run


class Pipe:
    """Lines that are typed, and what is shown."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.shown = []

    def ask(self, prompt):
        self.shown.append(prompt)
        return self.lines.pop(0) if self.lines else None

    def tell(self, text):
        self.shown.append(text)

    @property
    def text(self):
        return "\n".join(self.shown)


@pytest.fixture
def desk(tmp_path):
    bank = [question(kind) for kind in BODIES]
    return StudyDesk(LearnerStore(tmp_path / "learner.sqlite"), questions=bank, now=lambda: NOON)


def quiz_of(desk, *kinds, **wish):
    return desk.start_quiz(QuizWish(kinds=kinds, count=len(kinds), **wish), "A quiz")


def session(desk, quiz, *lines):
    pipe = Pipe(*lines)
    return pipe, Session(desk, quiz, pipe.ask, pipe.tell).run()


# A session


@pytest.mark.parametrize(
    ("kind", "line", "outcome"),
    [
        ("choice", "1", 1),
        ("choice", "four", 1),
        ("choice", "2", 0),
        ("several", "1 2", 1),
        ("several", "12", 1),
        ("several", "1,2", 1),
        ("true-false", "2", 1),
        ("true-false", "1", 0),
        ("short", "The variance is one, else the softmax saturates", 1),
        ("numeric", "20k", 1),
        ("code-output", "1 2", 1),
        ("cloze", "supervised", 1),
        ("cloze", "", 0),
        ("choice", "", 0),
    ],
)
def test_an_answer_is_a_number_or_a_line(desk, kind, line, outcome):
    quiz = quiz_of(desk, kind)
    pipe, summary = session(desk, quiz, line, "", "")
    assert summary.score == outcome
    assert desk.store.evidence()[0].outcome == outcome
    assert "01-attention: “uses the resulting weights”" in pipe.text


def test_the_order_is_typed_as_numbers(desk):
    quiz = quiz_of(desk, "order")
    item = desk.current(quiz)
    pipe = Pipe()
    Session(desk, quiz, pipe.ask, pipe.tell).run()
    shown = [line for line in pipe.shown if line.startswith("  ")]
    places = {line[5:]: line[2] for line in shown}
    _, summary = session(desk, quiz, "".join(places[step] for step in item.body.steps), "")
    assert summary.score == 1


@pytest.mark.parametrize("line", ["5", "0", "1 1", "1 2", "one", "-1", "1.5", "9999999999"])
def test_what_is_no_choice_is_asked_again(desk, line):
    assert given_of(question("choice"), line) is None
    pipe, summary = session(desk, quiz_of(desk, "choice"), line, "1", "")
    assert summary.score == 1
    assert "Type a number from 1 to 4." in pipe.text


def test_hints_undo_and_commands(desk):
    pipe, summary = session(desk, quiz_of(desk, "choice"), "u", "h", "2", "u", "1", "")
    assert summary.score == 1
    assert "There is no answer to take back." in pipe.text
    assert "Hint: Think of variances." in pipe.text
    assert "Taken back; it is asked again." in pipe.text
    (act,) = desk.store.evidence()
    assert act.details["hint_used"] is False, "the hint was for the answer that was taken back"


def test_typed_answers_may_be_the_letters_of_commands(desk):
    pipe, summary = session(desk, quiz_of(desk, "cloze"), ":h", "u", "")
    assert desk.store.evidence()[0].given == "u"
    assert desk.store.evidence()[0].details["hint_used"] is True
    assert summary.score == 0
    assert "Hint:" in pipe.text


def test_the_end_of_the_input_stops_and_keeps(desk):
    quiz = quiz_of(desk, "choice", "cloze")
    pipe, summary = session(desk, quiz, "1" if desk.current(quiz).kind == "choice" else "supervised")
    assert summary is None
    assert "Go on with: python -m learner quiz --resume" in pipe.text
    assert len(desk.progress(quiz).answers) == 1
    assert [one.id for one in desk.quizzes.open_quizzes()] == [quiz.id]
    assert session(desk, quiz, ":q")[1] is None


def test_an_exam_gives_no_hints_and_no_feedback(desk):
    pipe, summary = session(desk, quiz_of(desk, "choice", mode="exam"), "h", "2", "")
    assert "An exam gives no hints." in pipe.text
    assert "plausible mistake" not in pipe.text
    assert summary.score == 0


def test_an_exam_whose_time_is_over_ends_with_its_summary(tmp_path):
    now = [NOON]
    desk = StudyDesk(LearnerStore(tmp_path / "l.sqlite"), questions=[question("choice")], now=lambda: now[0])
    quiz = quiz_of(desk, "choice", mode="exam")
    now[0] += timedelta(hours=5)
    pipe, summary = session(desk, quiz, "1")
    assert (summary.score, summary.total) == (0, 1)
    assert "The time of this quiz is over." in pipe.text


def test_a_short_answer_can_be_graded_by_its_author(desk):
    pipe, _ = session(desk, quiz_of(desk, "short"), "in other words", "0,75", "")
    (act,) = desk.store.evidence()
    assert (act.outcome, act.details["self_graded"]) == (0.75, True)
    assert "[ ] The variance of the scores stays near one." in pipe.text
    pipe, _ = session(desk, quiz_of(desk, "short"), "in other words", "7", "")
    assert "A grade is from 0 to 1." in pipe.text
    assert desk.store.evidence()[0].outcome == 0


def test_a_review_asks_how_hard_it_was(desk):
    desk.store.record(answer("choice-0", 0.0, days=-1))
    pipe, _ = session(desk, desk.start_review(), "1", "4", "")
    act = desk.store.evidence()[0]
    assert (act.details["mode"], act.details["rating"]) == ("review", "easy")
    assert "1 again (10 min)" in pipe.text
    assert desk.due() == []


def test_waits_in_words():
    waits = [timedelta(minutes=10), timedelta(hours=5), timedelta(days=1), timedelta(days=12.4)]
    assert [wait_of(NOON + wait, NOON) for wait in waits] == ["10 min", "5 h", "1 day", "12 days"]


def test_numbers_that_are_typed_are_not_places():
    body = Number(3.0, 0.0, "", "print(3)", ())
    assert given_of(question("numeric", body=body), "3") == ["3"]


# Commands


def test_due_and_leeches(run, own_home):
    assert run("due").startswith("0 due now")
    first, second = (str(one.id) for one in load_questions()[:2])
    now = datetime.now(UTC)
    store = LearnerStore(own_home / RECORD_FILE)
    days = (now - NOON) / timedelta(days=1)
    store.record(answer(first, 0.0, days=days - 1))
    store.record_all([answer(second, n % 2 * 1.0, days=days - 100 + 8 * n, key=str(n)) for n in range(12)])
    shown = run("due")
    assert shown.startswith("2 due now")
    assert first in shown
    assert f"read about it anew: {second}" in shown
    found = json.loads(run("due", "--json"))
    assert {card["item_id"] for card in found["due"]} == {first, second}
    assert (found["leeches"], found["next_days"][0]) == ([second], 2)
    assert all(0 < card["recall"] < 1 for card in found["due"])


def test_a_quiz_from_a_pipe_and_its_record(run, own_home):
    shown = run("quiz", "math", "--kind", "choice", "--count", "2", typed="1\n1\n\n")
    assert "2 questions" in shown
    assert "of 2 points" in shown
    acts = LearnerStore(own_home / RECORD_FILE).evidence()
    assert len(acts) == 2
    assert all("math" in act.topic_ids for act in acts)


def test_stopping_and_going_on(run, own_home):
    assert "no quiz to go on with" in run("quiz", "--resume", code=2)
    assert "Stopped." in run("quiz", "--kind", "choice", "--count", "3", typed="1\nq\n")
    found = json.loads(run("quiz", "--resume", "--json", typed="1\n1\n\n"))
    assert found["total"] == 3
    assert LearnerStore(own_home / RECORD_FILE).count() == 3
    assert "no quiz to go on with" in run("quiz", "--resume", code=2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("quiz", "nonsense"), "There is no topic “nonsense”."),
        (("quiz", "--count", "1000"), "1 to 50 questions, not 1000"),
        (("quiz", "--paper", "9999.99999"), "no question that fits this"),
        (("quiz", "--minutes", "5"), "Only an exam is timed"),
        (("retention", "50"), "from 70% to 97%, not 50%"),
        (("anki", "x.apkg", "--topic", "nonsense"), "There is no topic"),
        (("csv", str(ROOT / "README.md")), "already"),
    ],
)
def test_a_fault_is_one_sentence(run, arguments, sentence):
    shown = run(*arguments, code=2)
    assert sentence in shown
    assert shown.count("\n") == 1


def test_retention_is_shown_and_set(run):
    assert "fallen to 90%" in run("retention")
    assert json.loads(run("retention", "85", "--json")) == {"desired_retention": 0.85, "due": 0}
    assert "fallen to 85%" in run("retention")


def test_exports(run, tmp_path):
    assert "Wrote" in run("anki", str(tmp_path / "bank.apkg"), "--topic", "math")
    assert zipfile.is_zipfile(tmp_path / "bank.apkg")
    assert json.loads(run("csv", str(tmp_path / "bank.csv"), "--json"))["rows"] == len(load_questions())
    assert "already" in run("anki", str(tmp_path / "bank.apkg"), code=2)


def test_a_review_in_a_process_of_its_own(own_home):
    item = next(one for one in load_questions() if one.kind == "choice")
    right = next(place for place, option in enumerate(item.options, 1) if option.is_right)
    days = (datetime.now(UTC) - NOON) / timedelta(days=1) - 1
    LearnerStore(own_home / RECORD_FILE).record(answer(str(item.id), 0.0, days=days, topics=("math",)))
    done = subprocess.run(
        [sys.executable, "-m", "learner", "review"],
        input=f"{right}\n3\n\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "STUDY_HOME": str(own_home)},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "of 1 points" in done.stdout
    assert LearnerStore(own_home / RECORD_FILE).evidence()[0].details["rating"] == "good"


def test_nothing_to_review_is_no_fault(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY_HOME", str(tmp_path))
    assert main(["review"]) == 0
    assert "Nothing is due for review." in capsys.readouterr().out
    assert main(["review", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"due": 0}
