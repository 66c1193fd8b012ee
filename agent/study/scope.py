"""What a quiz or lesson is about: a learner's words as topics, papers and notes of the roadmap, or own documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from curriculum.matching import ACCEPTED_FIT, Candidate, candidates_of, ranked
from errors import DocumentNotFoundError, QuizError

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from curriculum.contents import Contents
    from curriculum.model import Note, PaperId, TopicId
    from vectorstore.reports import DocumentSummary

LONGEST_NAME = 200
_NEAR = 3
_CLOSE = 0.05
"""Names that fit so nearly as well as the best are meant, too."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What was meant."""

    title: str
    topic_ids: tuple[TopicId, ...] = ()
    paper_ids: tuple[PaperId, ...] = ()
    notes: tuple[str, ...] = ()
    """Names of our notes."""
    document_ids: tuple[str, ...] = ()
    """Documents of the library to make items from."""

    @property
    def is_own(self) -> bool:
        """Whether it names documents of the learner's and nothing of the roadmap."""
        return bool(self.document_ids) and not (self.topic_ids or self.paper_ids or self.notes)

    @property
    def is_everything(self) -> bool:
        """Whether nothing was named."""
        return not (self.topic_ids or self.paper_ids or self.notes or self.document_ids)


def scope_of(named: str, contents: Contents, library: LibraryReader) -> Scope:
    """What the words name: a topic, part, paper or note of the roadmap, else a document of the library.

    Raises:
        QuizError: they name none of these.
    """
    words = named.strip()[:LONGEST_NAME]
    if not words:
        return Scope("All topics")
    matches = ranked(words, _candidates(contents))
    best = matches[0][0] if matches else 0.0
    if best >= ACCEPTED_FIT:
        meant = [candidate for fit, candidate in matches if fit >= best - _CLOSE]
        return _meant(meant, contents, library)
    if document := _document(words, library):
        return Scope(document.title, document_ids=(str(document.id),))
    near = list(dict.fromkeys(candidate.label for _, candidate in matches))[:_NEAR]
    raise QuizError(
        f"Neither the roadmap nor your library has “{words[:80]}”.",
        hint=f"The nearest are: {'; '.join(near)}." if near else "Name a topic or a paper.",
    )


def own_scope(named: str, contents: Contents | None, library: LibraryReader) -> Scope:
    """The learner's own documents, of which those that speak of what is named; all without a name.

    Raises:
        QuizError: there are none.
    """
    ours = {note.title.casefold() for note in contents.notes} if contents else set()
    papers = {paper.arxiv_id for paper in contents.papers if paper.arxiv_id} if contents else set()
    own = [one for one in library.documents() if one.title.casefold() not in ours and one.arxiv_id not in papers]
    if not own:
        raise QuizError(
            "Your library has no notes or papers of your own yet.",
            hint="Add a file in the Library tab, then ask again.",
        )
    if not named.strip():
        return Scope("Your own documents", document_ids=tuple(str(one.id) for one in own))
    found = library.search(named, limit=12, document_ids=[one.id for one in own])
    ids = tuple(dict.fromkeys(str(passage.document_id) for passage in found))
    if not ids:
        raise QuizError(f"None of your own documents speaks of “{named[:80]}”.", hint="Name another subject.")
    return Scope(f"Your notes: {named.strip()[:80]}", document_ids=ids)


def note_of(scope: Scope, contents: Contents) -> Note | None:
    """The note that teaches what the scope is about, the most particular one first."""
    named = [note for note in contents.notes if note.name in scope.notes]
    by_paper = [note for note in contents.notes if note.paper_ids[:1] and note.paper_ids[0] in scope.paper_ids]
    by_topic = [note for topic in scope.topic_ids for note in contents.notes if note.topic_ids[:1] == (topic,)]
    rest = [note for topic in scope.topic_ids for note in contents.notes_of(topic)]
    return next(iter([*named, *by_paper, *by_topic, *rest]), None)


def _candidates(contents: Contents) -> Iterator[Candidate]:
    for named in candidates_of(contents):
        yield named
        if named.kind == "paper":
            yield replace(named, label=f"{named.label} paper")
    for note in contents.notes:
        yield Candidate("note", note.name, note.title)


def _meant(found: list[Candidate], contents: Contents, library: LibraryReader) -> Scope:
    keys = {kind: list(dict.fromkeys(one.key for one in found if one.kind == kind)) for kind in _KINDS}
    topics = [topic.id for topic in contents.topics if topic.id in keys["topic"]]
    for part in contents.parts:
        if part.id in keys["part"]:
            topics += [topic.id for topic in contents.topics_of(part.id)]
    papers = [paper for paper in contents.papers if paper.id in keys["paper"]]
    notes = [note for note in contents.notes if note.name in keys["note"]]
    first = found[0]
    title = {
        "topic": lambda: next(topic.title for topic in contents.topics if topic.id == first.key),
        "part": lambda: next(part.title for part in contents.parts if part.id == first.key),
        "paper": lambda: next(paper.title for paper in contents.papers if paper.id == first.key),
        "note": lambda: next(note.title for note in contents.notes if note.name == first.key),
    }[first.kind]()
    held = {document.arxiv_id: document for document in library.documents() if document.arxiv_id}
    ids = [str(held[paper.arxiv_id].id) for paper in papers if paper.arxiv_id in held]
    return Scope(
        title,
        tuple(dict.fromkeys(topics)),
        tuple(paper.id for paper in papers),
        tuple(note.name for note in notes),
        tuple(ids),
    )


_KINDS = ("topic", "part", "paper", "note")


def _document(words: str, library: LibraryReader) -> DocumentSummary | None:
    try:
        return library.find_document(words)
    except DocumentNotFoundError:
        return None
