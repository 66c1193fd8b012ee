"""What must hold between the values: unique names, known references, prerequisites in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from curriculum.contents import Contents
from curriculum.model import Paper, PaperId, TopicId
from curriculum.tables import Faults


def check(contents: Contents, broken_files: Collection[str], faults: Faults) -> None:
    """Report every fault between the values; references into a file that cannot be read are not judged."""
    _check_unique(contents, faults)
    if "roadmap.toml" not in broken_files:
        _check_parts(contents, faults)
        _check_order(contents, faults)
        _check_topics_known(contents, faults)
        _check_gaps(contents, faults)
    _check_notes_known(contents, faults)
    if "papers.toml" not in broken_files:
        _check_papers_known(contents, faults)
        _check_reading_order(contents, faults)


def _check_unique(contents: Contents, faults: Faults) -> None:
    named: dict[str, Iterable[str]] = {
        "part id": (part.id for part in contents.parts),
        "part number": (str(part.number) for part in contents.parts),
        "topic id": (topic.id for topic in contents.topics),
        "topic title": (topic.title for topic in contents.topics),
        "paper id": (paper.id for paper in contents.papers),
        "paper name": (name for paper in contents.papers for name in _names(paper.title, paper.aliases)),
        "notebook number": (str(notebook.number) for notebook in contents.notebooks),
        "notebook name": (notebook.name for notebook in contents.notebooks),
        "project number": (str(project.number) for project in contents.projects),
        "box id": (box.id for box in contents.boxes),
        "table section": (table.section for table in contents.tables),
        "gap id": (gap.id for gap in contents.gaps),
        "note title": (note.title for note in contents.notes),
    }
    for what, values in named.items():
        seen: set[str] = set()
        for value in (text.casefold() for text in values):
            if value and value in seen:
                faults.add(what, f"{value!r} is used more than once")
            seen.add(value)


def _names(title: str, aliases: tuple[str, ...]) -> list[str]:
    """A title that is repeated among its own aliases counts once; a repeated alias counts twice."""
    return [title, *(alias for alias in aliases if alias.casefold() != title.casefold())]


def _check_parts(contents: Contents, faults: Faults) -> None:
    known = {part.id for part in contents.parts}
    used = [(f"topic {topic.id}", topic.part_id) for topic in contents.topics]
    used += [(f"notebook {notebook.name}", notebook.part_id) for notebook in contents.notebooks]
    used += [(f"box {box.id}", box.part_id) for box in contents.boxes]
    used += [(f"table {table.section}", table.part_id) for table in contents.tables if table.part_id]
    for where, part_id in used:
        if part_id and part_id not in known:
            faults.add(where, f"there is no part {part_id!r}")
    for part in contents.parts:
        if not contents.topics_of(part.id):
            faults.add(f"part {part.id}", "has no topic")


def _check_order(contents: Contents, faults: Faults) -> None:
    """A prerequisite stands before what needs it, so there can be no circle."""
    everything = {topic.id for topic in contents.topics}
    seen: set[TopicId] = set()
    for topic in contents.topics:
        for needed in topic.prerequisite_ids:
            if needed not in everything:
                faults.add(f"topic {topic.id}", f"there is no topic {needed!r} (prerequisite)")
            elif needed not in seen:
                faults.add(f"topic {topic.id}", f"its prerequisite {needed!r} does not come before it")
        seen.add(topic.id)


def _check_topics_known(contents: Contents, faults: Faults) -> None:
    known = {topic.id for topic in contents.topics}
    used: list[tuple[str, tuple[TopicId, ...]]] = []
    used += [(f"paper {paper.id}", paper.topic_ids) for paper in contents.papers]
    used += [(f"notebook {notebook.name}", notebook.topic_ids) for notebook in contents.notebooks]
    used += [(f"project {project.title}", project.topic_ids) for project in contents.projects]
    used += [(f"box {box.id}", box.topic_ids) for box in contents.boxes]
    used += [(f"note {note.name}", note.topic_ids) for note in contents.notes]
    used += [(f"gap {gap.id}", gap.topic_ids) for gap in contents.gaps]
    for table in contents.tables:
        own = [row for row in table.rows if row.paper_id is None]
        used += [(f"table {table.section} row {row.cells[:1]}", row.topic_ids) for row in own]
    for where, topic_ids in used:
        for topic_id in topic_ids:
            if topic_id not in known:
                faults.add(where, f"there is no topic {topic_id!r}")


def _check_papers_known(contents: Contents, faults: Faults) -> None:
    known = {paper.id for paper in contents.papers}
    used: list[tuple[str, PaperId]] = []
    used += [(f"note {note.name}", paper_id) for note in contents.notes for paper_id in note.paper_ids]
    used += [(f"gap {gap.id}", paper_id) for gap in contents.gaps for paper_id in gap.paper_ids]
    for table in contents.tables:
        used += [(f"table {table.section}", row.paper_id) for row in table.rows if row.paper_id]
    for where, paper_id in used:
        if paper_id not in known:
            faults.add(where, f"there is no paper {paper_id!r}")


def _check_notes_known(contents: Contents, faults: Faults) -> None:
    known = {note.name for note in contents.notes}
    used = [(f"gap {gap.id}", name) for gap in contents.gaps for name in gap.note_names]
    for table in contents.tables:
        used += [(f"table {table.section} row {row.cells[:1]}", row.note_name) for row in table.rows if row.note_name]
    for where, name in used:
        if name not in known:
            faults.add(where, f"there is no note {name!r}")


def _check_gaps(contents: Contents, faults: Faults) -> None:
    """What fills a gap is there; notebooks and projects stand in the file of the path."""
    notebooks = {notebook.name for notebook in contents.notebooks}
    projects = {project.number for project in contents.projects}
    for gap in contents.gaps:
        for name in gap.notebook_names:
            if name not in notebooks:
                faults.add(f"gap {gap.id}", f"there is no notebook {name!r}")
        for number in gap.project_numbers:
            if number not in projects:
                faults.add(f"gap {gap.id}", f"there is no project {number}")


def _check_reading_order(contents: Contents, faults: Faults) -> None:
    """A paper's prerequisites are known, were published before it, and never lead back to it."""
    papers = {paper.id: paper for paper in contents.papers}
    for paper in contents.papers:
        for needed in paper.prerequisite_ids:
            if needed not in papers:
                faults.add(f"paper {paper.id}", f"there is no paper {needed!r} (prerequisite)")
            elif _is_later(papers[needed], paper):
                faults.add(f"paper {paper.id}", f"its prerequisite {needed!r} was published after it")
        if _leads_to(papers, paper.prerequisite_ids, paper.id):
            faults.add(f"paper {paper.id}", "its prerequisites lead back to it")


def _is_later(paper: Paper, other: Paper) -> bool:
    """By year; within a year by arXiv id, which counts months and papers, where both have one."""
    if paper.year != other.year or paper.arxiv_id is None or other.arxiv_id is None:
        return paper.year > other.year
    return tuple(map(int, paper.arxiv_id.split("."))) > tuple(map(int, other.arxiv_id.split(".")))


def _leads_to(papers: dict[PaperId, Paper], start: Iterable[PaperId], goal: PaperId) -> bool:
    seen: set[PaperId] = set()
    waiting = list(start)
    while waiting:
        paper_id = waiting.pop()
        if paper_id == goal:
            return True
        if paper_id not in seen and paper_id in papers:
            seen.add(paper_id)
            waiting.extend(papers[paper_id].prerequisite_ids)
    return False
