"""The review and progress tabs without a browser: what is due, what an interval is, files out and in, honest plots."""

import base64
import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fake_services import fake_services

from agent.assemble import LEARNER
from curriculum.load import load_curriculum
from curriculum.questions import load_questions
from learner.grading import Grade
from learner.mastery import CalibrationBin
from learner.quiz import Quiz, QuizWish
from learner.schedule import LEECH_LAPSES, RATINGS, next_due
from learner.store import LearnerStore
from learner.study_desk import StudyDesk
from ui.plots import Bar, bars_svg, calendar_svg, calibration_svg, share_svg
from ui.progress_tab import read_progress
from ui.progress_view import progress_html
from ui.quiz_actions import QuizActions
from ui.quiz_start import EVERYTHING
from ui.quiz_text import span_words
from ui.review_actions import ReviewActions

BANK = load_questions()
IDS = [str(question.id) for question in BANK if question.kind == "choice"][:6]


@pytest.fixture
def services(tmp_path):
    return fake_services(tmp_path)


@pytest.fixture
def actions(services):
    return ReviewActions(services, QuizActions(services))


def answered(services, ids, *, days_ago, outcome=1.0, **more):
    """Answers to these items so many days ago."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    desk = StudyDesk(LearnerStore(services.home / LEARNER), now=lambda: at)
    quiz = Quiz(id=f"seed-{days_ago}", title="S", mode="practice", question_ids=tuple(ids), created_at=at)
    desk.quizzes.add(quiz)
    for one in ids:
        desk.answer(quiz, one, ["an answer"], graded=Grade(outcome, "Seeded."), **more)
    desk.finish(quiz)


def text_of(shown):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def test_an_empty_record_teaches_what_reviews_are(actions):
    shown = actions.show()
    assert "Nothing to review yet" in shown
    assert "just before you would forget it" in shown
    assert "Nothing is due for review." in actions.start("20")


def test_what_is_due_is_counted_and_asked_least_recalled_first(services, actions):
    answered(services, IDS[:2], days_ago=30)
    answered(services, IDS[2:4], days_ago=12)
    answered(services, IDS[4:], days_ago=0)
    assert "4 cards due now" in text_of(actions.show())
    shown = actions.start("20")
    assert shown.is_review is True
    assert "1 of 4" in shown.html
    assert re.search(r'data-value="[^|]+\|([^"]+)"', shown.html)[1] in IDS[:2]
    again = actions.start("20")
    assert again.html.split("data-quiz=")[1][:14] == shown.html.split("data-quiz=")[1][:14], "the begun one goes on"


def test_the_forecast_is_what_becomes_due_as_picture_and_table(services, actions):
    answered(services, IDS, days_ago=1)
    shown = actions.show()
    counts = services.desk().due_within(14)
    cells = [int(one) for one in re.findall(r"<tr><td>[^<]+</td><td>(\d+)</td></tr>", shown)]
    assert cells == counts
    assert sum(counts) == len(IDS)
    assert f"Cards due on each of the next 14 days, {sum(counts)} in all" in shown


def test_each_rating_shows_the_interval_that_it_gives(services, actions):
    answered(services, IDS[:1], days_ago=30)
    shown = actions.start("20").html
    value = re.search(r'data-value="([^"]+)"', shown)[1]
    desk = services.desk()
    right = [option.text for option in desk.questions()[IDS[0]].options if option.is_right]
    body = actions.quizzes.answer(json.dumps({"value": value, "given": right})).html
    act = desk.evidence()[0]
    due = next_due(desk.evidence(), act)
    for rating in RATINGS:
        assert f"{rating.capitalize()} · {span_words(due[rating] - act.at)}" in body
    assert 'data-key="3" data-main' in body, "a right answer proposes good"
    rated = actions.quizzes.rate(f"{value}|hard").html
    assert services.desk().evidence()[0].details["rating"] == "hard"
    assert 'data-step="report"' in rated


def test_a_wrong_answer_can_only_come_again(services, actions):
    answered(services, IDS[:1], days_ago=30)
    value = re.search(r'data-value="([^"]+)"', actions.start("20").html)[1]
    body = actions.quizzes.answer(json.dumps({"value": value, "given": ["x"]})).html
    assert 'data-key="1" data-main' in body
    assert "Again ·" in body
    assert "Hard ·" not in body
    assert "grade it yourself first" in body


def test_what_is_forgotten_again_and_again_asks_for_another_explanation(services, actions):
    for number in range(2 * LEECH_LAPSES + 2):
        answered(services, IDS[:1], days_ago=200 - 15 * number, outcome=float(number % 2 == 0))
    shown = actions.show()
    assert "Forgotten again and again" in shown
    assert f'value="-|{IDS[0]}"' in shown
    assert 'name="ask"' in shown


def test_a_retention_is_kept_and_its_meaning_told(services, actions):
    answered(services, IDS, days_ago=1)
    before = services.desk().cards()[IDS[0]].due_at
    assert "fallen to 97%" in actions.set_retention(97)
    assert services.desk().quizzes.desired_retention == 0.97
    assert services.desk().cards()[IDS[0]].due_at < before
    assert "A desired retention is from 70% to 97%, not 99%." in actions.set_retention(99)
    assert "Say a retention in percent." in actions.set_retention(None)


def content_of(shown):
    return base64.b64decode(re.search(r"base64,([^\"]+)", shown)[1])


def test_the_record_goes_out_and_comes_back(services, actions, tmp_path):
    answered(services, IDS, days_ago=3)
    shown = actions.export_record()
    assert f"holds {len(IDS)} acts" in text_of(shown)
    file = tmp_path / "record.json"
    file.write_bytes(content_of(shown))
    other = fake_services(tmp_path / "other")
    fresh = ReviewActions(other, QuizActions(other))
    assert f"{len(IDS)} acts came into your record" in fresh.import_record(str(file))
    assert {one.key for one in other.desk().evidence()} == {one.key for one in services.desk().evidence()}
    assert f"{len(IDS)} were there before" in fresh.import_record(str(file))
    file.write_text('{"format": 1}', encoding="utf-8")
    assert "is not an exported learning record; nothing was changed" in fresh.import_record(str(file))


def test_the_table_has_a_row_for_each_question_of_the_subject(actions):
    on_attention = [one for one in BANK if "attention-mechanism" in one.topic_ids]
    rows = list(
        csv.DictReader(io.StringIO(content_of(actions.export_csv("topic:attention-mechanism")).decode("utf-8-sig")))
    )
    assert {row["id"] for row in rows} == {str(one.id) for one in on_attention}
    assert content_of(actions.export_anki(EVERYTHING))[:2] == b"PK"
    assert "There is no topic" in actions.export_anki("no such thing")


def test_a_record_that_cannot_be_read_is_one_sentence_everywhere(services, actions):
    (services.home / LEARNER).write_bytes(b"no database at all, " * 400)
    for shown in (actions.show(), actions.retention()[1], actions.export_record(), actions.set_retention(90)):
        assert shown.startswith('<p class="failure" role="alert">')


# Progress


def test_no_evidence_teaches_what_counts(services):
    assert "Every number here comes from graded answers" in progress_html(read_progress(services))


def test_mastery_bars_have_a_threshold_and_open_their_answers(services):
    topic = "attention-mechanism"
    ids = [str(one.id) for one in BANK if one.topic_ids[0] == topic][:7]
    answered(services, ids, days_ago=0, confidence="high")
    shown = progress_html(read_progress(services))
    found = services.desk().masteries([topic])[topic]
    title = load_curriculum().topic(topic).title
    assert found.is_mastered
    assert "✓ mastered" in text_of(shown)
    assert f'aria-label="{title}: ' in shown
    part = shown[shown.index(f'aria-label="{title}: ') :].split("</details>")[0]
    assert part.count("<li>") == len(ids)
    assert "confidence high" in part
    assert 'class="plot-threshold" x="69.7"' in part


def test_an_answer_that_another_program_gave_on_says_so(services):
    desk = services.desk()
    quiz = desk.start_quiz(QuizWish(topic_ids=("attention-mechanism",), count=2), "Attention")
    for item, door in zip(quiz.question_ids, ("mcp", ""), strict=True):
        desk.answer(quiz, item, (), conversation_id=door)
    title = load_curriculum().topic("attention-mechanism").title
    part = progress_html(read_progress(services)).partition(f'aria-label="{title}: ')[2].split("</details>")[0]
    assert part.count("<li>") == 2
    assert part.count("given on by another program") == 1


def test_calibration_counts_and_explanations_are_told_in_words_beside_the_picture(services):
    answered(services, IDS[:2], days_ago=2, confidence="high", outcome=0.0)
    answered(services, IDS[2:4], days_ago=1, confidence="low")
    shown = progress_html(read_progress(services))
    assert "low: stated 40%, right 100% (2); high: stated 95%, right 0% (2)" in shown
    assert "<tr><td>high</td><td>95%</td><td>0%</td><td>2</td></tr>" in shown
    assert "without" in text_of(shown)
    assert "It shows what went together, not what caused what." in text_of(shown)


def test_days_in_a_row_and_time_are_told(services):
    for days in (2, 1, 0):
        answered(services, IDS[:2], days_ago=days, seconds=90)
    text = text_of(progress_html(read_progress(services)))
    assert "3 days in a row now" in text
    assert "In all: 9 min of answering" in text


def test_a_given_answer_and_a_title_are_never_interpreted(services):
    answered(services, IDS[:1], days_ago=0)
    store = LearnerStore(services.home / LEARNER)
    act = store.evidence()[0]
    store.undo(act.key)
    hostile = "<img src=http://evil.example/x onerror=alert(1)>"
    bad = replace(act, key="bad", item_id=hostile, given=hostile, details={**act.details, "confidence": hostile})
    store.record(bad)
    assert "<img" not in progress_html(read_progress(services))


# Plots


def test_bars_are_as_tall_as_their_values():
    shown = bars_svg("Label", [Bar("a", "a: 4", 4), Bar("b", "b: 2", 2), Bar("c", "c: 0", 0)])
    tall = [float(one) for one in re.findall(r'class="plot-bar"[^>]* height="([\d.]+)"', shown)]
    assert tall[0] == pytest.approx(2 * tall[1])
    assert tall[2] == 0
    assert 'role="img" aria-label="Label"' in shown


def test_a_share_stays_within_its_bar():
    assert 'width="100.0"' in share_svg("x", 1.7, 0.7)
    assert 'width="0.0"' in share_svg("x", -1, 0.7)
    assert "enough" in share_svg("x", 0.7, 0.7)
    assert "enough" not in share_svg("x", 0.69, 0.7)


def test_a_calibrated_answer_stands_on_the_line():
    shown = calibration_svg("x", [CalibrationBin("medium", 0.5, 0.5, 4)])
    line = [
        float(one)
        for one in re.search(r'plot-agree" x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)"', shown).groups()
    ]
    x, y = (float(one) for one in re.search(r'plot-dot" cx="([\d.]+)" cy="([\d.]+)"', shown).groups())
    assert x == pytest.approx((line[0] + line[2]) / 2, abs=0.1)
    assert y == pytest.approx((line[1] + line[3]) / 2, abs=0.1)


def test_a_calendar_ends_today_and_darkens_with_work():
    today = date(2026, 11, 25)
    shown = calendar_svg("x", {today: 20, today - timedelta(days=1): 1}, today=today, weeks=4)
    assert "2026-11-26" not in shown
    assert len(re.findall(r'class="day level', shown)) == 3 * 7 + 3
    assert re.search(r'level-3"[^>]*><title>2026-11-25: 20', shown)
    assert re.search(r'level-1"[^>]*><title>2026-11-24: 1', shown)
