"""Reviews, quizzes and exports of the bank as commands of `python -m learner`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from curriculum.model import PaperId, TopicId
from curriculum.question_values import DIFFICULTIES, KINDS, Question
from errors import QuizError
from learner.anki import export_anki, export_csv, of_topics
from learner.quiz import DEFAULT_COUNT, Quiz, QuizWish
from learner.schedule import retrievability
from learner.study_desk import StudyDesk
from learner.terminal_session import Session, summary_lines

if TYPE_CHECKING:
    from rich.console import RenderableType

    from curriculum.curriculum import Curriculum
    from learner.store import LearnerStore

_SHOWN_DUE = 20


class Desk(Protocol):
    """What a command works with."""

    @property
    def curriculum(self) -> Curriculum:
        """The roadmap."""

    @property
    def store(self) -> LearnerStore:
        """The learner's record."""

    @property
    def as_json(self) -> bool:
        """Whether JSON is printed."""

    def tell(self, values: Any, show: Callable[[], Sequence[RenderableType]]) -> None:
        """Print the values as JSON, or what `show` makes of them."""


class Add(Protocol):
    """Adds a command."""

    def __call__(
        self, name: str, run: Callable[[argparse.Namespace, Any], None], about: str, /
    ) -> argparse.ArgumentParser:
        """The command's parser."""


def add_commands(add: Add) -> None:
    """Add the commands of this module."""
    add("due", run_due, "what is due for review, and in the days ahead")
    review = add("review", run_review, "review what is due")
    review.add_argument("topic", nargs="*", metavar="TOPIC", help="only of these topics")
    review.add_argument("--limit", type=int, default=20, help="most items (20)")
    quiz = add("quiz", run_quiz, "take a quiz")
    quiz.add_argument("topic", nargs="*", metavar="TOPIC", help="id or title; the whole bank without")
    quiz.add_argument("--count", type=int, default=DEFAULT_COUNT, help=f"number of questions ({DEFAULT_COUNT})")
    quiz.add_argument("--difficulty", choices=DIFFICULTIES)
    quiz.add_argument("--kind", action="append", choices=KINDS, default=[], help="only of this kind; can be repeated")
    quiz.add_argument("--paper", action="append", default=[], metavar="ID", help="about this paper; can be repeated")
    quiz.add_argument("--exam", action="store_true", help="timed, without hints and without feedback")
    quiz.add_argument("--minutes", type=int, help="time of the exam")
    quiz.add_argument("--resume", action="store_true", help="go on with the newest quiz that was not ended")
    retention = add("retention", run_retention, "show or set the desired probability of recall")
    retention.add_argument("percent", nargs="?", type=float, metavar="PERCENT", help="70 to 97")
    for name, run, about in (
        ("anki", run_anki, "write the bank as a new Anki package"),
        ("csv", run_csv, "write the bank as a new table"),
    ):
        export = add(name, run, about)
        export.add_argument("file", type=Path, metavar="FILE")
        export.add_argument("--topic", action="append", default=[], metavar="TOPIC", help="only of this topic")


def run_due(options: argparse.Namespace, desk: Desk) -> None:
    """Show what is due."""
    study, at = StudyDesk(desk.store), datetime.now(UTC)
    cards, questions = study.due(), {str(key): one for key, one in study.questions().items()}
    week, leeches = study.due_within(7), study.leeches()
    values = {
        "due": [{**asdict(card), "recall": round(retrievability(card, at), 4)} for card in cards],
        "next_days": week,
        "leeches": [card.item_id for card in leeches],
    }

    def show() -> Iterator[str]:
        yield f"{len(cards)} due now; new in the next 7 days: {' '.join(map(str, [week[0] - len(cards), *week[1:]]))}."
        for card in cards[:_SHOWN_DUE]:
            yield f"  {retrievability(card, at):4.0%}  {card.item_id}  {_line_of(questions[card.item_id].prompt)}"
        if len(cards) > _SHOWN_DUE:
            yield f"  and {len(cards) - _SHOWN_DUE} more"
        for card in leeches:
            yield f"Forgotten {card.lapse_count} times, read about it anew: {card.item_id}"

    desk.tell(values, lambda: list(show()))


def run_review(options: argparse.Namespace, desk: Desk) -> None:
    """Review what is due; that nothing is due is good news and no fault."""
    study = StudyDesk(desk.store)
    topic_ids = topics_named(options.topic, desk.curriculum)
    try:
        quiz = study.start_review(options.limit, topic_ids)
    except QuizError as nothing:
        told = nothing.as_text()
        desk.tell({"due": 0}, lambda: [told])
        return
    _run(desk, study, quiz)


