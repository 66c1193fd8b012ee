"""The whole page: tabs, the source panel beside them, and the named endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.account_line import show_account
from ui.arxiv_actions import ArxivActions
from ui.bridge import Bridge, Click, with_request
from ui.chat_actions import ChatActions
from ui.chat_tab import ChatTab
from ui.choices import FILE
from ui.document_about import open_document
from ui.endpoints import publish_endpoints
from ui.evals_tab import EvalsTab
from ui.first_notes import notes_line, notes_of
from ui.library_actions import LibraryActions
from ui.library_tab import LibraryTab
from ui.light_blocks import light_blocks
from ui.markup import escape_html
from ui.model_choice import ModelMemory
from ui.progress_tab import ProgressTab
from ui.quiz_actions import QuizActions
from ui.quiz_tab import QuizTab, Sittings
from ui.review_actions import ReviewActions
from ui.review_tab import ReviewTab
from ui.roadmap_actions import RoadmapActions
from ui.roadmap_tab import RoadmapTab
from ui.settings_tab import SettingsTab
from ui.source_panel import build_source_panel, open_source
from ui.translation import N_, _
from ui.welcome import Welcome

if TYPE_CHECKING:
    import gradio as gr

    from ui.services import Services

TITLE = N_("Study assistant")
CONCURRENT_EVENTS = 128
"""Answers that may grow at the same time; Gradio's own default of 1 makes ten readers wait in line. The page's
`max_threads` bounds them, too: with Gradio's 40 the last ten of fifty waited until another answer was whole."""
NOTES_SECONDS = 1.0
"""How often the line below the chat tells how far the notes of a new home are."""

EMBEDDED_NOTE = N_(
    "The built-in model answers by quoting your library; connect a model for free-form tutoring (see Settings)."
)


class Page:
    """The page's parts over the services; nothing is loaded or opened by building it."""

    def __init__(self, services: Services, account: str = "") -> None:
        """`account` is the name of the user who is logged in; empty without a login."""
        self._services = services
        self._account = account
        self._memory = ModelMemory(lambda: services.home / FILE, services.fixed)
        with light_blocks()(title=_(TITLE), analytics_enabled=False, delete_cache=(3600, 86400)) as self.blocks:
            publish_endpoints(services, self._memory)  # first: a later name of the same kind gets a number
            self._build()
            self._wire()
        self.blocks.queue(default_concurrency_limit=CONCURRENT_EVENTS)

    def _build(self) -> None:
        import gradio as gr

        services = self._services
        gr.HTML(f'<h1 class="page-title">{_(TITLE)}</h1>', elem_id="page-head", apply_default_css=False)
        show_account(self._account)
        self.bridge = Bridge()
        with gr.Row(elem_id="page-row", equal_height=False):
            with gr.Column(elem_id="tabs-column", scale=1, min_width=280), gr.Tabs(elem_id="tabs"):
                with gr.Tab(_("Chat"), id="chat", elem_id="chat-tab"), gr.Row(elem_id="chat-row"):
                    self.chat = ChatTab(ChatActions(services, self._memory), self.bridge)
                with gr.Tab(_("Roadmap"), id="roadmap", elem_id="roadmap-tab") as roadmap_tab:
                    self.roadmap = RoadmapTab(RoadmapActions(services), self.bridge, roadmap_tab)
                with gr.Tab(_("Quiz"), id="quiz", elem_id="quiz-tab") as quiz_tab:
                    quiz_actions = QuizActions(services)
                    self.quiz = QuizTab(quiz_actions, self.bridge, quiz_tab)
                with gr.Tab(_("Review"), id="review", elem_id="review-tab") as review_tab:
                    self.review = ReviewTab(ReviewActions(services, quiz_actions), self.bridge, review_tab)
                    self.sittings = Sittings(quiz_actions, self.quiz.begun, self.quiz.place, self.review.place)
                with gr.Tab(_("Progress"), id="progress", elem_id="progress-tab") as progress_tab:
                    self.progress = ProgressTab(services, progress_tab)
                with gr.Tab(_("Library"), id="library", elem_id="library-tab") as self.library_tab:
                    actions = LibraryActions(services)
                    self.library = LibraryTab(
                        actions,
                        ArxivActions(services, actions.documents),
                        self.bridge,
                        upload_megabytes=services.limits.upload_megabytes,
                    )
                with gr.Tab(_("Evals"), id="evals", elem_id="evals-tab") as evals_tab:
                    self.evals = EvalsTab(services, evals_tab)
                with gr.Tab(_("Settings"), id="settings", elem_id="settings-tab"):
                    self.settings = SettingsTab(services, self._memory, self.bridge)
            self.welcome = Welcome(services, self._memory, self.bridge)
            with gr.Column(elem_id="source-column", scale=0, min_width=280):
                self.panel = build_source_panel()

    def _wire(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.bridge.on("open_source", self.show_source, None, outputs=[self.panel], **private)
        self.blocks.load(with_request(self.chat.restore), None, self.chat.outputs, **private)
        self.blocks.load(self.welcome.show, None, [self.welcome.told], **private)
        self.blocks.load(self.show_model, None, [self.chat.model_line], **private)
        self.welcome.left.then(self.show_model, None, [self.chat.model_line], **private)
        self.welcome.left.then(self.settings.show, None, self.settings.outputs, **private)
        self.bridge.on("open_document", self.show_document, None, outputs=[self.panel], **private)
        self.library.wire_page(self.bridge, self.blocks, self.library_tab)
        self.chat.attaching.then(self.library.documents_now, None, [self.library.documents], **private)
        self.library.arxiv.wire(self.bridge, self.library.documents, self.chat.notice)
        self.blocks.load(self.library.arxiv.show, None, self.library.arxiv.outputs, **private)
        self.roadmap.wire_sources(self.bridge, self.panel)
        self.roadmap.wire_restore(self.blocks)
        self.sittings.wire(self.bridge, self.blocks, self.panel)
        self.blocks.load(self.settings.show, None, self.settings.outputs, **private)
        self.settings.model.input(self.settings.choose, [self.settings.model], [self.settings.outcome], **private).then(
            self.show_model, None, [self.chat.model_line], **private
        )

    def show_source(self, click: Click) -> str:
        """The panel for a clicked passage."""
        return open_source(self._services, click.value)

    def show_document(self, click: Click) -> str:
        """The panel for a document of the library."""
        return open_document(self._services, click.value)

    async def show_model(self) -> AsyncIterator[str]:
        """The line under the question box: loading, then which model answers, what it can do, which notes are there."""
        if self._services.state == "loading":
            told = _("The models are loading; you can already ask.")
            yield f'<p class="loading-line" role="status">{told}</p>'
        try:
            rooms = await self._services.rooms_soon()
        except StudyError as error:
            yield f'<p class="notice-line" role="alert">{escape_html(error.as_text())}</p>'
            return
        name = self._memory.chosen() or rooms.tutor.default_model
        shown = _(EMBEDDED_NOTE) if name == "embedded" else _("Answers by {model}.").format(model=name)
        told = f'<p class="model-note">{escape_html(f"{shown} {rooms.read_only}".strip())}</p>'
        while (notes := notes_of(self._services)).running:
            yield told + notes_line(notes)
            await asyncio.sleep(NOTES_SECONDS)
        yield told


def build_page(services: Services, account: str = "") -> gr.Blocks:
    """The page, ready to launch."""
    page: gr.Blocks = Page(services, account).blocks
    return page
