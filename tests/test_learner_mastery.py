"""Mastery, calibration, the effect of explanations, and the days of work."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_items import NOON, answer, question

from errors import QuizError
from learner.activity import activity
from learner.explanations import NextAnswers, next_correctness
from learner.mastery import FULL_ITEMS, ONE_BAND, THRESHOLD, calibration, masteries
from learner.quiz import QuizWish
from learner.store import LearnerStore
from learner.study_desk import StudyDesk

BLOOMS = ("remember", "understand", "apply", "analyze", "evaluate", "create")


def mastery(acts, *, days=0.0, topic="math"):
    return masteries(acts, [topic], at=NOON + timedelta(days=days))[topic]


def answers(*outcomes, days=0.0, blooms=("understand", "apply"), **details):
    return [
        answer(f"q{number}", outcome, days=days, bloom=blooms[number % len(blooms)], **details)
        for number, outcome in enumerate(outcomes)
    ]


acts_of_a_topic = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.floats(0, 60).map(lambda days: round(days, 3)),
        st.floats(0, 1),
        st.sampled_from(BLOOMS),
        st.sampled_from(("easy", "medium", "hard")),
    ),
    min_size=1,
    max_size=20,
)


def evidence_of(drawn):
    return [
        answer(f"q{item}", outcome, days=days, key=str(number), bloom=bloom, difficulty=difficulty)
        for number, (item, days, outcome, bloom, difficulty) in enumerate(drawn)
    ]


# Mastery


def test_nothing_is_known_without_answers():
    found = mastery([])
    assert (found.value, found.item_count, found.is_mastered, found.evidence_keys) == (0, 0, False, ())


def test_the_least_that_is_mastery():
    assert THRESHOLD == 0.7
    assert mastery(answers(1, 1, 1, 1, 1)).is_mastered
    assert mastery(answers(1, 1, 1, 1, 0)).value == pytest.approx(0.8)
    assert mastery(answers(1, 1, 1, 0.5, 0)).is_mastered
    assert not mastery(answers(1, 1, 1, 0.4, 0)).is_mastered


def test_few_items_count_in_proportion_and_are_never_mastery():
    values = [mastery(answers(*[1] * count)).value for count in (2, 3, 4, 5, 6)]
    assert values == pytest.approx([2 / 5, 3 / 5, 4 / 5, 1, 1])
    four = mastery(answers(1, 1, 1, 1))
    assert four.value > THRESHOLD
    assert not four.is_mastered
    assert FULL_ITEMS == 5


def test_recall_alone_and_application_alone_count_less():
    for blooms in (("remember", "understand"), ("apply", "create")):
        found = mastery(answers(1, 1, 1, 1, 1, blooms=blooms))
        assert (found.value, found.has_both_bands) == (pytest.approx(ONE_BAND), False)
    assert mastery(answers(1, 1, 1, 1, 1)).has_both_bands


def test_a_prediction_is_application():
    acts = [replace(act, kind="prediction") for act in answers(1, 1, 1)] + [
        answer(f"other{number}", bloom="understand") for number in range(2)
    ]
    assert mastery(acts).has_both_bands


def test_harder_items_count_more():
    right_hard = [answer("a", 1.0, difficulty="hard"), answer("b", 0.0, difficulty="easy")]
    right_easy = [answer("a", 0.0, difficulty="hard"), answer("b", 1.0, difficulty="easy")]
    assert mastery(right_hard).value == pytest.approx(2 * mastery(right_easy).value)


def test_of_each_item_the_newest_answer_counts():
    acts = answers(0, 0, 0, 0, 0) + answers(1, 1, 1, 1, 1, days=1)
    found = mastery(acts, days=1)
    assert found.value == pytest.approx(1)
    assert set(found.evidence_keys) == {act.key for act in acts[5:]}
    assert not mastery(acts, days=0.5).is_mastered, "what comes later is not known yet"


def test_other_topics_withdrawn_acts_and_ticks_do_not_count():
    acts = answers(1, 1, 1, 1, 1)
    assert mastery(acts, topic="pytorch").value == 0
    assert mastery([replace(act, withdrawn_at=NOON) for act in acts]).value == 0
    assert mastery([replace(act, kind="notebook") for act in acts]).value == 0


def test_old_evidence_decays_until_it_is_no_longer_mastery():
    acts = answers(1, 1, 1, 1, 1)
    mastered = [mastery(acts, days=days).is_mastered for days in (0, 7, 14, 60, 365)]
    assert mastered == [True, True, True, False, False]
    assert 0 < mastery(acts, days=20_000).value < 0.4


@settings(max_examples=60, deadline=None)
@given(acts_of_a_topic, st.lists(st.floats(60, 4000), min_size=2, max_size=5))
def test_mastery_is_bounded_and_falls_with_time(drawn, days):
    values = [mastery(evidence_of(drawn), days=day).value for day in sorted(days)]
    assert all(0 <= value <= 1 for value in values)
    assert values == sorted(values, reverse=True)


@settings(max_examples=60, deadline=None)
@given(acts_of_a_topic, st.data())
def test_a_better_answer_never_lowers_mastery(drawn, data):
    acts = evidence_of(drawn)
    last = max(acts, key=lambda act: (act.at, act.key))
    better = replace(last, outcome=data.draw(st.floats(last.outcome, 1)))
    others = [act for act in acts if act is not last]
    days = data.draw(st.floats(60, 400))
    assert mastery([*others, better], days=days).value >= mastery(acts, days=days).value - 1e-9


@settings(max_examples=40, deadline=None)
@given(acts_of_a_topic)
def test_fewer_than_five_items_are_limited_by_their_number(drawn):
    found = mastery(evidence_of(drawn), days=60)
    assert found.value <= min(1, found.item_count / FULL_ITEMS) + 1e-9
    assert found.value <= (1 if found.has_both_bands else ONE_BAND) + 1e-9


def test_a_time_that_is_not_utc_is_refused():
    with pytest.raises(ValueError, match="UTC"):
        masteries([], ["math"], at=NOON.replace(tzinfo=None))


# Calibration


def test_confidence_beside_how_often_it_was_right():
    acts = [answer("a", 1.0, confidence="high"), answer("b", 0.0, confidence="high")]
    acts += [answer("c", 0.5, confidence="low"), answer("d", 1.0), answer("e", 1.0, confidence=None)]
    acts += [replace(answer("f", 1.0, confidence="low"), withdrawn_at=NOON)]
    acts += [answer("g", 1.0, kind="prediction", confidence="low")]
    found = [(one.confidence, one.stated, one.observed, one.count) for one in calibration(acts)]
    assert found == [("low", 0.4, 0.5, 1), ("high", 0.95, 0.5, 2)]
    assert calibration([]) == ()


# Explanations


def shown(how="page"):
    return {"how": how, "item_id": "x", "at": NOON.isoformat()}


def test_the_next_answer_after_a_missed_one_with_and_without_an_explanation():
    acts = [
        answer("a", 0.0, days=1),
        answer("b", 1.0, days=2, explained=shown()),
        answer("c", 0.5, days=3, explained=shown()),
        answer("d", 0.0, days=4),
        answer("e", 1.0, days=5, explained=None),
        answer("f", 1.0, days=6),
        answer("other", 0.0, days=4.5, topics=("pytorch",)),
        answer("other2", 1.0, days=6, topics=("pytorch", "math"), explained=shown("why-wrong")),
    ]
    found = next_correctness(reversed(acts))
    assert found.explained == NextAnswers(2, 2)
    assert found.unexplained == NextAnswers(1, 2)
    assert (found.explained.share, found.unexplained.share) == (1, 0.5)
    assert next_correctness([]).explained.share is None
    undone = [replace(act, withdrawn_at=NOON) for act in acts]
    assert next_correctness(undone).unexplained == NextAnswers(0, 0)


def test_an_explanation_is_told_by_the_next_answer_of_its_topic_and_by_no_other(tmp_path):
    now = [NOON]
    bank = [question("choice", 0), question("choice", 1, topics=("pytorch",)), question("choice", 2)]
    bank += [question("choice", 3)]
    desk = StudyDesk(LearnerStore(tmp_path / "learner.sqlite"), now=lambda: now[0], questions=bank)
    quiz = desk.start_quiz(QuizWish(count=4), "All")
    first = desk.answer(quiz, "choice-0", ["three"]).evidence
    assert first.details["explained"] is None
    desk.explanation_shown(first, "why-wrong")
    with pytest.raises(QuizError, match="no explanation “song”"):
        desk.explanation_shown(first, "song")
    assert desk.answer(quiz, "choice-1", ["four"]).evidence.details["explained"] is None
    desk = StudyDesk(LearnerStore(desk.store.path), now=lambda: now[0], questions=bank)
    told = desk.answer(quiz, "choice-2", ["four"]).evidence.details["explained"]
    assert told == {"how": "why-wrong", "item_id": "choice-0", "at": NOON.isoformat()}
    assert desk.answer(quiz, "choice-3", ["four"]).evidence.details["explained"] is None
    assert next_correctness(desk.evidence()).explained == NextAnswers(1, 1)


# Days


def test_days_streak_reviews_and_time():
    acts = [
        answer("a", days=-3, key="1", seconds=30.0),
        answer("b", days=-1, key="2", seconds=20),
        answer("a", days=-1, key="3", seconds=5_000.0),
        answer("a", days=0, key="4"),
        answer("a", days=0, key="5", kind="notebook"),
        answer("box", days=-2, kind="by-hand"),
        replace(answer("c", days=-2, key="6"), withdrawn_at=NOON),
        answer("a", days=1, key="7"),
    ]
    found = activity(reversed(acts), at=NOON, zone=UTC)
    assert [(one.day.day, one.acts, one.reviews, one.seconds) for one in found.days] == [
        (21, 1, 0, 30),
        (23, 2, 1, 620),
        (24, 2, 1, 0),
    ]
    assert (found.streak, found.longest_streak, found.seconds) == (2, 2, 650)


@pytest.mark.parametrize(("days", "streak"), [(0, 3), (1, 3), (1.6, 0), (2, 0), (30, 0)])
def test_a_streak_lasts_through_the_day_after(days, streak):
    acts = [answer("a", days=-number, key=str(number)) for number in range(3)]
    found = activity(acts, at=NOON + timedelta(days=days), zone=UTC)
    assert (found.streak, found.longest_streak) == (streak, 3)


def test_no_work_is_no_streak():
    found = activity([], at=NOON, zone=UTC)
    assert (found.days, found.streak, found.longest_streak, found.seconds) == ((), 0, 0, 0)


def test_a_day_is_one_of_the_learners_calendar():
    late = replace(answer("a"), at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    early = replace(answer("b"), at=datetime(2026, 11, 26, 0, 30, tzinfo=UTC))

    def streak(zone):
        return activity([late, early], at=early.at, zone=zone).streak

    assert activity([late], at=early.at, zone=timezone(timedelta(hours=1))).days[0].day == date(2026, 11, 25)
    assert [streak(zone) for zone in (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-5)))] == [1, 2, 2]


def test_the_night_of_the_clock_change_has_one_day():
    zone = ZoneInfo("Europe/Berlin")
    times = [datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 22, 30, tzinfo=UTC)]
    acts = [replace(answer("a", key=str(at)), at=at) for at in times]
    assert [one.day.day for one in activity(acts, at=times[1], zone=zone).days] == [25]
