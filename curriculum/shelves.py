"""Which papers, notes and notebooks belong to each part and topic, by the names a library knows documents by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from curriculum.contents import Contents
from curriculum.model import Paper, PartId, Topic


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part or topic with its documents."""

    kind: Literal["part", "topic"]
    id: str
    title: str
    names: tuple[str, ...]
    """What else a learner may call it; a part also goes by its number."""
    documents: frozenset[str]
    """ArXiv ids, titles and file names, in lower case."""


def shelves(contents: Contents) -> tuple[Shelf, ...]:
    """The parts, then the topics, each in learning order.

    A part holds the documents of its topics and the papers of its tables.
    """
    of_topics = {topic.id: frozenset(_of_topic(contents, topic)) for topic in contents.topics}
    parts = (
        Shelf(
            "part",
            part.id,
            part.title,
            (str(part.number), *part.keywords),
            frozenset(_of_tables(contents, part.id)).union(*(of_topics[one.id] for one in contents.topics_of(part.id))),
        )
        for part in contents.parts
    )
    topics = (Shelf("topic", topic.id, topic.title, topic.keywords, of_topics[topic.id]) for topic in contents.topics)
    return (*parts, *topics)


def _of_topic(contents: Contents, topic: Topic) -> Iterator[str]:
    yield from _of_papers(contents.papers_of(topic.id))
    for note in contents.notes_of(topic.id):
        yield note.path.name.casefold()
    for notebook in contents.notebooks_of(topic.id):
        yield f"{notebook.name}.ipynb".casefold()


def _of_tables(contents: Contents, part_id: PartId) -> Iterator[str]:
    rows = (row for table in contents.tables if table.part_id == part_id for row in table.rows)
    yield from _of_papers(contents.paper(row.paper_id) for row in rows if row.paper_id)


def _of_papers(papers: Iterable[Paper]) -> Iterator[str]:
    """A paper that is not on arXiv may be there under its short name, e.g. gpt2.pdf."""
    for paper in papers:
        yield paper.title.casefold()
        yield (paper.arxiv_id or f"{paper.id}.pdf").casefold()
