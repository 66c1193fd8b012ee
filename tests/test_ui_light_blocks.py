"""Outputs that stay: what the browser is told is what Gradio tells it, and no component is made anew for it."""

import asyncio
import copy

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from ui.light_blocks import light_blocks


def page_of(kind):
    with kind(analytics_enabled=False) as page:
        parts = [gr.Textbox(label="one"), gr.Chatbot(label="two"), gr.Button("three"), gr.HTML("four")]
        gr.on([page.load], lambda: None, None, parts)
    return page, parts


def sent(kind, predictions):
    """What the browser is told, the page's parts, and the session's state."""

    async def told():  # in a loop that runs, for Gradio makes one for each of its locks where none does
        page, parts = page_of(kind)
        state = SessionState(page)
        function = next(iter(page.fns.values()))
        return await page.postprocess_data(function, copy.deepcopy(predictions), state), parts, state

    return asyncio.run(told())


CHAT = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]


@pytest.mark.parametrize(
    "predictions",
    [
        [gr.skip(), gr.skip(), gr.skip(), gr.skip()],
        [gr.skip(), CHAT, gr.skip(), gr.skip()],
        ["text", CHAT, gr.skip(), "<p>html</p>"],
        ["text", CHAT, gr.update(visible=False), "<p>html</p>"],
        [None, [], gr.update(value="b", visible=True), gr.skip()],
        gr.skip(),
    ],
)
def test_the_browser_is_told_the_same(predictions):
    def plain(values):
        told = [value.model_dump() if hasattr(value, "model_dump") else value for value in values]
        odd = {"props": gr.skip(), **gr.skip()}  # what Gradio 6.31 makes of a skipped gr.HTML
        return [gr.skip() if value == odd else value for value in told]

    assert plain(sent(light_blocks(), predictions)[0]) == plain(sent(gr.Blocks, predictions)[0])


def test_what_stays_is_not_made_anew():
    for kind, made in ((light_blocks(), False), (gr.Blocks, True)):
        _, parts, state = sent(kind, [gr.skip(), CHAT, gr.skip(), gr.skip()])
        assert (state[parts[0]._id] is not parts[0]) is made


def test_a_wrong_number_of_outputs_is_told_as_before():
    with pytest.raises(ValueError, match="enough output values"):
        sent(light_blocks(), ["one"])


def test_a_session_holds_no_descriptions_and_the_page_its_own():
    described = {}
    for kind, count in ((light_blocks(), 0), (gr.Blocks, 5)):
        _, _, session = sent(kind, [gr.skip(), CHAT, gr.update(visible=False), gr.skip()])
        assert len(list(session.components)) == count
        parts = session.blocks_config.root_block.get_config_file()["components"]
        described[kind] = [{key: part[key] for key in ("type", "skip_api")} for part in parts]
    assert described[light_blocks()] == described[gr.Blocks] != []
