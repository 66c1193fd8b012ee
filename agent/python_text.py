"""What a model reads about a run of code: its output as quoted material, its figures by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.tools.quoting import contained, fenced

_ENDED = {
    "ok": "It ran in {seconds:.1f} s.",
    "error": "It failed after {seconds:.1f} s.",
    "timeout": "It was stopped after {seconds:.1f} s: it took too long.",
    "memory": "It was stopped: it took too much memory.",
    "crashed": "Python itself ended while it ran.",
    "stopped": "It was stopped before its end.",
}


def told_result(run: Mapping[str, Any], budget_characters: int) -> str:
    """The result of a run as the model reads it; `run` is an artifact of kind `python`."""
    parts = [
        ("", run.get("text", "")),
        ("value: ", run.get("value", "")),
        ("", run.get("error", "")),
    ]
    said = "\n".join(f"{name}{contained(str(text)).rstrip()}" for name, text in parts if str(text).strip())
    lines = [_ENDED.get(str(run.get("status")), "It ended.").format(seconds=float(run.get("seconds") or 0))]
    if said:
        lines.append(fenced(_cut(said, budget_characters)))
    elif run.get("status") == "ok":
        lines.append("It printed nothing.")
    lines += _figures(run.get("figures", ()))
    lines += [str(notice) for notice in run.get("notices", ())]
    return "\n".join(lines)


def _figures(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"figure {place} ({figure['width']}x{figure['height']}) is shown to the learner"
        for place, figure in enumerate(figures, start=1)
    ]


def _cut(text: str, budget_characters: int) -> str:
    """The text with its middle left out where it is too long: its beginning and its last error tell most."""
    if len(text) <= budget_characters:
        return text
    head, tail = budget_characters * 2 // 3, budget_characters // 3
    return f"{text[:head]}\n… {len(text) - head - tail:,} characters left out …\n{text[-tail:]}"
