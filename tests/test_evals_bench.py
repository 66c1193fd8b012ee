"""The benchmark's arithmetic, and a real small run of the tutorial pipeline where it is installed."""

import time
from pathlib import Path

import pytest

from errors import StudyError
from evals.bench import compare, measures, quality, report
from evals.bench.measures import GrowthRun, PipelineRun, Stopwatch, slices_of_equal_size


def pipeline_run(name: str, seconds: float) -> PipelineRun:
    return PipelineRun(name, 100, 400, 2.0, seconds, {"read": 1.0, "embed": seconds - 1}, 500.0)


def test_a_stage_that_runs_again_adds_up() -> None:
    watch = Stopwatch()
    for _ in range(2):
        with watch.stage("read"):
            time.sleep(0.01)
    with pytest.raises(ValueError, match="broken"), watch.stage("read"):
        raise ValueError("broken")
    assert 0.02 <= watch.seconds["read"] < 5


def test_rates_and_the_way_to_json_and_back() -> None:
    run = pipeline_run("ours", 20.0)
    assert (run.pages_per_second, run.chunks_per_second) == (5.0, 20.0)
    assert PipelineRun.from_dict(run.to_dict()) == run


def test_growth_is_seen_with_and_without_embedding() -> None:
    run = GrowthRun("ours", (10, 20), (1.0, 4.0), (0.5, 1.0))
    assert run.seconds_per_chunk == (0.1, 0.2)
    assert run.rest_per_chunk == pytest.approx((0.05, 0.15))
    assert GrowthRun.from_dict(run.to_dict()) == run
    table = report.growth_table([run])
    assert "2.00" in table.splitlines()[2]
    assert "3.00" in table.splitlines()[3]


@pytest.mark.parametrize(
    ("sizes", "slices"),
    [
        ([1, 1, 1, 1], [[0], [1], [2, 3][:1], [3]]),
        ([10, 1, 1], [[0], [], [], [1, 2]]),
        ([1] * 8, [[0, 1], [2, 3], [4, 5], [6, 7]]),
    ],
)
def test_slices_keep_every_item_in_order(sizes: list[int], slices: list[list[int]]) -> None:
    found = slices_of_equal_size(sizes, 4)
    assert [index for group in found for index in group] == list(range(len(sizes)))
    assert len(found) == 4
    if sizes != [10, 1, 1]:
        assert found == slices


def test_ratio_is_taken_over_pairs_and_the_median_run_is_shown() -> None:
    runs = {
        "tutorial": [pipeline_run("tutorial", seconds) for seconds in (100.0, 120.0, 100.0)],
        "ours": [pipeline_run("ours", seconds) for seconds in (50.0, 30.0, 20.0)],
    }
    ratio = compare.speed_ratio(runs)
    assert ratio == {"median": 4.0, "least": 2.0, "most": 5.0}
    assert compare.typical(runs["ours"]).total_seconds == 30.0
    table = report.speed_table(runs["tutorial"][0], runs["ours"][0])
    assert "2.00" in next(line for line in table.splitlines() if "pages per second" in line)


def test_the_pipelines_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order = []

    def fake(task: str, pipeline: str, papers: Path) -> dict[str, object]:
        order.append(pipeline)
        return pipeline_run(pipeline, 10.0).to_dict()

    monkeypatch.setattr(compare, "run_in_process", fake)
    heard: list[str] = []
    runs = compare.alternate(2, Path(), lambda pipeline, values: heard.append(pipeline))
    assert heard == order
    assert order == ["tutorial", "ours", "ours", "tutorial"]
    assert [len(found) for found in runs.values()] == [2, 2]


def test_a_failed_process_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="The tutorial pipeline failed: There are no PDFs in"):
        compare.run_in_process("run", "tutorial", tmp_path)


def test_stages_have_a_row_each() -> None:
    stages = report.stage_table([pipeline_run("ours", 5.0)])
    assert "embed" in stages
    assert {len(line) for line in stages.splitlines()} == {len(stages.splitlines()[0])}


def test_a_stage_is_compared_page_by_page() -> None:
    runs = {"tutorial": [pipeline_run("tutorial", 9.0)], "ours": [pipeline_run("ours", 5.0)]}
    assert compare.stage_ratio(runs, "embed") == {"median": 2.0, "least": 2.0, "most": 2.0}


def test_a_ratio_is_of_the_means_and_its_interval_is_paired() -> None:
    theirs = [0.0, 1.0] * 20
    found = quality.ratio_interval([value / 2 for value in theirs], theirs)
    assert found == pytest.approx((0.5, 0.5, 0.5))
    ratio, low, high = quality.ratio_interval([1.0] * 40, theirs) or (0, 0, 0)
    assert ratio == 2.0
    assert 1.2 < low < ratio < high < 4
    assert quality.ratio_interval([1.0], [0.0]) is None


def test_scores_of_a_question() -> None:
    scores = quality.scores_of(["x", "x", "a", "y", "b"], ["a", "b", "c"])
    assert (scores["hit_1"], scores["hit_5"], scores["mrr_10"]) == (0.0, 1.0, 0.5)
    assert scores["recall_5"] == scores["recall_10"] == pytest.approx(2 / 3)
    assert quality.scores_of([*"mnopqrstuvwa"], ["a"])["mrr_10"] == 0.0


def test_peak_memory_sees_what_was_held() -> None:
    with measures.PeakMemory(interval_seconds=0.01) as memory:
        held = bytearray(200 * measures.MEGABYTE)
        time.sleep(0.1)
    assert memory.megabytes > 200
    assert held[0] == 0


@pytest.mark.slow
def test_the_tutorial_pipeline_runs_on_a_paper(tmp_path: Path, papers: Path) -> None:
    pytest.importorskip("langchain_chroma")
    (tmp_path / "1706.03762.pdf").write_bytes((papers / "1706.03762.pdf").read_bytes())
    found = PipelineRun.from_dict(compare.run_in_process("run", "tutorial", tmp_path))
    assert found.pages == 15
    assert found.chunks > 40
    assert set(found.stage_seconds) == {"read", "split", "embed", "store"}
    assert sum(found.stage_seconds.values()) == pytest.approx(found.total_seconds, rel=0.2)
