"""Where the bank's quotes are looked up: our own notes, and the PDFs of a folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from curriculum.front_matter import split_front_matter
from curriculum.load import load_curriculum
from curriculum.question_verifier import Finding, Locate
from curriculum.receipts.pages import PaperPages
from curriculum.receipts.quotes import PageText


def locate_in(folder: Path) -> Locate:
    """A way to look quotes up in the notes and in the papers of `folder`, which need not be there."""
    notes = {note.name: note.path for note in load_curriculum().notes}
    papers = PaperPages(folder)

    @cache
    def note_text(name: str) -> PageText:
        return PageText(split_front_matter(notes[name].read_text(encoding="utf-8"))[1])

    def locate(document: str, page: int | None, quote: str) -> Finding:
        pages = (note_text(document),) if document in notes else papers.of(document)
        if not pages:
            return "absent"
        places = pages if page is None else pages[page - 1 : page]
        return "found" if any(place.find(quote) is not None for place in places) else "missing"

    return locate
