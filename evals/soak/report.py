"""The counts of all parts as one Markdown table, the same on the screen and in the file."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from evals.bench.report import markdown_table
from evals.soak.counts import PartResult
from evals.soak.soak import PARTS, Soak

HEADER = ("command", "promise", "tried", "failed", "bar", "result", "seconds", "measured")


def table_of(results: dict[str, PartResult | None]) -> str:
    """One row for each promise; a part without counts has one that says so."""
    rows: list[list[str]] = []
    for name, result in results.items():
        if result is None or not result.counts:
            title = PARTS[name].title if name in PARTS else name
            rows.append([_command(name), title, "0", "", "", "not measured", "", ""])
            continue
        for place, (count, state) in enumerate(zip(result.counts, result.states, strict=True)):
            ends = [f"{result.seconds:.0f}", result.measured_at] if place == 0 else ["", ""]
            figures = [f"{count.tried:,}", f"{count.failed:,}", f"{count.bar:,} of {count.asked:,}"]
            rows.append([_command(name) if place == 0 else "", _cell(count.what), *figures, state, *ends])
    return markdown_table(HEADER, rows)


def notes_of(results: dict[str, PartResult | None]) -> list[str]:
    """What parts say beside their figures, as list items."""
    return [
        f"- `{name}`: {count.what}: {count.note}"
        for name, result in results.items()
        if result is not None
        for count in result.counts
        if count.note
    ]


def write_report(soak: Soak, out: Path) -> None:
    """Write the counts so far; parts without counts are named."""
    results = {name: soak.result(name) for name in PARTS}
    form = "the short form, which promises nothing" if soak.short else "the full form"
    open_parts = [name for name, result in results.items() if result is None or not result.is_met]
    verdict = f"Not kept or not measured: {', '.join(open_parts)}." if open_parts else "All promises are kept."
    lines = [
        "# What was tried to break it",
        f"Written by `make soak` (`python -m evals.soak all`, {form}, seed {soak.seed}) on "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}: {_machine()}. "
        "The bar is the most failures that are allowed and the tries it speaks of; seconds are those of a whole part.",
        verdict,
        table_of(results),
    ]
    if notes := notes_of(results):
        lines += ["## Notes", "\n".join(notes)]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def _command(name: str) -> str:
    return f"`python -m evals.soak {name}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
