"""The progress tab as HTML: what is known and what it rests on, calibration, days of work, explanations, boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import TYPE_CHECKING

from curriculum.model import TopicId
from curriculum.question_values import Question, QuestionId
from learner.activity import Activity
from learner.explanations import ExplanationEffect, NextAnswers
from learner.mastery import FULL_ITEMS, THRESHOLD, CalibrationBin, Mastery
from ui.markdown_view import inline_html
from ui.markup import escape_html
from ui.plots import bin_words, calendar_svg, calibration_svg, share_svg
from ui.quiz_text import action, counted, verdict_words
from ui.roadmap_parts import evidence_html

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.tracker import BoxState
    from learner.values import Evidence

CALENDAR_WEEKS = 24
_SHOWN_ATTEMPTS = 15
_DOORS = {"mcp": "given on by another program", "api": "given through the API"}
"""How an answer came that was given neither in the page nor in the terminal, see `agent/programs/quizzes.py`."""
_ROUNDING = 1e-9
TEACHING = (
    '<section class="progress-card"><h2>Nothing is shown yet</h2><p>Every number here comes from graded answers and '
    "passing checks, never from time spent or pages opened. Answer five questions on a topic, and its bar says "
    'something.</p><div class="card-buttons"><button type="button" class="card-button main" data-show-tab="Quiz">'
    "Take a first quiz</button></div></section>"
)


@dataclass(frozen=True, slots=True)
class ProgressState:
    """What the tab shows at a moment."""

    curriculum: Curriculum
    questions: Mapping[QuestionId, Question]
    evidence: Sequence[Evidence]
    """All that counts, newest first."""
    masteries: Mapping[TopicId, Mastery]
    calibration: tuple[CalibrationBin, ...]
    activity: Activity
    effect: ExplanationEffect
    boxes: Sequence[BoxState]
    at: datetime
    """Now, in the learner's own time zone."""


def progress_html(state: ProgressState) -> str:
    """The whole tab."""
    if not state.evidence:
        return TEACHING
    return (
        f'<div class="progress">{_masteries(state)}<div class="progress-pair">{_calibration(state)}'
        f"{_effect(state.effect)}</div>{_activity(state)}{_boxes(state)}</div>"
    )


# What is known


def _masteries(state: ProgressState) -> str:
    shown = [topic for topic in state.curriculum.topics if state.masteries[topic.id].item_count]
    rest = len(state.curriculum.topics) - len(shown)
    lines = "".join(_mastery(state, topic.title, state.masteries[topic.id]) for topic in shown)
    none = "" if lines else "<p>No question was answered yet.</p>"
    untouched = f'<p class="hint">{counted(rest, "topic")} without an answer yet.</p>' if rest else ""
    return (
        '<section class="progress-card"><h2>What you know, by topic</h2><p class="hint">The newest answer to each '
        "question, times the chance that you still recall it; harder ones count more, and it fades with time. "
        f"From {THRESHOLD:.0%} on (the line), with {FULL_ITEMS} different questions, a topic counts as mastered. "
        f"Open a bar to see the answers behind it.</p>{none}{lines}{untouched}</section>"
    )


def _mastery(state: ProgressState, title: str, found: Mastery) -> str:
    percent = f"{floor(100 * found.value + _ROUNDING)}%"
    word = "✓ mastered" if found.is_mastered else f"of {THRESHOLD:.0%}"
    label = f"{title}: {percent} {word}, {counted(found.item_count, 'question')}"
    return (
        f'<details class="mastery"><summary><span class="mastery-title">{escape_html(title)}</span>'
        f"{share_svg(label, found.value, THRESHOLD)}"
        f'<span class="mastery-words">{percent} {word}</span></summary>{_behind(state, found)}</details>'
    )


def _behind(state: ProgressState, found: Mastery) -> str:
    bands = "recall and application" if found.has_both_bands else "only one of recall and application"
    keys = set(found.evidence_keys)
    acts = [act for act in state.evidence if act.key in keys]
    lines = "".join(_attempt(state, act) for act in acts[:_SHOWN_ATTEMPTS])
    more = f"<p>And {len(acts) - _SHOWN_ATTEMPTS} older ones.</p>" if len(acts) > _SHOWN_ATTEMPTS else ""
    again = action("quiz_topic", str(found.topic_id), "Quiz me on this", more='data-show-tab="Quiz"')
    return (
        f'<div class="mastery-behind"><p class="hint">{counted(found.item_count, "different question")}, mean result '
        f"{found.mean_outcome:.0%}, mean chance of recall now {found.mean_recall:.0%}, {bands} shown.</p>"
        f'<ul class="attempts">{lines}</ul>{more}<div class="card-buttons">{again}</div></div>'
    )


