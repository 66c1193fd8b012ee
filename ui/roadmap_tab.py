"""The roadmap tab: the path with what is done and why, and a place to read notes, sheets, lessons and briefs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ui.bridge import with_request
from ui.roadmap_actions import RoadmapActions
from ui.translation import _

if TYPE_CHECKING:
    import gradio as gr

    from ui.bridge import Bridge, Click


class RoadmapTab:
    """The tab's components and how they are wired."""

    def __init__(self, actions: RoadmapActions, bridge: Bridge, tab: gr.Tab) -> None:
        import gradio as gr

        self._actions = actions
        waiting = f'<p class="empty">{_("The roadmap is opening …")}</p>'
        self.overview = gr.HTML(waiting, elem_id="roadmap-overview", apply_default_css=False)
        self.reader = gr.HTML("", elem_id="roadmap-reader", apply_default_css=False)
        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        tab.select(actions.show, None, [self.overview], **options)
        bridge.on("open_material", self.open, None, outputs=[self.reader], **options)
        bridge.on("tick_box", self.tick, None, outputs=[self.overview], **options)
        bridge.on("refresh_roadmap", self.refresh, None, outputs=[self.overview], **options)
        bridge.on("untick_box", self.untick, None, outputs=[self.overview], **options)

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` fills, in its order."""
        return [self.reader]

    def wire_sources(self, bridge: Bridge, panel: gr.HTML) -> None:
        """Let quotes of the texts open the page they stand on."""
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        bridge.on("open_quote", self.open_quote, None, outputs=[panel], **private)

    def wire_restore(self, blocks: gr.Blocks) -> None:
        """Open what the page's address names."""
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        blocks.load(with_request(self.restore), None, self.outputs, **private)

    def open(self, click: Click) -> str:
        """What was clicked, to read."""
        return self._actions.open(click.value)

    def open_quote(self, click: Click) -> str:
        """The page of a quote that was clicked."""
        return self._actions.open_quote(click.value)

    def tick(self, click: Click) -> str:
        """The roadmap after a tick by hand."""
        return self._actions.tick(click.value)

    def refresh(self, click: Click) -> Any:
        """The roadmap when it has changed since the rendering that the page has."""
        import gradio as gr

        shown = self._actions.show()
        return gr.skip() if click.value and f'data-rendering="{click.value}"' in shown else shown

    def untick(self, click: Click) -> str:
        """The roadmap after a tick was taken back."""
        return self._actions.untick(click.value)

    async def restore(self, page: str, query: Mapping[str, str]) -> list[Any]:
        """What the page's address says is being read; a topic is found by the page itself."""
        import gradio as gr

        value = query.get("read", "")
        if not value or value.startswith("topic:"):
            return [gr.skip()]
        return [await asyncio.to_thread(self._actions.open, value)]
