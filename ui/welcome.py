"""The welcome of a first start: what this is, who answers and how, and a first question with a cited answer."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agent.preferences import LEVELS
from errors import StudyError
from ui.model_choice import AUTOMATIC
from ui.settings_explaining import level_menu
from ui.settings_view import fixed_note
from ui.translation import N_, _

if TYPE_CHECKING:
    from agent.providers.options import ModelChoice
    from ui.bridge import Bridge, Click
    from ui.model_choice import ModelMemory
    from ui.services import Services

logger = logging.getLogger(__name__)

ABOUT = (
    N_(
        "Ask about your papers and notes: every sentence of an answer is checked against the passage it cites, and a "
        "click on its number opens the page with that passage marked."
    ),
    N_(
        "Beside the chat there are a roadmap of what to learn, quizzes whose every question has a source, and reviews "
        "that come back just before you would forget."
    ),
    N_(
        "Teaching notes on the roadmap's topics are in the library from the start. Your own papers and notes go into "
        "the Library tab."
    ),
)
DATA = N_(
    "Everything is kept in {home} on this machine. Nothing leaves it unless you choose a model that runs elsewhere."
)
LANGUAGE = N_("The built-in model answers in English only. The language of other models, and all else, is in Settings.")
FIRST = N_(
    "The answer quotes the notes that come with this program. Choose one of these, or close this and type your own."
)
QUESTIONS = (
    "Why are dot products in attention divided by the square root of the key dimension?",
    "What does LoRA train, and what does it leave frozen?",
    "What is the difference between BERT and GPT?",
    "What does retrieval-augmented generation retrieve, and why?",
)
"""Questions that the shipped notes answer alone, see tests/test_browser_welcome.py."""


class Welcome:
    """The invisible component that carries what the dialog shows, and what the learner chose in it."""

    def __init__(self, services: Services, memory: ModelMemory, bridge: Bridge) -> None:
        import gradio as gr

        self._services = services
        self._memory = memory
        self.told = gr.Textbox(visible="hidden", elem_id="welcome-told", label=_("Welcome"))
        self.told.change(None, [self.told], None, js="(text) => window.studyPage.welcome(text)")
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        bridge.on("open_welcome", self.open, None, outputs=[self.told], **private)
        self.left = bridge.on("welcome_done", self.done, None, outputs=[self.told], queue=False, **private)

    async def show(self) -> AsyncIterator[str]:
        """The welcome at a first start; nothing later."""
        if self._memory.read().welcomed:
            yield ""
            return
        async for told in self._told():
            yield told

    async def open(self, click: Click) -> AsyncIterator[str]:
        """The welcome once more."""
        async for told in self._told():
            yield told

    async def _told(self) -> AsyncIterator[str]:
        """The dialog's content at once, and then with the models that are there: to look for them takes a moment."""
        import asyncio

        content = self._content()
        yield json.dumps(content)
        choices = await asyncio.to_thread(self._services.list_models)
        yield json.dumps({**content, "models": self._models(choices), "missing": _missing(choices)})

    def _content(self) -> dict[str, Any]:
        chosen, fixed = self._memory.read(), self._memory.fixed
        levels = [{"value": value, "label": label} for label, value in level_menu()]
        if "explanation_level" in fixed:
            levels = [one for one in levels if one["value"] == chosen.explanation_level]
        return {
            "opening": uuid4().hex,
            "about": [*map(_, ABOUT), _(DATA).format(home=self._services.home)],
            "models": None,
            "missing": [],
            "levels": levels,
            "language": _(LANGUAGE),
            "first": _(FIRST),
            "questions": list(QUESTIONS),
            "chosen": {"model": chosen.model, "level": chosen.explanation_level},
        }

    def _models(self, choices: list[ModelChoice]) -> list[dict[str, str]]:
        default = self._services.default_model
        automatic = _("As set: {model}").format(model=default)
        if default == AUTOMATIC:
            automatic = _("Automatic: the best that is found here")
        first = {"value": "", "label": automatic, "note": ""}
        if "model" in self._memory.fixed:
            return [{**first, "note": fixed_note("model")}]
        usable = [{"value": one.name, "label": one.label, "note": one.note} for one in choices if one.available]
        return [first, *usable]

    def done(self, click: Click) -> str:
        """Keep that the welcome was seen, and what was chosen in it; the first question, to be asked now."""
        try:
            given = json.loads(click.value or "{}")
        except ValueError:
            given = {}
        values: dict[str, Any] = {"welcomed": True}
        if isinstance(given, dict):
            if isinstance(model := given.get("model"), str) and len(model) <= 200 and "model" not in self._memory.fixed:
                values["model"] = model
            level = given.get("level")
            if level in ("", *LEVELS) and "explanation_level" not in self._memory.fixed:
                values["explanation_level"] = level
        try:
            self._memory.change(**values)
        except StudyError as error:
            logger.warning("The welcome will be shown again: %s", error.as_text())
        asked = given.get("ask") if isinstance(given, dict) else None
        return json.dumps({"ask": asked, "opening": uuid4().hex}) if asked in QUESTIONS else ""


def _missing(choices: list[ModelChoice]) -> list[str]:
    return [f"{one.label}: {one.note} {one.hint}".strip() for one in choices if not one.available]
