"""The progress tab: one view of the record, read afresh whenever the tab is opened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ui.progress_view import ProgressState, progress_html
from ui.quiz_actions import fault_line
from ui.translation import _

if TYPE_CHECKING:
    import gradio as gr

    from ui.services import Services


class ProgressTab:
    """The tab's one component."""

    def __init__(self, services: Services, tab: gr.Tab) -> None:
        import gradio as gr

        self._services = services
        waiting = f'<p class="empty">{_("Your record is being read …")}</p>'
        self.view = gr.HTML(waiting, elem_id="progress-view", apply_default_css=False)
        options: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        tab.select(self.show, None, [self.view], **options)

    def show(self) -> str:
        """The record as it is now; one sentence when it cannot be read."""
        try:
            return progress_html(read_progress(self._services))
        except StudyError as error:
            return fault_line(error)


def read_progress(services: Services) -> ProgressState:
    """What the tab shows, from evidence alone.

    Raises:
        StudyError: the learner's record or the curriculum cannot be read.
    """
    from curriculum.load import load_curriculum
    from learner.activity import activity
    from learner.explanations import next_correctness
    from learner.mastery import calibration
    from learner.tracker import tracker_state

    curriculum, desk, at = load_curriculum(), services.desk(), datetime.now(UTC)
    evidence = desk.evidence()
    here = at.astimezone()
    assert here.tzinfo is not None
    return ProgressState(
        curriculum=curriculum,
        questions=desk.questions(),
        evidence=evidence,
        masteries=desk.masteries([topic.id for topic in curriculum.topics]),
        calibration=calibration(evidence),
        activity=activity(evidence, at=at, zone=here.tzinfo),
        effect=next_correctness(evidence),
        boxes=tracker_state(curriculum, evidence, at=at),
        at=here,
    )
