"""The quiz tab without a browser: questions without their keys, honest feedback, exams, undo, sources, bad input."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.assemble import LEARNER
from curriculum.load import load_curriculum
from curriculum.question_values import Option, Receipt
from curriculum.questions import load_questions
from errors import QuizError, StudyError
from learner.grading import grade, key_sentence
from learner.quiz import Quiz
from learner.study_desk import StudyDesk
from ui.bridge import ACTIONS
from ui.quiz_actions import QuizActions
from ui.quiz_form import question_html
from ui.quiz_start import EVERYTHING, StartForm
from ui.quiz_text import span_words

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
BANK = {str(question.id): question for question in load_questions()}
FORM = StartForm(EVERYTHING, 5, "any", "practice", None)
SCALE = "attention-why-scale"


@pytest.fixture
def desk(services):
    return services.desk()


@pytest.fixture
def actions(services):
    return QuizActions(services)


def text_of(shown):
    return html.unescape(re.sub(r"<[^>]+>", " ", shown))


def quiz_of(desk, *ids, **more):
    """A quiz with these very items."""
    quiz = Quiz(id="0123456789ab", title="Mine", mode="practice", question_ids=ids, created_at=datetime.now(UTC))
    quiz = replace(quiz, **more)
    desk.quizzes.add(quiz)
    return quiz


def answer(actions, quiz, question_id, *given, **more):
    value = {"value": f"{quiz.id}|{question_id}", "given": list(given), "confidence": None, "hint": False, "seconds": 3}
    return actions.answer(json.dumps(value | more)).html


def wrong_option(question_id):
    return next(option for option in BANK[question_id].options if not option.is_right)


def first_of(kind):
    return next(question for question in BANK.values() if question.kind == kind)


def test_no_question_shows_its_key_explanation_or_reasons_before_the_answer():
    for question in BANK.values():
        shown = question_html("q", question, "practice")
        assert html.escape(question.explanation[:60]) not in shown, question.id
        assert key_sentence(question) not in html.unescape(shown), question.id
        assert "is-right" not in shown
        for option in question.options:
            assert f'value="{html.escape(option.text)}"' in shown, question.id
            assert not option.reason or html.escape(option.reason) not in shown, question.id


def test_what_an_item_says_is_shown_and_never_interpreted(actions, desk):
    hostile = '<img src="http://evil.example/x.png" onerror="alert(1)"> [a](http://evil.example)'
    options = (Option(hostile, False, hostile), Option("right one", True, ""))
    question = first_of("choice")
    bad = replace(
        question,
        id="bad-one",
        prompt=hostile,
        hint=hostile,
        explanation=hostile,
        receipt=Receipt("01-attention", None, hostile),
        body=replace(question.body, options=options),
        provenance="generated",
        made_by=hostile,
    )
    desk.quizzes.add_items([bad], at=NOW)
    quiz = quiz_of(desk, "bad-one", title=hostile)
    shown = actions.go(quiz.id).html + answer(actions, quiz, "bad-one", hostile) + actions.end(quiz.id).html
    assert "<img" not in shown
    assert "<a " not in shown
    assert shown.count("&lt;img") >= 6


def test_a_wrong_answer_says_why_and_where_the_key_is_written(actions, desk):
    quiz = quiz_of(desk, SCALE)
    chosen = wrong_option(SCALE)
    shown = answer(actions, quiz, SCALE, chosen.text)
    text = text_of(shown)
    assert "✗ Wrong" in " ".join(text.split())
    assert chosen.reason in text
    assert "wrong, your answer" in text
    assert "Attention Is All You Need, page 4" in text
    assert BANK[SCALE].receipt.quote in text
    assert "From our bank" in text
    assert 'name="ask"' in shown
    asked = f"Explain “{BANK[SCALE].receipt.quote.rstrip('.')}”. In a quiz I was asked: “{BANK[SCALE].prompt}”"
    assert " ".join(asked.split()) in html.unescape(shown), "the quote leads a model that quotes to its place"
    assert f'data-explains="{quiz.id}|{SCALE}"' in shown


def test_a_right_answer_is_said_in_words_and_asks_no_why(actions, desk):
    quiz = quiz_of(desk, SCALE)
    shown = answer(actions, quiz, SCALE, *[option.text for option in BANK[SCALE].options if option.is_right])
    assert "Right" in text_of(shown)
    assert 'name="ask"' not in shown
    assert "See the summary" in shown


@pytest.mark.parametrize("kind", ["several", "true-false", "short", "numeric", "code-output", "order", "cloze"])
def test_each_kind_is_asked_and_an_empty_answer_tells_the_key(actions, desk, kind):
    question = first_of(kind)
    quiz = quiz_of(desk, str(question.id))
    asked = actions.go(quiz.id).html
    assert "quiz-form" in asked
    assert "Hint" in asked
    shown = answer(actions, quiz, question.id)
    assert "Wrong" in text_of(shown)
    assert "No answer this time." in text_of(shown)


def test_points_of_a_short_answer_are_met_or_missing(actions, desk):
    question = first_of("short")
    point = question.body.points[0]
    said = f"It is {point.phrases[0].replace(' + ', ' ')}."
    quiz = quiz_of(desk, str(question.id))
    text = " ".join(text_of(answer(actions, quiz, question.id, said)).split())
    graded = grade(question, [said])
    assert text.count("Met:") == sum(point.is_met for point in graded.points) >= 1
    assert text.count("Missing:") == sum(not point.is_met for point in graded.points)


def test_an_exam_gives_no_hint_and_no_feedback_and_ends_with_a_report(actions, desk):
    ids = [SCALE, "attention-shape-of-weights"]
    quiz = quiz_of(desk, *ids, mode="exam", minutes=10)
    shown = actions.go(quiz.id).html
    assert "Hint" not in shown
    assert 599 <= int(re.search(r'data-seconds-left="(\d+)"', shown)[1]) <= 600
    after = answer(actions, quiz, SCALE, wrong_option(SCALE).text)
    assert "quiz-verdict" not in after
    assert "2 of 2" in after
    report = text_of(answer(actions, quiz, ids[1], "20000"))
    assert "1 of 2 right, 50%" in report
    assert wrong_option(SCALE).reason in report


def test_an_exam_whose_time_is_over_shows_its_report(services, desk):
    quiz = quiz_of(desk, SCALE, mode="exam", minutes=1, created_at=datetime.now(UTC) - timedelta(minutes=5))
    actions = QuizActions(services)
    assert "its time is over" in actions.open_quizzes()
    shown = text_of(answer(actions, quiz, SCALE, "x"))
    assert "The time of this quiz is over." in shown
    assert "0 of 1 right" in shown
    assert "1 question had no answer" in shown
    assert desk.quizzes.quiz(quiz.id).finished_at is not None


def test_undo_asks_again_and_the_answer_no_longer_counts(actions, desk):
    quiz = quiz_of(desk, SCALE, "attention-shape-of-weights")
    answer(actions, quiz, SCALE, wrong_option(SCALE).text)
    assert "Undo the last answer" in actions.go(quiz.id).html
    shown = actions.undo(f"{quiz.id}|{SCALE}").html
    assert f'data-value="{quiz.id}|{SCALE}"' in shown
    assert desk.evidence() == []


def test_the_learners_own_grade_counts_and_is_called_so(actions, desk):
    quiz = quiz_of(desk, SCALE)
    answer(actions, quiz, SCALE, wrong_option(SCALE).text)
    shown = text_of(actions.contest(f"{quiz.id}|{SCALE}|1.0").html)
    assert "You graded this yourself. We had graded it 0.00 of 1." in shown
    (act,) = desk.evidence()
    assert act.outcome == 1.0
    assert act.details["self_graded"] is True


def test_the_report_names_what_was_missed_what_was_sure_and_what_comes_next(actions, desk):
    ids = [SCALE, "attention-shape-of-weights"]
    quiz = quiz_of(desk, *ids)
    answer(actions, quiz, SCALE, wrong_option(SCALE).text, confidence="high")
    answer(actions, quiz, ids[1], "20000")
    shown = actions.go(quiz.id).html
    text = text_of(shown)
    assert "1 of 2 right" in text
    assert "Sure, but wrong" in text
    assert "Read: Attention Is All You Need, page 4" in text
    assert 'value="paper:1706.03762"' in shown
    assert "Next topic" in text
    again = actions.again(quiz.id).html
    assert "1 of 1" in again
    assert "Mine (again)" in again


def test_quizzes_to_go_on_with_are_listed_until_they_are_over(actions, desk):
    quiz = quiz_of(desk, SCALE, "attention-shape-of-weights")
    answer(actions, quiz, SCALE, wrong_option(SCALE).text)
    assert "1 of 2 answered" in actions.open_quizzes()
    actions.end(quiz.id)
    assert actions.open_quizzes() == ""


def test_the_list_counts_what_fits(actions):
    shown = dict((value, words) for words, value in actions.choices(None))
    assert shown[EVERYTHING] == f"Everything ({len(BANK)})"
    on_attention = sum("attention-mechanism" in question.topic_ids for question in BANK.values())
    assert shown["topic:attention-mechanism"].endswith(f"({on_attention})")
    hard = dict((value, words) for words, value in actions.choices("hard"))
    assert hard[EVERYTHING] == f"Everything ({sum(one.difficulty == 'hard' for one in BANK.values())})"
    assert all(not words.endswith("(0)") for words in shown.values())


@pytest.mark.parametrize(
    "typed",
    [
        "topic:attention-mechanism",
        "attention mechanism",
        "1706.03762",
        "reflexion: lang",
        "Topic: Attention mechanism (29)",
    ],
)
def test_a_subject_may_be_chosen_or_typed(actions, typed):
    assert "quiz-form" in actions.start(replace(FORM, subject=typed)).html


def test_a_name_that_many_have_asks_which(actions):
    with pytest.raises(QuizError, match="“memory” may be . things"):
        actions.start(replace(FORM, subject="memory"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"subject": None}, "Choose what the quiz is to be about."),
        ({"subject": "  "}, "Choose what the quiz is to be about."),
        ({"subject": "2401.99999"}, "There is no topic, paper or note “2401.99999” with questions."),
        ({"count": 1000}, "A quiz has 1 to 50 questions, not 1000."),
        ({"count": 0}, "A quiz has 1 to 50 questions, not 0."),
        ({"count": None}, "Say how many questions the quiz is to have."),
        ({"count": 2.5}, "A quiz has a whole number of questions."),
        ({"mode": "exam", "minutes": 900}, "An exam takes 1 to 240 minutes, not 900."),
    ],
)
def test_a_form_that_cannot_be_a_quiz_gets_one_sentence(actions, desk, change, sentence):
    with pytest.raises(StudyError) as caught:
        actions.start(replace(FORM, **change))
    assert caught.value.message == sentence
    assert desk.quizzes.open_quizzes() == []


def test_a_difficulty_that_a_subject_has_not_says_what_there_is(actions):
    for words, value in actions.choices(None):
        have = {one for one in ("easy", "medium", "hard") if value in dict((v, w) for w, v in actions.choices(one))}
        if have != {"easy", "medium", "hard"}:
            missing = next(iter({"easy", "medium", "hard"} - have))
            with pytest.raises(QuizError, match="no question that fits") as caught:
                actions.start(replace(FORM, subject=value, difficulty=missing))
            assert "Leave the difficulty open" in caught.value.hint, words
            return
    pytest.fail("every subject has every difficulty: choose another test")


@pytest.mark.parametrize("value", ["", "x", "[]", '{"value": "a"}', '{"value": "a|b", "given": 3}', "{" * 5000])
def test_a_damaged_answer_is_one_sentence(actions, value):
    assert "did not arrive whole" in text_of(actions.answer(value).html) or "out of date" in actions.answer(value).html


@pytest.mark.parametrize("act", ["go", "end", "undo", "rate", "contest", "again", "topic"])
def test_a_click_on_what_is_not_there_is_one_sentence(actions, act):
    shown = getattr(actions, act)("nothing|here").html
    assert 'role="alert"' in shown
    assert "quiz_leave" in shown


def test_a_record_that_cannot_be_read_is_told_and_left_as_it_is(services, actions):
    path = services.home / LEARNER
    path.write_bytes(b"no database at all, " * 400)
    assert "failure" in actions.open_quizzes()
    assert 'role="alert"' in actions.go("0123456789ab").html
    with pytest.raises(StudyError):
        actions.surprise()
    assert path.read_bytes().startswith(b"no database")


def test_the_source_is_the_page_of_the_paper_the_note_or_the_way_to_them(actions, desk):
    in_note = next(one for one in BANK.values() if one.receipt.document == "06-lora")
    not_there = next(one for one in BANK.values() if one.receipt.document == "2303.11366")
    quiz = quiz_of(desk, SCALE, str(in_note.id), str(not_there.id))
    assert 'alt="Page' in actions.open_receipt(f"{quiz.id}|{SCALE}")
    note = actions.open_receipt(f"{quiz.id}|{in_note.id}")
    assert "<mark>" in note
    assert "no longer in this note" not in note
    away = actions.open_receipt(f"{quiz.id}|{not_there.id}")
    assert "is not in your library" in away
    assert 'value="paper:2303.11366"' in away
    assert html.escape(not_there.receipt.quote) in away


@pytest.mark.slow
def test_every_quote_of_a_note_is_marked_in_it(services, actions, desk):
    notes = {note.name for note in load_curriculum().notes}
    for question in BANK.values():
        if question.receipt.document in notes:
            assert "<mark>" in actions.open_receipt(f"-|{question.id}"), question.id


def test_reading_the_source_after_an_answer_counts_as_an_explanation(actions, desk):
    quiz = quiz_of(desk, SCALE, "attention-shape-of-weights")
    actions.open_receipt(f"{quiz.id}|{SCALE}")
    assert desk.quizzes.explained() == {}
    answer(actions, quiz, SCALE, wrong_option(SCALE).text)
    actions.open_receipt(f"{quiz.id}|{SCALE}")
    assert desk.quizzes.explained()["attention-mechanism"]["how"] == "page"
    actions.explained(f"{quiz.id}|{SCALE}")
    assert desk.quizzes.explained()["attention-mechanism"]["how"] == "why-wrong"


def test_every_button_of_the_tab_has_a_listener(actions, desk):
    quiz = quiz_of(desk, SCALE, "attention-shape-of-weights")
    shown = actions.go(quiz.id).html + answer(actions, quiz, SCALE, "x") + actions.open_quizzes()
    shown += actions.end(quiz.id).html
    names = set(re.findall(r'study-action" name="(\w+)"', shown))
    assert names >= {"quiz_go", "quiz_end", "quiz_undo", "quiz_contest", "open_receipt", "quiz_again"}
    assert names <= set(ACTIONS)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(hours=20), "20 hours"),
        (timedelta(days=1, hours=16), "2 days"),
        (timedelta(days=90), "3 months"),
        (timedelta(days=900), "2 years"),
    ],
)
def test_intervals_are_told_in_one_unit(span, words):
    assert span_words(span) == words


def test_the_desk_of_the_page_is_the_record_of_the_chat(services, desk):
    assert isinstance(desk, StudyDesk)
    assert desk.store.path == services.home / LEARNER
