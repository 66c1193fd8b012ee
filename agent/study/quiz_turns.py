"""One turn of a quiz in the conversation: what is asked, told and kept, over the same desk as the Quiz tab.

Each function gives the text for a model, the artifact for the page and the embedded model, and the new state. None of
them holds the key of a question that is still open; grades come from the desk. A model may only point to the learner's
own words for a point of a short answer (`agent/study/point_judge.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.context import TurnContext
from agent.embedded.parts import plain
from agent.study.feedback import cite, feedback_blocks, reasons_of, report, result_values, to_read, with_sources
from agent.study.point_judge import JudgePoints
from agent.study.reply import Reply
from agent.study.shown import question_text, shown_question
from agent.study.state import Study
from agent.tools.quoting import defused, fenced
from curriculum.question_values import Question, QuestionId
from errors import QuizError
from learner.grading import Grade, key_sentence
from learner.quiz import Quiz
from learner.study_desk import Answered, StudyDesk

MOST_SECONDS = 3600.0
"""Longer than this nobody thinks about one question."""
_NO_KEY = (
    "Do not answer the open question, do not hint at it, and do not grade: its key is not known to you. "
    "The learner's next message goes to answer_quiz."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a step of a quiz or lesson says."""

    text: str
    """For a model."""
    artifact: dict[str, Any]
    study: Study | None
    """The new state; empty when it is over, None where it stays."""


def desk_of(context: TurnContext) -> StudyDesk:
    """The desk of quizzes.

    Raises:
        QuizError: this assistant was started without a learner's record.
    """
    if context.desk is None:
        raise QuizError("There are no quizzes here: the learner's record cannot be used.", hint="The log says why.")
    return context.desk


def opened(context: TurnContext, quiz: Quiz, lead: str = "", mode: str = "quiz", more: Study | None = None) -> Told:
    """The first open question of a quiz, or its end."""
    return _next(context, quiz, [lead] if lead else [], None, mode, more)


def answered(context: TurnContext, study: Study, reply: Reply, judge: JudgePoints | None = None) -> Told:
    """What an answer is worth, why, where the source says so, and the next question.

    `judge` may find points of a short answer that neither words nor likeness showed.
    """
    desk = desk_of(context)
    quiz = desk.quizzes.quiz(str(study["quiz_id"]))
    question_id = QuestionId(str(study["question_id"]))
    if question_id in desk.progress(quiz).answers:
        return _next(
            context,
            quiz,
            ["You answered that question elsewhere meanwhile; this is the next."],
            None,
            _mode(study),
            study,
        )
    given = reply.given if reply.act == "answer" else ()
    try:
        done = desk.answer(
            quiz,
            question_id,
            given,
            confidence=reply.confidence or study.get("confidence"),
            hint_used=bool(study.get("hint_used")),
            seconds=_seconds(study),
            conversation_id=context.conversation_id,
            graded=_helped(desk, question_id, given, judge),
        )
    except QuizError as error:
        return _over(context, quiz, [error.message])
    if quiz.mode == "exam":
        return _next(context, quiz, ["Noted. An exam tells its results at the end."], None, _mode(study), study)
    return _next(context, quiz, [], done, _mode(study), study)


def _helped(desk: StudyDesk, question_id: QuestionId, given: Sequence[str], judge: JudgePoints | None) -> Grade | None:
    """The grade with a model's help; None where there is none to be had, and the desk grades alone."""
    question = desk.questions().get(question_id)
    if judge is None or question is None or question.kind != "short" or not given:
        return None
    return judge(question, "\n".join(given), desk.grade(question, given))


def hinted(context: TurnContext, study: Study) -> Told:
    """The open question's hint; none in an exam."""
    quiz, question = _open(context, study)
    if quiz.mode == "exam":
        return _still(context, study, quiz, question, ["An exam gives no hints."])
    return _still(context, {**study, "hint_used": True}, quiz, question, [f"**Hint:** {question.hint}"])


def sure(context: TurnContext, study: Study, reply: Reply) -> Told:
    """The learner's confidence, kept for the answer that follows."""
    quiz, question = _open(context, study)
    said = {"low": "guessing", "medium": "fairly sure", "high": "sure"}[reply.confidence or "medium"]
    return _still(
        context, {**study, "confidence": reply.confidence}, quiz, question, [f"Noted: you are {said}."], short=True
    )


