"""Quizzes and reviews: what is asked, what an answer leaves, and how a quiz is gone on with, contested and ended."""

import sqlite3
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_items import BODIES, NOON, answer, options, question
from test_learner_store import FIRST_SCHEMA

from curriculum.question_values import Choices, CodeOutput
from errors import QuizError
from learner.grading import Grade
from learner.question_json import question_of, values_of
from learner.quiz import MOST_QUESTIONS, QuizWish, check_wish, choose_questions
from learner.schedule import DEFAULT_RETENTION, card_states
from learner.short_answers import PointResult
from learner.store import EVERYTHING, LearnerStore
from learner.study_desk import StudyDesk

BANK = [question(kind, number) for number in range(6) for kind in BODIES]


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at

    def go_on(self, **time):
        self.at += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(tmp_path, clock):
    return StudyDesk(LearnerStore(tmp_path / "learner.sqlite"), now=clock, questions=BANK)


def choose(wish, acts=(), *, questions=BANK, seed="s", days=0.0):
    at = NOON + timedelta(days=days)
    return [str(one.id) for one in choose_questions(questions, wish, card_states(acts), at=at, seed=seed)]


def key_of(item):
    if isinstance(item.body, Choices):
        return [one.text for one in item.body.options if one.is_right]
    return {"true-false": ["false"], "numeric": ["20000"], "code-output": ["1\n2"], "cloze": ["supervised"]}.get(
        item.kind, getattr(item.body, "steps", [getattr(item.body, "model_answer", "")])
    )


def answer_all(desk, quiz, *, right=True):
    answered = []
    while (item := desk.current(quiz)) is not None:
        answered.append(desk.answer(quiz, item.id, key_of(item) if right else ["none of it"]))
    return answered


# What is asked


def test_missed_and_due_come_first_then_new_then_known():
    acts = [
        answer("choice-0", 0.0, days=-1),
        answer("short-0", 0.5, days=-1),
        answer("order-0", days=-40),
        answer("cloze-0", days=-0.1),
        answer("numeric-0", days=-0.2),
    ]
    found = choose(QuizWish(count=48), acts)
    assert set(found[:3]) == {"choice-0", "short-0", "order-0"}
    assert found[0] == "choice-0"
    assert set(found[-2:]) == {"cloze-0", "numeric-0"}
    assert len(found) == len(set(found)) == 48


def test_many_due_items_of_one_kind_are_still_before_new_ones():
    acts = [answer(f"choice-{number}", days=-30) for number in range(6)]
    assert set(choose(QuizWish(count=6), acts)) == {act.item_id for act in acts}


def test_kinds_are_spread():
    kinds = [one.rpartition("-")[0] for one in choose(QuizWish(count=8))]
    assert len(set(kinds)) == 8


def test_topics_are_spread():
    bank = [question("choice", number, topics=(topic,)) for number, topic in enumerate("aaaaaaaabbcc")]
    chosen = choose(QuizWish(count=6), questions=bank)
    topics = [bank[int(one.rpartition("-")[2])].topic_ids[0] for one in chosen]
    assert sorted(topics) == ["a", "a", "b", "b", "c", "c"]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=8), st.text(max_size=8), st.integers(1, 20))
def test_the_seed_decides_and_nothing_else(one, other, count):
    wish = QuizWish(count=count)
    assert choose(wish, seed=one) == choose(wish, questions=BANK[::-1], seed=one)
    assert len(choose(wish, seed=other)) == count


def test_another_seed_asks_others():
    assert len({tuple(choose(QuizWish(), seed=str(seed))) for seed in range(9)}) > 5


def test_difficulty_kind_topic_paper_and_document_are_kept_to():
    bank = [*BANK, question("choice", 90, topics=("pytorch", "math"), papers=("1706.03762",), difficulty="hard")]
    assert {one.rpartition("-")[2] for one in choose(QuizWish(difficulty="hard", count=9))} == {"2", "5"}
    assert all(one.startswith(("order", "cloze")) for one in choose(QuizWish(kinds=("order", "cloze"), count=9)))
    for wish in (QuizWish(topic_ids=("pytorch",)), QuizWish(paper_ids=("1706.03762",))):
        assert choose(wish, questions=bank) == ["choice-90"]
    assert len(choose(QuizWish(documents=("01-attention",), count=50), questions=bank)) == 49
    assert len(choose(QuizWish(topic_ids=("math", "pytorch"), count=50), questions=bank)) == 49


