"""Settings: how long things are kept, and everything of the learner's to take along or to remove."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.messages import failure_markdown
from ui.own_data import CONFIRMATION, remove_everything
from ui.retention import RETENTION_NAMES, Retention, find_old, remove_old, retention_of
from ui.settings_view import data_html, fixed_note, removal_html, removed_html, retention_introduction
from ui.translation import N_, _, ngettext

if TYPE_CHECKING:
    from ui.bridge import Bridge, Click
    from ui.choices import ChoiceStore
    from ui.services import Services

logger = logging.getLogger(__name__)

_DAYS = ((N_("For ever"), 0), (N_("A week"), 7), (N_("A month"), 30), (N_("Three months"), 90), (N_("A year"), 365))
_HOURS = ((N_("An hour"), 1), (N_("A day"), 24), (N_("A week"), 168), (N_("A month"), 720))
_LABELS = {
    "keep_conversations_days": N_("Conversations"),
    "keep_deleted_hours": N_("Deleted conversations"),
    "keep_logs_days": N_("Logs of the program"),
    "keep_traces_days": N_("Traces of turns"),
    "keep_uploads_days": N_("Copies of uploaded files"),
}


class DataPart:
    """A menu for each kind of thing, what would go, and the buttons."""

    def __init__(self, services: Services, choices: ChoiceStore, bridge: Bridge) -> None:
        import gradio as gr

        self._services = services
        self._choices = choices
        gr.HTML(retention_introduction(), apply_default_css=False)
        with gr.Row(elem_id="retention-row"):
            self.menus = [
                gr.Dropdown(list(_menu(name)), value=_menu(name)[0][1], label=_(_LABELS[name]), min_width=200,
                            elem_id=f"retention-{name.split('_')[1]}")
                for name in RETENTION_NAMES
            ]  # fmt: skip
        self.preview = gr.HTML("", elem_id="retention-preview", apply_default_css=False)
        self.apply = gr.Button(_("Keep it so, and remove what is older"), size="sm", elem_id="apply-retention", scale=0)
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
            if value not in [one for _label, one in menu]:
                menu.append((_kept_for(name, value), value))
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
            return failure_markdown(
                _("Nothing was removed: the words did not match."), _("Type: {words}").format(words=CONFIRMATION)
            )
        try:
            removed = remove_everything(self._services.home, self._services.rooms(timeout_seconds=60))
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        logger.info("Everything of the learner's was removed, as they asked.")
        return removed_html(removed)


def _menu(name: str) -> tuple[tuple[str, int], ...]:
    return tuple((_(label), value) for label, value in (_HOURS if name.endswith("hours") else _DAYS))


def _kept_for(name: str, count: int) -> str:
    if name.endswith("hours"):
        return ngettext("{count} hour", "{count} hours", count).format(count=count)
    return ngettext("{count} day", "{count} days", count).format(count=count)


def _now() -> datetime:
    return datetime.now(UTC)
