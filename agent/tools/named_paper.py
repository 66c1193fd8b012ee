"""Which document of the library a learner means by a paper's name: "the attention paper" is no note on attention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.words import content_stems
from errors import DocumentNotFoundError

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper
    from vectorstore.library import DocumentSummary


_AS_NOTE = re.compile(
    r"(?:(?:the|my|our|your|a)\s+)?(?:(?:study|teaching)\s+)?notes?\s+(?:on|about|of|for)\s+(?P<on>.+)$"
    r"|(?:(?:the|my|our|your|a)\s+)?(?P<named>.+?)\s+notes?$",
    re.IGNORECASE,
)


def find_paper(reference: str, library: LibraryReader, curriculum: Curriculum | None) -> DocumentSummary:
    """The document of a title, id or name; papers go before notes of the same name.

    Raises:
        DocumentNotFoundError: the library has no such document; the hint says how to get it.
    """
    wanted = reference.strip().casefold()
    for document in library.documents():
        if document.kind == "pdf" and wanted in {str(document.id), document.title.casefold()}:
            return document
    known = paper_named(reference, curriculum)
    if known is None:
        return library.find_document(reference)
    for document in library.documents():
        if document.kind == "pdf" and is_paper(document, known):
            return document
    hint = f"Say: add {known.arxiv_id}" if known.arxiv_id else "Add its PDF in the Library tab"
    raise DocumentNotFoundError(f"Your library does not have the paper {known.title!r}.", hint=f"{hint}.")


def find_note(reference: str, library: LibraryReader) -> DocumentSummary | None:
    """The note that "the note on LoRA" or "my RAG notes" means, by its title; None when none is meant."""
    match = _AS_NOTE.match(reference.strip(" ?.!\"'"))
    wanted = set(content_stems(match["on"] or match["named"])) if match else set()
    fitting = [
        (min(place for place, stem in enumerate(stems) if stem in wanted), len(stems), order, document)
        for order, document in enumerate(library.documents())
        if document.kind != "pdf" and wanted and wanted <= set(stems := content_stems(document.title))
    ]
    return min(fitting)[3] if fitting else None


def is_paper(document: DocumentSummary, paper: Paper) -> bool:
    """Whether a document is this paper of the roadmap."""
    if paper.arxiv_id and document.arxiv_id:
        return paper.arxiv_id == document.arxiv_id
    return paper.title.casefold() == document.title.casefold()


def paper_named(reference: str, curriculum: Curriculum | None) -> Paper | None:
    """The roadmap's paper whose name, or whose title's beginning, the reference is; None for any other words."""
    if curriculum is None:
        return None
    from curriculum.matching import words_of
    from curriculum.paper_names import PaperNames, without_version

    words = [word for word in words_of(without_version(reference)) if word != "paper"]
    named, left = PaperNames(curriculum.papers).named_in(words)
    if named is not None and not left:
        return named
    begins = (paper for paper in curriculum.papers if words and words_of(paper.title)[: len(words)] == words)
    return next(begins, None)
