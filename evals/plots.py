"""Bars with their intervals as SVG, drawn by hand so that a report needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from evals.bootstrap import Interval

WIDTH = 900
LABEL_WIDTH = 300
BAR_HEIGHT = 14
GAP = 12
COLOURS = 3
"""Classes `bar0` to `bar2` of the style sheet."""


def bar_chart(rows: Sequence[tuple[str, Sequence[Interval | None]]], title: str) -> str:
    """An SVG with a group of bars a row, 0 to 1, each with a whisker over its interval; empty without rows."""
    if not rows:
        return ""
    heights = [BAR_HEIGHT * _bars(values) + GAP for _, values in rows]
    height = sum(heights) + 30
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">', *_rules(height)]
    top = 4
    for (label, values), row_height in zip(rows, heights, strict=True):
        middle = top + BAR_HEIGHT * _bars(values) / 2 + 4
        parts.append(f'<text x="{LABEL_WIDTH - 10}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>')
        parts += [_bar(value, number, top + number * BAR_HEIGHT) for number, value in enumerate(values) if value]
        top += row_height
    return "".join([*parts, "</svg>"])


def _bars(values: Sequence[Interval | None]) -> int:
    """Places of a row: up to its last value."""
    return max((place for place, value in enumerate(values, start=1) if value), default=1)


def _rules(height: int) -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        parts.append(f'<line class="rule" x1="{x}" x2="{x}" y1="0" y2="{height - 24}"/>')
        parts.append(f'<text x="{x}" y="{height - 8}" text-anchor="middle">{tenth * 10}%</text>')
    return parts


def _bar(value: Interval, number: int, top: float) -> str:
    middle = top + BAR_HEIGHT / 2 - 1
    width = max(1.0, _x(value.mean) - LABEL_WIDTH)
    tip = f"{value.mean:.1%} ({value.low:.1%} to {value.high:.1%}, {value.count} questions)"
    return (
        f'<g><title>{tip}</title><rect class="bar{min(number, COLOURS - 1)}" x="{LABEL_WIDTH}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{BAR_HEIGHT - 2}"/><line class="whisker" x1="{_x(value.low)}" '
        f'x2="{_x(value.high)}" y1="{middle:.1f}" y2="{middle:.1f}"/></g>'
    )


def _x(share: float) -> float:
    return round(LABEL_WIDTH + (WIDTH - LABEL_WIDTH - 30) * share, 1)
