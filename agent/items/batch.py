"""What came of making items, and the verification each must pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curriculum.question_lint import ItemFault, duplicate_faults, lint_question
from curriculum.question_values import Cloze, Question, key_texts
from curriculum.question_verifier import Finding, RunCode, verify_code, verify_receipts
from curriculum.receipts.quotes import PageText
from vectorstore.passage import Passage


@dataclass(frozen=True, slots=True)
class ItemBatch:
    """Items that passed, and what became of the others."""

    questions: tuple[Question, ...]
    made_by: str
    repaired_count: int = 0
    """Of `questions`, how many passed only after a repair."""
    dropped: tuple[ItemFault, ...] = ()
    """The first fault of each item that was dropped; none of them is shown."""

    def counts(self) -> dict[str, int]:
        """Shown, repaired and dropped."""
        return {"shown": len(self.questions), "repaired": self.repaired_count, "dropped": len(self.dropped)}


class PassageSource:
    """The only place that generated items may quote: the passages they were made from."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._pages: dict[tuple[str, int], list[PageText]] = {}
        for passage in passages:
            key = (str(passage.document_id), passage.page_number)
            self._pages.setdefault(key, []).append(PageText(passage.text))

    def locate(self, document: str, page: int | None, quote: str) -> Finding:
        """Whether a passage of that page has the quote."""
        texts = [
            text
            for (document_id, number), found in self._pages.items()
            if document_id == document and page in (None, number)
            for text in found
        ]
        return "found" if any(text.find(quote) is not None for text in texts) else "missing"


def faults_of(question: Question, source: PassageSource, run_code: RunCode | None) -> list[ItemFault]:
    """All that is wrong with one generated item; code that cannot be run here is a fault."""
    faults = [*lint_question(question), *verify_receipts(question, source.locate)[0]]
    if question.code:
        if run_code is None:
            faults.append(ItemFault(question.id, "code", "cannot be verified, as no sandbox is ready"))
        else:
            faults += verify_code(question, run_code)
    if not isinstance(question.body, Cloze) and not _key_is_backed(question):
        faults.append(ItemFault(question.id, "receipt", "shares no word with the key it is to back"))
    return faults


def without_doubles(
    questions: Sequence[Question], known: Mapping[str, Question]
) -> tuple[list[Question], list[ItemFault]]:
    """The questions that ask nothing that a known one or an earlier one asks, and the others' faults."""
    kept: list[Question] = []
    faults: list[ItemFault] = []
    for question in questions:
        double = next(duplicate_faults(question, [*known.values(), *kept]), None)
        if double is None:
            kept.append(question)
        else:
            faults.append(double)
    return kept, faults


def _key_is_backed(question: Question) -> bool:
    """Whether the quote shares a content word with the key; one that does not cannot show that the key is right."""
    quote = {word[:5] for word in question.receipt.quote.casefold().split() if len(word) > 3}
    keys = list(key_texts(question)) or [question.prompt, question.explanation]
    return any(word[:5] in quote for key in keys for word in key.casefold().split() if len(word) > 3)
