"""arXiv in the library tab: search, add, fetch the roadmap's papers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ui.arxiv_actions import ArxivActions, ArxivView
from ui.arxiv_view import fetch_label, fetching_sentence
from ui.markup import escape_html
from ui.translation import N_, _

if TYPE_CHECKING:
    from ui.bridge import Bridge, Click


STOP_FETCHING = N_("Stop fetching")


class ArxivPart:
    """The components and how they are wired; `wire` is called when the rest of the page is there."""

    def __init__(self, actions: ArxivActions) -> None:
        self._actions = actions
        self._build()

    def _build(self) -> None:
        import gradio as gr

        with gr.Accordion(_("Papers from arXiv"), open=False, elem_id="arxiv-part"):
            self.roadmap = gr.HTML("", elem_id="roadmap-papers", apply_default_css=False)
            with gr.Row(elem_id="arxiv-row", equal_height=False):
                self.query = gr.Textbox(
                    elem_id="arxiv-query",
                    label=_("Search arXiv, or name an arXiv id or address"),
                    placeholder=_("direct preference optimization, or 2305.18290"),
                    max_lines=1,
                    scale=3,
                )
                self.fetch = gr.Button(
                    _("Fetch the roadmap's papers"), elem_id="fetch-roadmap", size="sm", scale=0, min_width=200
                )
            self.cancel = gr.Button(_(STOP_FETCHING), size="sm", visible=False, elem_id="cancel-fetching")
            self.progress = gr.HTML("", elem_id="fetching", apply_default_css=False)
            self.found = gr.HTML("", elem_id="arxiv-found", apply_default_css=False)

    def wire(self, bridge: Bridge, documents: Any, chat_notice: Any) -> None:
        """Connect the components; `documents` is the library's table, `chat_notice` the line under the chat."""
        self.outputs = [self.progress, documents, self.roadmap, self.cancel, self.fetch]
        options: dict[str, Any] = {"outputs": self.outputs, "api_visibility": "private", "show_progress": "hidden"}
        self.query.submit(
            self._actions.search, [self.query], [self.found], api_visibility="private", show_progress="minimal"
        )
        self.fetch.click(self.fetch_roadmap, None, **options)
        self.cancel.click(lambda: as_updates(self._actions.cancel()), None, queue=False, **options)
        bridge.on("add_paper", self.add, None, **{**options, "outputs": [*self.outputs, chat_notice]})

    async def add(self, click: Click) -> AsyncIterator[list[Any]]:
        """The tab, and the line under the chat, while a paper is fetched."""
        async for view in self._actions.add(click.value):
            sentence = fetching_sentence(self._actions.fetching.status())
            yield [*as_updates(view), f'<p class="notice-line news" role="status">{escape_html(sentence)}</p>']

    async def fetch_roadmap(self) -> AsyncIterator[list[Any]]:
        """The tab while the roadmap's papers are fetched."""
        async for view in self._actions.add_roadmap():
            yield as_updates(view)

    async def show(self) -> AsyncIterator[list[Any]]:
        """The part when a page is opened."""
        async for view in self._actions.show():
            yield as_updates(view)


def as_updates(view: ArxivView) -> list[Any]:
    """The view for `ArxivPart.outputs`; parts that stay are skipped."""
    import gradio as gr

    parts = [view.fetching, view.documents, view.roadmap]
    updates: list[Any] = [gr.skip() if part is None else part for part in parts]
    cancel = gr.skip() if view.busy is None else gr.update(visible=view.busy, value=_(STOP_FETCHING))
    fetch = gr.skip()
    if view.missing is not None:
        fetch = gr.update(value=fetch_label(view.missing), interactive=bool(view.missing))
    return [*updates, cancel, fetch]
