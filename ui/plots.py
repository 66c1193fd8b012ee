"""Small plots as SVG of our own: bars of days, a bar with a threshold, calibration, a calendar of work. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from learner.mastery import CalibrationBin
from ui.markup import escape_html
from ui.translation import _

WIDTH = 360.0
"""Of every picture, in its own units: about a phone's width, so that its text stays legible there."""
_TOP, _BOTTOM, _LEFT = 16.0, 22.0, 30.0
_CELL, _GAP = 11.0, 2.5
_LEVELS = (1, 5, 15)
"""Least numbers of answers a day for the second, third and fourth shade."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot."""

    name: str
    """Below the bar; may be empty."""
    told: str
    """The bar in words, e.g. "Thursday 26 November: 4"."""
    value: float


def bars_svg(label: str, bars: Sequence[Bar], *, height: float = 130.0) -> str:
    """Bars from 0 to the greatest value, with the values above them."""
    greatest = max((bar.value for bar in bars), default=0.0) or 1.0
    step = WIDTH / max(1, len(bars))
    room = height - _TOP - _BOTTOM
    shown = []
    for place, bar in enumerate(bars):
        tall = room * bar.value / greatest
        left, middle, top = place * step + step * 0.15, place * step + step / 2, _TOP + room - tall
        value = f"{bar.value:g}" if bar.value else ""
        shown.append(
            f'<g><title>{escape_html(bar.told)}</title><rect class="plot-bar" x="{left:.1f}" y="{top:.1f}" '
            f'width="{step * 0.7:.1f}" height="{tall:.1f}" rx="2"/>'
            f'<text class="plot-value" x="{middle:.1f}" y="{top - 4:.1f}">{value}</text>'
            f'<text class="plot-name" x="{middle:.1f}" y="{height - 6:.1f}">{escape_html(bar.name)}</text></g>'
        )
    line = f'<line class="plot-axis" x1="0" x2="{WIDTH:.0f}" y1="{_TOP + room:.1f}" y2="{_TOP + room:.1f}"/>'
    return _svg(label, WIDTH, height, line + "".join(shown))


def share_svg(label: str, share: float, threshold: float) -> str:
    """A bar from 0 to 1 with a line at the threshold; stretched to the width of its place."""
    width = 100 * min(1.0, max(0.0, share))
    return (
        f'<svg class="share-plot" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape_html(label)}" '
        'viewBox="0 0 100 12" preserveAspectRatio="none"><rect class="plot-ground" width="100" height="12"/>'
        f'<rect class="plot-bar{" enough" if share >= threshold else ""}" width="{width:.1f}" height="12"/>'
        f'<rect class="plot-threshold" x="{100 * threshold - 0.3:.1f}" width="0.6" height="12"/></svg>'
    )


def calibration_svg(label: str, bins: Sequence[CalibrationBin]) -> str:
    """How often answers were right, by what confidence stated; on the line, words and deeds agree."""
    height, bottom = 258.0, 38.0  # so low that the name of a point at 0% stands clear of the scale
    right, room = WIDTH - 12.0, height - _TOP - bottom

    def x_of(value: float) -> float:
        return _LEFT + (right - _LEFT) * value

    def y_of(value: float) -> float:
        return _TOP + room * (1 - value)

    parts = [
        f'<line class="plot-grid" x1="{_LEFT}" x2="{right}" y1="{y_of(at):.1f}" y2="{y_of(at):.1f}"/>'
        f'<text class="plot-name end" x="{_LEFT - 4}" y="{y_of(at) + 4:.1f}">{at:.0%}</text>'
        f'<text class="plot-name" x="{x_of(at):.1f}" y="{height - 14:.1f}">{at:.0%}</text>'
        for at in (0.0, 0.5, 1.0)
    ]
    parts.append(f'<line class="plot-agree" x1="{x_of(0)}" y1="{y_of(0)}" x2="{x_of(1)}" y2="{y_of(1)}"/>')
    parts.append(f'<text class="plot-name" x="{x_of(0.5):.1f}" y="{height - 2:.1f}">{_("what you stated")}</text>')
    parts += [
        f"<g><title>{escape_html(bin_words(one))}</title>"
        f'<circle class="plot-dot" cx="{x_of(one.stated):.1f}" cy="{y_of(one.observed):.1f}" r="7"/>'
        f'<text class="plot-value end" x="{x_of(one.stated) - 12:.1f}" y="{y_of(one.observed) + 4:.1f}">'
        f"{escape_html(confidence_words(one))}, {one.count}</text></g>"
        for one in bins
    ]
    return _svg(label, WIDTH, height, "".join(parts))


