"""The tools of a quiz: one gives its questions without their keys, one grades an answer and records it.

Both go through the learner's desk, as the chat, the page and the terminal do. What an answer leaves in the record says
that it came from here (`conversation_id` is `mcp`): another program's model gave it on, and only that program knows
whose words it is.
"""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from agent.context import Limits, TurnContext
from agent.mcp.quoted import result
from agent.mcp.rooms import StudyRooms
from agent.mcp.values import AnswerGraded, Point, QuizItem, QuizMade, QuizScore
from agent.sources import SourceRegistry
from agent.tools.quoting import defused, fenced
from curriculum.question_values import Difficulty, Kind, Question, QuestionId
from errors import QuizError
from learner.answer_reading import LONGEST_ANSWER
from learner.grading import key_sentence
from learner.quiz import Confidence, Quiz
from learner.study_desk import Answered, StudyDesk

DOOR = "mcp"
"""Stands in the record where the id of a conversation does."""
MOST_QUESTIONS = 20


class QuizTools:
    """Makes and grades quizzes over the record of these rooms."""

    def __init__(self, rooms: StudyRooms) -> None:
        self._rooms = rooms

    def make_quiz(
        self,
        topic: Annotated[
            str, Field(max_length=500, description="A topic, paper, note or document; empty for the whole roadmap.")
        ] = "",
        count: Annotated[int, Field(ge=1, le=MOST_QUESTIONS, description="Number of questions.")] = 5,
        kinds: Annotated[tuple[Kind, ...], Field(description="Only of these kinds; empty for any.")] = (),
        difficulty: Annotated[Difficulty | None, Field(description="null for any.")] = None,
        mode: Annotated[
            Literal["practice", "review"], Field(description="review asks what is due, whatever its kind.")
        ] = "practice",
        generate: Annotated[bool, Field(description="New questions made from documents, not the bank's.")] = False,
    ) -> Annotated[CallToolResult, QuizMade]:
        """Begin a quiz: verified questions without their keys. Ask the learner one at a time.

        Give each of the learner's own answers to answer_quiz. Never answer for the learner: every answer counts in
        their record. The same quiz can be gone on with in the page.
        """
        from agent.study.begin import begin_quiz
        from agent.study.request import QuizRequest

        desk, curriculum = self._rooms.desk(), self._rooms.curriculum
        context = TurnContext(
            self._rooms.library(), SourceRegistry(), curriculum, Limits(), curriculum=curriculum, desk=desk
        )
        request = QuizRequest(
            topic=topic, count=count, difficulty=difficulty, kinds=kinds, mode=mode, generate=generate
        )
        begun = begin_quiz(context, request)
        quiz = desk.quizzes.quiz(str(begun.artifact["quiz"]["id"]))
        lead = str(begun.artifact["text"]).partition("**Question 1 of ")[0].strip()
        return _made(quiz, desk, lead)

    def answer_quiz(
        self,
        quiz_id: Annotated[str, Field(max_length=100, description="Of make_quiz.")],
        question_id: Annotated[str, Field(max_length=200, description="Of make_quiz.")],
        answer: Annotated[
            str,
            Field(
                max_length=LONGEST_ANSWER,
                description="The learner's own words: a number or letter of an option, a text, or 'skip'.",
            ),
        ],
        confidence: Annotated[
            Confidence | None, Field(description="How sure the learner said they were, before they knew.")
        ] = None,
    ) -> Annotated[CallToolResult, AnswerGraded]:
        """Grade the learner's answer by its key and record it as evidence, with the reason and its source.

        The first answer to a question of a quiz stands; asking again tells what was recorded.
        """
        desk = self._rooms.desk()
        quiz = desk.quizzes.quiz(quiz_id)
        if quiz.mode == "exam":
            raise QuizError("An exam is timed and taken in the page.", hint="Open the Quiz tab, or make a practice.")
        question = desk.questions().get(QuestionId(question_id))
        if question is None or question.id not in quiz.question_ids:
            raise QuizError(
                "This quiz has no such question.", hint=f"Its questions are {', '.join(quiz.question_ids)}."
            )
        known = question.id in desk.progress(quiz).answers
        given, said = ((), None) if known else _given(answer, quiz, question)
        done = desk.answer(quiz, question.id, given, confidence=confidence or said, conversation_id=DOOR)
        return _graded(desk, quiz, done, self._source(question), was_known=known)

    def _source(self, question: Question) -> str:
        """Where the key is written, by the title of its document."""
        receipt, contents = question.receipt, self._rooms.curriculum
        titles = {str(one.id): one.title for one in contents.papers} | {one.name: one.title for one in contents.notes}
        if receipt.document not in titles:  # made from a document of the library
            held = {str(one.id): one.title for one in self._rooms.library().documents()}
            titles |= {receipt.document: held.get(receipt.document, "a document that is no longer in the library")}
        return titles[receipt.document] + (f", page {receipt.page}" if receipt.page else "")


def _made(quiz: Quiz, desk: StudyDesk, lead: str) -> CallToolResult:
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
    return result(values, [f"Quiz {quiz.id}: {quiz.title}. {lead}".strip(), fenced("\n\n".join(map(defused, texts)))])


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


def _graded(desk: StudyDesk, quiz: Quiz, done: Answered, source: str, *, was_known: bool) -> CallToolResult:
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
    return result(
        values,
        [
            f"{first}{values.verdict}: {values.feedback}",
            "\n".join(f"- {'met' if one.met else 'missing'}: {one.text}" for one in values.points),
            f"{values.key}\n{values.explanation}",
            f"Source: {source}\n{fenced(defused(values.source_quote))}" if values.source_quote else f"Source: {source}",
            end,
        ],
    )
