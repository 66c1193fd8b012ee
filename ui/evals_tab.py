"""The evals tab: what `python -m evals run` left in the data folder, read afresh whenever the tab is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.evals_reading import read_evals
from ui.evals_view import evals_html, kind_label
from ui.translation import _

if TYPE_CHECKING:
    import gradio as gr

    from ui.services import Services

EVALS = "evals"
"""The folder of the results in the data folder."""


class EvalsTab:
    """The results, and the kind of run whose newest is shown."""

    def __init__(self, services: Services, tab: gr.Tab) -> None:
        import gradio as gr

        self._folder = services.home / EVALS
        waiting = f'<p class="empty">{_("The results are being read …")}</p>'
        self.kind = gr.Dropdown(
            [],
            label=_("Run"),
            info=_("The newest run of each kind; the newest of all comes first."),
            visible=False,
            elem_id="evals-kind",
        )
        self.view = gr.HTML(waiting, elem_id="evals-view", apply_default_css=False)
        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        tab.select(self.show, None, [self.kind, self.view], **options)
        self.kind.input(self.show, [self.kind], [self.kind, self.view], **options)

    def show(self, label: str | None = None) -> tuple[dict[str, Any], str]:
        """The runs as they are now, and those to choose from."""
        import gradio as gr

        state = read_evals(self._folder)
        kinds = {kind_label(kind): kind for kind in state.kinds}
        if label in kinds:
            state = state.showing(kinds[label])
        value = kind_label(state.shown.kind) if state.shown else None
        return gr.update(choices=list(kinds), value=value, visible=len(kinds) > 1), evals_html(state)