@pytest.mark.parametrize(
    ("wish", "sentence", "hint"),
    [
        (QuizWish(topic_ids=("nothing",)), "no question that fits", "another topic or paper"),
        (QuizWish(paper_ids=("9999.99999",)), "no question that fits", "another topic or paper"),
        (QuizWish(documents=("my-notes",), difficulty="hard"), "no question that fits", "another topic or paper"),
        (QuizWish(kinds=("short",), difficulty="create"), "no question that fits", "there are 6 of another"),
        (QuizWish(kinds=("essay",)), "no question that fits", "there are 48 of another"),
        (QuizWish(kinds=("essay",), difficulty="none"), "no question that fits", "kind of question and the difficulty"),
        (QuizWish(count=1_000), "1 to 50 questions, not 1000", "fewer"),
        (QuizWish(count=0), "1 to 50 questions, not 0", "fewer"),
        (QuizWish(count=-3), "1 to 50 questions, not -3", "fewer"),
        (QuizWish(mode="exam", minutes=0), "1 to 240 minutes", "another time"),
        (QuizWish(mode="exam", minutes=10_000), "1 to 240 minutes", "another time"),
        (QuizWish(mode="practice", minutes=20), "Only an exam is timed", "leave the minutes out"),
    ],
)
def test_what_cannot_be_a_quiz_is_one_sentence_and_leaves_nothing(desk, wish, sentence, hint):
    with pytest.raises(QuizError, match=sentence) as caught:
        desk.start_quiz(wish, "A quiz")
    assert hint in caught.value.hint
    assert desk.quizzes.open_quizzes() == []
    assert desk.store.count() == 0


def test_fewer_items_than_asked_are_all_of_them(desk):
    assert len(desk.start_quiz(QuizWish(kinds=("short",), count=MOST_QUESTIONS), "All").question_ids) == 6
    check_wish(QuizWish(count=MOST_QUESTIONS))


def test_a_bank_of_a_thousand_questions_is_chosen_from_in_a_moment():
    bank = [question("choice", number) for number in range(1_000)]
    acts = [answer(f"choice-{number}", number % 2, days=-number / 20, key=str(number)) for number in range(900)]
    cards = card_states(acts)
    begun = time.process_time()
    assert len(choose_questions(bank, QuizWish(count=50), cards, at=NOON, seed="s")) == 50
    assert time.process_time() - begun < 2


# Answers


def test_a_quiz_from_the_first_item_to_the_summary(desk, clock):
    quiz = desk.start_quiz(QuizWish(count=8), "Everything")
    for number in range(8):
        item = desk.current(quiz)
        clock.go_on(seconds=30)
        given = key_of(item) if number else ["nonsense"]
        found = desk.answer(quiz, item.id, given, confidence="high", seconds=12.34)
        assert (found.grade.verdict, found.evidence.outcome) == (("right", 1.0) if number else ("wrong", 0.0))
        assert found.evidence.details["seconds"] == 12.3
    assert desk.current(quiz) is None
    assert desk.progress(quiz).is_complete
    summary = desk.finish(quiz)
    assert (summary.score, summary.total, round(summary.seconds, 1)) == (7, 8, 98.4)
    assert summary.by_topic == {"math": (7, 8)}
    assert [one.id for one in summary.missed] == [quiz.question_ids[0]] == list(summary.overconfident)
    assert desk.quizzes.open_quizzes() == []


def test_what_an_answer_leaves(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("short",), count=1), "One")
    act = desk.answer(
        quiz, quiz.question_ids[0], ["The variance is one."], confidence="low", hint_used=True, conversation_id="c"
    ).evidence
    assert (act.kind, act.outcome, act.given, act.conversation_id, act.at) == (
        "quiz",
        0.5,
        "The variance is one.",
        "c",
        NOON,
    )
    assert act.details["verdict"] == "partly"
    assert [point["met"] for point in act.details["points"]] == [True, False]
    assert act.details["points"][0]["evidence"] == "The variance is one."
    assert {name: act.details[name] for name in ("quiz_id", "mode", "kind", "confidence", "hint_used")} == {
        "quiz_id": quiz.id,
        "mode": "practice",
        "kind": "short",
        "confidence": "low",
        "hint_used": True,
    }
    assert desk.store.evidence() == [act]


