"""The door of generated items: a chat model drafts them from passages, rules fill up what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent.items.batch import ItemBatch
from agent.items.cloze import MADE_BY, cloze_items
from curriculum.model import TopicId
from curriculum.question_values import Kind, Question
from curriculum.question_verifier import RunCode
from errors import SandboxError
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.context import RunPython
    from agent.hands import PythonRunner
    from curriculum.contents import Contents


def make_items(
    passages: Sequence[Passage],
    count: int,
    *,
    topic_ids: Sequence[TopicId] = (),
    known: Mapping[str, Question] | None = None,
    model: BaseChatModel | None = None,
    run_code: RunCode | None = None,
    contents: Contents | None = None,
    kinds: Sequence[Kind] = (),
) -> ItemBatch:
    """At most `count` verified items; fewer, or none, where no more can be verified.

    Args:
        passages: what the items may ask about and quote.
        count: the most items wanted.
        topic_ids: what they count for.
        known: items that must not be asked again.
        model: drafts them; None for rules alone.
        run_code: checks drafts with programs; None to drop those.
        contents: the roadmap, whose terms the rules know.
        kinds: the kinds wanted; empty for any.
    """
    known = dict(known or {})
    if model is None:
        return _by_rule(passages, count, topic_ids, known, contents, kinds)
    from agent.items.drafting import drafted_items

    drafted = drafted_items(
        passages, count, model=model, topic_ids=topic_ids, known=known, run_code=run_code, kinds=kinds
    )
    missing = count - len(drafted.questions)
    if not missing:
        return drafted
    known |= {question.id: question for question in drafted.questions}
    filled = _by_rule(passages, missing, topic_ids, known, contents, kinds)
    made_by = f"{drafted.made_by} and {MADE_BY}" if drafted.questions and filled.questions else drafted.made_by
    return ItemBatch(
        (*drafted.questions, *filled.questions),
        made_by if drafted.questions else MADE_BY,
        drafted.repaired_count,
        (*drafted.dropped, *filled.dropped),
    )


def _by_rule(
    passages: Sequence[Passage],
    count: int,
    topic_ids: Sequence[TopicId],
    known: Mapping[str, Question],
    contents: Contents | None,
    kinds: Sequence[Kind],
) -> ItemBatch:
    if kinds and "cloze" not in kinds:
        return ItemBatch((), MADE_BY)
    return cloze_items(passages, count, topic_ids=topic_ids, known=known, contents=contents)


def code_runner(python: PythonRunner | None, run_python: RunPython) -> RunCode | None:
    """What a program of a draft prints, in the sandbox; None where code may not run without asking."""
    if python is None or run_python != "auto" or not python.available:
        return None

    def run(code: str) -> str:
        result = python.run_once(code)
        if result.status != "ok":
            raise SandboxError(f"The program ended with {result.status}: {result.error[-200:]}")
        return (result.text + result.value).strip()

    return run
