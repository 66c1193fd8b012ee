"""Clicks on the page's own buttons, handed to Python, and which browser page asks.

A button `<button class="study-action" name="ACTION" value="…">` may stand in any HTML, also in a chat
message. `assets/page.js` listens once for the whole document and triggers ACTION here with the
button's value, so a click works in restored messages as well and only its own page is answered.

Gradio finds out by annotation what a handler wants besides its inputs, and Gradio is imported late:
hence the wrappers here, whose annotations are values. This file must not postpone annotations.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ACTIONS = (
    "open_source",
    "open_conversation",
    "rename_conversation",
    "delete_conversation",
    "undo_conversation",
    "export_conversation",
    "edit_question",
    "retry_turn",
    "branch_here",
    "show_version",
    "clear_attached",
    "open_document",
    "delete_document",
    "undo_delete",
    "forget_document",
    "reread_document",
    "left_out",
    "clear_outcomes",
    "edit_note",
    "note_version",
    "note_typed",
    "ask",
    "approve",
    "decline",
    "keep_thumb",
    "run_code",
    "reset_python",
    "add_paper",
    "open_material",
    "open_quote",
    "tick_box",
    "untick_box",
    "refresh_roadmap",
    "open_receipt",
    "quiz_answer",
    "quiz_go",
    "quiz_leave",
    "quiz_end",
    "quiz_undo",
    "quiz_contest",
    "quiz_rate",
    "quiz_again",
    "quiz_topic",
    "quiz_explained",
    "rescue_read",
    "start_review",
    "refresh_review",
    "delete_everything",
    "open_welcome",
    "welcome_done",
)


@dataclass(frozen=True, slots=True)
class Click:
    """What the learner clicked."""

    value: str
    answer: str = ""
    """What was typed into the dialog that the button opened."""


class Bridge:
    """The invisible component that receives the clicks."""

    def __init__(self) -> None:
        import gradio as gr

        names = ", ".join(f"'{action}'" for action in ACTIONS)
        self._component = gr.HTML(
            "",
            visible="hidden",
            elem_id="bridge",
            js_on_load=f"window.studyPage.connect(trigger, [{names}]);",
        )

    def on(self, action: str, function: Callable[..., Any], inputs: Sequence[Any] | None, **options: Any) -> Any:
        """Call `function` with a `Click` and the inputs when a button of that name is clicked; what can follow it.

        A generator function whose first argument is named `page` is told the id of the browser page before them.
        """
        return getattr(self._component, action)(_with_click(function), inputs, **options)


def _with_click(function: Callable[..., Any]) -> Callable[..., Any]:
    import gradio as gr

    wants_page = next(iter(inspect.signature(function).parameters)) == "page"

    def click_of(event: gr.EventData) -> Click:
        data = event._data if isinstance(event._data, dict) else {}
        return Click(str(data.get("value", "")), str(data.get("answer", "")))

    if inspect.isasyncgenfunction(function):

        async def grow(event: gr.EventData, request: gr.Request, *inputs: Any) -> Any:
            click = click_of(event)
            page = (str(request.session_hash),) if wants_page else ()
            async for shown in function(*page, click, *inputs):
                yield shown

        return grow

    def answer(event: gr.EventData, *inputs: Any) -> Any:
        return function(click_of(event), *inputs)

    return answer


def with_page(function: Callable[..., Any]) -> Callable[..., Any]:
    """An asynchronous generator function that is told the id of the browser page as its first argument."""
    import gradio as gr

    async def grow(request: gr.Request, *inputs: Any) -> Any:
        async for shown in function(str(request.session_hash), *inputs):
            yield shown

    return grow


def with_example(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `with_page`, with the text of the chosen example as the second argument."""
    import gradio as gr

    async def grow(request: gr.Request, event: gr.SelectData, *inputs: Any) -> Any:
        async for shown in function(str(request.session_hash), str(event.value["text"]), *inputs):
            yield shown

    return grow


def with_request(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function, or an asynchronous generator function, told the browser page's id and the query of its address."""
    import gradio as gr

    if inspect.isasyncgenfunction(function):

        async def grow(request: gr.Request, *inputs: Any) -> Any:
            async for shown in function(str(request.session_hash), dict(request.query_params), *inputs):
                yield shown

        return grow

    async def answer(request: gr.Request, *inputs: Any) -> Any:
        return await function(str(request.session_hash), dict(request.query_params), *inputs)

    return answer
