"""What the roadmap tab does: shows, opens, ticks and takes ticks back; no layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from errors import StudyError
from ui.markup import escape_html
from ui.roadmap_reading import frame, reading_html
from ui.roadmap_references import open_quote
from ui.roadmap_state import learner_store, read_record, read_state
from ui.roadmap_view import roadmap_html, undo_line
from ui.translation import _

if TYPE_CHECKING:
    from ui.services import Services


@dataclass(frozen=True, slots=True)
class RoadmapActions:
    """The tab's actions over the services; it keeps nothing, so every call sees the record as it is now."""

    services: Services

    def show(self, notice: str = "") -> str:
        """The roadmap with what the learner's record says of it."""
        try:
            return roadmap_html(read_state(self.services.home), notice)
        except StudyError as error:
            return f'<p class="failure" role="alert">{escape_html(error.as_text())}</p>'

    def open(self, value: str) -> str:
        """A note, paper, lesson or brief to read."""
        try:
            return reading_html(read_record(self.services.home), value)
        except StudyError as error:
            return frame(value, _("Not found"), "", f'<p class="failure">{escape_html(error.as_text())}</p>')

    def open_quote(self, value: str) -> str:
        """The source panel for quoted words of a paper."""
        return open_quote(self.services, value)

    def tick(self, name: str) -> str:
        """The roadmap after a box, or a topic without one, was ticked by hand."""
        return self._change(name, tick=True)

    def untick(self, name: str) -> str:
        """The roadmap after a tick by hand was taken back."""
        return self._change(name, tick=False)

    def _change(self, name: str, *, tick: bool) -> str:
        from curriculum.load import load_curriculum
        from learner import acts

        now = datetime.now(UTC)
        try:
            curriculum = load_curriculum()
            store = learner_store(self.services.home)
            change = acts.tick if tick else acts.untick
            changed = change(store, curriculum, name, at=now)
            title = next((topic.title for topic in curriculum.topics if topic.id == name), name)
        except StudyError as error:
            return self.show(f'<div class="undo failure" role="alert">{escape_html(error.as_text())}</div>')
        if not changed:
            return self.show()
        told = _("“{title}” is ticked by hand.") if tick else _("“{title}” is no longer ticked by hand.")
        return self.show(undo_line(told.format(title=title), "untick_box" if tick else "tick_box", name))
