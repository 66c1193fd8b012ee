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
from ui.plots import bin_words, calendar_svg, calibration_svg, confidence_words, share_svg
from ui.quiz_text import CONFIDENCE_WORDS, action, verdict_words
from ui.roadmap_parts import evidence_html
from ui.translation import N_, _, counted, ngettext

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from learner.tracker import BoxState
    from learner.values import Evidence

CALENDAR_WEEKS = 24
_SHOWN_ATTEMPTS = 15
_DOORS = {"mcp": N_("given on by another program"), "api": N_("given through the API")}
"""How an answer came that was given neither in the page nor in the terminal, see `agent/programs/quizzes.py`."""
_ROUNDING = 1e-9


def _teaching() -> str:
    told = _(
        "Every number here comes from graded answers and passing checks, never from time spent or pages opened. Answer "
        "five questions on a topic, and its bar says something."
    )
    return (
        f'<section class="progress-card"><h2>{_("Nothing is shown yet")}</h2><p>{told}</p><div class="card-buttons">'
        f'<button type="button" class="card-button main" data-show-tab="Quiz">{_("Take a first quiz")}</button></div>'
        "</section>"
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
        return _teaching()
    return (
        f'<div class="progress">{_masteries(state)}<div class="progress-pair">{_calibration(state)}'
        f"{_effect(state.effect)}</div>{_activity(state)}{_boxes(state)}</div>"
    )


# What is known


def _masteries(state: ProgressState) -> str:
    shown = [topic for topic in state.curriculum.topics if state.masteries[topic.id].item_count]
    rest = len(state.curriculum.topics) - len(shown)
    lines = "".join(_mastery(state, topic.title, state.masteries[topic.id]) for topic in shown)
    none = "" if lines else f"<p>{_('No question was answered yet.')}</p>"
    left = counted("{count} topic without an answer yet.", "{count} topics without an answer yet.", rest)
    untouched = f'<p class="hint">{left}</p>' if rest else ""
    told = _(
        "The newest answer to each question, times the chance that you still recall it; harder ones count more, and it "
        "fades with time. From {threshold:.0%} on (the line), with {count} different questions, a topic counts as "
        "mastered. Open a bar to see the answers behind it."
    ).format(threshold=THRESHOLD, count=FULL_ITEMS)
    return (
        f'<section class="progress-card"><h2>{_("What you know, by topic")}</h2><p class="hint">{told}</p>'
        f"{none}{lines}{untouched}</section>"
    )


def _mastery(state: ProgressState, title: str, found: Mastery) -> str:
    percent = f"{floor(100 * found.value + _ROUNDING)}%"
    words = _("{share} ✓ mastered") if found.is_mastered else _("{share} of {threshold:.0%}")
    words = words.format(share=percent, threshold=THRESHOLD)
    label = f"{title}: {words}, {counted('{count} question', '{count} questions', found.item_count)}"
    return (
        f'<details class="mastery"><summary><span class="mastery-title">{escape_html(title)}</span>'
        f"{share_svg(label, found.value, THRESHOLD)}"
        f'<span class="mastery-words">{words}</span></summary>{_behind(state, found)}</details>'
    )


def _behind(state: ProgressState, found: Mastery) -> str:
    told = ngettext(
        "{count} different question, mean result {mean:.0%}, mean chance of recall now {recall:.0%}, {bands}.",
        "{count} different questions, mean result {mean:.0%}, mean chance of recall now {recall:.0%}, {bands}.",
        found.item_count,
    ).format(
        count=found.item_count,
        mean=found.mean_outcome,
        recall=found.mean_recall,
        bands=_("recall and application shown")
        if found.has_both_bands
        else _("only one of recall and application shown"),
    )
    keys = set(found.evidence_keys)
    acts = [act for act in state.evidence if act.key in keys]
    lines = "".join(_attempt(state, act) for act in acts[:_SHOWN_ATTEMPTS])
    older = len(acts) - _SHOWN_ATTEMPTS
    more = f"<p>{counted('And {count} older one.', 'And {count} older ones.', older)}</p>" if older > 0 else ""
    again = action("quiz_topic", str(found.topic_id), _("Quiz me on this"), more='data-show-tab="Quiz"')
    return (
        f'<div class="mastery-behind"><p class="hint">{told}</p>'
        f'<ul class="attempts">{lines}</ul>{more}<div class="card-buttons">{again}</div></div>'
    )


def _attempt(state: ProgressState, act: Evidence) -> str:
    question = state.questions.get(QuestionId(act.item_id))
    asked = inline_html(question.prompt) if question else escape_html(act.item_id)
    sure = act.details.get("confidence")
    told = [verdict_words(act)]
    told += [_("{outcome:.2f} of 1").format(outcome=act.outcome)] if 0.0 < act.outcome < 1.0 else []
    told += [_("confidence {level}").format(level=_(CONFIDENCE_WORDS.get(sure, sure)))] if isinstance(sure, str) else []
    told += [_("with the hint")] if act.details.get("hint_used") else []
    told += [_("graded by yourself")] if act.details.get("self_graded") else []
    told += [_(_DOORS[act.conversation_id])] if act.conversation_id in _DOORS else []
    return (
        f'<li><time datetime="{act.at.isoformat()}">{act.at:%Y-%m-%d}</time> <b>{escape_html(", ".join(told))}</b>: '
        f"{asked}</li>"
    )


# Calibration and explanations


def _calibration(state: ProgressState) -> str:
    bins = state.calibration
    head = f'<section class="progress-card"><h2>{_("Do you know what you know?")}</h2>'
    if not bins:
        told = _("Say how sure you are before you answer, and this shows how often that was right.")
        return f"{head}<p>{told}</p></section>"
    rows = "".join(
        f"<tr><td>{escape_html(confidence_words(one))}</td><td>{one.stated:.0%}</td><td>{one.observed:.0%}</td><td>{one.count}</td></tr>"
        for one in bins
    )
    label = _("Confidence against correctness: {bins}").format(bins="; ".join(map(bin_words, bins)))
    told = _(
        "Above the dashed line you know more than you say, below it less. The number beside a point is how many "
        "answers it stands for."
    )
    heads = (_("You said"), _("that is"), _("right"), _("answers"))
    return (
        f'{head}{calibration_svg(label, bins)}<p class="hint">{told}</p>'
        f'<table class="plot-table"><thead><tr>{"".join(f"<th>{one}</th>" for one in heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _effect(effect: ExplanationEffect) -> str:
    rows = "".join(
        f"<tr><td>{name}</td><td>{_share(found)}</td><td>{found.count}</td></tr>"
        for name, found in ((_("with an explanation"), effect.explained), (_("without"), effect.unexplained))
    )
    none = ""
    if not (effect.explained.count or effect.unexplained.count):
        none = f"<p>{_('No answer followed a missed one yet.')}</p>"
    table = (
        f'<table class="plot-table"><thead><tr><th>{_("After a missed answer")}</th><th>{_("next right")}</th>'
        f"<th>{_('answers')}</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    told = _(
        "How often the next answer on the same topic was right, after you had missed one: with the page opened or the "
        "chat asked why, and without. It shows what went together, not what caused what."
    )
    return (
        f'<section class="progress-card"><h2>{_("Do explanations help?")}</h2><p class="hint">{told}</p>'
        f"{none or table}</section>"
    )


def _share(found: NextAnswers) -> str:
    return "–" if found.share is None else f"{found.share:.0%}"


# Days of work


def _activity(state: ProgressState) -> str:
    found, today = state.activity, state.at.date()
    counts = {day.day: day.acts for day in found.days}
    since = today - timedelta(days=6)
    week = [day for day in found.days if day.day >= since]
    label = _("Graded work on each day of the last {weeks} weeks; {days}").format(
        weeks=CALENDAR_WEEKS, days=counted("{count} day with work", "{count} days with work", len(found.days))
    )
    rows = "".join(
        f"<tr><td>{day.day:%a %Y-%m-%d}</td><td>{day.acts}</td><td>{day.reviews}</td><td>{_time(day.seconds)}</td></tr>"
        for day in reversed(found.days[-14:])
    )
    told = _(
        "{days} in a row now, {most} in the longest row. Last 7 days: {count} graded, {time}. In all: {all} of "
        "answering."
    ).format(
        days=f"<b>{counted('{count} day', '{count} days', found.streak)}</b>",
        most=found.longest_streak,
        count=sum(day.acts for day in week),
        time=_time(sum(day.seconds for day in week)),
        all=_time(found.seconds),
    )
    heads = (_("Day"), _("graded"), _("reviews"), _("time"))
    return (
        f'<section class="progress-card"><h2>{_("Days of work")}</h2><p>{told}</p>'
        f"{calendar_svg(label, counts, today=today, weeks=CALENDAR_WEEKS)}"
        f'<p class="hint">{_("Darker: 5, then 15 and more a day. Ticks by hand are not counted.")}</p>'
        f'<details><summary>{_("As a table")}</summary><table class="plot-table"><thead><tr>'
        f"{''.join(f'<th>{one}</th>' for one in heads)}</tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute") if seconds else _("no time")
    if minutes >= 60:
        return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    return _("{count} min").format(count=minutes)


# Boxes


def _boxes(state: ProgressState) -> str:
    leaves = [box for box in state.boxes if not box.is_part]
    done = [box for box in leaves if box.done]
    by_key = {act.key: act for act in state.evidence}
    lines = "".join(_box(box, by_key) for box in done)
    head = _("Boxes ticked: {done} of {all}").format(done=len(done), all=len(leaves))
    return (
        f'<section class="progress-card"><h2>{head}</h2>{lines}'
        '<div class="card-buttons"><button type="button" class="card-button" data-show-tab="Roadmap">'
        f"{_('See the roadmap')}</button></div></section>"
    )


def _box(box: BoxState, by_key: Mapping[str, Evidence]) -> str:
    sign, words = ("✎", _("by hand")) if box.way == "hand" else ("✓", _("by evidence"))
    if box.since:
        words = _("{way} since {date}").format(way=words, date=f"{box.since:%Y-%m-%d}")
    acts = [by_key[key] for key in box.evidence_keys if key in by_key]
    shown = evidence_html(acts[:_SHOWN_ATTEMPTS], _("What it rests on"))
    return (
        f'<details class="mastery"><summary><span aria-hidden="true">{sign}</span> {escape_html(box.title)} '
        f'<span class="hint">{words}</span></summary>'
        f'<div class="mastery-behind"><p>{escape_html(box.reason)}</p>{shown}</div></details>'
    )
