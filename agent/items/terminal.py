"""Generated items in the terminal: `python -m agent items DOCUMENT`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.items.batch import ItemBatch
from agent.items.make import code_runner, make_items
from agent.study.source import read_source
from curriculum.load import load_curriculum
from curriculum.questions import load_questions
from errors import QuizError
from learner.grading import key_sentence
from learner.question_json import values_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.assemble import Assembly

MOST_ITEMS = 100


def items_of(assembly: Assembly, document: str, count: int, model: BaseChatModel | None) -> ItemBatch:
    """The items made from a document of the library.

    Raises:
        DocumentNotFoundError: there is none of that name.
        QuizError: the count cannot be used.
    """
    if not 1 <= count <= MOST_ITEMS:
        raise QuizError(f"Ask for 1 to {MOST_ITEMS} items, not {count}.")
    found = assembly.library.find_document(document)
    return make_items(
        read_source(assembly.library, (str(found.id),)),
        count,
        known={str(question.id): question for question in load_questions()},
        model=model,
        run_code=code_runner(assembly.sandbox, assembly.tutor.hands.run_python),
        contents=load_curriculum(),
    )


def batch_lines(batch: ItemBatch) -> list[str]:
    """The items with key and source, then the counts."""
    lines = []
    for place, question in enumerate(batch.questions, start=1):
        lines.append(f"{place}. [{question.kind}] {question.prompt}")
        lines += [f"     {'*' if option.is_right else ' '} {option.text}" for option in question.options]
        page = f", p. {question.receipt.page}" if question.receipt.page else ""
        lines += [f"   {key_sentence(question)}", f"   “{question.receipt.quote}” ({question.receipt.document}{page})"]
    counts = batch.counts()
    lines.append(
        f"{counts['shown']} shown, {counts['repaired']} repaired, {counts['dropped']} dropped ({batch.made_by})"
    )
    return [*lines, *(f"  dropped: {fault.rule}: {fault.message}" for fault in batch.dropped)]


def batch_values(batch: ItemBatch) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "made_by": batch.made_by,
        **batch.counts(),
        "items": [values_of(question) for question in batch.questions],
        "faults": [{"rule": fault.rule, "message": fault.message} for fault in batch.dropped],
    }
