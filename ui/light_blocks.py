"""A page that does nothing for outputs that stay as they are, nor for links to a session that nobody can make.

Gradio 6.31 takes `gr.skip()` for a change of the component's properties: for each it makes the component anew, in each
picture of a growing answer. With eight of nine outputs skipped that was half of all that the page's server did.

For each session, and after each change of a component, Gradio describes the components once more, to answer
`GET /gradio_api/deep_link` with a file of all that the session shows. This page has no `gr.DeepLinkButton` and keeps
conversations itself, so a session has no descriptions. With fifty new readers at once they were more than half of what
the page's server did, and each took 320 kB.
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
    from gradio.blocks import BlocksConfig

    class SessionConfig(BlocksConfig):
        """The components of one session."""

        @staticmethod
        def config_for_block(_id: int, rendered_ids: list[int], block: Any, renderable: Any = None) -> dict[str, Any]:
            return {}

    class PageConfig(BlocksConfig):
        """The components as they were built."""

        def __copy__(self) -> SessionConfig:
            own = SessionConfig(self.root_block)
            vars(own).update(vars(super().__copy__()))  # type: ignore[no-untyped-call]  # Gradio says no types
            return own

    class LightBlocks(gr.Blocks):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.default_config = PageConfig(self)

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
