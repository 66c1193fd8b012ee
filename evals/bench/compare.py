"""Run both pipelines in turn, each in a process of its own, and put their figures side by side."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from errors import StudyError
from evals.bench.measures import PipelineRun

PIPELINES = ("tutorial", "ours")
ROOT = Path(__file__).parents[2]


def run_in_process(task: str, pipeline: str, papers: Path, folder: Path | None = None) -> dict[str, Any]:
    """The JSON figures of one task of one pipeline, from a fresh process with an empty folder or the one given.

    Raises:
        StudyError: the process failed; its last line of output is in the message.
    """
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "evals.bench", "one", task, pipeline]
        command += ["--papers", str(papers.resolve()), "--folder", str((folder or Path(empty)).resolve())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise StudyError(f"The {pipeline} pipeline failed: {lines[-1] if lines else 'no output'}")
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def alternate(
    rounds: int, papers: Path, heard: Callable[[str, dict[str, Any]], object] = lambda pipeline, values: None
) -> dict[str, list[PipelineRun]]:
    """The runs of each pipeline; they take turns, and who begins changes every round. `heard` gets all their values."""
    runs: dict[str, list[PipelineRun]] = {pipeline: [] for pipeline in PIPELINES}
    for number in range(rounds):
        for pipeline in PIPELINES if number % 2 == 0 else reversed(PIPELINES):
            values = run_in_process("run", pipeline, papers)
            heard(pipeline, values)
            runs[pipeline].append(PipelineRun.from_dict(values))
    return runs


def stage_ratio(runs: dict[str, list[PipelineRun]], stage: str) -> dict[str, float]:
    """How many times as fast ours goes through a stage, page by page: median, and least and most over pairs."""
    pairs = [
        (theirs.stage_seconds[stage] / theirs.pages) / (ours.stage_seconds[stage] / ours.pages)
        for ours, theirs in zip(runs["ours"], runs["tutorial"], strict=True)
    ]
    return _spread(pairs)


def typical(runs: Sequence[PipelineRun]) -> PipelineRun:
    """The run of the median total time, the faster of the two middle ones."""
    return sorted(runs, key=lambda run: run.total_seconds)[(len(runs) - 1) // 2]


def speed_ratio(runs: dict[str, list[PipelineRun]]) -> dict[str, float]:
    """How many times the tutorial's pages per second ours makes: median, and least and most over pairs."""
    pairs = [
        ours.pages_per_second / theirs.pages_per_second
        for ours, theirs in zip(runs["ours"], runs["tutorial"], strict=True)
    ]
    return _spread(pairs)


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}
