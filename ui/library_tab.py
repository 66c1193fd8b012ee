"""The library tab: add files, see how far they are, list, search and delete documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ui.arxiv_part import ArxivPart
from ui.library_actions import LibraryActions, LibraryView

if TYPE_CHECKING:
    from ui.arxiv_actions import ArxivActions
    from ui.bridge import Bridge, Click


class LibraryTab:
    """The tab's components and how they are wired."""

    def __init__(self, actions: LibraryActions, arxiv: ArxivActions, bridge: Bridge, *, upload_megabytes: int) -> None:
        self._actions = actions
        self._arxiv = arxiv
        self._build(upload_megabytes)
        self._wire(bridge)

    @property
    def outputs(self) -> list[Any]:
        """The components that `as_updates` fills, in its order."""
        return [self.adding, self.documents, self.undo, self.cancel]

    def _build(self, upload_megabytes: int) -> None:
        import gradio as gr

        with gr.Row(elem_id="library-row"):
            with gr.Column(scale=2, min_width=300):
                self.upload = gr.File(
                    elem_id="upload",
                    label=f"Add files (up to {upload_megabytes} MB each)",
                    file_count="multiple",
                    height=150,
                )
                gr.HTML(
                    '<p class="upload-note">PDF, Markdown (.md, .mdx), text, notebooks (.ipynb), HTML</p>',
                    elem_id="upload-note",
                    apply_default_css=False,
                )
                self.adding = gr.HTML("", elem_id="adding", apply_default_css=False)
                self.cancel = gr.Button("Stop adding", size="sm", visible=False, elem_id="cancel-adding")
            with gr.Column(scale=3, min_width=300):
                self.query = gr.Textbox(
                    elem_id="library-query",
                    label="Search in the library",
                    placeholder="Words or a question; narrow it with topic:scaling-laws year:2020- section:results …",
                    max_lines=1,
                )
                self.found = gr.HTML("", elem_id="found", apply_default_css=False)
        self.arxiv = ArxivPart(self._arxiv)
        self.undo = gr.HTML("", elem_id="undo", apply_default_css=False)
        self.documents = gr.HTML(
            '<p class="empty">The library is opening …</p>', elem_id="documents", apply_default_css=False
        )

    def _wire(self, bridge: Bridge) -> None:
        options: dict[str, Any] = {"outputs": self.outputs, "api_visibility": "private", "show_progress": "hidden"}
        self.upload.upload(self.add, [self.upload], **{**options, "outputs": [*self.outputs, self.upload]})
        self.cancel.click(lambda: as_updates(self._actions.cancel()), None, queue=False, **options)
        bridge.on("delete_document", self.delete, None, **options)
        bridge.on("undo_delete", self.undo_delete, None, **options)
        self.query.submit(
            self._actions.search, [self.query], [self.found], api_visibility="private", show_progress="minimal"
        )

    async def add(self, paths: list[str] | None) -> AsyncIterator[list[Any]]:
        """The tab while uploaded files are added; the drop zone is free again at once."""
        import gradio as gr

        yield [*as_updates(LibraryView()), None]
        async for view in self._actions.add(paths or []):
            yield [*as_updates(view), gr.skip()]

    def documents_now(self) -> str:
        """The table of documents, after files came in by another door."""
        return self._actions.documents()

    def delete(self, click: Click) -> list[Any]:
        """The tab after a deletion."""
        return as_updates(self._actions.delete(click.value))

    async def undo_delete(self, click: Click) -> AsyncIterator[list[Any]]:
        """The tab while a deleted document is added again."""
        async for view in self._actions.undo(click.value):
            yield as_updates(view)

    async def show(self) -> AsyncIterator[list[Any]]:
        """The tab when a page is opened."""
        async for view in self._actions.show():
            yield as_updates(view)


def as_updates(view: LibraryView) -> list[Any]:
    """The view for `LibraryTab.outputs`; parts that stay are skipped."""
    import gradio as gr

    parts = [view.adding, view.documents, view.undo]
    updates: list[Any] = [gr.skip() if part is None else part for part in parts]
    return [*updates, gr.skip() if view.busy is None else gr.update(visible=view.busy)]
