"""Settings: the bounds of a turn that can be changed while the page is served, and the one that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.choices import RANGES
from ui.messages import failure_markdown
from ui.settings_view import fixed_note, limits_introduction, stored, upload_note
from ui.translation import N_, _

if TYPE_CHECKING:
    from ui.choices import ChoiceStore
    from ui.services import PageLimits, Services

_LABELS = {
    "question_characters": N_("Characters of a question"),
    "max_tool_calls": N_("Tool calls for a question"),
    "turn_timeout_seconds": N_("Seconds for an answer"),
}
NAMES = tuple(_LABELS)


class LimitsPart:
    """A field for each limit."""

    def __init__(self, services: Services, choices: ChoiceStore) -> None:
        import gradio as gr

        self._services = services
        self._choices = choices
        gr.HTML(limits_introduction(), apply_default_css=False)
        with gr.Row(elem_id="limits-row"):
            self.fields = [
                gr.Number(
                    None, label=_(label), info=_info(name), elem_id=f"limit-{name.replace('_', '-')}", min_width=180
                )
                for name, label in _LABELS.items()
            ]
        self.save = gr.Button(_("Save limits"), size="sm", elem_id="save-limits", scale=0, min_width=120)
        self.outcome = gr.HTML("", elem_id="limits-outcome", apply_default_css=False)
        gr.HTML(upload_note(services.limits.upload_megabytes), apply_default_css=False)
        self.save.click(self.keep, self.fields, [self.outcome, *self.fields], api_visibility="private")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills, in its order."""
        return list(self.fields)

    def show(self) -> list[Any]:
        """What counts now."""
        import gradio as gr

        chosen = self._choices.read()
        shown = []
        for name in NAMES:
            fixed = name in self._choices.fixed
            value = getattr(chosen, name) or default_of(self._services.limits, name)
            info = fixed_note(name) if fixed else _info(name)
            shown.append(gr.update(value=value, interactive=not fixed, info=info))
        return shown

    def keep(self, *values: float | None) -> list[Any]:
        """Keep them; one sentence about it, and the fields as they count now."""
        given = {name: value for name, value in zip(NAMES, values, strict=True) if name not in self._choices.fixed}
        try:
            self._choices.change(**{name: self._wanted(name, value) for name, value in given.items()})
        except StudyError as error:
            return [failure_markdown(error.message, error.hint), *self.show()]
        except ValueError as error:
            name = str(error).partition("=")[0]
            hint = f"{_(_LABELS[name])}: {_info(name)}" if name in _LABELS else ""
            return [failure_markdown(_("A limit is out of bounds, so none was stored."), hint), *self._as_given(values)]
        return [stored(_("Stored; used from the next question on.")), *self.show()]

    def _wanted(self, name: str, value: float | None) -> int | None:
        """None for the program's own value, so that a later change of that one counts."""
        if value is None or value == default_of(self._services.limits, name):
            return None
        if value != round(value):
            raise ValueError(f"{name}={value}")
        return round(value)

    def _as_given(self, values: tuple[float | None, ...]) -> list[Any]:
        import gradio as gr

        return [gr.update(value=value) for value in values]


def default_of(limits: PageLimits, name: str) -> int:
    """What the program started with."""
    started_with: float = getattr(limits, name.replace("max_tool", "tool"))
    return round(started_with)


def _info(name: str) -> str:
    lowest, highest = RANGES[name]
    return _("{lowest:,} to {highest:,}").format(lowest=lowest, highest=highest)
