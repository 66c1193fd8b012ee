"""The library tab: add files and folders, write notes, list, narrow, read again, delete and bring back documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ui.arxiv_part import ArxivPart
from ui.library_actions import LibraryActions, LibraryView
from ui.library_view import filter_html
from ui.markup import escape_html
from ui.note_actions import NoteActions
from ui.note_editor import NoteEditor
from ui.translation import N_, _
from vectorstore.files import found_endings

if TYPE_CHECKING:
    import gradio as gr

    from ui.arxiv_actions import ArxivActions
    from ui.bridge import Bridge, Click


STOP_ADDING, STOP_READING = N_("Stop adding"), N_("Stop reading again")


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
        return [
            self.adding,
            self.documents,
            self.undo,
            self.cancel,
            self.rereading,
            self.cancel_rereading,
            self.deleted,
        ]

    def _build(self, upload_megabytes: int) -> None:
        import gradio as gr

        with gr.Row(elem_id="library-row"):
            with gr.Column(scale=2, min_width=300):
                self.upload = gr.File(
                    elem_id="upload",
                    label=_("Add files or a folder (up to {count} MB a file)").format(count=upload_megabytes),
                    file_count="multiple",
                    height=150,
                )
                self._html(_upload_note(upload_megabytes), "upload-note")
                self.adding = self._html("", "adding")
                self.cancel = gr.Button(_(STOP_ADDING), size="sm", visible=False, elem_id="cancel-adding")
            with gr.Column(scale=3, min_width=300):
                self.query = gr.Textbox(
                    elem_id="library-query",
                    label=_("Search in the library"),
                    placeholder=_(
                        "Words or a question; narrow it with topic:scaling-laws year:2020- section:results …"
                    ),
                    max_lines=1,
                )
                self.found = self._html("", "found")
        self.arxiv = ArxivPart(self._arxiv)
        self.notes = NoteEditor(NoteActions(self._actions.services))
        self.undo = self._html("", "undo")
        self._html(filter_html(), "documents-tools")
        self.rereading = self._html("", "rereading")
        self.cancel_rereading = gr.Button(_(STOP_READING), size="sm", visible=False, elem_id="cancel-rereading")
        self.documents = self._html(f'<p class="empty">{_("The library is opening …")}</p>', "documents")
        self.deleted = self._html("", "deleted-documents")

    def _wire(self, bridge: Bridge) -> None:
        options: dict[str, Any] = {"outputs": self.outputs, "api_visibility": "private", "show_progress": "hidden"}
        self.upload.upload(self.add, [self.upload], **{**options, "outputs": [*self.outputs, self.upload]})
        self.cancel.click(lambda: as_updates(self._actions.cancel()), None, queue=False, **options)
        self.cancel_rereading.click(lambda: as_updates(self._actions.cancel_rereading()), None, queue=False, **options)
        bridge.on("delete_document", lambda click: as_updates(self._actions.delete(click.value)), None, **options)
        bridge.on("undo_delete", self.undo_delete, None, **options)
        bridge.on("forget_document", lambda click: as_updates(self._actions.forget(click.value)), None, **options)
        bridge.on("reread_document", self.reread, None, **options)
        bridge.on("left_out", lambda click: as_updates(self._actions.leave_out(click.value)), None, **options)
        cleared = [*self.outputs, self.arxiv.progress]
        bridge.on("clear_outcomes", self.clear, None, **{**options, "outputs": cleared})
        self.query.submit(
            self._actions.search, [self.query], [self.found], api_visibility="private", show_progress="minimal"
        )

    def wire_page(self, bridge: Bridge, blocks: gr.Blocks, tab: gr.Tab) -> None:
        """Connect what begins when a page is opened, and what when the tab is."""
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self.notes.wire(bridge, blocks, self.documents, self.documents_now)
        blocks.load(self.show, None, self.outputs, **private)
        blocks.load(self.show_rereading, None, self.outputs, **private)
        # Gradio 6.31 may lose what comes for a tab while that is first drawn: opened early, the table stayed away.
        tab.select(self.show, None, self.outputs, **private)

    async def add(self, paths: list[str] | None) -> AsyncIterator[list[Any]]:
        """The tab while uploaded files are added; the drop zone is free again at once."""
        import gradio as gr

        yield [*as_updates(LibraryView()), None]
        async for view in self._actions.add(paths or []):
            yield [*as_updates(view), gr.skip()]

    def documents_now(self) -> str:
        """The table of documents, after files came in by another door."""
        return self._actions.documents()

    def clear(self, click: Click) -> list[Any]:
        """The tab, and the part about arXiv, without lines about earlier files."""
        return [*as_updates(self._actions.clear()), self._arxiv.clear()]

    async def undo_delete(self, click: Click) -> AsyncIterator[list[Any]]:
        """The tab while a deleted document is added again."""
        async for view in self._actions.undo(click.value):
            yield as_updates(view)

    async def reread(self, click: Click) -> AsyncIterator[list[Any]]:
        """The tab while documents are read again."""
        async for view in self._actions.reread(click.value):
            yield as_updates(view)

    async def show(self) -> AsyncIterator[list[Any]]:
        """The tab when it or a page is opened."""
        async for view in self._actions.show():
            yield as_updates(view)

    async def show_rereading(self) -> AsyncIterator[list[Any]]:
        """How far reading again is when a page is opened."""
        async for view in self._actions.follow_rereading():
            yield as_updates(view)

    def _html(self, html: str, elem_id: str) -> gr.HTML:
        import gradio as gr

        return gr.HTML(html, elem_id=elem_id, apply_default_css=False)


def as_updates(view: LibraryView) -> list[Any]:
    """The view for `LibraryTab.outputs`; parts that stay are skipped."""
    import gradio as gr

    def shown(part: str | None) -> Any:
        return gr.skip() if part is None else part

    def visible(part: bool | None, text: str) -> Any:
        return gr.skip() if part is None else gr.update(visible=part, value=text)  # Gradio 6.31 loses a hidden text

    return [
        shown(view.adding),
        shown(view.documents),
        shown(view.undo),
        visible(view.busy, _(STOP_ADDING)),
        shown(view.rereading),
        visible(view.is_rereading, _(STOP_READING)),
        shown(view.deleted),
    ]


def _upload_note(upload_megabytes: int) -> str:
    """What is taken, and a button for a whole folder; `assets/library.js` reads the endings from it."""
    endings = escape_html(" ".join(sorted(found_endings())))
    choose = f'<button type="button" class="link-button choose-folder">{_("choose a folder")}</button>'
    told = _(
        "PDF, Markdown (.md, .mdx), text, notebooks (.ipynb), HTML. Drop a folder, or {choose}: what is no document in "
        "it is left out, and listed."
    ).format(choose=choose)
    return f'<p class="upload-note" data-endings="{endings}" data-megabytes="{upload_megabytes}">{told}</p>'
