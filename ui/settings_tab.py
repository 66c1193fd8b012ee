"""The settings tab: model, explanations, Python, limits, how long things are kept, and the learner's own data."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.messages import failure_markdown
from ui.model_choice import ModelMemory, menu, missing_html
from ui.settings_data import DataPart
from ui.settings_explaining import ExplainingPart
from ui.settings_limits import LimitsPart
from ui.settings_view import fixed_note, help_html, model_introduction, python_introduction, stored, wall_line
from ui.translation import _

if TYPE_CHECKING:
    from ui.bridge import Bridge
    from ui.services import Services

logger = logging.getLogger(__name__)


class SettingsTab:
    """The tab's components and how they are wired."""

    def __init__(self, services: Services, memory: ModelMemory, bridge: Bridge) -> None:
        self._services = services
        self._memory = memory
        self._build(bridge)
        self._wire()

    def _build(self, bridge: Bridge) -> None:
        import gradio as gr

        with gr.Column(elem_id="settings-column"):
            gr.HTML(model_introduction(), apply_default_css=False)
            self.model = gr.Dropdown(
                [(_("Automatic"), "")], value="", label=_("Model"), elem_id="model", interactive=True, filterable=True
            )
            with gr.Row(elem_id="model-buttons"):
                self.test = gr.Button(_("Test it"), size="sm", elem_id="test-model", scale=0, min_width=120)
                self.refresh = gr.Button(_("Look again"), size="sm", elem_id="refresh-models", scale=0, min_width=120)
            self.outcome = gr.HTML("", elem_id="model-outcome", apply_default_css=False)
            self.missing = gr.HTML("", elem_id="missing-models", apply_default_css=False)
            self.explaining = ExplainingPart(self._memory)
            gr.HTML(python_introduction(), apply_default_css=False)
            self.run_python = gr.Radio(
                [
                    (_("Run at once in the sandbox"), "auto"),
                    (_("Show it and ask me first"), "ask"),
                    (_("Never run"), "off"),
                ],
                label=_("When the tutor writes code"),
                elem_id="run-python",
            )
            self.sandbox = gr.HTML("", elem_id="sandbox-state", apply_default_css=False)
            self.limits = LimitsPart(self._services, self._memory)
            self.data = DataPart(self._services, self._memory, bridge)
            gr.HTML(help_html(), apply_default_css=False)

    def _wire(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private"}
        self.test.click(self.try_model, [self.model], [self.outcome], **private)
        self.refresh.click(self.show, None, self.outputs, **private)
        self.run_python.input(self.choose_run_python, [self.run_python], [self.sandbox], **private)

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills, in its order."""
        own = [self.model, self.missing, self.run_python, self.sandbox]
        return [*own, *self.explaining.outputs, *self.limits.outputs, *self.data.outputs]

    def show(self) -> list[Any]:
        """The menu with what is really there, what is not, and how code is run."""
        import gradio as gr

        choices = self._services.list_models()
        entries = menu(choices, self._services.default_model)
        chosen = self._memory.chosen()
        if chosen not in [value for _label, value in entries]:
            entries.append((_("{model} (not there now)").format(model=chosen), chosen))
        run_python = self._memory.run_python() or self._services.run_python
        return [
            gr.update(choices=entries, value=chosen, **self._freedom("model")),
            missing_html(choices),
            gr.update(value=run_python, **self._freedom("run_python")),
            self.sandbox_html(),
            *self.explaining.show(),
            *self.limits.show(),
            *self.data.show(),
        ]

    def _freedom(self, name: str) -> dict[str, Any]:
        """Whether a component can be changed, and why not."""
        fixed = name in self._memory.fixed
        return {"interactive": not fixed, "info": fixed_note(name) if fixed else None}

    def choose_run_python(self, name: str | None) -> str:
        """Keep when code runs; the state of the sandbox."""
        try:
            self._memory.choose_run_python(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return stored(_("Stored; used from the next question on.")) + self.sandbox_html()

    def sandbox_html(self) -> str:
        """Which walls there are around code, and how far the one being prepared is."""
        if self._services.state != "ready":
            return f'<p class="hint">{_("The sandbox is being opened; look again in a moment.")}</p>'
        sandbox = self._services.rooms().tutor.sandbox
        if sandbox is None:
            return f'<p class="hint">{_("Code cannot be run here; the log says why.")}</p>'
        return "".join(wall_line(state) for state in sandbox.states())

    def choose(self, name: str | None) -> str:
        """Keep the choice; one sentence about it."""
        try:
            self._memory.choose(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        if not name:
            return stored(_("Stored. The best model found answers from now on."))
        return stored(_("Stored. {model} answers from now on.").format(model=name))

    def try_model(self, name: str | None) -> str:
        """One sentence: whether the model answers, and how fast."""
        try:
            sentence = self._services.test_model(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        except Exception:
            logger.exception("The model %s could not be tested", name)
            hint = _("The log says why; choose another one meanwhile.")
            return failure_markdown(_("The model could not be tested."), hint)
        return stored(sentence)