def _attempt(state: ProgressState, act: Evidence) -> str:
    question = state.questions.get(QuestionId(act.item_id))
    asked = inline_html(question.prompt) if question else escape_html(act.item_id)
    sure = act.details.get("confidence")
    told = [verdict_words(act)]
    told += [f"{act.outcome:.2f} of 1"] if 0.0 < act.outcome < 1.0 else []
    told += [f"confidence {sure}"] if isinstance(sure, str) else []
    told += ["with the hint"] if act.details.get("hint_used") else []
    told += ["graded by yourself"] if act.details.get("self_graded") else []
    told += [_DOORS[act.conversation_id]] if act.conversation_id in _DOORS else []
    return (
        f'<li><time datetime="{act.at.isoformat()}">{act.at:%Y-%m-%d}</time> <b>{escape_html(", ".join(told))}</b>: '
        f"{asked}</li>"
    )


# Calibration and explanations


def _calibration(state: ProgressState) -> str:
    bins = state.calibration
    head = '<section class="progress-card"><h2>Do you know what you know?</h2>'
    if not bins:
        return (
            f"{head}<p>Say how sure you are before you answer, and this shows how often that was right.</p></section>"
        )
    rows = "".join(
        f"<tr><td>{one.confidence}</td><td>{one.stated:.0%}</td><td>{one.observed:.0%}</td><td>{one.count}</td></tr>"
        for one in bins
    )
    label = "Confidence against correctness: " + "; ".join(map(bin_words, bins))
    return (
        f'{head}{calibration_svg(label, bins)}<p class="hint">Above the dashed line you know more than you say, below '
        'it less. The number beside a point is how many answers it stands for.</p><table class="plot-table"><thead><tr>'
        "<th>You said</th><th>that is</th><th>right</th><th>answers</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></section>"
    )


def _effect(effect: ExplanationEffect) -> str:
    rows = "".join(
        f"<tr><td>{name}</td><td>{_share(found)}</td><td>{found.count}</td></tr>"
        for name, found in (("with an explanation", effect.explained), ("without", effect.unexplained))
    )
    none = "" if effect.explained.count or effect.unexplained.count else "<p>No answer followed a missed one yet.</p>"
    table = (
        '<table class="plot-table"><thead><tr><th>After a missed answer</th><th>next right</th><th>answers</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
    return (
        '<section class="progress-card"><h2>Do explanations help?</h2><p class="hint">How often the next answer on the '
        "same topic was right, after you had missed one: with the page opened or the chat asked why, and without. It "
        f"shows what went together, not what caused what.</p>{none or table}</section>"
    )


def _share(found: NextAnswers) -> str:
    return "–" if found.share is None else f"{found.share:.0%}"


# Days of work


def _activity(state: ProgressState) -> str:
    found, today = state.activity, state.at.date()
    counts = {day.day: day.acts for day in found.days}
    since = today - timedelta(days=6)
    week = [day for day in found.days if day.day >= since]
    label = f"Graded work on each day of the last {CALENDAR_WEEKS} weeks; {counted(len(found.days), 'day')} with work"
    rows = "".join(
        f"<tr><td>{day.day:%a %Y-%m-%d}</td><td>{day.acts}</td><td>{day.reviews}</td><td>{_time(day.seconds)}</td></tr>"
        for day in reversed(found.days[-14:])
    )
    return (
        '<section class="progress-card"><h2>Days of work</h2>'
        f"<p><b>{counted(found.streak, 'day')}</b> in a row now, {found.longest_streak} at most. Last 7 days: "
        f"{sum(day.acts for day in week)} graded, {_time(sum(day.seconds for day in week))}. "
        f"In all: {_time(found.seconds)} of answering.</p>"
        f"{calendar_svg(label, counts, today=today, weeks=CALENDAR_WEEKS)}"
        '<p class="hint">Darker: 5, then 15 and more a day. Ticks by hand are not counted.</p>'
        '<details><summary>As a table</summary><table class="plot-table"><thead><tr><th>Day</th><th>graded</th>'
        f"<th>reviews</th><th>time</th></tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute" if seconds else "no time"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


# Boxes


def _boxes(state: ProgressState) -> str:
    leaves = [box for box in state.boxes if not box.is_part]
    done = [box for box in leaves if box.done]
    by_key = {act.key: act for act in state.evidence}
    lines = "".join(_box(box, by_key) for box in done)
    return (
        f'<section class="progress-card"><h2>Boxes ticked: {len(done)} of {len(leaves)}</h2>{lines}'
        '<div class="card-buttons"><button type="button" class="card-button" data-show-tab="Roadmap">'
        "See the roadmap</button></div></section>"
    )


def _box(box: BoxState, by_key: Mapping[str, Evidence]) -> str:
    sign, words = ("✎", "by hand") if box.way == "hand" else ("✓", "by evidence")
    acts = [by_key[key] for key in box.evidence_keys if key in by_key]
    since = f" since {box.since:%Y-%m-%d}" if box.since else ""
    shown = evidence_html(acts[:_SHOWN_ATTEMPTS], "What it rests on")
    return (
        f'<details class="mastery"><summary><span aria-hidden="true">{sign}</span> {escape_html(box.title)} '
        f'<span class="hint">{words}{since}</span></summary>'
        f'<div class="mastery-behind"><p>{escape_html(box.reason)}</p>{shown}</div></details>'
    )
