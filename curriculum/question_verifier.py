"""Checks every receipt of the bank: the quote stands in its source, the code gives the key, the rules hold.

The sources and the sandbox are given from outside, so nothing here reads a PDF or runs code by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from curriculum.question_lint import ItemFault, lint
from curriculum.question_values import Cloze, CodeOutput, Number, Question, ShortAnswer
from errors import StudyError

QUOTE_CHARACTERS = range(12, 301)
_EXACTNESS = 1e-9

Finding = Literal["found", "missing", "absent"]
"""The quote stands there; it does not; there is no such source here to look in."""

Locate = Callable[[str, int | None, str], Finding]
"""Where a quote is: (document, page, quote) to finding."""

RunCode = Callable[[str], str]
"""What a program prints, trimmed; raises StudyError when it fails."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification of questions found."""

    questions: tuple[Question, ...]
    faults: tuple[ItemFault, ...]
    unverified: tuple[str, ...]
    """Ids of items whose source is a paper that is not here."""
    run_count: int
    """How many programs were run."""

    @property
    def passed(self) -> bool:
        """Whether no rule is broken."""
        return not self.faults

    def counts(self) -> dict[str, dict[str, int]]:
        """Items by first topic, kind, difficulty and Bloom level."""
        return {
            "topic": dict(Counter(str(question.topic_ids[0]) for question in self.questions if question.topic_ids)),
            "kind": dict(Counter(question.kind for question in self.questions)),
            "difficulty": dict(Counter(question.difficulty for question in self.questions)),
            "bloom": dict(Counter(question.bloom for question in self.questions)),
        }


def verify(questions: Sequence[Question], locate: Locate, run_code: RunCode | None) -> Verification:
    """What is wrong with the questions; without `run_code` programs are not run."""
    faults = lint(questions)
    unverified = []
    run_count = 0
    for question in questions:
        found, absent = verify_receipts(question, locate)
        faults += found
        if absent:
            unverified.append(str(question.id))
        if question.code and run_code is not None:
            run_count += 1
            faults += verify_code(question, run_code)
    return Verification(tuple(questions), tuple(faults), tuple(unverified), run_count)


def verify_receipts(question: Question, locate: Locate) -> tuple[list[ItemFault], bool]:
    """The quotes that are not where the item says, and whether a source is not here to look in."""
    receipt = question.receipt
    faults, absent = [], False
    quotes = [("receipt", receipt.quote)]
    if isinstance(question.body, ShortAnswer):
        quotes += [("points", point.quote) for point in question.body.points if point.quote]
    for rule, quote in quotes:
        if len(quote) not in QUOTE_CHARACTERS:
            faults.append(ItemFault(question.id, rule, f"a quote of {len(quote)} characters is not 12 to 300 long"))
            continue
        page = receipt.page if rule == "receipt" else None
        finding = locate(receipt.document, page, quote)
        absent = absent or finding == "absent"
        if finding == "missing":
            where = f"{receipt.document}, page {page}" if page else receipt.document
            faults.append(ItemFault(question.id, rule, f"does not stand in {where}: {quote!r}"))
    if isinstance(question.body, Cloze) and not _says(receipt.quote, question.body.accepted):
        faults.append(ItemFault(question.id, "receipt", "the quote has none of the accepted answers"))
    return faults, absent


def verify_code(question: Question, run_code: RunCode) -> Iterator[ItemFault]:
    """What running the item's program shows to be wrong."""
    try:
        printed = run_code(question.code)
    except StudyError as error:
        yield ItemFault(question.id, "code", f"does not run: {error}")
        return
    body = question.body
    if isinstance(body, CodeOutput):
        if printed != body.expected:
            yield ItemFault(question.id, "code", f"prints {printed!r}, not {body.expected!r}")
        if any(option.text == printed for option in body.options if not option.is_right):
            yield ItemFault(question.id, "code", f"prints the wrong option {printed!r}")
    elif isinstance(body, Number):
        yield from _verify_number(question, body, printed)


def _verify_number(question: Question, body: Number, printed: str) -> Iterator[ItemFault]:
    try:
        value = float(printed)
    except ValueError:
        yield ItemFault(question.id, "code", f"prints {printed!r}, which is no number")
        return
    slack = max(body.tolerance, _EXACTNESS * abs(body.value))
    if abs(value - body.value) > slack:
        yield ItemFault(question.id, "code", f"computes {value:g}, not {body.value:g} within {slack:g}")
    for wrong, _ in body.wrong_values:
        if abs(value - wrong) <= slack:
            yield ItemFault(question.id, "code", f"computes the wrong value {wrong:g}")


def _says(quote: str, accepted: Sequence[str]) -> bool:
    folded = quote.casefold()
    return any(form.casefold() in folded for form in accepted)
