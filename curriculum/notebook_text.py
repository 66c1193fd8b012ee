"""Lessons as text: reading percent files and .ipynb files, and writing .ipynb files.

The percent format is Jupytext's: `# %%` starts a code cell, `# %% [markdown]` a text cell whose lines are comments.
It is read here without Jupytext, so that a lesson can be shown and downloaded without the `notebooks` extra.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curriculum.load import curriculum_folder
from curriculum.notebook_values import ROLE_TAGS, Cell, Exercise, Role
from errors import NotebookError

_MARKER = re.compile(r"^# %%(?P<title>[^\[\n]*?)(?P<kind>\[\w+\])?(?P<options>\s*\w+=.*)?$")
_TAGS = re.compile(r"tags=(\[[^\]]*\])")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.M)


def notebook_paths(folder: Path | None = None) -> list[Path]:
    """The lessons of a curriculum folder (ours by default) in learning order."""
    return sorted(((folder or curriculum_folder()) / "notebooks").glob("[0-9][0-9]_*.py"))


def notebook_path(name: str, folder: Path | None = None) -> Path:
    """The lesson of that name ("01_pytorch_basics") or number ("1"); NotebookError when there is none."""
    paths = notebook_paths(folder)
    for path in paths:
        if name == path.stem or (name.isdecimal() and int(name) == int(path.stem[:2])):
            return path
    names = ", ".join(path.stem for path in paths)
    raise NotebookError(f"There is no notebook {name!r}.", hint=f"The notebooks are: {names}.")


def read_cells(path: Path) -> tuple[Cell, ...]:
    """The cells of a percent file or an .ipynb file; NotebookError when it is neither."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError(f"The notebook {path.name} cannot be read.", hint="Give the path of its file.") from error
    if path.suffix == ".ipynb":
        return _cells_of_ipynb(text, path.name)
    if path.suffix == ".py":
        return cells_of(text)
    raise NotebookError(f"{path.name} is not a notebook.", hint="Give an .ipynb file, or a .py file in percent format.")


def cells_of(text: str) -> tuple[Cell, ...]:
    """The cells of a text in percent format; lines above the first marker are its header."""
    found: list[tuple[Role, str, tuple[str, ...]]] = []
    for marker, lines in _blocks(text):
        if marker["kind"] in ("[markdown]", "[md]"):
            found.append(("text", _uncommented(lines), _tags(marker["options"])))
        else:
            tags = _tags(marker["options"])
            found.append((_role(tags), "\n".join(lines).strip("\n"), tags))
    return _identified(found)


def _blocks(text: str) -> Iterable[tuple[re.Match[str], list[str]]]:
    blocks: list[tuple[re.Match[str], list[str]]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        marker = _MARKER.match(line)
        if marker:
            blocks.append((marker, []))
        elif blocks:
            blocks[-1][1].append(line.rstrip())
    return blocks


def _uncommented(lines: Sequence[str]) -> str:
    return "\n".join(re.sub(r"^# ?", "", line) for line in lines).strip("\n")


def _tags(options: str | None) -> tuple[str, ...]:
    match = _TAGS.search(options or "")
    if not match:
        return ()
    try:
        return tuple(str(tag) for tag in json.loads(match[1]))
    except json.JSONDecodeError as error:
        raise NotebookError(f"The tags {match[1]} of a cell are not a JSON list.") from error


def _role(tags: Sequence[str]) -> Role:
    return next((role for role in ROLE_TAGS if role in tags), "code")


def _identified(found: Iterable[tuple[Role, str, tuple[str, ...]]]) -> tuple[Cell, ...]:
    seen: Counter[str] = Counter()
    cells = []
    for index, (role, source, tags) in enumerate(found, start=1):
        seen[role] += 1
        identity = f"{role}-{seen[role]}" if role in ROLE_TAGS else f"cell-{index:02}"
        cells.append(Cell(role, source, identity, tags))
    return tuple(cells)


def _cells_of_ipynb(text: str, name: str) -> tuple[Cell, ...]:
    try:
        entries = json.loads(text)["cells"]
        found: list[tuple[Role, str, tuple[str, ...]]] = []
        identities: list[str] = []
        for entry in entries:
            source = entry["source"] if isinstance(entry["source"], str) else "".join(entry["source"])
            tags = tuple(str(tag) for tag in entry.get("metadata", {}).get("tags", ()))
            found.append(("text" if entry["cell_type"] != "code" else _role(tags), source, tags))
            identities.append(str(entry.get("id", "")))
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        hint = "Save it again as a notebook (version 4)."
        raise NotebookError(f"{name} is damaged or not a notebook.", hint=hint) from error
    return tuple(
        replace(cell, identity=identity) if identity.startswith(f"{cell.role}-") else cell
        for cell, identity in zip(_identified(found), identities, strict=True)
    )


def exercises(path: Path) -> tuple[Exercise, ...]:
    """The exercises of a lesson; NotebookError when a stub, check or solution cell has no partner."""
    stubs: list[tuple[str, str]] = []
    checks: list[str] = []
    solutions: list[str] = []
    title = ""
    for cell in read_cells(path):
        if cell.role == "text":
            title = (_HEADING.findall(cell.source) or [title])[-1]
        elif cell.role == "exercise":
            stubs.append((title, cell.source))
        elif cell.role == "check":
            checks.append(cell.source)
        elif cell.role == "solution":
            solutions.append(cell.source)
        if not len(stubs) >= len(checks) >= len(solutions) >= len(stubs) - 1:
            break
    if not len(stubs) == len(checks) == len(solutions):
        hint = "Each exercise is a cell tagged exercise, then one tagged check, then one tagged solution."
        raise NotebookError(f"The exercises of {path.name} are out of order near {title!r}.", hint=hint)
    return tuple(
        Exercise(number, stub[0], stub[1], check, solution)
        for number, (stub, check, solution) in enumerate(zip(stubs, checks, solutions, strict=True), start=1)
    )


def to_ipynb(path: Path) -> bytes:
    """The lesson as an .ipynb file for the learner: stubs to fill, solutions folded away, no outputs."""
    return ipynb_of(read_cells(path))


def ipynb_of(cells: Sequence[Cell]) -> bytes:
    """An .ipynb file (notebook format 4.5) with these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    values = {
        "cells": [_entry(cell) for cell in cells],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()


def _entry(cell: Cell) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.role == "solution":
        metadata["jupyter"] = {"source_hidden": True}
    entry: dict[str, Any] = {
        "cell_type": "code" if cell.is_code else "markdown",
        "id": cell.identity,
        "metadata": metadata,
        "source": cell.source.splitlines(keepends=True),
    }
    return {**entry, "execution_count": None, "outputs": []} if cell.is_code else entry
