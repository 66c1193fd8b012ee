"""What a quiz showed: score, topics, what was missed and where to read it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from curriculum.model import TopicId
from curriculum.question_values import Question, QuestionId
from learner.quiz import Quiz, QuizProgress, QuizSummary
from ui.markdown_view import inline_html
from ui.markup import escape_html
from ui.quiz_feedback import feedback_html
from ui.quiz_text import (
    MODE_WORDS,
    action,
    read_words,
    reference,
    verdict_html,
)
from ui.roadmap_parts import labelled_bar, open_button
from ui.translation import _, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curriculum.curriculum import Curriculum
    from curriculum.model import Note
    from learner.next_topic import Next


@dataclass(frozen=True, slots=True)
class Report:
    """All that the end of a quiz is told from."""

    curriculum: Curriculum
    quiz: Quiz
    progress: QuizProgress
    summary: QuizSummary
    questions: Mapping[QuestionId, Question]
    next: Next | None = None


def summary_html(report: Report) -> str:
    """The whole report."""
    summary = report.summary
    score = f"{summary.score:.2f}".rstrip("0").rstrip(".")
    share = summary.score / summary.total if summary.total else 0.0
    unanswered = summary.total - len(report.progress.answers)
    left = counted("{count} question had no answer.", "{count} questions had no answer.", unanswered)
    head = _("{score} of {all} right, {share:.0%}").format(score=score, all=summary.total, share=share)
    took = _("{mode}, {time}.").format(mode=_(MODE_WORDS[report.quiz.mode]), time=_minutes(summary.seconds))
    return (
        f'<h3 class="quiz-verdict" tabindex="-1">{head}</h3>'
        f'<p class="hint">{took}{f" {left}" if unanswered else ""}</p>'
        f"{_sure(report)}{_topics(report)}{_missed(report)}{_buttons(report)}{_answers(report)}"
    )


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return counted("{count} minute", "{count} minutes", minutes) if minutes else _("less than a minute")


def _topics(report: Report) -> str:
    lines = "".join(
        f'<li><span class="quiz-topic">{escape_html(_topic_title(report.curriculum, topic_id))}</span>'
        f"{labelled_bar(score / count, _score(score, count))}<span>{_score(score, count)}</span></li>"
        for topic_id, (score, count) in report.summary.by_topic.items()
        if count
    )
    return f'<h4>{_("By topic")}</h4><ul class="quiz-topics">{lines}</ul>' if lines else ""


def _score(score: float, count: int) -> str:
    return _("{score:.2g} of {all}").format(score=score, all=count)


def _topic_title(curriculum: Curriculum, topic_id: TopicId) -> str:
    return next((topic.title for topic in curriculum.topics if topic.id == topic_id), str(topic_id))


def _sure(report: Report) -> str:
    known = [report.questions[one] for one in report.summary.overconfident if one in report.questions]
    if not known:
        return ""
    lines = "".join(f"<li>{inline_html(question.prompt)}</li>" for question in known)
    return (
        f'<div class="quiz-overconfident"><h4>⚠ {_("Sure, but wrong")}</h4>'
        f"<p>{_('You were very sure of these; read about them first.')}</p><ul>{lines}</ul></div>"
    )


def _missed(report: Report) -> str:
    lines = "".join(
        f"<li><div>{inline_html(question.prompt)}</div>{_reading(report, question)}</li>"
        for question in report.summary.missed
    )
    if not lines:
        return f"<p>{_('Nothing was missed.')}</p>"
    return f'<h4>{_("What to read")}</h4><ul class="quiz-missed">{lines}</ul>'


def _reading(report: Report, question: Question) -> str:
    """The passage of the receipt first, then the topic's note and the paper's sheet."""
    curriculum, receipt = report.curriculum, question.receipt
    place = reference(report.quiz.id, str(question.id))
    links = [action("open_receipt", place, read_words(curriculum, question), "link-button")]
    if any(note.name == receipt.document for note in curriculum.notes):
        links.append(open_button(f"note:{receipt.document}", _("the whole note")))
    else:
        links += [
            open_button(f"note:{one.name}", _("note: {title}").format(title=one.title))
            for one in _notes_of(curriculum, question)
        ]
    if any(paper.id == receipt.document for paper in curriculum.papers):
        links.append(open_button(f"paper:{receipt.document}", _("its study sheet")))
    return f'<div class="quiz-reading">{" · ".join(links)}</div>'


def _notes_of(curriculum: Curriculum, question: Question) -> list[Note]:
    known = {topic.id for topic in curriculum.topics}
    return [note for one in question.topic_ids[:1] if one in known for note in curriculum.notes_of(one)[:1]]


def _buttons(report: Report) -> str:
    buttons = []
    if report.summary.missed:
        buttons.append(
            action("quiz_again", report.quiz.id, _("Again with the missed ones"), "card-button main", "data-main")
        )
    if report.quiz.mode != "review" and report.next is not None:
        title = _topic_title(report.curriculum, report.next.topic_id)
        buttons.append(
            action(
                "quiz_topic",
                report.next.topic_id,
                _("Next topic: {title}").format(title=title),
                more=f'title="{escape_html(report.next.reason)}"',
            )
        )
    away = _("Back to the reviews") if report.quiz.mode == "review" else _("New quiz")
    style, main = ("card-button", "") if buttons else ("card-button main", "data-main")
    buttons.append(action("quiz_leave", report.quiz.id, away, style, main))
    return f'<div class="card-buttons quiz-onward">{"".join(buttons)}</div>'


def _answers(report: Report) -> str:
    lines = []
    for number, question_id in enumerate(report.quiz.question_ids, 1):
        question, act = report.questions.get(question_id), report.progress.answers.get(question_id)
        if question is None or act is None:
            continue
        body = feedback_html(report.curriculum, report.quiz.id, question, act, can_undo=False)
        lines.append(
            f'<details class="quiz-answered"><summary>{number}. {verdict_html(act)}: '
            f"{inline_html(question.prompt)}</summary>{body}</details>"
        )
    return f"<h4>{_('Your answers')}</h4>{''.join(lines)}" if lines else ""
