"""The whole roadmap in the terminal: parts, topics and how far they are, what to learn them from, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.tree import Tree

    from curriculum.curriculum import Curriculum
    from curriculum.model import Link, Part, Row, Topic, TopicId

_LISTS = {
    "book": "Books",
    "course": "Courses",
    "channel": "YouTube channels",
    "community": "Communities",
    "repository": "Reference repositories",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the learner is, in plain words: the rooms above know nothing of the learner."""

    boxes: tuple[int, int]
    """Ticked boxes, and all of them."""
    topics: Mapping[TopicId, str]
    """How far each topic that is done is, and why; open ones are left out."""
    next_topic: str
    """Its title; empty when everything is done."""
    reason: str
    """Why this one, in one sentence."""


def print_roadmap(curriculum: Curriculum, progress: Progress | None) -> None:
    """Print it all; without `progress` nothing is said of how far the learner is."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    least, most = curriculum.weeks
    root = Tree(Text.assemble((curriculum.title, "bold"), f", {least} to {most} weeks"))
    for part in curriculum.parts:
        _add_part(root, curriculum, part, progress)
    lists = root.add(Text("Lists", "bold"))
    for kind, title in _LISTS.items():
        _add_items(lists, title, (_resource(link) for link in curriculum.links if link.kind == kind))
    console = Console()
    console.print(root)
    for line in _progress_lines(progress) if progress else ():
        console.print(line, markup=False, highlight=False)
    console.print('More on one: python -m curriculum "attention"', style="dim", highlight=False)


def _progress_lines(progress: Progress) -> Iterable[str]:
    done, total = progress.boxes
    yield f"{done} of {total} boxes are ticked; more: python -m learner tracker"
    if progress.next_topic:
        yield f"Next: {progress.next_topic}. {progress.reason}"
    else:
        yield "Every topic of the roadmap is done."


def _add_part(root: Tree, curriculum: Curriculum, part: Part, progress: Progress | None) -> None:
    from rich.text import Text

    title = (f"Part {part.number}: {part.title}", "bold")
    branch = root.add(Text.assemble(title, f" ({part.weeks_minimum} to {part.weeks_maximum} weeks)"))
    for topic in curriculum.topics_of(part.id):
        _add_topic(branch, curriculum, topic, progress)


def _add_topic(branch: Tree, curriculum: Curriculum, topic: Topic, progress: Progress | None) -> None:
    from rich.text import Text

    line = Text(topic.title)
    if progress:
        why = progress.topics.get(topic.id, "")
        line = Text.assemble(f"[{'x' if why else ' '}] {topic.title}", (f"  {why}" if why else "", "green"))
        if topic.title == progress.next_topic:
            line.append("  next", style="bold yellow")
    leaf = branch.add(line)
    rows = [row for row in curriculum.rows_of(topic.id) if row.paper_id is None]
    _add_items(leaf, "papers", (paper.title for paper in curriculum.papers_of(topic.id)))
    _add_items(leaf, "notes", (note.title for note in curriculum.notes_of(topic.id)))
    _add_items(leaf, "notebooks", (notebook.name for notebook in curriculum.notebooks_of(topic.id)))
    _add_items(leaf, "projects", (project.title for project in curriculum.projects_of(topic.id)))
    _add_items(leaf, "resources", map(_resource, rows))
    _add_items(leaf, "gaps we filled", (gap.missing for gap in curriculum.gaps_of(topic.id)))


def _add_items(leaf: Tree, title: str, items: Iterable[str]) -> None:
    from rich.text import Text

    shown = list(items)
    if shown:
        leaf.add(Text.assemble((f"{title}: ", "dim"), "; ".join(shown)))


def _resource(one: Row | Link) -> str:
    """Its name and, when it is not current, what became of it and what stands in its place."""
    name = one.cells[0] if hasattr(one, "cells") else one.title
    if one.status == "current":
        return name
    instead = f", see {one.successor.title}" if one.successor else ""
    note = f", our note {one.note_name}" if hasattr(one, "note_name") and one.note_name else ""
    return f"{name} ({one.status}{instead}{note})"
