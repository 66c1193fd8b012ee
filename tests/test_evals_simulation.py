"""Simulated learners: prediction and mastery track the truth, reviews are worth more than at fixed intervals."""

import json
from dataclasses import replace

import numpy as np
import pytest

from evals import simulation
from evals.__main__ import main
from evals.simulation import Memory, draw_truth, study
from evals.simulation_report import simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result():
    return simulate(learners=20)


def test_predicted_recall_is_nearer_to_the_truth_than_any_constant(result):
    told = result.prediction
    assert told.probes == 3_600
    assert told.rmse < 0.09
    assert told.rmse < 0.95 * told.constant_rmse
    assert told.correlation > 0.4
    assert told.calibration_error < 0.08


def test_reviews_come_when_recall_has_fallen_to_what_was_asked_for(result):
    assert 0.86 < result.prediction.mean_predicted <= 0.9
    assert abs(result.prediction.mean_right - 0.9) < 0.05


def test_mastery_follows_the_truth_and_what_forgets_nothing_does_not(result):
    assert [one.day for one in result.mastery] == [20, 40, 60]
    last = result.mastery[-1]
    assert last.rmse < 0.08
    assert abs(last.bias) < 0.05
    assert last.correlation > 0.6
    assert last.rmse < 0.6 * last.newest_rmse
    assert last.newest_bias > 0.08, "a quarter of the learners stopped, and the mean of their answers does not know"


def test_a_review_is_worth_more_than_at_a_fixed_interval(result):
    assert result.ours.final_recall > result.fixed_at_equal_cost + 0.02
    near = min(result.fixed, key=lambda way: abs(way.answers - result.ours.answers))
    assert result.ours.weakest_tenth > near.weakest_tenth + 0.1


def test_wrong_predictions_would_be_seen(monkeypatch, result):
    monkeypatch.setattr(simulation, "retrievability", lambda state, at: 0.6)
    told = simulate(learners=5).prediction
    assert told.rmse > 0.95 * told.constant_rmse
    assert told.calibration_error > 0.08


def test_a_schedule_that_reviews_too_late_would_be_seen(monkeypatch, result):
    monkeypatch.setattr(simulation, "_due_day", lambda acts: 25.0 + acts[-1].at.timetuple().tm_yday)
    late = simulate(learners=5)
    assert late.ours.final_recall < result.ours.final_recall - 0.05


def test_the_seed_decides(result):
    assert simulate(learners=3) == simulate(learners=3)
    assert simulate(learners=3, seed=8) != simulate(learners=3)


def test_memory_forgets_and_learns():
    truth = replace(draw_truth(np.random.default_rng(1), 60), stops_on=60)
    memory = Memory(truth)
    memory.answer(0, 0, recalled=False)
    recalls = [memory.recall(day)[0] for day in (0, truth.first_days[0], 50, 5_000)]
    assert recalls[0] == 1
    assert recalls[1] == pytest.approx(0.9)
    assert recalls == sorted(recalls, reverse=True)
    memory.answer(0, 3, recalled=True)
    assert memory.recall(3 + truth.first_days[0])[0] > 0.9


def test_who_stops_does_nothing_more():
    truth = replace(draw_truth(np.random.default_rng(1), 60), stops_on=10)
    assert study(truth, 60, [1]).answers == study(truth, 10, [1]).answers


def test_the_command_writes_its_figures(tmp_path, capsys):
    assert main(["simulate", "--learners", "2", "--out", str(tmp_path / "x.json")]) == 0
    assert "2 learners, 60 days, seed 7" in capsys.readouterr().out
    assert json.loads((tmp_path / "x.json").read_text())["learners"] == 2


@pytest.mark.parametrize("arguments", [("--learners", "0"), ("--days", "5"), ("--learners", "-1")])
def test_too_little_to_simulate_is_one_sentence(capsys, arguments):
    assert main(["simulate", *arguments]) == 2
    assert capsys.readouterr().out == "Simulate at least 1 learner for 20 days.\n"
