"""Whether the golden set's quotes stand in their sources, and whether what it calls absent is absent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curriculum.load import note_paths
from curriculum.receipts.pages import UNREADABLE, PaperPages
from curriculum.receipts.quotes import PageText
from evals.golden import Evidence, GoldenQuestion, GoldenSet, form_pattern
from evals.pagetext import plain


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked up."""

    found: int
    """Quotes that stand on their page."""
    unchecked: tuple[str, ...]
    """Papers whose PDF is not there, so that their quotes could not be looked up."""
    faults: tuple[str, ...]
    """One sentence each."""


class Sources:
    """The pages of papers in a folder, and the notes, each read once."""

    def __init__(self, papers: Path) -> None:
        self._papers = PaperPages(papers)
        self._folder = papers
        self._notes = {path.stem: (PageText(path.read_text(encoding="utf-8")),) for path in note_paths()}

    def pages(self, document: str) -> tuple[PageText, ...]:
        """The pages of a paper or note; none when it is not there."""
        return self._notes.get(document) or self._papers.of(document)

    def is_unreadable(self, document: str) -> bool:
        """Whether a PDF is there and cannot be read."""
        return document not in self._notes and self._papers.why_none(document) == UNREADABLE

    def documents(self) -> Iterator[str]:
        """All notes, and all papers of the folder."""
        yield from self._notes
        yield from (path.stem for path in sorted(self._folder.glob("*.pdf")))


def check_golden(golden: GoldenSet, papers: Path) -> Checked:
    """Every quote looked up on its page, and every absent word everywhere.

    A quote counts as a fault only where its source is there.
    """
    sources = Sources(papers)
    spans = [(question, item) for question in golden.questions for item in question.quotes]
    faults: list[str] = []
    unchecked: dict[str, None] = {}
    for question, item in spans:
        if sources.is_unreadable(item.document):
            faults.append(f"{question.id}: the PDF of {item.document} cannot be read.")
        elif not sources.pages(item.document):
            unchecked[item.document] = None
        elif fault := _span_fault(item, sources.pages(item.document)):
            faults.append(f"{question.id}: {fault}")
    gone = sum(item.document in unchecked for _, item in spans)
    found = len(spans) - gone - len(faults)
    return Checked(found, tuple(sorted(unchecked)), (*faults, *_absence_faults(golden.unanswerable, sources)))


def _span_fault(item: Evidence, pages: tuple[PageText, ...]) -> str:
    """A sentence on a quote that is not on its page; empty when it is."""
    number = item.page or 1
    if number > len(pages):
        return f"{item.document} has {len(pages)} pages, page {number} is named."
    if pages[number - 1].find(item.quote) is not None:
        return ""
    elsewhere = [str(place) for place, page in enumerate(pages, start=1) if page.find(item.quote) is not None]
    where = f"it stands on page {', '.join(elsewhere)}" if elsewhere else "it stands nowhere in the document"
    return f"the quote {item.quote!r} is not on {item}; {where}."


def _absence_faults(questions: Sequence[GoldenQuestion], sources: Sources) -> Iterator[str]:
    if not questions:
        return
    texts = {name: [plain(page.text) for page in sources.pages(name)] for name in sources.documents()}
    for question in questions:
        for name in [question.absent_in] if question.absent_in else texts:
            for number, text in enumerate(texts.get(name, ()), start=1):
                for form in question.absent:
                    if re.search(form_pattern(form), text, re.IGNORECASE):
                        yield f"{question.id}: {form!r} is called absent and stands on {name}, page {number}."