def test_the_same_item_is_recorded_once_and_shows_the_first_answer(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=2), "Two")
    first = desk.answer(quiz, quiz.question_ids[0], ["four"])
    again = desk.answer(quiz, quiz.question_ids[0], ["three"])
    assert (again.evidence, again.grade.outcome, again.grade.feedback) == (first.evidence, 1.0, first.grade.feedback)
    assert desk.store.count() == 1


def test_a_grade_that_a_model_helped_with_is_shown_as_it_was(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("short",), count=1), "One")
    points = (PointResult("a", True, "said", "quoted"), PointResult("b", True, "said", ""))
    graded = Grade(1.0, "Both points are there.", points)
    desk.answer(quiz, quiz.question_ids[0], ["in words of my own"], graded=graded)
    assert desk.answer(quiz, quiz.question_ids[0], ["again"]).grade == graded


def test_answers_of_several_lines_come_back_as_they_were(desk, tmp_path, clock):
    chosen = question("code-output", 77, body=CodeOutput("", "1\n2", options("1\n2", "2\n1")))
    own = StudyDesk(desk.store, now=clock, questions=[chosen])
    quiz = own.start_quiz(QuizWish(), "Lines")
    assert own.answer(quiz, chosen.id, ["1\n2"]).grade.verdict == "right"
    again = own.answer(quiz, chosen.id, ["2\n1"])
    assert (again.grade.verdict, again.evidence.details["answer"]) == ("right", ["1\n2"])


