"""A page whose outputs that stay as they are cost nothing.

Gradio 6.31 takes `gr.skip()` for a change of the component's properties: for each it makes the component anew, in each
picture of a growing answer. With eight of nine outputs skipped that was half of all that the page's server did.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr


@cache
def light_blocks() -> type[gr.Blocks]:
    """The class of the page."""
    import gradio as gr

    class LightBlocks(gr.Blocks):
        async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
            """As Gradio's, for the outputs that change; the browser is told of the others that they stay."""
            if not isinstance(predictions, list) or len(predictions) != len(block_fn.outputs) or block_fn.batch:
                return list(await super().postprocess_data(block_fn, predictions, state))
            skip = gr.skip()
            changing = [place for place, one in enumerate(predictions) if not _is(one, skip)]
            if len(changing) == len(predictions):
                return list(await super().postprocess_data(block_fn, predictions, state))
            sent = [dict(skip) for _ in predictions]
            if changing:
                narrowed = copy.copy(block_fn)
                narrowed.outputs = [block_fn.outputs[place] for place in changing]
                told = [predictions[place] for place in changing]
                changed = await super().postprocess_data(narrowed, told if len(told) > 1 else told[0], state)
                for place, value in zip(changing, changed, strict=True):
                    sent[place] = value
            return sent

    return LightBlocks


def _is(value: Any, skip: dict[str, Any]) -> bool:
    return isinstance(value, dict) and value == skip
