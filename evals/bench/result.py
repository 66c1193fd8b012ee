"""The figures of all parts in one Markdown file, with one plot and the values as JSON beside it."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.bench.bench import PARTS, Bench, part_of
from evals.bench.measures import PipelineRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {
    "ingest": "Ingestion beside the tutorial pipeline",
    "embedding": "Embedding",
    "quality": "What is found",
    "recall": "Chroma beside the exact product",
    "latency": "Search",
    "disk": "Disk and memory",
    "reingest": "Adding an unchanged library again",
    "page": "The page",
}
COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2")


def write_report(bench: Bench, out: Path) -> None:
    """Write what has been measured so far; parts without figures are named."""
    values = {
        name: json.loads(bench.result(name).read_text(encoding="utf-8"))
        for name in PARTS
        if bench.result(name).is_file()
    }
    picture = out.with_suffix(".png")
    out.parent.mkdir(parents=True, exist_ok=True)
    draw(values, picture)
    lines = [
        "# Benchmarks",
        f"Written by `python -m evals.bench all` on {time.strftime('%Y-%m-%d', time.gmtime())}: {_machine()}. "
        "Read ratios rather than seconds; each ratio is of one run, on the same files and cores.",
        f"![The figures as plots]({picture.name})",
    ]
    for name in PARTS:
        lines.append(f"## {TITLES.get(name, name)}")
        if name in values:
            lines.append(part_of(name).as_text(values[name]))
            lines.append(f"Measured {values[name]['measured_at']} in {values[name]['took_seconds']:.0f} seconds.")
        else:
            lines.append(f"Not measured: `python -m evals.bench {name}` has left no figures.")
    out.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    plain = json.dumps({"machine": _machine(), **_without_lists(values)}, indent=1)
    out.with_suffix(".json").write_text(plain + "\n", encoding="utf-8")


def draw(values: dict[str, Any], path: Path) -> None:
    """Four plots in one picture: speed of ingestion, quality, growth of the latency, Chroma's recall."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(11, 8), layout="constrained")
        axes = figure.subplots(2, 2)
        panels = (("ingest", _speed), ("quality", _quality), ("latency", _latency), ("recall", _recall))
        for (name, panel), place in zip(panels, axes.flat, strict=True):
            if name in values:
                panel(place, values[name])
            else:
                place.set_axis_off()
                place.text(0.5, 0.5, f"{name}: not measured", ha="center")
        figure.savefig(path, dpi=110, metadata={"Software": None})


def _speed(axes: Axes, values: dict[str, Any]) -> None:
    runs = {name: PipelineRun.from_dict(of[-1]) for name, of in values["runs"].items()}
    rates = {
        "reading": [run.pages / run.stage_seconds["read"] for run in runs.values()],
        "embedding": [run.pages / run.stage_seconds["embed"] for run in runs.values()],
        "whole pipeline": [run.pages_per_second for run in runs.values()],
    }
    _bars(axes, rates, list(runs))
    axes.set_yscale("log")
    axes.set(title="Ingestion", ylabel="pages per second (log)")


def _quality(axes: Axes, values: dict[str, Any]) -> None:
    sets = values["sets"]
    systems = list(dict.fromkeys(system for of in sets.values() for system in of))
    means = {
        name: [float(np.mean(of[system]["ndcg_10"])) if system in of else 0.0 for system in systems]
        for name, of in sets.items()
    }
    _bars(axes, means, systems)
    axes.set(title="nDCG@10", ylim=(0, 1.2))
    axes.legend(fontsize=7, ncols=len(systems), loc="upper center")


def _latency(axes: Axes, values: dict[str, Any]) -> None:
    sizes = [row["chunks"] for row in values["sizes"]]
    for kind, colour in zip(values["sizes"][0]["milliseconds"], COLOURS, strict=False):
        for quantile, style in (("p50", "--"), ("p95", "-")):
            heights = [row["milliseconds"][kind][quantile] for row in values["sizes"]]
            axes.plot(sizes, heights, style, marker="o", color=colour, label=f"{kind}, {quantile}")
    first = max(found["p95"] for found in values["sizes"][0]["milliseconds"].values())
    axes.plot(sizes, [first * size / sizes[0] for size in sizes], ":", color="grey", label="linear growth")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set(title="Search, query embedding included", xlabel="chunks (log)", ylabel="milliseconds (log)")
    axes.legend(fontsize=7)


def _recall(axes: Axes, values: dict[str, Any]) -> None:
    lines: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in values["rows"]:
        lines.setdefault((row["vectors"], row["settings"]), []).append((row["chunks"], row["recall"]))
    for ((kind, settings), points), colour in zip(lines.items(), COLOURS, strict=False):
        axes.plot(
            *zip(*points, strict=True), "-", marker="o", color=colour, label=f"{kind} vectors, {settings} settings"
        )
    axes.set_xscale("log")
    axes.set(title="Chroma's recall@10 against exact", xlabel="chunks (log)", ylim=(0, 1.03))
    axes.legend(fontsize=7)


def _bars(axes: Axes, groups: dict[str, list[float]], names: list[str]) -> None:
    """A group of bars for each key, one bar a name."""
    width = 0.8 / len(names)
    for place, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        starts = np.arange(len(groups)) + place * width
        heights = [of[place] for of in groups.values()]
        axes.bar_label(axes.bar(starts, heights, width * 0.95, color=colour, label=name), fmt="%.3g", fontsize=7)
    axes.set_xticks(np.arange(len(groups)) + 0.4 - width / 2, list(groups))
    axes.legend(fontsize=7)


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def _without_lists(values: dict[str, Any]) -> dict[str, Any]:
    """The figures without what every single question came to."""
    plain = {name: dict(of) for name, of in values.items()}
    plain.get("ingest", {}).pop("found", None)
    if "quality" in plain:
        plain["quality"]["sets"] = {
            name: {
                system: {key: float(np.mean(of)) for key, of in scores.items()} for system, scores in systems.items()
            }
            for name, systems in plain["quality"]["sets"].items()
        }
    return plain
