"""Quizzes that were begun, generated items and preferences, in the same file as the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from curriculum.question_values import Question, QuestionId
from errors import QuizError
from learner.faults import plain_faults
from learner.question_json import question_of, values_of
from learner.quiz import Mode, Quiz
from learner.schedule import DEFAULT_RETENTION, RETENTIONS
from learner.store import LearnerStore, connected, transaction

_RETENTION = "desired_retention"
_EXPLAINED = "explained"
_QUIZ = "SELECT id, title, mode, question_ids, created_at, minutes, finished_at FROM quizzes"
MODES: tuple[Mode, ...] = ("practice", "exam", "review")


class QuizStore:
    """Each call opens its own connection, so any thread or process may call."""

    def __init__(self, store: LearnerStore) -> None:
        self._path = store.path

    def add(self, quiz: Quiz) -> None:
        """Keep a new quiz, so that it can be gone on with after a reload or a restart."""
        row = (
            quiz.id,
            quiz.title,
            quiz.mode,
            json.dumps(list(quiz.question_ids)),
            _text(quiz.created_at),
            quiz.minutes,
        )
        with plain_faults(self._path), transaction(self._path) as connection:
            connection.execute("INSERT INTO quizzes VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO NOTHING", row)

    def quiz(self, quiz_id: str) -> Quiz:
        """The quiz of that id.

        Raises:
            QuizError: there is none.
        """
        found = self._quizzes(f"{_QUIZ} WHERE id = ?", quiz_id)
        if not found:
            raise QuizError("This quiz is not in your record.", hint="Start a new one.")
        return found[0]

    def open_quizzes(self) -> list[Quiz]:
        """Those that were begun and not ended, newest first."""
        return self._quizzes(f"{_QUIZ} WHERE finished_at IS NULL ORDER BY created_at DESC, id")

    def finish(self, quiz_id: str, *, at: datetime) -> None:
        """Say that a quiz is over; the first time counts."""
        with plain_faults(self._path), transaction(self._path) as connection:
            connection.execute(
                "UPDATE quizzes SET finished_at = ? WHERE id = ? AND finished_at IS NULL", (_text(at), quiz_id)
            )

    def add_items(self, questions: Iterable[Question], *, at: datetime) -> None:
        """Keep generated items, so that they can be reviewed later."""
        rows = [(question.id, _text(at), json.dumps(values_of(question))) for question in questions]
        with plain_faults(self._path), transaction(self._path) as connection:
            connection.executemany("INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", rows)

    def items(self) -> dict[QuestionId, Question]:
        """The generated items, oldest first."""
        with plain_faults(self._path), connected(self._path) as connection:
            rows = connection.execute("SELECT question FROM items ORDER BY made_at, id").fetchall()
        questions = [question_of(json.loads(row[0])) for row in rows]
        return {question.id: question for question in questions}

    @property
    def desired_retention(self) -> float:
        """The probability of recall at which an item is due again."""
        value = self.preference(_RETENTION)
        least, most = RETENTIONS
        return float(value) if isinstance(value, int | float) and least <= value <= most else DEFAULT_RETENTION

    def set_desired_retention(self, value: float) -> None:
        """Choose another one; every due date follows.

        Raises:
            QuizError: it is outside of what FSRS is made for.
        """
        least, most = RETENTIONS
        if not least <= value <= most:
            raise QuizError(
                f"A desired retention is from {least:.0%} to {most:.0%}, not {value:.0%}.",
                hint="90% suits most learners; higher means many more reviews.",
            )
        self.set_preference(_RETENTION, value)

    def explained(self) -> dict[str, dict[str, str]]:
        """Topic to the explanation that was shown for it since its last answer: how, for which item, when."""
        value = self.preference(_EXPLAINED)
        return value if isinstance(value, dict) else {}

    def set_explained(self, value: Mapping[str, Mapping[str, str]]) -> None:
        """Keep what was explained until the next answer of the topic says so."""
        self.set_preference(_EXPLAINED, {topic_id: dict(shown) for topic_id, shown in value.items()})

    def preference(self, name: str) -> Any:
        """A plain value the learner chose, None where they chose none."""
        with plain_faults(self._path), connected(self._path) as connection:
            row = connection.execute("SELECT value FROM preferences WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_preference(self, name: str, value: Any) -> None:
        """Keep a plain value."""
        with plain_faults(self._path), transaction(self._path) as connection:
            connection.execute(
                "INSERT INTO preferences VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )

    def _quizzes(self, query: str, *values: str) -> list[Quiz]:
        with plain_faults(self._path), connected(self._path) as connection:
            rows = connection.execute(query, values).fetchall()
        return [quiz_of_row(row) for row in rows]


def quiz_of_row(row: tuple[Any, ...]) -> Quiz:
    """The quiz of a row of its table."""
    quiz_id, title, mode, question_ids, created_at, minutes, finished_at = row
    return Quiz(
        id=quiz_id,
        title=title,
        mode=next((one for one in MODES if one == mode), "practice"),
        question_ids=tuple(QuestionId(one) for one in json.loads(question_ids)),
        created_at=datetime.fromisoformat(created_at),
        minutes=minutes,
        finished_at=datetime.fromisoformat(finished_at) if finished_at else None,
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
