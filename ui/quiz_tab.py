"""The quiz tab: what a quiz is to be about, quizzes to go on with, and the quiz itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from errors import StudyError
from learner.quiz import DEFAULT_COUNT, MOST_QUESTIONS
from ui.bridge import with_request
from ui.quiz_actions import QuizActions, Shown, fault_line
from ui.quiz_start import EVERYTHING, EVERYTHING_TITLE, StartForm
from ui.translation import N_, _

if TYPE_CHECKING:
    import gradio as gr

    from ui.bridge import Bridge, Click

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_INTRO = N_(
    "Every question has a source that you can open. Answers count for your reviews and for the boxes of the roadmap; "
    "you can take each back."
)


class QuizTab:
    """The tab's components and how they are wired."""

    def __init__(self, actions: QuizActions, bridge: Bridge, tab: gr.Tab) -> None:
        import gradio as gr

        self._actions = actions
        with gr.Column(elem_id="quiz-start", min_width=280):
            self.begun = gr.HTML("", elem_id="quiz-begun", apply_default_css=False)
            intro = f'<h2>{_("New quiz")}</h2><p class="quiz-intro">{_(_INTRO)}</p>'
            gr.HTML(intro, elem_id="quiz-intro", apply_default_css=False)
            self._build_form()
            self.notice = gr.HTML("", elem_id="quiz-notice", apply_default_css=False)
        self.place = gr.HTML("", elem_id="quiz-place", apply_default_css=False)
        self._wire(tab)

    def _build_form(self) -> None:
        import gradio as gr

        self.subject = gr.Dropdown(
            [(_(EVERYTHING_TITLE), EVERYTHING)],
            value=EVERYTHING,
            label=_("Topic, paper or note (type to search; questions that fit)"),
            allow_custom_value=True,
            elem_id="quiz-subject",
        )
        with gr.Row(elem_id="quiz-settings"):
            label = _("Questions (1 to {most})").format(most=MOST_QUESTIONS)
            self.count = gr.Number(DEFAULT_COUNT, label=label, elem_id="quiz-count")
            self.difficulty = gr.Dropdown(
                [(_("Any"), "any"), (_("Easy"), "easy"), (_("Medium"), "medium"), (_("Hard"), "hard")],
                value="any",
                label=_("Difficulty"),
                filterable=False,
                elem_id="quiz-difficulty",
            )
        self.mode = gr.Radio(
            [
                (_("Practice: feedback after each answer"), "practice"),
                (_("Exam: timed, no hints, report at the end"), "exam"),
            ],
            value="practice",
            label=_("How"),
            elem_id="quiz-mode",
        )
        self.minutes = gr.Number(
            0, label=_("Minutes (0: one and a half a question)"), visible=False, elem_id="quiz-minutes"
        )
        with gr.Row(elem_id="quiz-buttons"):
            self.start = gr.Button(_("Start"), variant="primary", elem_id="quiz-go", scale=0, min_width=120)
            self.surprise = gr.Button(_("Surprise me"), elem_id="quiz-surprise", scale=0, min_width=150)

    def _wire(self, tab: gr.Tab) -> None:
        form = [self.subject, self.count, self.difficulty, self.mode, self.minutes]
        started = [self.place, self.notice]
        self.start.click(self.begin, form, started, **_PRIVATE)
        self.surprise.click(self.begin_surprise, None, started, **_PRIVATE)
        self.difficulty.input(self.count_again, [self.difficulty], [self.subject], **_PRIVATE)
        self.mode.change(_show_minutes, [self.mode], [self.minutes], queue=False, **_PRIVATE)
        tab.select(self.show, [self.difficulty], [self.begun, self.subject], **_PRIVATE)

    def show(self, difficulty: str | None) -> list[Any]:
        """What there is to go on with, and what there is to choose, when the tab is opened."""
        return [self._actions.open_quizzes(), self.count_again(difficulty)]

    def count_again(self, difficulty: str | None) -> Any:
        """The list with the counts of that difficulty; what was chosen or typed meanwhile stays."""
        import gradio as gr

        try:
            return gr.update(choices=self._actions.choices(difficulty))
        except StudyError:
            return gr.skip()

    def begin(
        self, subject: str | None, count: float | None, difficulty: str | None, mode: str | None, minutes: float | None
    ) -> list[Any]:
        """The first question, or one sentence why there is none."""
        form = StartForm(subject, count, difficulty, mode, minutes)
        return _started(lambda: self._actions.start(form))

    def begin_surprise(self) -> list[Any]:
        """The first question of a quiz over everything."""
        return _started(self._actions.surprise)


