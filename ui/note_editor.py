"""The notes editor in the library tab: title, Markdown, preview, saving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ui.note_actions import NoteActions, NoteView
from ui.note_files import MOST_CHARACTERS, NEW
from ui.translation import N_, _

if TYPE_CHECKING:
    import gradio as gr

    from ui.bridge import Bridge, Click


DISCARD = N_("Discard what is not saved")


class NoteEditor:
    """The components and how they are wired; `wire` is called when the rest of the page is there."""

    def __init__(self, actions: NoteActions) -> None:
        self._actions = actions
        self._build()

    @property
    def outputs(self) -> list[Any]:
        """The components that `as_updates` fills, in its order."""
        return [
            self.document_id,
            self.title,
            self.text,
            self.preview,
            self.state,
            self.versions,
            self.part,
            self.discard,
        ]

    def _build(self) -> None:
        import gradio as gr

        with gr.Accordion(_("Notes of your own"), open=False, elem_id="note-part") as self.part:
            # held by the browser: what Gradio keeps of a page goes when many others were loaded since
            self.document_id = gr.Textbox(NEW, visible="hidden", elem_id="note-id", label="Note id")
            with gr.Row(elem_id="note-row", equal_height=False):
                with gr.Column(scale=1, min_width=280):
                    self.title = gr.Textbox(label=_("Title"), elem_id="note-title", max_lines=1, max_length=200)
                    self.text = gr.Textbox(
                        label=_("Markdown"),
                        elem_id="note-text",
                        lines=12,
                        max_lines=24,
                        max_length=MOST_CHARACTERS,
                        placeholder=_("What I learnt about …"),
                    )
                    self.state = gr.HTML("", elem_id="note-state", apply_default_css=False)
                    with gr.Row(elem_id="note-buttons"):
                        self.save = gr.Button(_("Save"), variant="primary", size="sm", elem_id="save-note")
                        self.new = gr.Button(_("New note"), size="sm", elem_id="new-note")
                        self.discard = gr.Button(_(DISCARD), size="sm", elem_id="discard-note", visible=False)
                    self.versions = gr.HTML("", elem_id="note-versions", apply_default_css=False)
                with gr.Column(scale=1, min_width=280):
                    self.preview = gr.HTML(
                        f'<p class="empty">{_("The preview appears here while you write.")}</p>',
                        elem_id="note-preview",
                        apply_default_css=False,
                    )

    def wire(self, bridge: Bridge, blocks: gr.Blocks, table: Any, draw_table: Any) -> None:
        """Connect the components; `table` is the list of documents, `draw_table` its HTML."""
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        options: dict[str, Any] = {**private, "outputs": self.outputs}
        inputs = [self.document_id, self.title, self.text]
        typing = {**private, "outputs": [self.preview, self.state, self.discard], "trigger_mode": "always_last"}
        # Gradio's own `input` is told of keys alone: not of what is pasted or cut.
        bridge.on("note_typed", self.typed, inputs, **typing)
        self.save.click(self.saved, inputs, **options).then(draw_table, None, [table], **private)
        self.title.submit(self.saved, inputs, **options).then(draw_table, None, [table], **private)
        self.new.click(lambda: as_updates(self._actions.open(NEW)), None, **options)
        self.discard.click(lambda key: as_updates(self._actions.discard(key)), [self.document_id], **options)
        bridge.on("edit_note", self.opened, [self.document_id], **options)
        bridge.on("note_version", self.version_opened, None, **options)
        blocks.load(lambda: as_updates(self._actions.restore()), None, **options)

    def typed(self, click: Click, document_id: str, title: str, text: str) -> list[Any]:
        """Preview and state after each change."""
        import gradio as gr

        view = self._actions.typed(document_id, title, text)
        return [view.preview, view.state, gr.update(visible=view.is_unsaved, value=_(DISCARD))]

    async def saved(self, document_id: str, title: str, text: str) -> AsyncIterator[list[Any]]:
        """The editor while the note is saved."""
        async for view in self._actions.save(document_id, title, text):
            yield as_updates(view)

    def opened(self, click: Click, document_id: str) -> list[Any]:
        """The editor with the clicked note; one that is open already stays as it is, with what is being typed."""
        if click.value == document_id:
            return as_updates(NoteView(is_open=True))
        return as_updates(self._actions.open(click.value))

    def version_opened(self, click: Click) -> list[Any]:
        """The editor with an earlier text."""
        return as_updates(self._actions.version(click.value))


def as_updates(view: NoteView) -> list[Any]:
    """The view for `NoteEditor.outputs`; parts that stay are skipped."""
    import gradio as gr

    parts = [view.document_id, view.title, view.text, view.preview, view.state, view.versions]
    updates: list[Any] = [gr.skip() if part is None else part for part in parts]
    is_open = gr.skip() if view.is_open is None else gr.update(open=view.is_open)
    can_discard = gr.skip() if view.state is None else gr.update(visible=view.is_unsaved, value=_(DISCARD))
    return [*updates, is_open, can_discard]
