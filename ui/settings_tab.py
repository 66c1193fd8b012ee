"""The settings tab: which chat model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.markup import escape_html
from ui.messages import failure_markdown
from ui.model_choice import ModelMemory, menu, missing_html

if TYPE_CHECKING:
    from sandbox.values import WallState
    from ui.services import Services


_INTRODUCTION = (
    "<h2>Chat model</h2><p>The built-in model needs nothing and answers by quoting your library. For free-form "
    "tutoring, connect one: start Ollama and pull a model that calls tools (<code>ollama pull llama3.2:3b</code>), "
    "or set <code>OPENAI_API_KEY</code> or <code>ANTHROPIC_API_KEY</code> and start again. The choice is used from "
    "the next question on.</p>"
)


_PYTHON = (
    "<h2>Python</h2><p>Code runs behind a wall: no network, no files of yours, no memory of other programs, "
    "and limits on time and memory.</p>"
)


def wall_line(state: WallState) -> str:
    """One wall in one line."""
    if state.ready:
        return f'<p class="success">✓ {escape_html(state.name)}: ready</p>'
    if state.progress is not None:
        left = f", about {state.seconds_left:.0f} s left" if state.seconds_left is not None else ""
        return f"<p>◐ {escape_html(state.name)}: being prepared, {state.progress:.0%}{left}</p>"
    return f'<p class="hint">– {escape_html(state.name)}: {escape_html(state.reason)}</p>'


class SettingsTab:
    """The tab's components and how they are wired."""

    def __init__(self, services: Services, memory: ModelMemory) -> None:
        self._services = services
        self._memory = memory
        self._build()
        self._wire()

    def _build(self) -> None:
        import gradio as gr

        with gr.Column(elem_id="settings-column"):
            gr.HTML(
                _INTRODUCTION,
                apply_default_css=False,
            )
            self.model = gr.Dropdown(
                [("Automatic", "")], value="", label="Model", elem_id="model", interactive=True, filterable=True
            )
            with gr.Row(elem_id="model-buttons"):
                self.test = gr.Button("Test it", size="sm", elem_id="test-model", scale=0, min_width=120)
                self.refresh = gr.Button("Look again", size="sm", elem_id="refresh-models", scale=0, min_width=120)
            self.outcome = gr.HTML("", elem_id="model-outcome", apply_default_css=False)
            self.missing = gr.HTML("", elem_id="missing-models", apply_default_css=False)
            gr.HTML(_PYTHON, apply_default_css=False)
            self.run_python = gr.Radio(
                [("Run at once in the sandbox", "auto"), ("Show it and ask me first", "ask"), ("Never run", "off")],
                label="When the tutor writes code",
                elem_id="run-python",
            )
            self.sandbox = gr.HTML("", elem_id="sandbox-state", apply_default_css=False)
            gr.HTML(
                f"<h2>Data</h2><p>Everything is kept in <code>{escape_html(str(self._services.home))}</code>; "
                "nothing leaves this machine unless you choose a model that runs elsewhere.</p>",
                apply_default_css=False,
            )

    def _wire(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private"}
        self.test.click(self.try_model, [self.model], [self.outcome], **private)
        self.refresh.click(self.show, None, self.outputs, **private)
        self.run_python.input(self.choose_run_python, [self.run_python], [self.sandbox], **private)

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills, in its order."""
        return [self.model, self.missing, self.run_python, self.sandbox]

    def show(self) -> list[Any]:
        """The menu with what is really there, what is not, and how code is run."""
        import gradio as gr

        choices = self._services.list_models()
        entries = menu(choices, self._services.default_model)
        chosen = self._memory.chosen()
        if chosen not in [value for _, value in entries]:
            entries.append((f"{chosen} (not there now)", chosen))
        run_python = self._memory.run_python() or self._services.run_python
        return [gr.update(choices=entries, value=chosen), missing_html(choices), run_python, self.sandbox_html()]

    def choose_run_python(self, name: str | None) -> str:
        """Keep when code runs; the state of the sandbox."""
        try:
            self._memory.choose_run_python(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return f'<p class="success">Stored; used from the next question on.</p>{self.sandbox_html()}'

    def sandbox_html(self) -> str:
        """Which walls there are around code, and how far the one being prepared is."""
        if self._services.state != "ready":
            return '<p class="hint">The sandbox is being opened; look again in a moment.</p>'
        sandbox = self._services.rooms().tutor.sandbox
        if sandbox is None:
            return '<p class="hint">Code cannot be run here; the log says why.</p>'
        return "".join(wall_line(state) for state in sandbox.states())

    def choose(self, name: str | None) -> str:
        """Keep the choice; one sentence about it."""
        try:
            self._memory.choose(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return f'<p class="success">Stored. {escape_html(name or "The best model found")} answers from now on.</p>'

    def try_model(self, name: str | None) -> str:
        """One sentence: whether the model answers, and how fast."""
        try:
            sentence = self._services.test_model(name or "")
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        return f'<p class="success">{escape_html(sentence)}</p>'