def _started(start: Callable[[], Shown]) -> list[Any]:
    import gradio as gr

    try:
        return [start().html, ""]
    except StudyError as error:
        return [gr.skip(), fault_line(error)]


def _show_minutes(mode: str | None) -> Any:
    import gradio as gr

    return gr.update(visible=mode == "exam")


class Sittings:
    """Clicks within a quiz or a review, wherever it is shown."""

    def __init__(self, actions: QuizActions, begun: gr.HTML, quiz_place: gr.HTML, review_place: gr.HTML) -> None:
        self._actions = actions
        self._outputs = [quiz_place, review_place, begun]

    def wire(self, bridge: Bridge, blocks: gr.Blocks, panel: gr.HTML) -> None:
        """Hand each click to its act."""
        actions = self._actions
        acts: dict[str, Callable[[str], Shown]] = {
            "quiz_answer": actions.answer,
            "quiz_go": actions.go,
            "quiz_end": actions.end,
            "quiz_rate": actions.rate,
            "quiz_contest": actions.contest,
            "quiz_undo": actions.undo,
            "quiz_again": actions.again,
            "quiz_topic": actions.topic,
        }
        for name, act in acts.items():
            bridge.on(name, self._shows(act), None, outputs=self._outputs, **_PRIVATE)
        bridge.on("quiz_leave", self.leave, None, outputs=self._outputs, **_PRIVATE)
        bridge.on("rescue_read", self.rescue_read, None, outputs=self._outputs[2:], **_PRIVATE)
        bridge.on("quiz_explained", self.explained, None, outputs=None, **_PRIVATE)
        bridge.on("open_receipt", self.open_receipt, None, outputs=[panel], **_PRIVATE)
        blocks.load(with_request(self.restore), None, self._outputs, **_PRIVATE)

    def _shows(self, act: Callable[[str], Shown]) -> Callable[[Click], list[Any]]:
        def shows(click: Click) -> list[Any]:
            return _placed(act(click.value))

        return shows

    def leave(self, click: Click) -> list[Any]:
        """No quiz; those that are kept are listed."""
        return [*_placed(self._actions.leave(click.value))[:2], self._actions.open_quizzes()]

    def rescue_read(self, click: Click) -> str:
        """What there is to go on with, without the sentence that was read."""
        return self._actions.rescue_read()

    def explained(self, click: Click) -> None:
        """The learner asked why."""
        self._actions.explained(click.value)

    def open_receipt(self, click: Click) -> str:
        """The source panel."""
        return self._actions.open_receipt(click.value)

    async def restore(self, page: str, query: Mapping[str, str]) -> list[Any]:
        """The quiz that the page's address names, at its question."""
        import gradio as gr

        quiz_id = query.get("quiz") or query.get("review")
        if not quiz_id:
            return [gr.skip(), gr.skip(), gr.skip()]
        return _placed(await asyncio.to_thread(self._actions.go, quiz_id))


def _placed(shown: Shown) -> list[Any]:
    """The quiz where it belongs; the other place stays as it is."""
    import gradio as gr

    if shown.is_review is None:
        return [shown.html, shown.html, gr.skip()]
    if shown.is_review:
        return [gr.skip(), shown.html, gr.skip()]
    return [shown.html, gr.skip(), gr.skip()]
