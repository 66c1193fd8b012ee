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
from ui.quiz_text import action, read_words, reference
from ui.roadmap_parts import ask_button, open_button
from ui.translation import N_, _, counted, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curriculum.curriculum import Curriculum

FORECAST_DAYS = 14
_LONGEST_NAME = 6
"""Characters that have room below one of so many bars."""
MOST_A_SESSION = 20
NO_QUIZ = "-"
"""Stands for the quiz in a reference to an item outside of any."""
TEACHING = N_(
    "Each question that you answer in a quiz becomes a card. When you knew it, it comes again after some days, then "
    "after weeks and months; when you missed it, after ten minutes. It is due just before you would forget it: that is "
    "when answering it strengthens memory most, with the fewest reviews."
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
        first = f'<button type="button" class="card-button main" data-show-tab="Quiz">{_("Take a first quiz")}</button>'
        return (
            f'<section class="review-card"><h2>{_("Nothing to review yet")}</h2><p>{_(TEACHING)}</p>'
            f'<div class="card-buttons">{first}</div></section>'
        )
    return f"{_due(state)}{_forecast(state)}{_leeches(state)}"


def _due(state: ReviewState) -> str:
    if not state.due_count:
        here = counted("{count} card in your memory.", "{count} cards in your memory.", state.card_count)
        soon = f" {_soon(state.next_due_at, state.at)}" if state.next_due_at else ""
        return (
            f'<section class="review-card"><h2>{_("Nothing is due now")}</h2><p>{here}{soon}</p>'
            '<div class="card-buttons"><button type="button" class="card-button" '
            f'data-show-tab="Quiz">{_("Learn something new")}</button></div></section>'
        )
    one_go = ""
    if state.due_count > MOST_A_SESSION:
        one_go = f" {_('A session asks {count} of them.').format(count=MOST_A_SESSION)}"
    start = action("start_review", str(MOST_A_SESSION), _("Start the review"), "card-button main", "data-main")
    return (
        f'<section class="review-card"><h2>{counted("{count} card due now", "{count} cards due now", state.due_count)}'
        f"</h2><p>{_('The least likely to be recalled come first.')}{one_go}</p>"
        f'<div class="card-buttons">{start}</div></section>'
    )


def _soon(due_at: datetime, at: datetime) -> str:
    if (due_at - at) / timedelta(days=1) >= 1:
        return _("The next one is due on {date}.").format(date=f"{due_at:%Y-%m-%d}")
    minutes = max(1, round((due_at - at) / timedelta(minutes=1)))
    if minutes < 90:
        return counted("The next one is due in {count} minute.", "The next one is due in {count} minutes.", minutes)
    return counted("The next one is due in {count} hour.", "The next one is due in {count} hours.", round(minutes / 60))


def _forecast(state: ReviewState) -> str:
    days = [state.at + timedelta(days=place) for place in range(len(state.forecast))]
    bars = [
        Bar(_below(place, day), f"{day:%A %d %B}: {count}", count)
        for place, (day, count) in enumerate(zip(days, state.forecast, strict=True))
    ]
    rows = "".join(
        f"<tr><td>{day:%a %Y-%m-%d}</td><td>{count}</td></tr>" for day, count in zip(days, state.forecast, strict=True)
    )
    total = sum(state.forecast)
    label = _("Cards due on each of the next {days} days, {count} in all").format(days=len(bars), count=total)
    head = counted("The next day", "The next {count} days", len(bars))
    told = ngettext("{count} card, {mean:.1f} a day.", "{count} cards, {mean:.1f} a day.", total)
    return (
        f'<section class="review-card"><h2>{head}</h2>{bars_svg(label, bars)}'
        f"<p>{told.format(count=total, mean=total / len(bars))}</p>"
        f'<details><summary>{_("As a table")}</summary><table class="plot-table"><thead>'
        f"<tr><th>{_('Day')}</th><th>{_('Due')}</th></tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


def _below(place: int, day: datetime) -> str:
    """What stands below a bar; a long word for today takes the place of the next day's number, too."""
    today = _("today")
    if place == 0:
        return today
    return "" if place == 1 and len(today) > _LONGEST_NAME else f"{day:%d}"


def _leeches(state: ReviewState) -> str:
    lines = "".join(
        _leech(state, state.questions[QuestionId(card.item_id)], card)
        for card in state.leeches
        if QuestionId(card.item_id) in state.questions
    )
    if not lines:
        return ""
    told = _(
        "Another review will not help with these: read where they come from, or have them explained in another way."
    )
    return (
        f'<section class="review-card"><h2>{_("Forgotten again and again")}</h2><p>{told}</p>'
        f'<ul class="leeches">{lines}</ul></section>'
    )


def _leech(state: ReviewState, question: Question, card: CardState) -> str:
    curriculum = state.curriculum
    place = reference(NO_QUIZ, str(question.id))
    source = action("open_receipt", place, read_words(curriculum, question), "link-button")
    known = {topic.id for topic in curriculum.topics}
    notes = [note for one in question.topic_ids[:1] if one in known for note in curriculum.notes_of(one)[:1]]
    links = [source, *(open_button(f"note:{note.name}", _("note: {title}").format(title=note.title)) for note in notes)]
    asked = f"I keep forgetting this. Explain it in another way, with an example: {shorten(question.prompt, 600)}"
    button = ask_button(asked, _("Explain it another way"))
    told = _("{forgotten}, {asked}").format(
        forgotten=counted("forgotten {count} time", "forgotten {count} times", card.lapse_count),
        asked=counted("asked {count} time", "asked {count} times", card.review_count),
    )
    return (
        f"<li><div>{inline_html(question.prompt)}</div>"
        f'<p class="hint">{told}</p>'
        f'<div>{" · ".join(links)}</div><div class="card-buttons">{button}</div></li>'
    )


def retention_html(retention: float, counts: tuple[int, ...]) -> str:
    """What a desired retention means, with the reviews it asks for."""
    means = _(
        "A card is due when its chance of being recalled has fallen to {retention:.0%}: of what you review, about "
        "{missed:.0f} in 100 will be forgotten."
    ).format(retention=retention, missed=(1 - retention) * 100)
    asks = ngettext(
        "With your cards that is {count} review in the next {days} days.",
        "With your cards that is {count} reviews in the next {days} days.",
        sum(counts),
    ).format(count=sum(counts), days=len(counts))
    advice = _("Higher means more reviews, near the top many more; 90% suits most learners.")
    return f"<p>{means} {asks} {advice}</p>"


def told(sentence: str) -> str:
    """A sentence on what was done."""
    return f'<p class="success" role="status">{escape_html(sentence)}</p>'