def test_two_answers_at_once_are_one(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    found = []

    def click(text):
        found.append(desk.answer(quiz, quiz.question_ids[0], [text]))

    threads = [threading.Thread(target=click, args=(text,)) for text in ("four", "three") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.store.count() == 1
    assert {one.evidence.key for one in found} == {desk.store.evidence()[0].key}
    assert {one.grade.outcome for one in found} == {desk.store.evidence()[0].outcome}


def test_a_click_that_did_not_see_the_first_one_is_the_same_act(desk, monkeypatch):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    stale, look = [desk.progress(quiz)], desk.progress
    first = desk.answer(quiz, quiz.question_ids[0], ["four"])
    monkeypatch.setattr(desk, "progress", lambda quiz: stale.pop() if stale else look(quiz))
    second = desk.answer(quiz, quiz.question_ids[0], ["three"])
    assert (second.evidence, second.grade.outcome, desk.store.count()) == (first.evidence, 1.0, 1)


def test_a_long_answer_is_kept_up_to_its_limit(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("short",), count=1), "One")
    act = desk.answer(quiz, quiz.question_ids[0], ["x" * 50_000]).evidence
    assert (len(act.given), len(act.details["answer"][0])) == (10_000, 10_000)


def test_another_quizs_item_is_refused(desk):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    for other in ("short-0", "nothing"):
        with pytest.raises(QuizError, match="not part of the quiz"):
            desk.answer(quiz, other, ["four"])
    with pytest.raises(QuizError, match="not in your record"):
        desk.quizzes.quiz("nothing")


def test_going_on_after_a_restart(desk, clock):
    quiz = desk.start_quiz(QuizWish(count=3), "Three")
    first = desk.current(quiz)
    desk.answer(quiz, first.id, key_of(first))
    later = StudyDesk(LearnerStore(desk.store.path), now=clock, questions=BANK)
    (found,) = later.quizzes.open_quizzes()
    assert found == quiz == later.quizzes.quiz(quiz.id)
    assert later.current(found).id == quiz.question_ids[1]
    assert list(later.progress(found).answers) == [first.id]


def test_an_item_that_left_the_bank_is_passed_over(desk, clock):
    quiz = desk.start_quiz(QuizWish(count=3), "Three")
    left = [one for one in BANK if one.id != quiz.question_ids[0]]
    later = StudyDesk(desk.store, now=clock, questions=left)
    assert later.current(quiz).id == quiz.question_ids[1]
    answer_all(later, quiz)
    assert later.summary(quiz).total == 3
    assert later.summary(quiz).score == 2


# Exams


def test_an_exam_has_its_time_and_ends_with_it(desk, clock):
    quiz = desk.start_quiz(QuizWish(count=4, mode="exam"), "Exam")
    assert (quiz.minutes, quiz.ends_at) == (6, NOON + timedelta(minutes=6))
    assert desk.start_quiz(QuizWish(count=4, mode="exam", minutes=20), "Exam").minutes == 20
    assert desk.start_quiz(QuizWish(count=4), "Practice").ends_at is None
    item = desk.current(quiz)
    clock.go_on(minutes=6)
    desk.answer(quiz, item.id, key_of(item))
    clock.go_on(seconds=1)
    with pytest.raises(QuizError, match="time of this quiz is over"):
        desk.answer(quiz, quiz.question_ids[1], ["four"])
    assert quiz.id not in {one.id for one in desk.quizzes.open_quizzes()}
    assert desk.summary(quiz).score == 1
    assert desk.store.count() == 1


def test_a_quiz_that_was_ended_elsewhere_takes_no_more_answers(desk):
    quiz = desk.start_quiz(QuizWish(count=2), "Two")
    desk.finish(quiz)
    with pytest.raises(QuizError, match="This quiz is over"):
        desk.answer(quiz, quiz.question_ids[0], ["four"])


# Contests, ratings and undo


def test_a_contested_grade_is_the_learners_and_says_so(desk, clock):
    quiz = desk.start_quiz(QuizWish(kinds=("short",), count=1), "One")
    first = desk.answer(quiz, quiz.question_ids[0], ["in words of my own"]).evidence
    clock.go_on(minutes=2)
    own = desk.contest(first, 0.8)
    assert (own.outcome, own.at, own.details["self_graded"], own.details["graded_before"]) == (0.8, NOON, True, 0.0)
    assert own.details["verdict"] == "partly"
    assert desk.store.evidence() == [own]
    again = desk.answer(quiz, quiz.question_ids[0], ["x"]).grade
    assert (again.outcome, again.feedback) == (0.8, "You graded this yourself.")
    clock.go_on(minutes=2)
    twice = desk.contest(first, 1.0)
    assert (twice.outcome, twice.details["graded_before"]) == (1.0, 0.0)
    assert desk.store.evidence() == [twice]
    assert len(desk.store.evidence(include_withdrawn=True)) == 3
    for outcome in (-0.1, 1.1, float("nan")):
        with pytest.raises(QuizError, match="from 0 to 1"):
            desk.contest(first, outcome)


def test_a_rating_moves_the_due_date_and_a_contest_forgets_it(desk, clock):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    act = desk.answer(quiz, quiz.question_ids[0], ["four"]).evidence
    due = [desk.cards()[act.item_id].due_at]
    for rating in ("easy", "again"):
        clock.go_on(seconds=1)
        desk.rate(act, rating)
        due.append(desk.cards()[act.item_id].due_at)
    clock.go_on(seconds=1)
    desk.contest(act, 1.0)
    due.append(desk.cards()[act.item_id].due_at)
    assert due[2] < due[0] < due[1]
    assert due[3] == due[0]
    assert desk.store.count() == 1
    with pytest.raises(QuizError, match="no rating “perfect”"):
        desk.rate(act, "perfect")
    desk.contest(act, 0.0)
    for rating in ("hard", "good", "easy"):
        with pytest.raises(QuizError, match="not right cannot be rated"):
            desk.rate(act, rating)
    desk.rate(act, "again")
    desk.contest(act, 0.6)
    desk.rate(act, "hard")


def test_an_answer_taken_back_is_asked_again_and_recorded_again(desk, clock):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    item = quiz.question_ids[0]
    for number, typed in enumerate(("three", "five", "four")):
        clock.go_on(minutes=1)
        found = desk.answer(quiz, item, [typed])
        assert found.evidence.given == typed
        if number < 2:
            assert desk.undo(found.evidence)
            assert not desk.undo(found.evidence)
            assert desk.current(quiz).id == item
            assert desk.cards() == {}
    assert (desk.store.count(), desk.summary(quiz).score) == (1, 1)
    assert len(desk.store.evidence(limit=EVERYTHING, include_withdrawn=True)) == 3


def test_undo_takes_back_what_was_contested_or_rated_meanwhile(desk, clock):
    quiz = desk.start_quiz(QuizWish(kinds=("choice",), count=1), "One")
    act = desk.answer(quiz, quiz.question_ids[0], ["three"]).evidence
    desk.contest(act, 1.0)
    clock.go_on(seconds=1)
    desk.rate(act, "easy")
    assert desk.undo(act)
    assert desk.store.count() == 0
    with pytest.raises(QuizError, match="taken back"):
        desk.contest(act, 1.0)
    with pytest.raises(QuizError, match="taken back"):
        desk.rate(act, "good")


# Reviews


def test_a_review_asks_what_is_due(desk, clock):
    with pytest.raises(QuizError, match="Nothing is due"):
        desk.start_review()
    answer_all(desk, desk.start_quiz(QuizWish(count=8), "First"), right=False)
    assert desk.due() == []
    clock.go_on(minutes=11)
    assert len(desk.due()) == 8
    assert desk.due_within(3) == [8, 0, 0]
    assert desk.due(topic_ids=["pytorch"]) == []
    with pytest.raises(QuizError, match="Nothing is due"):
        desk.start_review(topic_ids=["pytorch"])
    review = desk.start_review(limit=5)
    assert (review.mode, len(review.question_ids)) == ("review", 5)
    answer_all(desk, review)
    assert len(desk.due()) == 3
    desk.undo(desk.store.evidence()[0])
    assert len(desk.due()) == 4


def test_desired_retention_moves_every_due_date(desk):
    answer_all(desk, desk.start_quiz(QuizWish(count=8), "First"))
    assert desk.quizzes.desired_retention == DEFAULT_RETENTION
    before = desk.cards()
    desk.quizzes.set_desired_retention(0.8)
    after = desk.cards()
    assert all(after[item].due_at > before[item].due_at for item in before)
    for value in (0.5, 0.99, float("nan")):
        with pytest.raises(QuizError, match="from 70% to 97%"):
            desk.quizzes.set_desired_retention(value)
    assert desk.quizzes.desired_retention == 0.8
    desk.quizzes.set_preference("desired_retention", "a lot")
    assert desk.quizzes.desired_retention == DEFAULT_RETENTION


def test_leeches_are_named(desk):
    acts = [answer("choice-0", 1.0 if number % 2 else 0.0, days=10 * number, key=str(number)) for number in range(12)]
    desk.store.record_all([*acts, answer("choice-1", days=1, key="other"), answer("gone", 0.0, days=1, key="gone")])
    assert [card.item_id for card in desk.leeches()] == ["choice-0"]


def test_a_leech_needs_lapses_of_what_was_learned(desk):
    desk.store.record_all([answer("choice-0", 0.0, days=number, key=str(number)) for number in range(12)])
    assert desk.leeches() == []


# Generated items


def test_generated_items_are_kept_asked_first_and_reviewed_later(desk, clock):
    made = [replace(question("cloze", number), id=f"made-{number}", provenance="generated") for number in range(2)]
    quiz = desk.start_quiz(QuizWish(count=4), "Mixed", extra=[*made, made[0]])
    assert quiz.question_ids[:2] == ("made-0", "made-1")
    assert len(set(quiz.question_ids)) == 4
    answer_all(desk, quiz, right=False)
    clock.go_on(days=1)
    later = StudyDesk(LearnerStore(desk.store.path), now=clock, questions=BANK)
    assert {"made-0", "made-1"} <= {card.item_id for card in later.due()}
    assert later.questions()["made-0"] == made[0]


def test_only_generated_items_when_the_bank_has_none_that_fits(desk):
    made = replace(question("cloze", 1), id="made", provenance="generated", topic_ids=("my-notes",))
    assert desk.start_quiz(QuizWish(topic_ids=("my-notes",)), "Mine", extra=[made]).question_ids == ("made",)


def test_a_generated_item_never_takes_the_place_of_the_banks(desk):
    forged = replace(BANK[0], body=Choices(options("four", "three", "five", right=(1,))), provenance="generated")
    desk.start_quiz(QuizWish(count=1), "Forged", extra=[forged])
    assert desk.questions()[BANK[0].id] == BANK[0]


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_of_item_survives_the_record(desk, kind):
    desk.quizzes.add_items([question(kind)], at=NOON)
    assert desk.quizzes.items() == {question(kind).id: question(kind)}
    assert question_of(values_of(question(kind))) == question(kind)


def test_a_record_of_the_first_schema_takes_a_quiz_and_schedules_what_it_held(tmp_path, clock):
    path = tmp_path / "old.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_SCHEMA)
    connection.close()
    own = StudyDesk(LearnerStore(path), now=clock, questions=BANK)
    assert own.quizzes.open_quizzes() == []
    assert list(own.cards()) == ["softmax-axis"]
    quiz = own.start_quiz(QuizWish(count=2), "After the migration")
    answer_all(own, quiz)
    assert (own.summary(quiz).score, own.store.count()) == (2, 3)
