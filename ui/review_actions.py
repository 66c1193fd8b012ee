"""What the Review tab does: shows what is due, sets the retention, exports and imports; no layout."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from errors import QuizError, StudyError
from learner.quiz import matching
from ui.markup import escape_html
from ui.quiz_actions import Shown, fault_line
from ui.quiz_sources import library_title
from ui.quiz_start import find_subject, subjects
from ui.review_view import FORECAST_DAYS, MOST_A_SESSION, ReviewState, retention_html, review_html, told
from ui.translation import _, counted

if TYPE_CHECKING:
    from curriculum.question_values import Question
    from learner.study_desk import StudyDesk
    from ui.quiz_actions import QuizActions
    from ui.services import Services

LARGEST_DOWNLOAD_MEGABYTES = 24
"""A larger export would make the page slow; the terminal writes it to a file."""
_TYPES = {".json": "application/json", ".csv": "text/csv", ".apkg": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class ReviewActions:
    """The tab's actions over the services; it keeps nothing."""

    services: Services
    quizzes: QuizActions

    def show(self) -> str:
        """What is due and what comes."""
        try:
            return review_html(self._state(self.services.desk()))
        except StudyError as error:
            return fault_line(error)

    def start(self, limit: str) -> Shown | str:
        """A review at its first card, or one sentence why there is none."""
        try:
            return self.quizzes.start_review(int(limit) if limit.isdecimal() else MOST_A_SESSION)
        except StudyError as error:
            return fault_line(error)

    # The retention

    def retention(self) -> tuple[float, str]:
        """The desired retention (0 to 1) and what it means."""
        try:
            desk = self.services.desk()
            retention = desk.quizzes.desired_retention
            return retention, retention_html(retention, tuple(desk.due_within(FORECAST_DAYS)))
        except StudyError as error:
            return 0.9, fault_line(error)

    def set_retention(self, percent: float | None) -> str:
        """What the new retention means; every due date follows from it."""
        try:
            if percent is None:
                raise QuizError(_("Say a retention in percent."), hint=_("90 suits most learners."))
            self.services.desk().quizzes.set_desired_retention(round(percent) / 100)
        except StudyError as error:
            return fault_line(error)
        return self.retention()[1]

    # Out and in

    def export_record(self) -> str:
        """A link to the whole record."""
        from learner.transfer import export_file

        def write(path: Path) -> str:
            return counted("{count} act", "{count} acts", export_file(self.services.desk().store, path, at=_now()))

        return self._download("learning-record.json", write)

    def export_anki(self, subject: str | None) -> str:
        """A link to a package for Anki."""
        from learner.anki import export_anki

        def write(path: Path) -> str:
            questions, titles = self._questions(subject), self._titles
            topics = {str(topic.id): topic.title for topic in self.quizzes.curriculum.topics}
            count = export_anki(questions, path, topic_titles=topics, document_titles=titles(questions), at=_now())
            return counted("{count} card", "{count} cards", count)

        return self._download("roadmap-questions.apkg", write)

    def export_csv(self, subject: str | None) -> str:
        """A link to a table."""
        from learner.anki import export_csv

        def write(path: Path) -> str:
            questions = self._questions(subject)
            count = export_csv(questions, path, document_titles=self._titles(questions))
            return counted("{count} question", "{count} questions", count)

        return self._download("roadmap-questions.csv", write)

    def import_record(self, path: str | None) -> str:
        """What an exported record brought."""
        from learner.transfer import import_file

        if not path:
            return ""
        try:
            brought = import_file(self.services.desk().store, Path(path))
        except StudyError as error:
            return fault_line(error)
        came = _("{acts} came into your record.")
        if brought.withdrawals:
            came = _("{acts} came into your record, {withdrawn} taken back.")
        sentence = came.format(
            acts=counted("{count} act", "{count} acts", brought.acts),
            withdrawn=counted("{count} act", "{count} acts", brought.withdrawals),
        )
        known = counted("{count} were there before.", "{count} were there before.", brought.known_acts)
        return told(f"{sentence} {known}" if brought.known_acts else sentence)

    def _questions(self, subject: str | None) -> list[Question]:
        questions = list(self.services.desk().questions().values())
        curriculum = self.quizzes.curriculum
        found = subjects(curriculum, questions, lambda name: library_title(self.services, curriculum, name))
        return matching(questions, find_subject(found, subject).wish)

    def _titles(self, questions: list[Question]) -> dict[str, str]:
        names = {question.receipt.document for question in questions}
        return {name: library_title(self.services, self.quizzes.curriculum, name) for name in names}

    def _download(self, name: str, write: Callable[[Path], str]) -> str:
        """A link that holds the file itself; the page's script clicks it once."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                what = write(path)
                content = path.read_bytes()
        except StudyError as error:
            return fault_line(error)
        megabytes = len(content) / 1_000_000
        if megabytes > LARGEST_DOWNLOAD_MEGABYTES:
            return fault_line(
                StudyError(
                    _("{name} has {size:.0f} MB, too much for the page.").format(name=name, size=megabytes),
                    hint=_("Use: {command}.").format(command="python -m learner export FILE"),
                )
            )
        encoded = base64.b64encode(content).decode("ascii")
        link = (
            f'<a class="download-link" data-download download="{escape_html(name)}" '
            f'href="data:{_TYPES[path.suffix]};base64,{encoded}">{escape_html(name)}</a>'
        )
        return f'<p role="status">{_("{file} holds {what}.").format(file=link, what=escape_html(what))}</p>'

    def _state(self, desk: StudyDesk) -> ReviewState:
        at = _now()
        questions = desk.questions()
        cards = [card for item_id, card in desk.cards().items() if item_id in questions]
        return ReviewState(
            curriculum=self.quizzes.curriculum,
            questions=questions,
            due_count=len(desk.due()),
            card_count=len(cards),
            forecast=tuple(desk.due_within(FORECAST_DAYS)),
            leeches=tuple(desk.leeches()),
            next_due_at=min((card.due_at for card in cards if not card.is_due(at)), default=None),
            at=at,
        )


def _now() -> datetime:
    return datetime.now(UTC)
