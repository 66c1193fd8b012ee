"""Settings: how long things are kept, and everything of the learner's to take along or to remove."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.messages import failure_markdown
from ui.own_data import CONFIRMATION, remove_everything
from ui.retention import RETENTION_NAMES, Retention, find_old, remove_old, retention_of
from ui.settings_view import RETENTION_INTRODUCTION, data_html, fixed_note, removal_html, removed_html

if TYPE_CHECKING:
    from ui.bridge import Bridge, Click
    from ui.choices import ChoiceStore
    from ui.services import Services

logger = logging.getLogger(__name__)

_DAYS = (("For ever", 0), ("A week", 7), ("A month", 30), ("Three months", 90), ("A year", 365))
_HOURS = (("An hour", 1), ("A day", 24), ("A week", 168), ("A month", 720))
_LABELS = {
    "keep_conversations_days": "Conversations",
    "keep_deleted_hours": "Deleted conversations",
    "keep_logs_days": "Logs of the program",
    "keep_traces_days": "Traces of turns",
    "keep_uploads_days": "Copies of uploaded files",
}


class DataPart:
    """A menu for each kind of thing, what would go, and the buttons."""

    def __init__(self, services: Services, choices: ChoiceStore, bridge: Bridge) -> None:
        import gradio as gr

        self._services = services
        self._choices = choices
        gr.HTML(RETENTION_INTRODUCTION, apply_default_css=False)
        with gr.Row(elem_id="retention-row"):
            self.menus = [
                gr.Dropdown(list(_menu(name)), value=_menu(name)[0][1], label=_LABELS[name], min_width=200,
                            elem_id=f"retention-{name.split('_')[1]}")
                for name in RETENTION_NAMES
            ]  # fmt: skip
        self.preview = gr.HTML("", elem_id="retention-preview", apply_default_css=False)
        self.apply = gr.Button("Keep it so, and remove what is older", size="sm", elem_id="apply-retention", scale=0)
        self.data = gr.HTML("", elem_id="own-data", apply_default_css=False)
        self.outcome = gr.HTML("", elem_id="own-data-outcome", apply_default_css=False)
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        for menu in self.menus:
            menu.input(self.foresee, self.menus, [self.preview], **private)
        self.apply.click(self.keep, self.menus, [self.preview], **private)
        bridge.on("delete_everything", self.delete_everything, None, outputs=[self.outcome], **private)

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills, in its order."""
        return [*self.menus, self.data]

    def show(self) -> list[Any]:
        """What counts now."""
        import gradio as gr

        kept = retention_of(self._choices.read(), self._services.retention)
        shown = []
        for name in RETENTION_NAMES:
            value, fixed = getattr(kept, name), name in self._choices.fixed
            menu = list(_menu(name))
            if value not in [one for _, one in menu]:
                menu.append((f"{value} {name.rpartition('_')[2]}", value))
            info = fixed_note(name) if fixed else None
            shown.append(gr.update(choices=menu, value=value, interactive=not fixed, info=info))
        return [*shown, data_html(self._services.home)]

    def foresee(self, *values: int | None) -> str:
        """What would go now, by what is chosen in the menus."""
        try:
            found = find_old(self._services.home, self._services.conversations, self._wanted(values), _now())
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return removal_html(found)

    def keep(self, *values: int | None) -> str:
        """Store it, and remove what is older; what was removed."""
        wanted = self._wanted(values)
        try:
            rooms = self._services.rooms(timeout_seconds=60)
            free = [name for name in RETENTION_NAMES if name not in self._choices.fixed]
            self._choices.change(**{name: getattr(wanted, name) for name in free})
            found = find_old(self._services.home, self._services.conversations, wanted, _now())
            told = removal_html(found, done=True)
            remove_old(rooms, self._services.home, wanted, _now())
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return told

    def _wanted(self, values: tuple[int | None, ...]) -> Retention:
        kept = retention_of(self._choices.read(), self._services.retention)
        chosen = zip(RETENTION_NAMES, values, strict=True)
        given = {name: value for name, value in chosen if value is not None and name not in self._choices.fixed}
        return Retention(**{name: int(given.get(name, getattr(kept, name))) for name in RETENTION_NAMES})

    def delete_everything(self, click: Click) -> str:
        """Remove all that is the learner's, when they typed the words; what was removed."""
        if click.answer.strip().strip("“”\"'").casefold() != CONFIRMATION:
            return failure_markdown("Nothing was removed: the words did not match.", f"Type: {CONFIRMATION}")
        try:
            removed = remove_everything(self._services.home, self._services.rooms(timeout_seconds=60))
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        logger.info("Everything of the learner's was removed, as they asked.")
        return removed_html(removed)


def _menu(name: str) -> tuple[tuple[str, int], ...]:
    return _HOURS if name.endswith("hours") else _DAYS


def _now() -> datetime:
    return datetime.now(UTC)