def run_quiz(options: argparse.Namespace, desk: Desk) -> None:
    """Take a quiz, or go on with one."""
    study = StudyDesk(desk.store)
    if options.resume:
        waiting = study.quizzes.open_quizzes()
        if not waiting:
            raise QuizError("There is no quiz to go on with.", hint="Start one: python -m learner quiz")
        _run(desk, study, waiting[0])
        return
    topic_ids = topics_named(options.topic, desk.curriculum)
    wish = QuizWish(
        topic_ids=topic_ids,
        paper_ids=tuple(map(PaperId, options.paper)),
        count=options.count,
        difficulty=options.difficulty,
        kinds=tuple(options.kind),
        mode="exam" if options.exam else "practice",
        minutes=options.minutes,
    )
    titles = [desk.curriculum.topic(topic_id).title for topic_id in topic_ids] + options.paper
    _run(desk, study, study.start_quiz(wish, ", ".join(titles) or "The whole roadmap"))


def run_retention(options: argparse.Namespace, desk: Desk) -> None:
    """Show or set the desired retention."""
    study = StudyDesk(desk.store)
    if options.percent is not None:
        study.quizzes.set_desired_retention(options.percent / 100)
    value, due = study.quizzes.desired_retention, len(study.due())
    desk.tell(
        {"desired_retention": value, "due": due},
        lambda: [f"An item is due when its chance of recall has fallen to {value:.0%}; {due} due now."],
    )


def run_anki(options: argparse.Namespace, desk: Desk) -> None:
    """Write an Anki package."""
    path = options.file.expanduser()
    questions = of_topics(
        list(StudyDesk(desk.store).questions().values()), topics_named(options.topic, desk.curriculum)
    )
    titles = {str(topic.id): topic.title for topic in desk.curriculum.topics}
    count = export_anki(
        questions,
        path,
        topic_titles=titles,
        document_titles=document_titles(desk.curriculum),
        at=datetime.now(UTC),
    )
    desk.tell({"file": path, "cards": count}, lambda: [f"Wrote {count} cards to {path}."])


def run_csv(options: argparse.Namespace, desk: Desk) -> None:
    """Write a table."""
    path = options.file.expanduser()
    questions = of_topics(
        list(StudyDesk(desk.store).questions().values()), topics_named(options.topic, desk.curriculum)
    )
    count = export_csv(questions, path, document_titles=document_titles(desk.curriculum))
    desk.tell({"file": path, "rows": count}, lambda: [f"Wrote {count} questions to {path}."])


def _chosen(options: argparse.Namespace, desk: Desk) -> list[Question]:
    questions = list(StudyDesk(desk.store).questions().values())
    return of_topics(questions, topics_named(options.topic, desk.curriculum))


def document_titles(curriculum: Curriculum) -> Mapping[str, str]:
    """Id of a paper or name of a note to its title."""
    return {str(paper.id): paper.title for paper in curriculum.papers} | {
        note.name: note.title for note in curriculum.notes
    }


def topics_named(names: Sequence[str], curriculum: Curriculum) -> tuple[TopicId, ...]:
    """The topics with these ids or titles, whatever their case.

    Raises:
        QuizError: there is none of that name.
    """
    known = {text.casefold(): topic.id for topic in curriculum.topics for text in (topic.id, topic.title)}
    unknown = next((name for name in names if name.strip().casefold() not in known), None)
    if unknown is not None:
        ids = ", ".join(topic.id for topic in curriculum.topics)
        raise QuizError(f"There is no topic “{_line_of(unknown)}”.", hint=f"The topics are {ids}.")
    return tuple(dict.fromkeys(known[name.strip().casefold()] for name in names))


def _run(desk: Desk, study: StudyDesk, quiz: Quiz) -> None:
    """Ask in the terminal; with JSON, the questions go to stderr and the summary to stdout."""
    from rich.console import Console

    console = Console(stderr=desk.as_json)

    def tell(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    def ask(prompt: str) -> str | None:
        console.print(prompt, markup=False, highlight=False, end="")
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        if not sys.stdin.isatty():
            console.print()
        return line.strip() if line else None

    end = f" It ends at {quiz.ends_at:%H:%M} UTC." if quiz.ends_at else ""
    count = len(quiz.question_ids)
    tell(f"{quiz.title}: {count} question{'' if count == 1 else 's'}.{end}")
    summary = Session(study, quiz, ask, tell).run()
    if summary is not None:
        values = {"quiz_id": quiz.id, "score": summary.score, "total": summary.total, "seconds": summary.seconds}
        desk.tell(
            values | {"missed": [question.id for question in summary.missed]}, lambda: list(summary_lines(summary))
        )


def _line_of(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"
