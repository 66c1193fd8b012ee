"""A fresh start on a project or a lesson: `start_item` writes the learner's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curriculum.model import Notebook, Project
from curriculum.notebook_text import notebook_path, to_ipynb
from curriculum.project_text import project_guide
from errors import ProjectError


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was written, and where."""

    item: Project | Notebook
    folder: Path
    files: tuple[str, ...]
    checked_path: Path
    """What to give to the check: the folder, or the notebook in it."""


def start_item(item: Project | Notebook, target: Path) -> Fresh:
    """A project's brief and starter files, or a lesson's notebook, in the new or empty folder `target`.

    A notebook may also be given as a new .ipynb file; what stands beside it is left alone.

    Raises:
        ProjectError: there is something already, or the place cannot be written.
    """
    if isinstance(item, Project):
        guide = project_guide(item)
        contents = {"brief.md": guide.brief.encode()}
        contents |= {name: (guide.starter / name).read_bytes() for name in guide.files}
        _write_new_folder(target, contents)
        return Fresh(item, target, tuple(contents), target)
    notebook = to_ipynb(notebook_path(item.name))
    if target.suffix != ".ipynb":
        name = f"{item.name}.ipynb"
        _write_new_folder(target, {name: notebook})
        return Fresh(item, target, (name,), target / name)
    if target.exists():
        raise ProjectError(f"There is a file {target} already.", hint="Give the name of a new one.")
    _write(target.parent, {target.name: notebook})
    return Fresh(item, target.parent, (target.name,), target)


def _write_new_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{folder} is not a folder.", hint="Give the name of a new one.")
    if folder.is_dir() and any(folder.iterdir()):
        raise ProjectError(f"The folder {folder} is not empty.", hint="Give a new or an empty one.")
    _write(folder, contents)


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    try:
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ProjectError(f"Nothing can be written to {folder}.", hint="Choose another place.") from error
