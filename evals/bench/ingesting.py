"""Ingestion beside the tutorial pipeline: speed by stage, memory, and what each finds afterwards."""

from __future__ import annotations

from typing import Any

from evals.bench.bench import Bench
from evals.bench.compare import alternate, run_in_process, speed_ratio, stage_ratio, typical
from evals.bench.measures import GrowthRun, PipelineRun
from evals.bench.report import growth_table, speed_table, stage_table

HELP = "both pipelines over the same PDFs: pages and chunks per second by stage, peak memory"


def measure(bench: Bench) -> dict[str, Any]:
    """Both pipelines in turn, each run in a process of its own."""
    files = len(bench.pdfs)
    found: dict[str, Any] = {}
    runs = alternate(bench.rounds, bench.papers, lambda pipeline, values: found.update({pipeline: values["found"]}))
    plain = {pipeline: [run.to_dict() for run in of] for pipeline, of in runs.items()}
    return {"files": files, "rounds": bench.rounds, "runs": plain, "found": found}


def measure_growth(bench: Bench) -> list[dict[str, Any]]:
    """What a chunk costs while the library grows, for each pipeline."""
    return [run_in_process("grow", pipeline, bench.papers) for pipeline in ("tutorial", "ours")]


def as_text(values: dict[str, Any]) -> str:
    """The tables of both pipelines."""
    runs = {name: [PipelineRun.from_dict(run) for run in of] for name, of in values["runs"].items()}
    middle = {name: typical(of) for name, of in runs.items()}
    ratio, reading = speed_ratio(runs), stage_ratio(runs, "read")
    parts = [
        f"{values['files']} PDFs, {values['rounds']} runs of each pipeline in turn. Tables show the median run.",
        speed_table(middle["tutorial"], middle["ours"]),
        f"**Pages per second, ours / tutorial: {ratio['median']:.2f}** "
        f"(pairs from {ratio['least']:.2f} to {ratio['most']:.2f}). **Reading alone: {reading['median']:.2f}** "
        f"(pairs from {reading['least']:.2f} to {reading['most']:.2f}; ours reads, cleans and finds the boxes).",
        stage_table(list(middle.values())),
    ]
    if "growth" in values:
        parts.append(growth_table([GrowthRun.from_dict(run) for run in values["growth"]]))
    return "\n\n".join(parts)
