"""Finding the project or notebook that a learner means: by number, name or title."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from curriculum.contents import Contents
from curriculum.model import Notebook, Project
from curriculum.project_text import project_name
from errors import ProjectError

NOTEBOOK_SUFFIXES = (".ipynb", ".py")


def find_project(contents: Contents, text: str) -> Project:
    """The project with that number ("4"), name ("04_rag_system", "rag-system") or title.

    Raises:
        ProjectError: there is none; the hint lists all of them.
    """
    for project in contents.projects:
        if _key(text) in _project_keys(project):
            return project
    raise _unknown(contents, text, "project")


def find_item(contents: Contents, text: str, path: Path) -> Project | Notebook:
    """The project or notebook with that number, name or title; `path` decides where a number or title is both.

    Raises:
        ProjectError: there is none; the hint lists the nearest or all of them.
    """
    key = _key(text)
    projects = [project for project in contents.projects if key in _project_keys(project)]
    notebooks = [notebook for notebook in contents.notebooks if key in _notebook_keys(notebook)]
    found: list[Project | Notebook] = [*projects, *notebooks]
    if path.suffix in NOTEBOOK_SUFFIXES:
        found.reverse()
    if not found:
        raise _unknown(contents, text, "project or notebook")
    return found[0]


def _project_keys(project: Project) -> set[str]:
    return set(_keys(project.number, project_name(project), project.title))


def _notebook_keys(notebook: Notebook) -> set[str]:
    return set(_keys(notebook.number, notebook.name, notebook.title))


def _keys(number: int, name: str, title: str) -> Iterator[str]:
    yield from (str(number), f"{number:02}", _key(title))
    yield from (_key(name), _key(name.partition("_")[2])) if name else ()


def _key(text: str) -> str:
    """The letters and digits alone, so that "Q&A Bot" and "qa_bot" are the same."""
    return re.sub(r"[\W_]", "", text.casefold())


def _unknown(contents: Contents, text: str, kind: str) -> ProjectError:
    names = {_key(project.title): f"{project.number} {project.title}" for project in contents.projects}
    if "notebook" in kind:
        names |= {_key(notebook.name): notebook.name for notebook in contents.notebooks}
    near = [names[key] for key in difflib.get_close_matches(_key(text), names, n=3)]
    shown = " ".join(text.split())[:60]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {'; '.join(names.values())}."
    return ProjectError(f"There is no {kind} {shown!r}.", hint=hint)
