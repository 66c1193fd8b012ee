"""Faults planted in a working assistant, each of which the gate must turn red."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent.events import Answer, Citation
from errors import StudyError
from evals.assistant import Assistant
from vectorstore.passage import Passage


class Mutant:
    """An assistant that passes on what the inner one finds and says; a fault overrides one of the two."""

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages found for the question, best first."""
        return self._inner.search(question, limit)

    def ask(self, question: str) -> Answer:
        """The finished answer."""
        return self._inner.ask(question)

    def file(self, document_id: str) -> Path:
        """The file as it was added."""
        return self._inner.file(document_id)

    def page_text(self, document_id: str, page_number: int) -> str:
        """The library's clean text of the page; empty where a fault names a page that is not there."""
        try:
            return self._inner.page_text(document_id, page_number)
        except StudyError:
            return ""


class Remembering(Mutant):
    """Asks the inner assistant each question once; the faults are planted in what it said then."""

    def __init__(self, inner: Assistant) -> None:
        super().__init__(inner)
        self._found: dict[tuple[str, int], list[Passage]] = {}
        self._answers: dict[str, Answer] = {}

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages found the first time."""
        if (question, limit) not in self._found:
            self._found[question, limit] = super().search(question, limit)
        return self._found[question, limit]

    def ask(self, question: str) -> Answer:
        """The answer given the first time."""
        if question not in self._answers:
            self._answers[question] = super().ask(question)
        return self._answers[question]


class SwappedPages(Mutant):
    """Pages 1 and 2, 3 and 4, and so on have each other's numbers."""

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages under the wrong page numbers."""
        found = super().search(question, limit)
        return [replace(passage, page_number=_swapped(passage.page_number)) for passage in found]

    def ask(self, question: str) -> Answer:
        """The answer with citations to the wrong pages."""
        answer = super().ask(question)
        swapped = (replace(item, page_number=_swapped(item.page_number)) for item in answer.citations)
        return replace(answer, citations=tuple(swapped))


class ShuffledChunks(Mutant):
    """Every passage carries the text of its neighbour in the results, as if the index had slipped by a row."""

    def search(self, question: str, limit: int) -> list[Passage]:
        """The passages with each other's texts."""
        found = super().search(question, limit)
        texts = [passage.text for passage in found]
        slipped = [*texts[1:], *texts[:1]]
        return [replace(passage, text=text) for passage, text in zip(found, slipped, strict=True)]


class IgnoresContext(Mutant):
    """Answers fluently from nowhere, with a citation mark for show."""

    def ask(self, question: str) -> Answer:
        """Always the same sentence, which no passage carries."""
        answer = super().ask(question)
        text = "It is widely known that the result improves with scale and with careful design [1]."
        return replace(answer, text=text, sentences=(), citations=answer.citations[:1], refused=False)


class AlteredNumber(Mutant):
    """Every number of an answer is one too high."""

    def ask(self, question: str) -> Answer:
        """The answer with wrong numbers, its citations as they were."""
        answer = super().ask(question)
        if answer.refused:
            return answer
        text = re.sub(r"(?<![\[\d.,#])\b(\d+)\b(?![\d\]])", lambda match: str(int(match[1]) + 1), answer.text)
        return replace(answer, text=text)


class MovedNumbers(Mutant):
    """Every number stands for what the next number should; a lone number for nothing."""

    def ask(self, question: str) -> Answer:
        """The answer whose numbers are all too high by one."""
        answer = super().ask(question)
        return replace(answer, citations=tuple(replace(item, number=item.number + 1) for item in answer.citations))


class MovedSpans(Mutant):
    """Every citation marks the words beside its own, on the right page."""

    def ask(self, question: str) -> Answer:
        """The answer whose spans have slipped by their own length."""
        answer = super().ask(question)
        return replace(answer, citations=tuple(self._slipped(item) for item in answer.citations))

    def _slipped(self, item: Citation) -> Citation:
        page = self.page_text(item.document_id, item.page_number)
        length = item.end - item.start
        start = item.end if item.end + length <= len(page) else max(0, item.start - length)
        return replace(item, start=start, end=start + length, quote=page[start : start + length])


class OtherPaper(Mutant):
    """Search returns the best passages of another document than the one that was asked for."""

    def search(self, question: str, limit: int) -> list[Passage]:
        """The best passages that are not of the best passage's document."""
        found = super().search(question, 5 * limit)
        return [passage for passage in found if passage.document_id != found[0].document_id][:limit]


MUTATIONS: dict[str, Callable[[Assistant], Mutant]] = {
    "none: the assistant as it is": Mutant,
    "swapped page numbers": SwappedPages,
    "shuffled chunks": ShuffledChunks,
    "an answerer that ignores the context": IgnoresContext,
    "an altered number": AlteredNumber,
    "citation numbers moved by one": MovedNumbers,
    "citation spans moved by one": MovedSpans,
    "top results of another paper": OtherPaper,
}
"""By name; the first is no fault and must stay green."""


def _swapped(page_number: int) -> int:
    return page_number + 1 if page_number % 2 else page_number - 1
