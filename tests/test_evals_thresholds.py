"""Intervals and verdicts on values worked out by hand: noise passes, a real loss does not."""

import pytest
from evals_outcomes import outcome

from errors import StudyError
from evals.bootstrap import change_interval, mean_interval
from evals.thresholds import Thresholds, faults, judge, load_scores, load_thresholds, save_scores


def outcomes(values, metric="page_hit_5"):
    return [outcome(f"q{number}", {metric: value}) for number, value in enumerate(values)]


def scores(values):
    return {f"q{number}": value for number, value in enumerate(values)}


def test_an_interval_holds_its_mean_and_repeats_itself():
    values = [1.0] * 30 + [0.0] * 10
    found = mean_interval(values)
    assert found == mean_interval(values)
    assert found.mean == 0.75
    assert found.count == 40
    assert found.low < 0.65
    assert 0.85 < found.high < 0.9
    assert mean_interval([1.0] * 5).low == mean_interval([1.0] * 5).high == 1.0
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])


def test_more_questions_make_it_narrower():
    few, many = mean_interval([1.0, 0.0] * 10), mean_interval([1.0, 0.0] * 100)
    assert many.high - many.low < 0.5 * (few.high - few.low)


def test_a_change_is_paired_over_what_both_have():
    assert change_interval({"a": 1.0}, {"b": 1.0}) is None
    change = change_interval({"a": 1.0, "b": 0.0, "gone": 1.0}, {"a": 0.0, "b": 0.0, "new": 1.0})
    assert (change.mean, change.count) == (-0.5, 2)


@pytest.mark.parametrize(("lost", "red"), [(0, False), (1, False), (2, False), (5, True), (10, True)])
def test_two_of_forty_lost_are_noise_and_five_are_not(lost, red):
    thresholds = Thresholds(at_least={}, always={}, baseline={"page_hit_5": scores([1.0] * 36 + [0.0] * 4)})
    run = outcomes([0.0] * lost + [1.0] * (36 - lost) + [0.0] * 4)
    found = faults(judge(run, thresholds))
    assert bool(found) is red
    assert all("against the baseline" in fault for fault in found)


def test_as_many_gained_as_lost_is_no_loss():
    thresholds = Thresholds(at_least={}, always={}, baseline={"page_hit_5": scores([1.0] * 20 + [0.0] * 20)})
    assert faults(judge(outcomes([0.0] * 5 + [1.0] * 15 + [1.0] * 5 + [0.0] * 15), thresholds)) == []


@pytest.mark.parametrize(("right", "red"), [(40, False), (36, False), (34, False), (30, True), (0, True)])
def test_a_bar_forgives_what_the_interval_does(right, red):
    thresholds = Thresholds(at_least={"page_hit_5": 0.9}, always={})
    assert bool(faults(judge(outcomes([1.0] * right + [0.0] * (40 - right)), thresholds))) is red


def test_what_must_always_hold_is_not_forgiven():
    thresholds = Thresholds(at_least={}, always={"citation_on_page": 1.0})
    run = outcomes([1.0] * 39 + [0.5], "citation_on_page")
    assert faults(judge(run, thresholds)) == [
        "citations that stand on their page: 98.8%, must be 100% without allowance"
    ]


def test_a_metric_that_nobody_measured_is_red():
    thresholds = Thresholds(at_least={"fact_stated": 0.5}, always={})
    assert faults(judge(outcomes([1.0]), thresholds)) == ["all facts in the answer: nothing was measured"]


def test_a_turn_that_failed_is_red():
    run = [outcome("q0", {"page_hit_5": 1.0}, error="The model is gone.")]
    assert faults(judge(run, Thresholds(at_least={"page_hit_5": 0.5}, always={}))) == [
        "1 of 1 questions ended in an error"
    ]


def test_thresholds_and_their_baseline_are_read(tmp_path):
    file = tmp_path / "thresholds.toml"
    file.write_text(
        "[gate]\nquestions = ['a']\nconfidence = 0.9\n[at_least]\npage_mrr = 0.5\n[always]\ncitation_on_page = 1\n",
        encoding="utf-8",
    )
    assert load_thresholds(file).baseline == {}
    save_scores(tmp_path / "thresholds.json", {"page_mrr": {"a": 0.25}})
    found = load_thresholds(file)
    assert (found.at_least, found.always) == ({"page_mrr": 0.5}, {"citation_on_page": 1.0})
    assert (found.questions, found.confidence) == (("a",), 0.9)
    assert found.baseline == {"page_mrr": {"a": 0.25}}
    assert load_thresholds(file, baseline=False).baseline == {}


def test_files_that_cannot_be_read_are_one_sentence(tmp_path):
    with pytest.raises(StudyError, match=r"absent\.toml cannot be read"):
        load_thresholds(tmp_path / "absent.toml")
    (tmp_path / "thresholds.json").write_text("{", encoding="utf-8")
    with pytest.raises(StudyError, match=r"thresholds\.json cannot be read"):
        load_scores(tmp_path / "thresholds.json")


def test_a_baseline_stores_the_metrics_that_have_a_bar():
    thresholds = Thresholds(at_least={"page_hit_5": 0.5, "page_mrr": 0.5}, always={})
    run = [outcome("b", {"page_hit_5": 1.0, "span_mrr": 1.0}), outcome("a", {"page_hit_5": 1 / 3})]
    assert thresholds.scores_of(run) == {"page_hit_5": {"a": 0.3333, "b": 1.0}}
