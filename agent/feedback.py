"""What the learner thinks of answers: thumbs with a reason, kept with the question, the answer and its passages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from agent.feedback_schema import migrate
from errors import HomeError, QuestionError

if TYPE_CHECKING:
    from agent.conversation_values import StoredTurn

FEEDBACK = "feedback.sqlite"
NOTE_CHARACTERS = 300
BUSY_TIMEOUT_SECONDS = 30.0

Verdict = Literal["up", "down", "withdrawn"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
REASONS = ("wrong", "not-found", "wrong-source", "unclear", "other")
"""Why a thumb is down. `not-found`: the answer says that the library does not hold it, though it does."""


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A quote that the judged answer rested on."""

    document_id: str
    arxiv_id: str | None
    title: str
    page: int
    """Physical, 1-based."""
    quote: str
    supported: str
    """What the check of sentences said, see `agent.events.Support`."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict and all that it was about."""

    id: int
    at: datetime
    """UTC."""
    conversation_id: str
    turn_id: str
    position: int
    """0-based place of the turn in its conversation."""
    question: str
    answer: str
    refused: bool
    passages: tuple[CitedPassage, ...]
    model: str
    tools: tuple[str, ...]
    """Names of the tools called, in order."""
    verdict: Verdict
    reason: str
    """One of `REASONS`, or empty."""
    note: str
    """The learner's own line, or empty."""


COLUMNS = (
    "id, at, conversation_id, turn_id, position, question, answer, refused, passages, model, tools, "
    "verdict, reason, note"
)
Verdicts = list[Feedback]
IDS_A_QUERY = 500


class FeedbackStore:
    """Verdicts in one file: rows are only added, and the newest of a turn counts.

    A row outlives its conversation, so that what was judged can still be looked at. Any thread may call.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, turn: StoredTurn, verdict: Verdict, *, reason: str = "", note: str = "") -> Feedback:
        """Keep a verdict on a finished answer.

        Raises:
            QuestionError: the turn has no finished answer, or verdict or reason is unknown.
            HomeError: the file cannot be written.
        """
        if turn.answer is None or turn.status != "done":
            raise QuestionError("Only a finished answer can be judged.", hint="Wait for the answer, or ask again.")
        if verdict not in VERDICTS or reason not in ("", *REASONS):
            raise QuestionError("This verdict is none that the assistant knows.", hint="Load the page again.")
        is_down = verdict == "down"
        values = (
            datetime.now(UTC).isoformat(),
            turn.conversation_id,
            turn.id,
            turn.position,
            turn.question,
            turn.answer.text,
            turn.answer.refused,
            json.dumps([asdict(passage) for passage in _passages(turn)], ensure_ascii=False),
            turn.answer.model,
            json.dumps([step.name for step in turn.steps]),
            verdict,
            reason if is_down else "",
            " ".join(note.split())[:NOTE_CHARACTERS] if is_down else "",
        )
        with self._connection() as connection:
            places = ", ".join("?" for _ in values)
            cursor = connection.execute(f"INSERT INTO feedback ({COLUMNS[4:]}) VALUES ({places})", values)
            row = connection.execute(f"SELECT {COLUMNS} FROM feedback WHERE id = ?", (cursor.lastrowid,)).fetchone()
        return _feedback_of(row)

    def list(self) -> Verdicts:
        """The verdicts that count, the oldest first; none that was withdrawn."""
        return [one for one in self._newest("1 = 1", ()) if one.verdict != "withdrawn"]

    def of_conversation(self, conversation_id: str) -> dict[str, Feedback]:
        """The verdicts that count in a conversation, by the id of their turn."""
        newest = self._newest("conversation_id = ?", (conversation_id,))
        return {one.turn_id: one for one in newest if one.verdict != "withdrawn"}

    def of_turns(self, turn_ids: Sequence[str]) -> dict[str, Feedback]:
        """The newest verdict of each of these turns, a withdrawn one too, by the id of the turn."""
        found: dict[str, Feedback] = {}
        for start in range(0, len(turn_ids), IDS_A_QUERY):
            some = turn_ids[start : start + IDS_A_QUERY]
            newest = self._newest(f"turn_id IN ({', '.join('?' * len(some))})", some)
            found |= {one.turn_id: one for one in newest}
        return found

    def get(self, feedback_id: int) -> Feedback:
        """A verdict that counts.

        Raises:
            QuestionError: none has that id, or it was changed or withdrawn since.
        """
        found = next((one for one in self.list() if one.id == feedback_id), None)
        if found is None:
            raise QuestionError(
                f"There is no verdict {feedback_id}, or it was changed since.",
                hint="`python -m evals feedback list` names those that count.",
            )
        return found

    def _newest(self, condition: str, values: Sequence[str]) -> Verdicts:
        if not self._path.exists():
            return []
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM feedback WHERE id IN "
                f"(SELECT max(id) FROM feedback WHERE {condition} GROUP BY conversation_id, turn_id) ORDER BY id",
                tuple(values),
            ).fetchall()
        return [_feedback_of(row) for row in rows]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)) as connection:
                migrate(connection)
                yield connection
        except sqlite3.Error as error:
            raise HomeError(
                f"The verdicts in {self._path} cannot be read or written: {error}.",
                hint="Check the folder's rights and free space; a damaged file can be moved aside.",
            ) from error


def _passages(turn: StoredTurn) -> Iterator[CitedPassage]:
    for one in turn.answer.citations if turn.answer else ():
        yield CitedPassage(one.document_id, one.arxiv_id, one.title, one.page_number, one.quote, one.supported)


def _feedback_of(row: Sequence[Any]) -> Feedback:
    return Feedback(
        id=row[0],
        at=datetime.fromisoformat(row[1]),
        conversation_id=row[2],
        turn_id=row[3],
        position=row[4],
        question=row[5],
        answer=row[6],
        refused=bool(row[7]),
        passages=tuple(CitedPassage(**passage) for passage in json.loads(row[8])),
        model=row[9],
        tools=tuple(json.loads(row[10])),
        verdict=row[11],
        reason=row[12],
        note=row[13],
    )