def trend_svg(label: str, points: Sequence[Bar], *, threshold: float | None = None, height: float = 120.0) -> str:
    """Shares, 0 to 1, from the oldest to the newest, joined by a line; dashed, what they had to reach."""
    right, room = WIDTH - 24.0, height - _TOP - _BOTTOM
    left = _LEFT + 12.0

    def y_of(value: float) -> float:
        return _TOP + room * (1 - min(1.0, max(0.0, value)))

    step = (right - left) / max(1, len(points) - 1)
    places = [(left + place * step, y_of(point.value)) for place, point in enumerate(points)]
    parts = [
        f'<line class="plot-grid" x1="{_LEFT}" x2="{WIDTH:.0f}" y1="{y_of(at):.1f}" y2="{y_of(at):.1f}"/>'
        f'<text class="plot-name end" x="{_LEFT - 4}" y="{y_of(at) + 4:.1f}">{at:.0%}</text>'
        for at in (0.0, 0.5, 1.0)
    ]
    if threshold is not None:
        at = f"{y_of(threshold):.1f}"
        parts.append(f'<line class="plot-agree" x1="{_LEFT}" x2="{WIDTH:.0f}" y1="{at}" y2="{at}"/>')
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(f'<polyline class="plot-line" points="{joined}"/>')
    for (x, y), point in zip(places, points, strict=True):
        parts.append(
            f'<g><title>{escape_html(point.told)}</title><circle class="plot-dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
            f'<text class="plot-name" x="{x:.1f}" y="{height - 6:.1f}">{escape_html(point.name)}</text></g>'
        )
    return _svg(label, WIDTH, height, "".join(parts))


def bin_words(one: CalibrationBin) -> str:
    """The answers of one confidence in words."""
    return _("{confidence}: stated {stated:.0%}, right {right:.0%} ({count})").format(
        confidence=confidence_words(one), stated=one.stated, right=one.observed, count=one.count
    )


def confidence_words(one: CalibrationBin) -> str:
    """How sure the learner said to be."""
    return {"low": _("low"), "medium": _("medium"), "high": _("high")}.get(one.confidence, one.confidence)


def calendar_svg(label: str, counts: Mapping[date, int], *, today: date, weeks: int) -> str:
    """A square for each day of the last weeks, a column a week, darker with more answers."""
    first = today - timedelta(days=today.weekday() + 7 * (weeks - 1))
    names = ((0, _("Mon")), (3, _("Thu")), (6, _("Sun")))
    step, left = _CELL + _GAP, max(26.0, 6.5 * max(len(name) for place, name in names))
    parts = [f'<text class="plot-name start" x="0" y="{place * step + 9:.1f}">{name}</text>' for place, name in names]
    for week in range(weeks):
        for weekday in range(7):
            day = first + timedelta(days=7 * week + weekday)
            if day > today:
                continue
            count = counts.get(day, 0)
            level = 0 if count == 0 else 1 + sum(count >= least for least in _LEVELS[1:])
            parts.append(
                f'<rect class="day level-{level}" x="{left + week * step:.1f}" y="{weekday * step:.1f}" '
                f'width="{_CELL}" height="{_CELL}" rx="2"><title>{day:%Y-%m-%d}: {count}</title></rect>'
            )
    return _svg(label, left + weeks * step, 7 * step, "".join(parts))


def _svg(label: str, width: float, height: float, body: str) -> str:
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape_html(label)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{body}</svg>'
    )
