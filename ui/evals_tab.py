"""The evals tab: what `python -m evals run` left in the data folder, read afresh whenever the tab is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.evals_reading import read_evals
from ui.evals_view import evals_html

if TYPE_CHECKING:
    import gradio as gr

    from ui.services import Services

EVALS = "evals"
"""The folder of the results in the data folder."""


class EvalsTab:
    """The tab's one component."""

    def __init__(self, services: Services, tab: gr.Tab) -> None:
        import gradio as gr

        self._folder = services.home / EVALS
        waiting = '<p class="empty">The results are being read …</p>'
        self.view = gr.HTML(waiting, elem_id="evals-view", apply_default_css=False)
        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        tab.select(self.show, None, [self.view], **options)

    def show(self) -> str:
        """The runs as they are now."""
        return evals_html(read_evals(self._folder))
