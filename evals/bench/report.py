"""The comparison as text tables, the same on the screen and in the file."""

from __future__ import annotations

from collections.abc import Sequence

from evals.bench.measures import GrowthRun, PipelineRun


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, columns padded to equal width."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in table
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def speed_table(tutorial: PipelineRun, ours: PipelineRun) -> str:
    """Both pipelines' pages, chunks, rates and memory, and how they compare."""

    def row(name: str, theirs: float, mine: float, digits: int) -> list[str]:
        ratio = f"{mine / theirs:.2f}" if theirs else ""
        return [name, f"{theirs:,.{digits}f}", f"{mine:,.{digits}f}", ratio]

    return markdown_table(
        ["measure", "tutorial", "ours", "ours / tutorial"],
        [
            row("pages", tutorial.pages, ours.pages, 0),
            row("chunks", tutorial.chunks, ours.chunks, 0),
            row("seconds", tutorial.total_seconds, ours.total_seconds, 1),
            row("pages per second", tutorial.pages_per_second, ours.pages_per_second, 2),
            row("chunks per second", tutorial.chunks_per_second, ours.chunks_per_second, 2),
            row("peak memory, MB", tutorial.peak_megabytes, ours.peak_megabytes, 0),
            row("loading the model, seconds", tutorial.load_model_seconds, ours.load_model_seconds, 1),
        ],
    )


def stage_table(runs: Sequence[PipelineRun]) -> str:
    """Seconds of each stage of each pipeline, and its rates alone."""
    return markdown_table(
        ["pipeline", "stage", "seconds", "pages per second", "chunks per second"],
        [
            [run.pipeline, stage, f"{seconds:.1f}", _rate(run.pages, seconds), _rate(run.chunks, seconds)]
            for run in runs
            for stage, seconds in run.stage_seconds.items()
        ],
    )


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}" if seconds else ""


def growth_table(runs: Sequence[GrowthRun]) -> str:
    """Milliseconds per chunk, slice by slice, and last by first."""
    rows = []
    for run in runs:
        for name, costs in (("all", run.seconds_per_chunk), ("without embedding", run.rest_per_chunk)):
            shown = [f"{1000 * cost:.1f}" for cost in costs]
            rows.append([run.pipeline, name, *shown, f"{costs[-1] / costs[0]:.2f}"])
    slices = [f"slice {number}" for number in range(1, len(rows[0]) - 2)]
    return markdown_table(["ms per chunk", "part", *slices, "last / first"], rows)
