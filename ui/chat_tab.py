"""The chat tab: conversations on the left, the chat beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from agent.events import Decision
from errors import StudyError
from ui.bridge import Click, with_example, with_page, with_request
from ui.cards.approval import CallReference
from ui.chat_actions import ChatActions
from ui.chat_view import ChatView
from ui.frames import FRAME_SECONDS
from ui.markup import LATEX_DELIMITERS, escape_html
from ui.translation import _

if TYPE_CHECKING:
    from ui.bridge import Bridge

EXAMPLES = (
    "Why are dot products in attention divided by the square root of the key dimension?",
    "What does LoRA train, and what does it leave frozen?",
    "Why does a Transformer need positional encodings?",
    "What is the difference between BERT and GPT?",
)
"""Questions that the shipped notes answer alone."""


def _placeholder() -> str:
    told = _("Answers quote your library. Each number leads to the page it comes from, with the passage marked.")
    return f'<div class="welcome"><h2>{_("What do you want to understand?")}</h2><p>{told}</p></div>'


class ChatTab:
    """The tab's components and how they are wired."""

    def __init__(self, actions: ChatActions, bridge: Bridge) -> None:
        self._actions = actions
        self._build_conversations()
        self._build_chat()
        self._wire_questions()
        self._wire_conversations(bridge)

    @property
    def outputs(self) -> list[Any]:
        """The components that `as_updates` fills, in its order."""
        parts = [self.chat, self.question, self.notice, self.conversation_id, self.conversations]
        return [*parts, self.attached, self.download, self.send, self.stop]

    def _build_conversations(self) -> None:
        import gradio as gr

        with gr.Column(elem_id="conversation-column", scale=0, min_width=220):
            self.new = gr.Button(_("New conversation"), elem_id="new-conversation", size="sm")
            self.search = gr.Textbox(
                elem_id="conversation-search",
                label=_("Search in conversations"),
                show_label=False,
                container=False,
                placeholder=_("Search"),
                max_lines=1,
            )
            self.conversations = gr.HTML("", elem_id="conversation-list", apply_default_css=False)
        self.conversation_id = gr.Textbox(visible="hidden", elem_id="conversation-id", label="Conversation id")
        self.download = gr.Textbox(visible="hidden", elem_id="conversation-download", label="File to save")

    def _build_chat(self) -> None:
        import gradio as gr

        with gr.Column(elem_id="chat-column", scale=1, min_width=280):
            self.chat = gr.Chatbot(
                elem_id="chat",
                label=_("Conversation"),
                show_label=False,
                container=False,
                height=None,
                layout="bubble",
                buttons=[],
                allow_tags=False,
                autoscroll=False,  # page.js keeps the question in view instead of the answer's end
                latex_delimiters=LATEX_DELIMITERS,
                feedback_options=None,
                placeholder=_placeholder(),
                examples=[{"text": example} for example in EXAMPLES],
            )
            self.notice = gr.HTML("", elem_id="chat-notice", apply_default_css=False)
            self.attached = gr.HTML("", elem_id="chat-attached", apply_default_css=False)
            with gr.Row(elem_id="question-row", equal_height=False):
                self.attach = gr.UploadButton(
                    _("Attach"), elem_id="attach", file_count="multiple", scale=0, min_width=84
                )
                self.question = gr.Textbox(
                    elem_id="question",
                    label=_("Your question"),
                    show_label=False,
                    container=False,
                    placeholder=_("Ask about your library"),
                    info=None,
                    lines=1,
                    max_lines=8,
                    scale=1,
                )
                self.send = gr.Button(_("Send"), variant="primary", elem_id="send", scale=0, min_width=84)
                self.stop = gr.Button(_("Stop"), elem_id="stop", scale=0, min_width=84, visible=False)
            self.model_line = gr.HTML("", elem_id="model-line", apply_default_css=False)

    def _wire_questions(self) -> None:
        import gradio as gr

        options: dict[str, Any] = {
            "outputs": self.outputs,
            "api_visibility": "private",
            "show_progress": "hidden",
            "trigger_mode": "multiple",  # "once" drops a question that comes while another conversation is answered
        }
        triggers = [self.question.submit, self.send.click]
        uploaded = "async (...inputs) => { await window.studyPage.uploaded(); return inputs; }"
        gr.on(triggers, with_page(self.ask), [self.question, self.conversation_id], js=uploaded, **options)
        self.chat.example_select(with_example(self.ask), [self.conversation_id], **options)
        self.attaching = self.attach.upload(with_page(self.take_files), [self.attach], **options)
        self.stop.click(with_request(self.stop_turn), None, None, queue=False, api_visibility="private")

    def _wire_conversations(self, bridge: Bridge) -> None:
        quick: dict[str, Any] = {
            "outputs": self.outputs,
            "api_visibility": "private",
            "show_progress": "hidden",
            "queue": False,
        }
        growing: dict[str, Any] = {**quick, "queue": True, "trigger_mode": "multiple"}
        bridge.on("ask", self.ask_clicked, [self.conversation_id], **growing)
        bridge.on("approve", self.approve, None, **growing)
        bridge.on("decline", self.decline, None, **growing)
        bridge.on("run_code", self.run_code, None, **growing)
        bridge.on("reset_python", self.reset_python, None, **growing)
        bridge.on("clear_attached", self.clear_attached, None, **growing)
        bridge.on("edit_question", self.edit, None, **growing)
        bridge.on("retry_turn", self.retry, None, **growing)
        bridge.on("branch_here", self.branch, None, **growing)
        bridge.on("show_version", self.show_version, None, **growing)
        bridge.on("open_conversation", self.open_conversation, [self.search], **growing)
        self.new.click(with_page(self.begin), [self.search], **growing)
        bridge.on("keep_thumb", self.keep_thumb, None, trigger_mode="multiple", **quick)  # "once" drops quick presses
        bridge.on("rename_conversation", self.rename, [self.conversation_id, self.search], **quick)
        bridge.on("delete_conversation", self.delete, [self.conversation_id, self.search], **quick)
        bridge.on("undo_conversation", self.undelete, [self.conversation_id], **quick)
        bridge.on("export_conversation", self.export, None, **quick)
        searched = {**quick, "outputs": [self.conversations], "trigger_mode": "always_last"}
        self.search.change(self.find, [self.search, self.conversation_id], **searched)
        remember = "(id) => window.studyPage.rememberConversation(id)"
        self.conversation_id.change(None, [self.conversation_id], None, js=remember)
        self.download.change(None, [self.download], None, js="(file) => window.studyPage.saveFile(file)")

    async def ask(self, page: str, question: str, conversation_id: str) -> AsyncIterator[list[Any]]:
        """The chat while a question is answered."""
        async for updates in shown(self._actions.ask(question, conversation_id, page)):
            yield updates

    async def edit(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat while an edited question is answered."""
        async for updates in shown(self._actions.edit(click.value, click.answer, page)):
            yield updates

    async def retry(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat while a question is answered again."""
        async for updates in shown(self._actions.retry(click.value, page)):
            yield updates

    async def take_files(self, page: str, paths: list[str] | None) -> AsyncIterator[list[Any]]:
        """The line above the question while attached files are read."""
        async for updates in shown(self._actions.attach(paths or [], page)):
            yield updates

    async def clear_attached(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat without the attached files."""
        yield as_updates(self._actions.clear_attached(page))

    async def ask_clicked(self, page: str, click: Click, conversation_id: str) -> AsyncIterator[list[Any]]:
        """The chat while a question that a button holds is answered."""
        async for updates in shown(self._actions.ask(click.value, conversation_id, page)):
            yield updates

    async def approve(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat after the learner allowed a call, maybe with code they changed."""
        arguments = {"code": click.answer} if click.answer.strip() else None
        async for updates in self._decide(page, click, Decision(approved=True, arguments=arguments)):
            yield updates

    async def decline(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat after the learner refused a call."""
        async for updates in self._decide(page, click, Decision(approved=False)):
            yield updates

    async def _decide(self, page: str, click: Click, decision: Decision) -> AsyncIterator[list[Any]]:
        try:
            reference = CallReference.parse(click.value)
        except StudyError as error:
            yield as_updates(ChatView(notice=error.as_text()))
            return
        async for updates in shown(self._actions.decide(reference, decision, page)):
            yield updates

    async def run_code(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """The chat while the learner's own code runs."""
        async for updates in shown(self._actions.run_code(click.value, click.answer)):
            yield updates

    async def reset_python(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """One sentence after the variables were forgotten."""
        yield as_updates(await self._actions.reset_python(click.value))

    async def stop_turn(self, page: str, query: Mapping[str, str]) -> None:
        """End this page's turn."""
        self._actions.stop(page)

    async def begin(self, page: str, words: str) -> AsyncIterator[list[Any]]:
        """A new conversation; an answer that grows in another one goes on growing there."""
        async for updates in shown(self._actions.open_and_watch("", page, words)):
            yield updates

    async def open_conversation(self, page: str, click: Click, words: str) -> AsyncIterator[list[Any]]:
        """The conversation that was clicked."""
        async for updates in shown(self._actions.open_and_watch(click.value, page, words)):
            yield updates

    async def show_version(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """Another version of the conversation."""
        async for updates in shown(self._actions.show_version(click.value, page)):
            yield updates

    async def branch(self, page: str, click: Click) -> AsyncIterator[list[Any]]:
        """A branch behind the turn that was clicked."""
        yield as_updates(await self._actions.branch(click.value))

    def find(self, words: str, current: str) -> str:
        """The list narrowed to the words."""
        return self._actions.listing(current, words)

    def export(self, click: Click) -> list[Any]:
        """The conversation for the browser to save."""
        return as_updates(self._actions.export(click.value))

    def keep_thumb(self, click: Click) -> list[Any]:
        """A sentence when the verdict could not be kept; else nothing changes."""
        return as_updates(self._actions.keep_thumb(click.value, click.answer))

    def rename(self, click: Click, current: str, words: str) -> list[Any]:
        """The list after a new title."""
        return as_updates(self._actions.rename(click.value, click.answer, current, words))

    def delete(self, click: Click, current: str, words: str) -> list[Any]:
        """The list after a deletion."""
        return as_updates(self._actions.delete(click.value, current, words))

    def undelete(self, click: Click, current: str) -> list[Any]:
        """The list with the conversation that was deleted."""
        return as_updates(self._actions.undelete(click.value, current))

    async def restore(self, page: str, query: Mapping[str, str]) -> AsyncIterator[list[Any]]:
        """The conversation that the page's address names; a new page is left as it is, for it may be asked already."""
        if identity := query.get("conversation", ""):
            views = self._actions.open_and_watch(identity, page)
        else:
            views = self._actions.greet()
        async for updates in shown(views):
            yield updates


async def shown(views: AsyncIterator[ChatView]) -> AsyncIterator[list[Any]]:
    """The views for `ChatTab.outputs`, and at the end one that changes nothing.

    When a handler ends, the page is sent its last picture once more, maybe after the learner went on to something else.
    A picture that shows or hides buttons has a moment for itself: of two at once the browser takes the second alone,
    and Stop would stay where Send belongs.
    """
    shows_buttons = False
    async for view in views:
        if shows_buttons:
            await asyncio.sleep(FRAME_SECONDS)
        yield as_updates(view)
        shows_buttons = view.busy is not None
    if shows_buttons:
        await asyncio.sleep(FRAME_SECONDS)
    yield as_updates(ChatView())


def as_updates(view: ChatView) -> list[Any]:
    """The view for `ChatTab.outputs`; parts that stay are skipped."""
    import gradio as gr

    notice = None
    if view.notice is not None:
        shown = 'class="notice-line news" role="status"' if view.is_news else 'class="notice-line" role="alert"'
        notice = f"<p {shown}>{escape_html(view.notice)}</p>" if view.notice else ""
    parts = [
        view.messages,
        view.question,
        notice,
        view.conversation_id,
        view.conversations,
        view.attached,
        view.download,
    ]
    updates: list[Any] = [gr.skip() if part is None else part for part in parts]
    if view.busy is None:
        return [*updates, gr.skip(), gr.skip()]
    return [*updates, gr.update(visible=not view.busy), gr.update(visible=view.busy)]
