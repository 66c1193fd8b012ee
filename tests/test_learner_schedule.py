"""The schedule: FSRS as the package computes it, from evidence alone, with times that are given."""

import datetime as datetime_module
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import fsrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_items import NOON, answer

from curriculum.predictions import load_predictions
from curriculum.questions import load_questions
from learner.schedule import (
    LEECH_LAPSES,
    RATINGS,
    RETENTIONS,
    card_states,
    due_cards,
    due_within,
    next_due,
    rating_of,
    retrievability,
)

GOLDEN_RATINGS = (
    "good",
    "good",
    "good",
    "good",
    "good",
    "again",
    "good",
    "good",
    "hard",
    "easy",
    "good",
    "again",
    "good",
)
"""Each review at the moment the item is due."""
GOLDEN_INTERVALS = (2, 11, 46, 163, 497, 0.0069, 7, 17, 29, 75, 142, 0.0069, 4)
"""Days to the next review, with FSRS-6's default parameters, 90% retention and one learning step of ten minutes."""


def in_order(ratings, *, start=NOON, desired_retention=0.9):
    """Acts with these ratings, each when the item is due, and the state after each."""
    acts, states, at = [], [], start
    for number, rating in enumerate(ratings):
        acts.append(replace(answer(key=f"a{number:03}", rating=rating), at=at))
        states.append(card_states(acts, desired_retention=desired_retention)["q"])
        at = states[-1].due_at
    return acts, states


days_of_life = st.floats(0, 700).map(lambda days: round(days, 4))
ratings = st.sampled_from(RATINGS)
histories = st.lists(
    st.tuples(st.sampled_from("abc"), days_of_life, st.floats(0, 1), ratings | st.none()), min_size=1, max_size=25
)


def evidence_of(history):
    return [
        answer(item, outcome, days=days, key=f"{number}", **({"rating": rating} if rating else {}))
        for number, (item, days, outcome, rating) in enumerate(history)
    ]


# FSRS itself


def test_golden_intervals():
    _, states = in_order(GOLDEN_RATINGS)
    found = [(state.due_at - state.last_review_at) / timedelta(days=1) for state in states]
    assert [round(days, 4) for days in found] == list(GOLDEN_INTERVALS)


def test_the_package_used_plainly_gives_the_same():
    scheduler = fsrs.Scheduler(learning_steps=(timedelta(minutes=10),), enable_fuzzing=False)
    card = fsrs.Card(card_id=7, due=NOON)
    acts, states = in_order(GOLDEN_RATINGS)
    for act, state in zip(acts, states, strict=True):
        rating = getattr(fsrs.Rating, act.details["rating"].capitalize())
        card, _ = scheduler.review_card(card, rating, review_datetime=act.at)
        assert (card.due, card.stability, card.difficulty) == (state.due_at, state.stability_days, state.difficulty)
        for days in (0, 1, 8, 90):
            at = act.at + timedelta(days=days)
            assert retrievability(state, at) == pytest.approx(scheduler.get_card_retrievability(card, at), abs=1e-12)


def test_recall_falls_to_nine_tenths_after_the_stability():
    _, states = in_order(("good", "good", "hard", "again"))
    for state in states:
        assert retrievability(state, state.last_review_at) == 1
        at = state.last_review_at + timedelta(days=state.stability_days)
        assert retrievability(state, at) == pytest.approx(0.9)


def test_a_right_first_answer_comes_back_on_a_later_day_and_a_missed_one_in_ten_minutes():
    first = {rating: in_order([rating])[1][0] for rating in RATINGS}
    assert first["again"].due_at - NOON == timedelta(minutes=10)
    assert first["hard"].due_at - NOON == timedelta(minutes=15)
    assert first["good"].due_at - NOON == timedelta(days=2)
    assert first["easy"].due_at - NOON > timedelta(days=7)
    assert [first[rating].stage for rating in RATINGS] == ["learning", "learning", "review", "review"]


# Evidence to ratings


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        (answer(outcome=0.0), "again"),
        (answer(outcome=0.49), "again"),
        (answer(outcome=0.5), "hard"),
        (answer(outcome=0.94), "hard"),
        (answer(outcome=1.0), "good"),
        (answer(outcome=1.0, confidence="high"), "good"),
        (answer(outcome=1.0, confidence="low"), "hard"),
        (answer(outcome=1.0, hint_used=True), "hard"),
        (answer(outcome=0.0, confidence="high"), "again"),
        (answer(outcome=0.0, rating="easy"), "easy"),
        (answer(outcome=1.0, rating="nonsense"), "good"),
    ],
)
def test_ratings(act, wanted):
    assert rating_of(act) == wanted


def test_only_questions_and_predictions_are_scheduled():
    kinds = ("quiz", "prediction", "notebook", "project", "by-hand")
    assert set(card_states([answer(kind, kind=kind) for kind in kinds])) == {"quiz", "prediction"}


def test_no_question_has_the_id_of_a_prediction():
    assert not {str(one.id) for one in load_questions()} & {str(one.id) for one in load_predictions()}


def test_lapses_and_leeches():
    _, states = in_order(["good", "good"] + ["again", "good"] * LEECH_LAPSES)
    assert states[1].lapse_count == 0
    assert [state.is_leech for state in states[-3:]] == [False, True, True]
    assert (states[-1].lapse_count, states[-1].review_count) == (LEECH_LAPSES, 2 + 2 * LEECH_LAPSES)
    assert in_order(["again"] * 9)[1][-1].lapse_count == 0, "what was never learned is not forgotten"