def again(context: TurnContext, study: Study, problem: str = "") -> Told:
    """The open question once more, after an answer that could not be read."""
    quiz, question = _open(context, study)
    return _still(context, study, quiz, question, [problem] if problem else [])


def explained(context: TurnContext, study: Study) -> Told:
    """Why the last answer was right or wrong, by the item's reasons and its source."""
    desk = desk_of(context)
    quiz = desk.quizzes.quiz(str(study["quiz_id"]))
    answers = sorted(desk.progress(quiz).answers.items(), key=lambda one: one[1].at)
    known = desk.questions()
    last = next(((known[one], act) for one, act in reversed(answers) if one in known), None)
    if last is None or (quiz.mode == "exam" and study.get("mode")):
        blocks = ["There is no answer to explain yet." if last is None else "An exam explains its answers at the end."]
        return _blocks(context, study, quiz, blocks)
    question, act = last
    desk.explanation_shown(act, "why-wrong")
    given = plain(act.given or "nothing", 300)
    blocks = [f"**{plain(question.prompt, 400)}**", f"You answered: {given}.", reasons_of(question, act.given)]
    blocks += [key_sentence(question), question.explanation]
    passages = cite(context, question, blocks)
    return _blocks(context, study, quiz, blocks, passages)


def graded_by_learner(context: TurnContext, study: Study, outcome: float) -> Told:
    """The learner's own grade of their last answer in place of ours, recorded as theirs."""
    desk = desk_of(context)
    quiz = desk.quizzes.quiz(str(study["quiz_id"]))
    answers = sorted(desk.progress(quiz).answers.values(), key=lambda act: act.at)
    if not answers:
        return _blocks(context, study, quiz, ["There is no answer to grade yet."])
    desk.contest(answers[-1], outcome)
    return _blocks(context, study, quiz, [f"Your last answer now counts {outcome:.0%}, recorded as graded by you."])


def ended(context: TurnContext, study: Study) -> Told:
    """The end of a quiz that the learner wants to stop: an exam is handed in, any other can be gone on with."""
    quiz = desk_of(context).quizzes.quiz(str(study["quiz_id"]))
    return _over(context, quiz, [], handed_in=True)


def _mode(study: Study) -> str:
    return str(study.get("mode") or "quiz")


def _next(
    context: TurnContext, quiz: Quiz, blocks: list[str], done: Answered | None, mode: str, before: Study | None
) -> Told:
    desk = desk_of(context)
    passages: list[dict[str, Any]] = []
    result = None
    if done is not None:
        result = result_values(done)
        blocks = [*blocks, *feedback_blocks(done)]
        passages = cite(context, done.question, blocks)
    question = desk.current(quiz)
    if question is None:
        return _over(context, quiz, [] if quiz.mode == "exam" else blocks, result, passages)
    kept = _kept(before)
    if kept.get("sections"):
        from agent.study.walk import section_blocks

        told, more, kept["shown"] = section_blocks(context, kept, str(question.id))
        blocks, passages = [*blocks, *told], _merged(passages, more)
    study: Study = {
        **kept,
        "mode": mode,
        "quiz_id": quiz.id,
        "question_id": str(question.id),
        "shown_at": datetime.now(UTC).isoformat(),
    }
    shown = _shown(desk, quiz, question)
    return _told(context, quiz, blocks, study, shown, result, passages)


def _kept(before: Study | None) -> Study:
    return {name: value for name, value in (before or {}).items() if name in ("sections", "document", "shown")}


