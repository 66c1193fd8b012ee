"""The tracker's boxes: what ticks them, since when, what takes a tick back, and what comes next."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from study_items import NOON, answer

from curriculum.load import load_curriculum
from errors import BoxError
from learner.acts import find_box, notebook_evidence, project_evidence, tick, untick
from learner.mastery import FULL_ITEMS, THRESHOLD, masteries
from learner.next_topic import LEAST_ITEMS, Next, what_next
from learner.store import LearnerStore
from learner.tracker import topic_states, tracker_state

KEYS = itertools.count()


def hours(number):
    return NOON + timedelta(hours=number)


@pytest.fixture(scope="module")
def curriculum():
    return load_curriculum()


def act(kind, item, *topics, outcome=1.0, hour=0, key=None, **details):
    key = key or f"{kind} {item} {next(KEYS)}"
    return answer(item, outcome, days=hour / 24, key=key, topics=topics, kind=kind, **details)


def quiz(topic, *outcomes, hour=0):
    """Answers to items that ask for recall and for application in turn."""
    return [
        act("quiz", f"{topic}-{number}", topic, outcome=one, hour=hour, bloom=("remember", "apply")[number % 2])
        for number, one in enumerate(outcomes)
    ]


def predictions(topic, *outcomes):
    return [act("prediction", f"predict-{topic}-{number}", topic, outcome=one) for number, one in enumerate(outcomes)]


def box(curriculum, evidence, box_id, at=None):
    (found,) = [state for state in tracker_state(curriculum, evidence, at=at) if state.box_id == box_id]
    return found


def by_hand(curriculum, *box_ids):
    return [act("by-hand", one, hour=number, key=f"hand {one}") for number, one in enumerate(box_ids)]


def leaves(curriculum):
    return [one.id for one in curriculum.boxes if not one.is_part]


def test_twenty_open_boxes_without_evidence(curriculum):
    states = tracker_state(curriculum, [])
    assert [state.box_id for state in states] == [one.id for one in curriculum.boxes]
    assert (len(states), sum(state.is_part for state in states)) == (20, 5)
    assert {(state.way, state.since, state.evidence_keys, state.done) for state in states} == {
        ("open", None, (), False)
    }
    assert states[0].reason == "0 of 3 boxes are ticked."
    assert states[1].reason == "Nothing is recorded yet."


# Notebooks and projects


def test_a_notebook_with_all_checks_passing_ticks_the_boxes_of_its_topics_only(curriculum):
    states = tracker_state(curriculum, [act("notebook", "01_pytorch_basics", key="n1", hour=3)])
    done = [state for state in states if state.done]
    assert [state.box_id for state in done] == ["math-refresher", "pytorch-basics"]
    assert {(state.way, state.since, state.evidence_keys) for state in done} == {("evidence", hours(3), ("n1",))}
    assert "01_pytorch_basics" in done[0].reason


@pytest.mark.parametrize("outcome", [0.0, 0.99])
@pytest.mark.parametrize(("kind", "item"), [("notebook", "02_simple_nn"), ("project", "5")])
def test_one_failed_check_ticks_nothing(curriculum, kind, item, outcome):
    assert not any(state.done for state in tracker_state(curriculum, [act(kind, item, outcome=outcome)]))


def test_what_an_act_says_of_its_topics_cannot_make_a_notebook_or_project_count_elsewhere(curriculum):
    lies = [act("notebook", "02_simple_nn", "deployment"), act("notebook", "my_own", "deployment")]
    lies += [act("project", "no_number", "deployment"), act("project", "99", "deployment")]
    assert not box(curriculum, lies, "deploy-agent").done


@pytest.mark.parametrize("item", ["9", "9_production_agent"])
def test_a_project_is_known_by_number_or_folder(curriculum, item):
    states = {state.box_id: state for state in tracker_state(curriculum, [act("project", item)])}
    last_part = ("deploy-agent", "set-up-monitoring", "optimize-costs", "part-5")
    assert [states[one].way for one in last_part] == ["evidence"] * 4
    assert "Production Agent" in states["deploy-agent"].reason
    assert sum(state.done for state in states.values()) == 4


def test_what_was_built_once_stays_built(curriculum):
    runs = [
        act("notebook", "02_simple_nn", outcome=0.5, hour=1),
        act("notebook", "02_simple_nn", hour=2, key="first pass"),
        act("notebook", "02_simple_nn", hour=3),
        act("notebook", "02_simple_nn", outcome=0.0, hour=4),
    ]
    found = box(curriculum, runs, "neural-networks")
    assert (found.since, found.evidence_keys) == (hours(2), ("first pass",))


def test_evidence_of_several_kinds_is_all_named_and_the_oldest_says_since_when(curriculum):
    evidence = [act("project", "5", key="p", hour=5), act("notebook", "11_tool_use", key="n", hour=7)]
    evidence += by_hand(curriculum, "implement-tool-use")
    found = box(curriculum, evidence, "implement-tool-use")
    assert (found.way, found.since, found.evidence_keys) == ("evidence", hours(5), ("n", "p"))


# Quiz


def test_the_least_that_is_mastery(curriculum):
    enough = quiz("math", 1, 1, 1, 0.5, 0)
    assert (FULL_ITEMS, THRESHOLD) == (5, 0.7)
    found = box(curriculum, enough, "math-refresher")
    assert (found.way, set(found.evidence_keys)) == ("evidence", {one.key for one in enough})
    assert found.reason == "Quiz mastered: 5 different items, mastery 0.70."
    for less in (quiz("math", 1, 1, 1, 1), quiz("math", 1, 1, 1, 0.4, 0)):
        assert not box(curriculum, less, "math-refresher").done
    assert box(curriculum, quiz("math", 1, 1, 1, 0.49, 0), "math-refresher").reason == (
        "Quiz: 5 different items of 5, mastery 0.69 of 0.7."
    )


def test_predictions_and_questions_count_together(curriculum):
    mixed = quiz("math", 1, 1) + predictions("math", 1, 1, 1)
    assert box(curriculum, mixed, "math-refresher").done
    assert box(curriculum, predictions("math", 1, 1, 1, 1, 1), "math-refresher").done
    assert not box(curriculum, predictions("math", 1, 1, 1, 1, 0), "math-refresher").done, "application alone"


def test_the_same_item_again_and_again_is_one_item(curriculum):
    assert not box(curriculum, quiz("math", 1) * 9 + quiz("math", 1, 1, 1, 1, hour=2), "math-refresher").done


def test_items_of_another_topic_do_not_count(curriculum):
    assert not box(curriculum, quiz("math", 1, 1, 1, 1) + quiz("pytorch", 1, 1), "math-refresher").done


def test_the_newest_result_of_an_item_counts_and_mastery_can_be_lost_and_won_again(curriculum):
    first = quiz("math", 0, 0, 1, 1, 1, hour=1)
    better = quiz("math", 1, 1, hour=2)
    worse = quiz("math", 0, 0, hour=3)
    again = quiz("math", 1, 1, hour=4)
    since = [box(curriculum, first, "math-refresher").since]
    since.append(box(curriculum, first + better, "math-refresher").since)
    since.append(box(curriculum, first + better + worse, "math-refresher").since)
    found = box(curriculum, first + better + worse + again, "math-refresher")
    assert [*since, found.since] == [None, hours(2), None, hours(4)]
    assert set(found.evidence_keys) == {one.key for one in first[2:] + again}


def test_mastery_that_goes_on_keeps_its_beginning(curriculum):
    evidence = quiz("math", 1, 1, 1, 1, 1, hour=1) + quiz("math", 1, 1, hour=5)
    assert box(curriculum, evidence, "math-refresher").since == hours(1)


def test_the_order_in_which_evidence_comes_does_not_matter(curriculum):
    evidence = quiz("math", 0, 0, 1, 1, 1, hour=1) + quiz("math", 1, 1, hour=2) + [act("project", "9", hour=4)]
    evidence += by_hand(curriculum, "build-react-agent")
    wanted = tracker_state(curriculum, evidence)
    for seed in range(5):
        mixed = evidence.copy()
        random.Random(seed).shuffle(mixed)
        assert tracker_state(curriculum, mixed) == wanted


def test_many_answers_to_few_items_neither_give_nor_take_mastery(curriculum):
    evidence = [
        act("quiz", str(number % 10), "math", outcome=0.1 + (number % 7) / 10, hour=number) for number in range(700)
    ]
    assert not box(curriculum, evidence, "math-refresher").done
    blooms = ("remember", "apply")
    evidence += [
        act("quiz", str(number), "math", outcome=0.7, hour=1000, bloom=blooms[number % 2]) for number in range(10)
    ]
    assert box(curriculum, evidence, "math-refresher").done


# Forgetting


def test_mastery_fades_and_the_box_opens_again_and_says_so(curriculum):
    evidence = quiz("math", 1, 1, 1, 1, 1)
    ticked = [box(curriculum, evidence, "math-refresher", NOON + timedelta(days=days)) for days in (0, 14, 60)]
    assert [one.done for one in ticked] == [True, True, False]
    assert [one.since for one in ticked] == [NOON, NOON, None]
    assert ticked[2].evidence_keys == ()
    assert ticked[2].reason.startswith("Quiz: 5 different items of 5, mastery 0.6")
    assert ticked[2].reason.endswith(
        "of 0.7. It was mastered from 2026-11-24 on and has faded: a review brings it back."
    )


def test_a_box_that_had_faded_is_ticked_since_the_review_that_brought_it_back(curriculum):
    late = 24 * 90
    evidence = quiz("math", 1, 1, 1, 1, 1) + quiz("math", 1, 1, 1, 1, 1, hour=late)
    found = box(curriculum, evidence, "math-refresher", hours(late))
    assert (found.done, found.since) == (True, hours(late))
    one_answer = quiz("math", 1, 1, 1, 1, 1) + quiz("math", 1, hour=24 * 23)
    assert not box(curriculum, one_answer[:5], "math-refresher", hours(24 * 23)).done
    assert box(curriculum, one_answer, "math-refresher", hours(24 * 23)).since == hours(24 * 23)
    early = quiz("math", 1, 1, 1, 1, 1) + quiz("math", 1, 1, 1, 1, 1, hour=48)
    assert box(curriculum, early, "math-refresher", hours(72)).since == NOON


def test_what_was_lost_to_worse_answers_is_told(curriculum):
    evidence = quiz("math", 1, 1, 1, 1, 1) + quiz("math", 0, 0, 0, hour=2)
    assert box(curriculum, evidence, "math-refresher").reason.endswith(
        "mastery 0.39 of 0.7. It was mastered from 2026-11-24 on for a while."
    )


def test_what_was_built_or_ticked_by_hand_does_not_fade(curriculum):
    years = NOON + timedelta(days=3_000)
    evidence = [act("notebook", "02_simple_nn"), *by_hand(curriculum, "math-refresher")]
    assert box(curriculum, evidence, "neural-networks", years).done
    assert box(curriculum, evidence, "math-refresher", years).way == "hand"


def test_the_time_asked_about_hides_what_came_later(curriculum):
    evidence = quiz("math", 1, 1, 1, 1, 1, hour=5) + [act("notebook", "02_simple_nn", hour=5)]
    assert not any(state.done for state in tracker_state(curriculum, evidence, at=hours(4)))
    assert tracker_state(curriculum, evidence) == tracker_state(curriculum, evidence, at=hours(5))
    with pytest.raises(ValueError, match="UTC"):
        tracker_state(curriculum, evidence, at=NOON.replace(tzinfo=None))


def test_topics_fade_like_their_boxes(curriculum):
    evidence = quiz("scaling-laws", 1, 1, 1, 1, 1)
    for days, way in ((0, "evidence"), (90, "open")):
        states = topic_states(curriculum, evidence, at=NOON + timedelta(days=days))
        assert {state.topic_id: state.way for state in states}["scaling-laws"] == way


# By hand, withdrawals and parts


def test_a_tick_by_hand_says_so(curriculum):
    found = box(curriculum, by_hand(curriculum, "math-refresher"), "math-refresher")
    assert (found.way, found.since, found.evidence_keys) == ("hand", NOON, ("hand math-refresher",))


def test_withdrawn_evidence_of_each_kind_no_longer_counts(curriculum):
    evidence = by_hand(curriculum, "math-refresher") + [act("project", "9"), act("notebook", "02_simple_nn")]
    evidence += quiz("pytorch", 1, 1, 1, 1, 1)
    assert sum(state.done for state in tracker_state(curriculum, evidence)) == 8
    gone = [replace(one, withdrawn_at=hours(9)) for one in evidence]
    assert tracker_state(curriculum, gone) == tracker_state(curriculum, [])


def test_a_part_is_done_when_its_leaves_are_and_not_by_a_tick_of_its_own(curriculum):
    assert not any(state.done for state in tracker_state(curriculum, by_hand(curriculum, "part-1")))
    two = [act("notebook", "01_pytorch_basics", hour=5, key="n")]
    assert box(curriculum, two, "part-1").reason == "2 of 3 boxes are ticked."
    assert not box(curriculum, two, "part-1").done
    by_word = box(curriculum, two + by_hand(curriculum, "neural-networks"), "part-1")
    assert (by_word.way, by_word.since, by_word.evidence_keys) == ("hand", hours(5), ("n", "hand neural-networks"))
    shown = box(curriculum, [*two, act("notebook", "02_simple_nn", hour=8, key="m")], "part-1")
    assert (shown.way, shown.since, shown.evidence_keys) == ("evidence", hours(8), ("n", "m"))


def test_ticking_in_the_record_is_once_and_can_be_taken_back_and_done_again(curriculum, tmp_path):
    store = LearnerStore(tmp_path / "learner.sqlite")
    assert tick(store, curriculum, "Math Refresher", at=hours(1))
    assert not tick(store, curriculum, "math-refresher", at=hours(2))
    assert box(curriculum, store.evidence(), "math-refresher").since == hours(1)
    assert untick(store, curriculum, "math", at=hours(3))
    assert not untick(store, curriculum, "math", at=hours(4))
    assert not box(curriculum, store.evidence(), "math-refresher").done
    assert tick(store, curriculum, "math", at=hours(5))
    assert box(curriculum, store.evidence(), "math-refresher").since == hours(5)
    assert len(store.evidence(include_withdrawn=True)) == 2


def test_two_ticks_at_once_are_both_taken_back(curriculum, tmp_path):
    store = LearnerStore(tmp_path / "learner.sqlite")
    tick(store, curriculum, "math", at=hours(1))
    store.record(act("by-hand", "math-refresher", "math", hour=1))
    assert untick(store, curriculum, "math", at=hours(2))
    assert not box(curriculum, store.evidence(), "math-refresher").done


def test_unticking_leaves_what_graded_work_shows(curriculum, tmp_path):
    store = LearnerStore(tmp_path / "learner.sqlite")
    store.record(act("notebook", "02_simple_nn"))
    assert not untick(store, curriculum, "neural-networks", at=hours(1))
    assert box(curriculum, store.evidence(), "neural-networks").way == "evidence"


@pytest.mark.parametrize(
    ("name", "sentence", "hint"),
    [
        ("algebra", "no box “algebra”", "math-refresher"),
        ("", "no box “”", "math-refresher"),
        ("x\n" * 500, "…”", "math-refresher"),
        ("part-2", "when its boxes are", "Tick one of: attention-mechanism, read-attention-paper"),
    ],
)
def test_a_box_that_cannot_be_ticked_is_one_sentence(curriculum, tmp_path, name, sentence, hint):
    store = LearnerStore(tmp_path / "learner.sqlite")
    with pytest.raises(BoxError, match=sentence) as caught:
        tick(store, curriculum, name, at=NOON)
    assert hint in caught.value.hint
    assert len(caught.value.message) < 100
    assert store.count() == 0


def test_a_topic_is_found_as_its_box_where_it_has_one(curriculum):
    assert find_box(curriculum, "training-fine-tuning") == ("fine-tuning-lora", ("training-fine-tuning",))
    assert find_box(curriculum, "Scaling Laws") == ("scaling-laws", ("scaling-laws",))
    for leaf in leaves(curriculum):
        assert find_box(curriculum, leaf)[0] == leaf


def test_runs_and_checks_become_evidence_that_ticks_only_when_whole(curriculum):
    notebook = next(one for one in curriculum.notebooks if one.number == 2)
    project = next(one for one in curriculum.projects if one.number == 9)
    for make, thing, box_id in (
        (notebook_evidence, notebook, "neural-networks"),
        (project_evidence, project, "deploy-agent"),
    ):
        whole, part, empty = (make(thing, passed=one, total=all_, at=NOON) for one, all_ in ((3, 3), (2, 3), (0, 0)))
        assert box(curriculum, [whole], box_id).evidence_keys == (whole.key,)
        assert not box(curriculum, [part, empty], box_id).done
        assert whole.topic_ids == thing.topic_ids


# Topics, and what comes next


def test_topics_without_a_box_are_judged_by_the_same_rule(curriculum):
    evidence = [act("notebook", "03_cnn_mnist", key="n"), *by_hand(curriculum, "math-refresher", "mcp")]
    evidence += quiz("scaling-laws", 1, 1, 1, 1, 1)
    done = {state.topic_id: state.way for state in topic_states(curriculum, evidence) if state.done}
    assert done == {"math": "hand", "cnn-rnn": "evidence", "scaling-laws": "evidence", "mcp": "hand"}
    assert [state.topic_id for state in topic_states(curriculum, [])] == [topic.id for topic in curriculum.topics]


def following(curriculum, evidence):
    return what_next(curriculum, tracker_state(curriculum, evidence), topic_states(curriculum, evidence))


def test_the_first_topic_needs_nothing(curriculum):
    found = following(curriculum, [])
    assert isinstance(found, Next)
    assert found.topic_id == "math"
    assert "needs no other topic" in found.reason


def test_each_next_topic_is_open_with_its_prerequisites_done_until_all_are_done(curriculum):
    evidence, path = [], []
    while (found := following(curriculum, evidence)) is not None:
        topic = curriculum.topic(found.topic_id)
        assert set(topic.prerequisite_ids) <= set(path)
        for needed in topic.prerequisite_ids:
            assert curriculum.topic(needed).title in found.reason
        assert found.reason.count(". ") == 0
        assert found.reason.endswith(".")
        path.append(found.topic_id)
        evidence += by_hand(curriculum, find_box(curriculum, found.topic_id)[0])
        assert len(path) <= 25
    assert path == [topic.id for topic in curriculum.topics]


def test_a_topic_whose_prerequisites_are_open_is_passed_over(curriculum):
    evidence = by_hand(curriculum, *(one for one in leaves(curriculum) if one != "pytorch-basics"))
    assert following(curriculum, evidence).topic_id == "pytorch"
    without_math = replace(
        curriculum, topics=tuple(sorted(curriculum.topics, key=lambda topic: topic.id != "positional-encoding"))
    )
    assert following(without_math, []).topic_id == "math"


def advised(curriculum, evidence, at=NOON):
    known = masteries(evidence, [topic.id for topic in curriculum.topics], at=at)
    boxes, topics = tracker_state(curriculum, evidence, at=at), topic_states(curriculum, evidence, at=at)
    return what_next(curriculum, boxes, topics, known)


def test_the_weakest_prerequisite_comes_before_what_rests_on_it(curriculum):
    evidence = by_hand(curriculum, "math-refresher", "neural-networks", "pytorch-basics")
    assert advised(curriculum, evidence, hours(9)).topic_id == "cnn-rnn"
    weak = evidence + quiz("math", 1, 1, 0) + quiz("neural-networks", 1, 0, 0, 0)
    found = advised(curriculum, weak, hours(9))
    assert found.topic_id == "neural-networks"
    assert found.reason.startswith("“CNNs and RNNs overview” comes next on the path")
    assert found.reason.endswith("rests on “Neural Networks basics”, which your answers show at 24% of 70%.")
    only_math = evidence + quiz("math", 1, 0, 0)
    assert advised(curriculum, only_math, hours(9)).topic_id == "math", "what a prerequisite needs counts, too"
    assert advised(curriculum, evidence + quiz("math", *[0] * (LEAST_ITEMS - 1)), hours(9)).topic_id == "cnn-rnn"
    assert advised(curriculum, evidence + quiz("deployment", 0, 0, 0), hours(9)).topic_id == "cnn-rnn"


def test_an_open_topic_that_is_weak_itself_is_simply_next(curriculum):
    assert "needs no other topic" in advised(curriculum, quiz("math", 0, 0, 0)).reason


def test_what_has_faded_is_next_again(curriculum):
    evidence = quiz("math", 1, 1, 1, 1, 1)
    assert advised(curriculum, evidence).topic_id != "math"
    assert advised(curriculum, evidence, NOON + timedelta(days=90)).topic_id == "math"


def test_with_all_ticked_the_weakest_topic_is_left(curriculum):
    evidence = by_hand(curriculum, *(find_box(curriculum, topic.id)[0] for topic in curriculum.topics))
    assert advised(curriculum, evidence, hours(99)) is None
    found = advised(curriculum, evidence + quiz("mcp", 1, 0, 0) + quiz("math", 1, 1, 0), hours(99))
    assert found.topic_id == "mcp"
    assert found.reason.startswith("All is ticked; “")
    assert found.reason.endswith("is the weakest, at 28% of 70%.")


def test_without_states_of_topics_only_those_with_a_box_are_named(curriculum):
    evidence = by_hand(curriculum, "math-refresher", "neural-networks", "pytorch-basics")
    assert following(curriculum, evidence).topic_id == "cnn-rnn"
    assert what_next(curriculum, tracker_state(curriculum, evidence)).topic_id == "attention-mechanism"
    assert what_next(curriculum, tracker_state(curriculum, by_hand(curriculum, *leaves(curriculum)))) is None