def test_due_cards_and_the_days_ahead():
    acts = [answer("new"), answer("missed", 0.0), answer("old", days=-30), answer("later", rating="easy")]
    states = card_states(acts)
    soon = NOON + timedelta(minutes=11)
    assert [one.item_id for one in due_cards(states, soon)] == ["old", "missed"]
    assert due_within(states, soon, 9) == [2, 1, 0, 0, 0, 0, 0, 1, 0]
    assert due_cards({}, NOON) == []


def test_buttons_tell_when_an_item_would_be_due_whether_or_not_the_answer_is_recorded():
    acts, _ = in_order(["good", "good", "good"])
    found = next_due(acts, acts[-1])
    assert found == next_due(acts[:-1], acts[-1])
    assert found["good"] == in_order(["good", "good", "good"])[1][-1].due_at
    assert [found[rating] for rating in RATINGS] == sorted(found.values())


# Properties


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(0, 99))
def test_the_order_in_which_evidence_comes_does_not_matter(history, seed):
    acts = evidence_of(history)
    mixed = random.Random(seed).sample(acts, len(acts))
    assert card_states(mixed) == card_states(acts)


@settings(max_examples=60, deadline=None)
@given(histories, st.data())
def test_what_was_undone_never_happened(history, data):
    acts = evidence_of(history)
    place = data.draw(st.integers(0, len(acts) - 1))
    undone = [replace(act, withdrawn_at=NOON) if one == place else act for one, act in enumerate(acts)]
    assert card_states(undone) == card_states(acts[:place] + acts[place + 1 :])


@settings(max_examples=60, deadline=None)
@given(histories)
def test_states_are_within_bounds_and_due_after_the_last_review(history):
    for state in card_states(evidence_of(history)).values():
        assert state.due_at > state.last_review_at
        assert state.due_at.utcoffset() == timedelta(0)
        assert 1 <= state.difficulty <= 10
        assert state.stability_days > 0
        assert 0 <= state.lapse_count < state.review_count


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(st.floats(-10, 40_000), min_size=2, max_size=8))
def test_recall_is_bounded_and_falls(history, days):
    for state in card_states(evidence_of(history)).values():
        recalls = [retrievability(state, state.last_review_at + timedelta(days=day)) for day in sorted(days)]
        assert all(0 < recall <= 1 for recall in recalls)
        assert recalls == sorted(recalls, reverse=True)


@settings(max_examples=40, deadline=None)
@given(histories, st.tuples(st.floats(*RETENTIONS), st.floats(*RETENTIONS)).map(sorted))
def test_who_wants_to_retain_more_reviews_no_later(history, retentions):
    less, more = (card_states(evidence_of(history), desired_retention=one) for one in retentions)
    assert all(more[item].due_at <= less[item].due_at for item in less)


@settings(max_examples=40, deadline=None)
@given(histories, ratings, ratings)
def test_after_a_better_rating_an_item_is_due_no_earlier(history, one, other):
    lower, higher = sorted((one, other), key=RATINGS.index)
    due = next_due(evidence_of(history), answer("a", days=701, key="last"))
    assert due[lower] <= due[higher]


# Time


def test_a_time_that_is_not_utc_is_refused():
    state = card_states([answer()])["q"]
    asks = (lambda at: retrievability(state, at), lambda at: due_cards({}, at), lambda at: due_within({}, at, 3))
    for at in (NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=2)))):
        for ask in asks:
            with pytest.raises(ValueError, match="UTC"):
                ask(at)
        with pytest.raises(ValueError, match="UTC"):
            replace(answer(), at=at)


def test_london_in_winter_is_utc_by_another_name():
    act = replace(answer(), at=NOON.astimezone(ZoneInfo("Europe/London")))
    assert card_states([act]) == card_states([answer()])


def test_no_clock_is_read(monkeypatch):
    class NoClock(datetime):
        @classmethod
        def now(cls, tz=None):
            raise AssertionError("the clock was read")

        utcnow = today = now

    def no_time(*_):
        raise AssertionError("the clock was read")

    acts, _ = in_order(GOLDEN_RATINGS)
    wanted = card_states(acts)
    monkeypatch.setattr(datetime_module, "datetime", NoClock)
    for module in ("fsrs.card", "fsrs.scheduler"):
        monkeypatch.setattr(f"{module}.datetime", NoClock)
    for name in ("time", "time_ns", "sleep"):
        monkeypatch.setattr(time, name, no_time)
    with pytest.raises(AssertionError, match="clock"):
        fsrs.Card(card_id=1)
    states = card_states(acts)
    due_cards(states, NOON)
    due_within(states, NOON, 5)
    next_due(acts, acts[-1])
    monkeypatch.undo()
    assert states == wanted


@pytest.mark.parametrize("value", [0.0, 0.69, 0.98, 1.0, float("nan")])
def test_a_retention_outside_of_its_range_is_refused(value):
    with pytest.raises(ValueError, match="desired retention"):
        card_states([answer()], desired_retention=value)


def test_two_thousand_answers_are_replayed_in_a_moment():
    acts = [answer(f"q{number % 300}", days=number / 10, key=str(number)) for number in range(2_000)]
    begun = time.process_time()
    card_states(acts)
    assert time.process_time() - begun < 2