def _merged(passages: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {one["number"] for one in passages}
    return [*passages, *(one for one in more if one["number"] not in known)]


def _still(
    context: TurnContext, study: Study, quiz: Quiz, question: Question, blocks: list[str], *, short: bool = False
) -> Told:
    shown = _shown(desk_of(context), quiz, question)
    return _told(context, quiz, blocks, study, shown, None, [], short=short)


def _blocks(
    context: TurnContext, study: Study, quiz: Quiz, blocks: list[str], passages: list[dict[str, Any]] | None = None
) -> Told:
    """Something said beside the quiz, which goes on where it was."""
    question = desk_of(context).current(quiz) if study.get("mode") else None
    shown = _shown(desk_of(context), quiz, question) if question else None
    return _told(context, quiz, blocks, study, shown, None, passages or [], short=True)


def _told(
    context: TurnContext,
    quiz: Quiz,
    blocks: list[str],
    study: Study,
    shown: dict[str, Any] | None,
    result: dict[str, Any] | None,
    passages: list[dict[str, Any]],
    *,
    short: bool = False,
) -> Told:
    said = [*blocks]
    if shown is not None:
        waits = f"Question {shown['number']} of {shown['total']} waits for your answer."
        said.append(waits if short else question_text(shown, title=quiz.title if shown["number"] == 1 else ""))
    text = "\n\n".join(block for block in said if block)
    artifact = {
        "kind": "quiz",
        "quiz": _quiz_values(quiz),
        "question": shown,
        "result": result,
        "text": text,
        "passages": passages,
        "summary": None,
    }
    told = f"{fenced(defused(text))}\n{_NO_KEY if shown else ''} Tell the learner this in your words, and no more."
    return Told(with_sources(told, context, passages), artifact, study)


def _over(
    context: TurnContext,
    quiz: Quiz,
    blocks: list[str],
    result: dict[str, Any] | None = None,
    passages: list[dict[str, Any]] | None = None,
    *,
    handed_in: bool = False,
) -> Told:
    desk = desk_of(context)
    answered_count = len(desk.progress(quiz).answers)
    if handed_in and quiz.mode != "exam" and answered_count < len(quiz.question_ids):
        of_all = f"{answered_count} of {len(quiz.question_ids)} questions"
        said = f"Stopped after {of_all}; *go on with my quiz* takes it up again."
        summary = desk.summary(quiz)
    else:
        said, summary = "", desk.finish(quiz)
    answers = desk.progress(quiz).answers
    lines = [*blocks, said]
    if answers:
        score = sum(act.outcome for act in answers.values())
        lines.append(f"**Result: {score:.3g} of {len(answers) if said else summary.total}.**")
    missed = [one for one in summary.missed if one.id in answers or not said]
    if missed and answers:
        lines.append("What to read again:\n\n" + "\n".join(to_read(context, one, passages or []) for one in missed[:5]))
    if quiz.mode == "exam" and answers:
        lines.append(report(desk, answers))
    sure_and_wrong = len(summary.overconfident)
    if sure_and_wrong:
        lines.append(f"{sure_and_wrong} of your wrong answers you were sure of: read those first.")
    text = "\n\n".join(line for line in lines if line)
    artifact = {
        "kind": "quiz",
        "quiz": _quiz_values(quiz),
        "question": None,
        "result": result,
        "text": text or "The quiz is over.",
        "passages": passages or [],
        "summary": {"score": summary.score, "total": summary.total, "answered": answered_count},
    }
    told = f"{fenced(defused(text))}\nThe quiz is over. Tell the learner how it went and what to read again."
    return Told(with_sources(told, context, passages or []), artifact, {"quiz_id": quiz.id})


def _quiz_values(quiz: Quiz) -> dict[str, Any]:
    ends = quiz.ends_at.isoformat() if quiz.ends_at else None
    return {"id": quiz.id, "title": quiz.title, "mode": quiz.mode, "total": len(quiz.question_ids), "ends_at": ends}


def _shown(desk: StudyDesk, quiz: Quiz, question: Question) -> dict[str, Any]:
    return shown_question(question, quiz.question_ids.index(question.id) + 1, len(quiz.question_ids))


def _open(context: TurnContext, study: Study) -> tuple[Quiz, Question]:
    desk = desk_of(context)
    quiz = desk.quizzes.quiz(str(study["quiz_id"]))
    question = desk.questions().get(QuestionId(str(study["question_id"])))
    if question is None:
        raise QuizError("This question is no longer there.", hint="Say stop, and start a new quiz.")
    return quiz, question


def _seconds(study: Study) -> float:
    try:
        shown_at = datetime.fromisoformat(str(study.get("shown_at", "")))
    except ValueError:
        return 0.0
    return max(0.0, min(MOST_SECONDS, (datetime.now(UTC) - shown_at).total_seconds()))
