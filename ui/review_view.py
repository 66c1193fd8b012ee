"""The start of the Review tab as HTML: what is due, what comes, and what needs another explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from curriculum.question_values import Question, QuestionId
from learner.schedule import CardState
from ui.answer import shorten
from ui.markdown_view import inline_html
from ui.markup import escape_html
from ui.plots import Bar, bars_svg
from ui.quiz_text import action, counted, document_title, reference
from ui.roadmap_parts import ask_button, open_button

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curriculum.curriculum import Curriculum

FORECAST_DAYS = 14
MOST_A_SESSION = 20
NO_QUIZ = "-"
"""Stands for the quiz in a reference to an item outside of any."""
TEACHING = (
    "<p>Each question that you answer in a quiz becomes a card. When you knew it, it comes again after some days, then "
    "after weeks and months; when you missed it, after ten minutes. It is due just before you would forget it: that is "
    "when answering it strengthens memory most, with the fewest reviews.</p>"
)


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What the tab shows at a moment."""

    curriculum: Curriculum
    questions: Mapping[QuestionId, Question]
    due_count: int
    card_count: int
    forecast: tuple[int, ...]
    """Cards that become due on each of the next days; what is overdue counts on the first."""
    leeches: tuple[CardState, ...]
    next_due_at: datetime | None
    """When the next card is due that is not yet; None without any."""
    at: datetime


def review_html(state: ReviewState) -> str:
    """Due, forecast and leeches."""
    if not state.card_count:
        first = '<button type="button" class="card-button main" data-show-tab="Quiz">Take a first quiz</button>'
        return (
            f'<section class="review-card"><h2>Nothing to review yet</h2>{TEACHING}'
            f'<div class="card-buttons">{first}</div></section>'
        )
    return f"{_due(state)}{_forecast(state)}{_leeches(state)}"


def _due(state: ReviewState) -> str:
    if not state.due_count:
        soon = f" The next one is due {_when(state.next_due_at, state.at)}." if state.next_due_at else ""
        return (
            f'<section class="review-card"><h2>Nothing is due now</h2><p>{counted(state.card_count, "card")} in your '
            f'memory.{soon}</p><div class="card-buttons"><button type="button" class="card-button" '
            'data-show-tab="Quiz">Learn something new</button></div></section>'
        )
    one_go = f" A session asks {MOST_A_SESSION} of them." if state.due_count > MOST_A_SESSION else ""
    start = action("start_review", str(MOST_A_SESSION), "Start the review", "card-button main", "data-main")
    return (
        f'<section class="review-card"><h2>{counted(state.due_count, "card")} due now</h2>'
        f"<p>The least likely to be recalled come first.{one_go}</p>"
        f'<div class="card-buttons">{start}</div></section>'
    )


def _when(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return ""
    days = (due_at - at) / timedelta(days=1)
    if days < 1:
        minutes = max(1, round((due_at - at) / timedelta(minutes=1)))
        return f"in {counted(minutes, 'minute') if minutes < 90 else counted(round(minutes / 60), 'hour')}"
    return f"on {due_at:%Y-%m-%d}"


def _forecast(state: ReviewState) -> str:
    days = [state.at + timedelta(days=place) for place in range(len(state.forecast))]
    bars = [
        Bar("today" if place == 0 else f"{day:%d}", f"{day:%A %d %B}: {count}", count)
        for place, (day, count) in enumerate(zip(days, state.forecast, strict=True))
    ]
    rows = "".join(
        f"<tr><td>{day:%a %Y-%m-%d}</td><td>{count}</td></tr>" for day, count in zip(days, state.forecast, strict=True)
    )
    total = sum(state.forecast)
    label = f"Cards due on each of the next {len(bars)} days, {total} in all"
    return (
        f'<section class="review-card"><h2>The next {len(bars)} days</h2>{bars_svg(label, bars)}'
        f"<p>{counted(total, 'card')}, {total / len(bars):.1f} a day.</p>"
        '<details><summary>As a table</summary><table class="plot-table"><thead><tr><th>Day</th><th>Due</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></details></section>"
    )


def _leeches(state: ReviewState) -> str:
    lines = "".join(
        _leech(state, state.questions[QuestionId(card.item_id)], card)
        for card in state.leeches
        if QuestionId(card.item_id) in state.questions
    )
    if not lines:
        return ""
    return (
        '<section class="review-card"><h2>Forgotten again and again</h2><p>Another review will not help with these: '
        "read where they come from, or have them explained in another way.</p>"
        f'<ul class="leeches">{lines}</ul></section>'
    )


def _leech(state: ReviewState, question: Question, card: CardState) -> str:
    curriculum = state.curriculum
    receipt = question.receipt
    title = document_title(curriculum, receipt.document) + (f", page {receipt.page}" if receipt.page else "")
    source = action("open_receipt", reference(NO_QUIZ, str(question.id)), f"Read: {title}", "link-button")
    known = {topic.id for topic in curriculum.topics}
    notes = [note for one in question.topic_ids[:1] if one in known for note in curriculum.notes_of(one)[:1]]
    links = [source, *(open_button(f"note:{note.name}", f"note: {note.title}") for note in notes)]
    asked = f"I keep forgetting this. Explain it in another way, with an example: {shorten(question.prompt, 600)}"
    button = ask_button(asked, "Explain it another way")
    return (
        f"<li><div>{inline_html(question.prompt)}</div>"
        f'<p class="hint">forgotten {counted(card.lapse_count, "time")}, asked {counted(card.review_count, "time")}</p>'
        f'<div>{" · ".join(links)}</div><div class="card-buttons">{button}</div></li>'
    )


def retention_html(retention: float, counts: tuple[int, ...]) -> str:
    """What a desired retention means, with the reviews it asks for."""
    missed = 1 - retention
    return (
        f"<p>A card is due when its chance of being recalled has fallen to {retention:.0%}: of what you review, about "
        f"{missed * 100:.0f} in 100 will be forgotten. With your cards that is {counted(sum(counts), 'review')} in the "
        f"next {len(counts)} days. Higher means more reviews, near the top many more; 90% suits most learners.</p>"
    )


def told(sentence: str) -> str:
    """A sentence on what was done."""
    return f'<p class="success" role="status">{escape_html(sentence)}</p>'
