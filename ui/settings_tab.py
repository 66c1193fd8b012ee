"""The settings tab: which chat model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.markup import escape_html
from ui.messages import failure_markdown
from ui.model_choice import ModelMemory, menu, missing_html

if TYPE_CHECKING:
    from ui.services import Services


_INTRODUCTION = (
    "<h2>Chat model</h2><p>The built-in model needs nothing and answers by quoting your library. For free-form "
    "tutoring, connect one: start Ollama and pull a model that calls tools (<code>ollama pull llama3.2:3b</code>), "
    "or set <code>OPENAI_API_KEY</code> or <code>ANTHROPIC_API_KEY</code> and start again. The choice is used from "
    "the next question on.</p>"
)


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
            gr.HTML(
                f"<h2>Data</h2><p>Everything is kept in <code>{escape_html(str(self._services.home))}</code>; "
                "nothing leaves this machine unless you choose a model that runs elsewhere.</p>",
                apply_default_css=False,
            )

    def _wire(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private"}
        self.test.click(self.try_model, [self.model], [self.outcome], **private)
        self.refresh.click(self.show, None, [self.model, self.missing], **private)

    def show(self) -> list[Any]:
        """The menu with what is really there, and what is not."""
        import gradio as gr

        choices = self._services.list_models()
        entries = menu(choices, self._services.default_model)
        chosen = self._memory.chosen()
        if chosen not in [value for _, value in entries]:
            entries.append((f"{chosen} (not there now)", chosen))
        return [gr.update(choices=entries, value=chosen), missing_html(choices)]

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
