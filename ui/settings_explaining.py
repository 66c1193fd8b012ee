"""Settings: whom things are explained to, and in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.preferences import LANGUAGES
from errors import StudyError
from ui.messages import failure_markdown
from ui.settings_view import fixed_note, stored

if TYPE_CHECKING:
    from ui.choices import ChoiceStore

LEVEL_MENU = (
    ("As each question asks", ""),
    ("Beginner: plain words first, formulas last", "newcomer"),
    ("Practitioner: how it works and what it costs", "engineer"),
    ("Researcher: equations and evidence first", "researcher"),
)
LANGUAGE_MENU = (("As I ask", ""), *((language, language) for language in LANGUAGES))
LANGUAGE_NOTE = (
    "The built-in model quotes your library and answers in English only; a connected model answers in the language "
    "chosen here. Quotes and names of methods stay as they are."
)
_LEVEL_NOTE = (
    "With a level chosen, the built-in model answers “Explain LoRA” from the parts of our note that suit it, and walks "
    "through papers at it. A question that names a level (“to a beginner”) goes by that."
)


class ExplainingPart:
    """Its two components."""

    def __init__(self, choices: ChoiceStore) -> None:
        import gradio as gr

        self._choices = choices
        gr.HTML("<h2>Explanations</h2>", apply_default_css=False)
        self.level = gr.Radio(list(LEVEL_MENU), value="", label="Explain to", info=_LEVEL_NOTE, elem_id="level")
        self.language = gr.Dropdown(
            list(LANGUAGE_MENU), value="", label="Answer in", info=LANGUAGE_NOTE, filterable=True, elem_id="language"
        )
        self.outcome = gr.HTML("", elem_id="explaining-outcome", apply_default_css=False)
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.level.input(self.choose_level, [self.level], [self.outcome], **private)
        self.language.input(self.choose_language, [self.language], [self.outcome], **private)

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills, in its order."""
        return [self.level, self.language]

    def show(self) -> list[Any]:
        """What counts now."""
        chosen = self._choices.read()
        return [
            self._update("explanation_level", chosen.explanation_level, _LEVEL_NOTE),
            self._update("explanation_language", chosen.explanation_language, LANGUAGE_NOTE),
        ]

    def _update(self, name: str, value: str, info: str) -> dict[str, Any]:
        import gradio as gr

        fixed = name in self._choices.fixed
        return gr.update(value=value, interactive=not fixed, info=f"{info} {fixed_note(name)}" if fixed else info)

    def choose_level(self, level: str | None) -> str:
        """Keep the level; one sentence about it."""
        return self._keep(explanation_level=level or "")

    def choose_language(self, language: str | None) -> str:
        """Keep the language; one sentence about it."""
        return self._keep(explanation_language=language or "")

    def _keep(self, **values: str) -> str:
        try:
            self._choices.change(**values)
        except StudyError as error:
            return failure_markdown(error.message, error.hint)
        except ValueError:
            return failure_markdown("This is no choice of the list.", "Choose one of it.")
        return stored("Stored; used from the next question on.")
