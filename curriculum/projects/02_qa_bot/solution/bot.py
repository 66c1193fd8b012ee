"""The bot: a short answer from one sentence, with its source, or the word that there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from passages import Document, Passage, split_document
from search import Index, terms

NOT_FOUND = "Not found in the documents."
_YEAR = r"\b\d{4}\b"
_QUANTITY = r"\d+(?:[.,]\d+)* [^\W\d_]+"
_NAME = r"[A-Z][^\W\d_]+(?: [A-Z][^\W\d_]+)*"


@dataclass(frozen=True)
class Answer:
    """What the bot says."""

    text: str
    """A few words that stand in the source, or NOT_FOUND."""
    source: Passage | None
    """The sentence it was taken from; None when nothing was found."""
    start: int = 0
    end: int = 0
    """`source.document.text[start:end]` is the text of the answer."""


def wanted_pattern(question: str) -> str:
    """The regular expression of what is asked for: a year, a number with its unit, or a name."""
    asked = question.lower()
    if re.search(r"\bwhen\b|\byear\b", asked):
        return _YEAR
    if re.search(r"\bhow (many|much)\b|\bnumber\b", asked):
        return _QUANTITY
    return _NAME


class QaBot:
    """Answers questions from documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.index = Index([passage for document in documents for passage in split_document(document)])

    def answer(self, question: str) -> Answer:
        """The answer from the best sentence that, with its title, holds every term of the question."""
        asked = set(terms(question))
        if not asked:
            return Answer(NOT_FOUND, None)
        for hit in self.index.search(question, k=10):
            held = set(terms(f"{hit.passage.document.title} {hit.passage.text}"))
            if asked <= held:
                found = self._extract(question, hit.passage)
                if found:
                    return found
        return Answer(NOT_FOUND, None)

    def _extract(self, question: str, passage: Passage) -> Answer | None:
        """The first part of the sentence that is of the wanted kind and was not in the question or the title."""
        known = set(terms(f"{question} {passage.document.title}"))
        for match in re.finditer(wanted_pattern(question), passage.text):
            new = [term for term in terms(match[0]) if term not in known]
            if new and match[0] not in ("It", "Its", "The"):
                start = passage.start + match.start()
                return Answer(match[0], passage, start, start + len(match[0]))
        return None
