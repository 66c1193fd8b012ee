"""Settings: whom things are explained to, and in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.preferences import LANGUAGES
from errors import StudyError
from ui.messages import failure_markdown
from ui.settings_view import fixed_note, stored
from ui.translation import N_, _

if TYPE_CHECKING:
    from ui.choices import ChoiceStore

LEVEL_MENU = (
    (N_("As each question asks"), ""),
    (N_("Beginner: plain words first, formulas last"), "newcomer"),
    (N_("Practitioner: how it works and what it costs"), "engineer"),
    (N_("Researcher: equations and evidence first"), "researcher"),
)
LANGUAGE_MENU = ((N_("As I ask"), ""), *((language, language) for language in LANGUAGES))
LANGUAGE_NOTE = N_(
    "The built-in model quotes your library and answers in English only; a connected model answers in the language "
    "chosen here. Quotes and names of methods stay as they are."
)
_LEVEL_NOTE = N_(
    "With a level chosen, the built-in model answers “Explain LoRA” from the parts of our note that suit it, and walks "
    "through papers at it. A question that names a level (“to a beginner”) goes by that."
)


def level_menu() -> list[tuple[str, str]]:
    """Label and value of each level."""
    return [(_(label), value) for label, value in LEVEL_MENU]


class ExplainingPart:
    """Its two components."""

    def __init__(self, choices: ChoiceStore) -> None:
        import gradio as gr

        self._choices = choices
        gr.HTML(f"<h2>{_('Explanations')}</h2>", apply_default_css=False)
        self.level = gr.Radio(level_menu(), value="", label=_("Explain to"), info=_(_LEVEL_NOTE), elem_id="level")
        self.language = gr.Dropdown(
            [(_(label), value) for label, value in LANGUAGE_MENU],
            value="",
            label=_("Answer in"),
            info=_(LANGUAGE_NOTE),
            filterable=True,
            elem_id="language",
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
            self._update("explanation_level", chosen.explanation_level, _(_LEVEL_NOTE)),
            self._update("explanation_language", chosen.explanation_language, _(LANGUAGE_NOTE)),
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
            return failure_markdown(_("This is no choice of the list."), _("Choose one of it."))
        return stored(_("Stored; used from the next question on."))
