"""The review tab: what is due, the review itself, the desired retention, and taking cards and records elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errors import StudyError
from learner.schedule import DEFAULT_RETENTION, RETENTIONS
from ui.quiz_start import EVERYTHING, EVERYTHING_TITLE
from ui.review_actions import ReviewActions
from ui.translation import _

if TYPE_CHECKING:
    import gradio as gr

    from ui.bridge import Bridge, Click

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class ReviewTab:
    """The tab's components and how they are wired."""

    def __init__(self, actions: ReviewActions, bridge: Bridge, tab: gr.Tab) -> None:
        import gradio as gr

        self._actions = actions
        with gr.Column(elem_id="review-start", min_width=280):
            waiting = f'<p class="empty">{_("Your cards are being counted …")}</p>'
            self.overview = gr.HTML(waiting, elem_id="review-overview", apply_default_css=False)
            self._build_retention()
            self._build_transfer()
        self.place = gr.HTML("", elem_id="review-place", apply_default_css=False)
        self._wire(bridge, tab)

    def _build_retention(self) -> None:
        import gradio as gr

        least, most = RETENTIONS
        with gr.Accordion(_("Desired retention"), open=False, elem_id="review-retention"):
            self.retention = gr.Slider(
                round(100 * least),
                round(100 * most),
                value=round(100 * DEFAULT_RETENTION),
                step=1,
                label=_("Chance of recall at which a card is due, in percent"),
                elem_id="retention-slider",
            )
            self.meaning = gr.HTML("", elem_id="retention-meaning", apply_default_css=False)

    def _build_transfer(self) -> None:
        import gradio as gr

        with gr.Accordion(_("Anki, tables, and your record as a file"), open=False, elem_id="review-transfer"):
            self.subject = gr.Dropdown(
                [(_(EVERYTHING_TITLE), EVERYTHING)],
                value=EVERYTHING,
                label=_("Questions to export (type to search)"),
                allow_custom_value=True,
                elem_id="export-subject",
            )
            with gr.Row():
                self.anki = gr.Button(_("Anki package (.apkg)"), size="sm", elem_id="export-anki")
                self.csv = gr.Button(_("Table (.csv)"), size="sm", elem_id="export-csv")
                self.record = gr.Button(_("My learning record (.json)"), size="sm", elem_id="export-record")
            self.exported = gr.HTML("", elem_id="exported", apply_default_css=False)
            self.upload = gr.File(label=_("Import a learning record (.json)"), height=150, elem_id="import-record")
            self.imported = gr.HTML("", elem_id="imported", apply_default_css=False)

    def _wire(self, bridge: Bridge, tab: gr.Tab) -> None:
        outputs = [self.overview, self.retention, self.meaning, self.subject]
        tab.select(self.show, None, outputs, **_PRIVATE)
        bridge.on("start_review", self.start, None, outputs=[self.place, self.overview], **_PRIVATE)
        bridge.on("refresh_review", self.refresh, None, outputs=[self.overview], **_PRIVATE)
        self.retention.release(self.set_retention, [self.retention], [self.meaning, self.overview], **_PRIVATE)
        self.anki.click(self._actions.export_anki, [self.subject], [self.exported], **_PRIVATE)
        self.csv.click(self._actions.export_csv, [self.subject], [self.exported], **_PRIVATE)
        self.record.click(self._actions.export_record, None, [self.exported], **_PRIVATE)
        self.upload.upload(self.bring, [self.upload], [self.imported, self.overview, self.upload], **_PRIVATE)

    def show(self) -> list[Any]:
        """The tab when it is opened."""
        import gradio as gr

        retention, meaning = self._actions.retention()
        try:
            listed: Any = gr.update(choices=self._actions.quizzes.choices(None))
        except StudyError:
            listed = gr.skip()
        return [self._actions.show(), gr.update(value=round(100 * retention)), meaning, listed]

    def refresh(self, click: Click) -> str:
        """What is due after a review."""
        return self._actions.show()

    def start(self, click: Click) -> list[Any]:
        """The review at its first card."""
        import gradio as gr

        started = self._actions.start(click.value)
        if isinstance(started, str):
            return [gr.skip(), started + self._actions.show()]
        return [started.html, gr.skip()]

    def set_retention(self, percent: float | None) -> list[Any]:
        """What it means, and what is due by it."""
        return [self._actions.set_retention(percent), self._actions.show()]

    def bring(self, path: str | None) -> list[Any]:
        """What an import brought."""
        return [self._actions.import_record(path), self._actions.show(), None]
