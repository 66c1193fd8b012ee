"""The roadmap in the terminal: `python -m curriculum [WORDS] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from curriculum.load import load_curriculum
from errors import StudyError

if TYPE_CHECKING:
    from rich.tree import Tree

    from curriculum.curriculum import Curriculum
    from curriculum.model import Part, Topic


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 when the curriculum's files have faults."""
    parser = argparse.ArgumentParser(prog="python -m curriculum", description="Shows the AI engineer roadmap.")
    parser.add_argument("words", nargs="*", help="a topic, part, paper or list; nothing for the whole roadmap")
    parser.add_argument(
        "--json", action="store_true", help="print parts, topics, notebooks, projects and boxes as JSON"
    )
    options = parser.parse_args(arguments)
    try:
        curriculum = load_curriculum()
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_values(curriculum), indent=2))
    elif options.words:
        print(curriculum.describe(" ".join(options.words)))
    else:
        _print_tree(curriculum)
    return 0


def as_values(curriculum: Curriculum) -> dict[str, Any]:
    """The roadmap as plain values, for other programs."""
    return {
        "title": curriculum.title,
        "weeks": list(curriculum.weeks),
        "parts": [asdict(part) for part in curriculum.parts],
        "topics": [asdict(topic) for topic in curriculum.topics],
        "papers": [asdict(paper) for paper in curriculum.papers],
        "notebooks": [asdict(notebook) for notebook in curriculum.notebooks],
        "projects": [asdict(project) for project in curriculum.projects],
        "boxes": [asdict(box) for box in curriculum.boxes],
    }


def _print_tree(curriculum: Curriculum) -> None:
    from rich.console import Console
    from rich.tree import Tree

    least, most = curriculum.weeks
    root = Tree(f"[bold]{curriculum.title}[/bold], {least} to {most} weeks")
    for part in curriculum.parts:
        _add_part(root, curriculum, part)
    console = Console()
    console.print(root)
    console.print('More on one: python -m curriculum "attention"', style="dim")


def _add_part(root: Tree, curriculum: Curriculum, part: Part) -> None:
    branch = root.add(
        f"[bold]Part {part.number}: {part.title}[/bold] ({part.weeks_minimum} to {part.weeks_maximum} weeks)"
    )
    for topic in curriculum.topics_of(part.id):
        _add_topic(branch, curriculum, topic)


def _add_topic(branch: Tree, curriculum: Curriculum, topic: Topic) -> None:
    leaf = branch.add(topic.title)
    material = {
        "papers": [paper.title for paper in curriculum.papers_of(topic.id)],
        "notes": [note.title for note in curriculum.notes_of(topic.id)],
        "notebooks": [notebook.name for notebook in curriculum.notebooks_of(topic.id)],
        "projects": [project.title for project in curriculum.projects_of(topic.id)],
    }
    for kind, names in material.items():
        if names:
            leaf.add(f"[dim]{kind}:[/dim] {'; '.join(names)}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
