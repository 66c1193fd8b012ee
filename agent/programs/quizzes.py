"""A quiz for a program: its questions without their keys, and an answer that is graded and recorded.

Both go through the learner's desk, as the chat, the page and the terminal do. What an answer leaves in the record says
which way it came (`conversation_id` is the door): a program gave it on, and only that program knows whose words it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from agent.context import Limits, TurnContext
from agent.programs.quoted import Told, told
from agent.programs.values import AnswerGraded, Point, QuizItem, QuizMade, QuizScore
from agent.sources import SourceRegistry
from agent.tools.quoting import defused, fenced
from curriculum.question_values import Question, QuestionId
from errors import QuizError
from learner.grading import key_sentence
from learner.quiz import Confidence, Quiz
from learner.study_desk import Answered, StudyDesk

if TYPE_CHECKING:
    from agent.study.request import QuizRequest
    from curriculum.curriculum import Curriculum
    from vectorstore.library import Library

Door = Literal["mcp", "api"]
TitleOf: TypeAlias = Callable[[str], str]
MOST_QUESTIONS = 20


def make_quiz(library: Library, curriculum: Curriculum, desk: StudyDesk, request: QuizRequest) -> Told[QuizMade]:
    """A quiz that is begun now, at its first question.

    Raises:
        QuizError: nothing fits, or nothing is due.
    """
    from agent.study.begin import begin_quiz

    context = TurnContext(library, SourceRegistry(), curriculum, Limits(), curriculum=curriculum, desk=desk)
    begun = begin_quiz(context, request)
    quiz = desk.quizzes.quiz(str(begun.artifact["quiz"]["id"]))
    return _made(quiz, desk, str(begun.artifact["text"]).partition("**Question 1 of ")[0].strip())


def answer_quiz(
    desk: StudyDesk,
    quiz_id: str,
    question_id: str,
    answer: str,
    confidence: Confidence | None = None,
    *,
    door: Door,
    title_of: TitleOf,
) -> Told[AnswerGraded]:
    """The graded answer, which is recorded; the first one to a question of a quiz stands.

    Args:
        desk: the learner's.
        quiz_id: a quiz of the desk's.
        question_id: one of its questions.
        answer: the learner's own words: a number or letter of an option, a text, or "skip".
        confidence: how sure they said they were.
        door: which way the answer came; it stands in the record where the id of a conversation does.
        title_of: the title of a document of the roadmap or library, by the name that a receipt gives it.

    Raises:
        QuizError: the quiz has no such question, it is over, or these words are no answer to it.
    """
    quiz = desk.quizzes.quiz(quiz_id)
    if quiz.mode == "exam":
        raise QuizError("An exam is timed and taken in the page.", hint="Open the Quiz tab, or make a practice.")
    question = desk.questions().get(QuestionId(question_id))
    if question is None or question.id not in quiz.question_ids:
        raise QuizError("This quiz has no such question.", hint=f"Its questions are {', '.join(quiz.question_ids)}.")
    known = question.id in desk.progress(quiz).answers
    given, said = ((), None) if known else _given(answer, quiz, question)
    done = desk.answer(quiz, question.id, given, confidence=confidence or said, conversation_id=door)
    page = f", page {question.receipt.page}" if question.receipt.page else ""
    return _graded(desk, quiz, done, title_of(question.receipt.document) + page, was_known=known)


def title_in(curriculum: Curriculum, library: Callable[[], Library]) -> TitleOf:
    """Titles of the roadmap's papers and notes; the library is asked only for documents that are neither."""
    titles = {str(one.id): one.title for one in curriculum.papers} | {one.name: one.title for one in curriculum.notes}

    def title_of(name: str) -> str:
        if name in titles:
            return titles[name]
        held = {str(one.id): one.title for one in library().documents()}
        return held.get(name, "a document that is no longer in the library")

    return title_of


def _made(quiz: Quiz, desk: StudyDesk, lead: str) -> Told[QuizMade]:
    from agent.study.shown import question_text, shown_question

    known, total = desk.questions(), len(quiz.question_ids)
    shown = [
        shown_question(known[one], number, total)
        for number, one in enumerate(quiz.question_ids, start=1)
        if one in known
    ]
    items = [
        QuizItem(
            question_id=one["id"],
            how_to_answer=one["asking"],
            **{name: one[name] for name in ("kind", "prompt", "code", "options", "unit", "difficulty", "made")},
        )
        for one in shown
    ]
    values = QuizMade(quiz_id=quiz.id, title=quiz.title, mode=quiz.mode, questions=items, notice=lead)
    texts = [f"{question_text(one)}\n(question_id: {one['id']})" for one in shown]
    return told(values, [f"Quiz {quiz.id}: {quiz.title}. {lead}".strip(), fenced("\n\n".join(map(defused, texts)))])


def _given(answer: str, quiz: Quiz, question: Question) -> tuple[tuple[str, ...], Confidence | None]:
    """The answer as the desk takes it, and how sure its words say the learner is.

    Raises:
        QuizError: it cannot be read as an answer to this question.
    """
    from agent.study.reply import read_reply
    from agent.study.shown import shown_question

    shown = shown_question(question, quiz.question_ids.index(question.id) + 1, len(quiz.question_ids))
    reply = read_reply(answer, shown)
    if reply.act not in ("answer", "skip"):
        raise QuizError(
            f"This is no answer to the question. {reply.problem}".strip(), hint=f"{shown['asking']} Or say: skip."
        )
    return (reply.given if reply.act == "answer" else ()), reply.confidence


def _graded(desk: StudyDesk, quiz: Quiz, done: Answered, source: str, *, was_known: bool) -> Told[AnswerGraded]:
    score = None
    if done.progress.is_complete:
        summary = desk.finish(quiz)
        score = QuizScore(score=summary.score, total=summary.total, sure_but_wrong=len(summary.overconfident))
    question, left = done.question, done.progress.total - len(done.progress.answers)
    values = AnswerGraded(
        question_id=str(question.id),
        verdict=done.grade.verdict,
        outcome=done.grade.outcome,
        given=done.evidence.given,
        feedback=done.grade.feedback,
        points=[Point(text=one.text, met=one.is_met) for one in done.grade.points],
        key=key_sentence(question),
        explanation=question.explanation,
        source=source,
        source_quote=question.receipt.quote,
        was_recorded_before=was_known,
        next_question_id=done.progress.next_question_id,
        answers_left=left,
        score=score,
    )
    first = "This item was answered before; the first answer stands. " if was_known else ""
    end = f"The quiz is over: {score.score:.3g} of {score.total}." if score else f"{left} to go."
    return told(
        values,
        [
            f"{first}{values.verdict}: {values.feedback}",
            "\n".join(f"- {'met' if one.met else 'missing'}: {one.text}" for one in values.points),
            f"{values.key}\n{values.explanation}",
            f"Source: {source}\n{fenced(defused(values.source_quote))}" if values.source_quote else f"Source: {source}",
            end,
        ],
    )
