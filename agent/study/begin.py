"""Begins a quiz: its scope, its items from the bank, and those made from documents where the bank has too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.context import TurnContext
from agent.study.quiz_turns import Told, desk_of, opened
from agent.study.request import QuizRequest
from agent.study.scope import Scope, note_of, own_scope, scope_of
from agent.study.source import read_source
from curriculum.question_values import Question
from errors import QuizError
from learner.quiz import DEFAULT_COUNT, QuizWish, check_wish, matching

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.items.batch import ItemBatch
    from curriculum.curriculum import Curriculum as Contents

MOST_REVIEWED = 20
"""Items of one review."""
MOST_GENERATED = 20
"""Items made for one quiz: each call of a model takes its time."""


def begin_quiz(context: TurnContext, request: QuizRequest, model: BaseChatModel | None = None) -> Told:
    """The first question of the quiz, exam or review that was asked for.

    Args:
        context: of the turn.
        request: what was asked for.
        model: drafts items from passages; None to make them by rule.

    Raises:
        QuizError: nothing fits, or the wish cannot be a quiz.
    """
    if request.resume:
        return _resumed(context)
    if context.curriculum is None:
        raise QuizError("There are no quizzes here: this assistant was started without its curriculum.")
    if request.mode == "review":
        return _review(context, request, context.curriculum)
    wish = _wish(request)
    check_wish(wish)
    scope = _scope(context, request, context.curriculum)
    wish = replace(wish, topic_ids=scope.topic_ids, paper_ids=scope.paper_ids, documents=scope.notes)
    is_own = request.own or scope.is_own
    fitting = [] if is_own or request.generate else matching(desk_of(context).bank, wish)
    made, lead = _made(context, scope, wish, model, wish.count - len(fitting))
    if not made and is_own:
        raise QuizError(
            f"No question that can be verified could be made from “{scope.title}”.",
            hint="Add a longer text, or connect a chat model in Settings.",
        )
    if made and (is_own or request.generate):
        wish = replace(wish, count=len(made))
    return _begun(context, wish, scope, made, lead)


def _resumed(context: TurnContext) -> Told:
    waiting = desk_of(context).quizzes.open_quizzes()
    if not waiting:
        raise QuizError("No quiz is open.", hint="Start one: quiz me on attention.")
    return opened(context, waiting[0], f"You go on with “{waiting[0].title}”.")


def _review(context: TurnContext, request: QuizRequest, contents: Contents) -> Told:
    scope = scope_of(request.topic, contents, context.library)
    quiz = desk_of(context).start_review(request.count or MOST_REVIEWED, scope.topic_ids)
    count = _counted(len(quiz.question_ids))
    return opened(context, quiz, f"{count} to review, the least likely to be recalled first.")


def _begun(context: TurnContext, wish: QuizWish, scope: Scope, made: Sequence[Question], lead: list[str]) -> Told:
    quiz = desk_of(context).start_quiz(wish, scope.title, extra=made)
    count = len(quiz.question_ids)
    if count < wish.count:
        lead.append(f"There are only {count} that fit.")
    if quiz.mode == "exam":
        lead.append(f"An exam of {_counted(count)} in {quiz.minutes} minutes: no hints, and results at the end.")
    return opened(context, quiz, " ".join(lead))


def _wish(request: QuizRequest) -> QuizWish:
    return QuizWish(
        count=DEFAULT_COUNT if request.count is None else request.count,
        difficulty=request.difficulty,
        kinds=request.kinds,
        mode=request.mode,
        minutes=request.minutes,
    )


def _scope(context: TurnContext, request: QuizRequest, contents: Contents) -> Scope:
    if request.own:
        return own_scope(request.topic, contents, context.library)
    return scope_of(request.topic, contents, context.library)


def _made(
    context: TurnContext, scope: Scope, wish: QuizWish, model: BaseChatModel | None, missing: int
) -> tuple[Sequence[Question], list[str]]:
    """The items that were made because the bank has too few, and the sentence that says so."""
    batch = _generated(context, scope, wish, model, missing=missing)
    if batch is None or not batch.questions:
        return (), []
    return batch.questions, [_made_line(batch, scope)]


def _generated(
    context: TurnContext, scope: Scope, wish: QuizWish, model: BaseChatModel | None, *, missing: int
) -> ItemBatch | None:
    """Verified items from the scope's documents; None where it names none that is here."""
    from agent.items.make import code_runner, make_items

    ids = scope.document_ids or _documents(context, scope)
    passages = read_source(context.library, ids)
    if not passages or missing < 1:
        return None
    desk = desk_of(context)
    return make_items(
        passages,
        min(missing, MOST_GENERATED),
        topic_ids=scope.topic_ids,
        known={str(key): question for key, question in desk.questions().items()},
        model=model,
        run_code=code_runner(context.python, context.run_python),
        contents=context.curriculum,
        kinds=wish.kinds,
    )


def _documents(context: TurnContext, scope: Scope) -> tuple[str, ...]:
    """The library's note on the scope, where it names topics or notes."""
    note = note_of(scope, context.curriculum) if context.curriculum else None
    if note is None:
        return ()
    return tuple(str(one.id) for one in context.library.documents() if one.title.casefold() == note.title.casefold())


def _made_line(batch: ItemBatch, scope: Scope) -> str:
    counts = batch.counts()
    repaired = f", {counts['repaired']} after a repair" if counts["repaired"] else ""
    return (
        f"{_counted(counts['shown'])} made from “{scope.title}” by {batch.made_by} and verified{repaired}; "
        f"{counts['dropped']} drafts were dropped."
    )


def _counted(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"
