"""The doors of the curriculum: `load_curriculum` and `note_paths`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from curriculum import parsing
from curriculum.checks import check
from curriculum.curriculum import Curriculum
from curriculum.front_matter import notes_in, read_notes
from curriculum.tables import Entry, Faults, entries_of, read_toml
from errors import CurriculumError

_FILES = ("roadmap.toml", "papers.toml", "resources.toml", "glossary.toml")

Value = TypeVar("Value")


def curriculum_folder() -> Path:
    """The folder with the curriculum's data files, also in an installed package."""
    return Path(str(resources.files("curriculum")))


def note_paths() -> list[Path]:
    """The teaching notes that ship with the project, in reading order."""
    return notes_in(curriculum_folder())


def load_curriculum(folder: Path | None = None) -> Curriculum:
    """The curriculum in `folder` (ours by default); CurriculumError lists all faults of its files."""
    place = folder or curriculum_folder()
    faults = Faults()
    contents = {name: read_toml(place / name, faults) for name in _FILES}
    broken = {name for name, values in contents.items() if values is None}
    curriculum = _build({name: values or {} for name, values in contents.items()}, broken, place, faults)
    check(curriculum, broken, faults)
    if faults.messages:
        raise CurriculumError(
            "\n- ".join([f"The curriculum has {len(faults.messages)} faults:", *faults.messages]),
            hint=f"Mend the files in {place}.",
        )
    return curriculum


def _build(files: Mapping[str, dict[str, Any]], broken: set[str], place: Path, faults: Faults) -> Curriculum:
    reader = _FileReader(files, broken, faults)
    papers = reader.all("papers.toml", "paper", parsing.parse_paper)
    by_id = {paper.id: paper for paper in papers}
    return Curriculum(
        title=reader.text("roadmap.toml", "title"),
        purpose=reader.text("roadmap.toml", "purpose"),
        parts=reader.all("roadmap.toml", "part", parsing.parse_part),
        topics=reader.all("roadmap.toml", "topic", parsing.parse_topic),
        papers=papers,
        tables=reader.all("resources.toml", "table", lambda entry: parsing.parse_table(entry, by_id)),
        notebooks=reader.all("roadmap.toml", "notebook", parsing.parse_notebook),
        projects=reader.all("roadmap.toml", "project", parsing.parse_project),
        boxes=reader.all("roadmap.toml", "box", parsing.parse_box),
        links=reader.all("resources.toml", "link", parsing.parse_link),
        gaps=reader.all("resources.toml", "gap", parsing.parse_gap),
        notes=read_notes(notes_in(place), faults),
        glossary=MappingProxyType(reader.glossary("glossary.toml", "acronyms")),
    )


class _FileReader:
    """Takes lists of values out of the files; a broken file gives empty ones without more faults."""

    def __init__(self, files: Mapping[str, dict[str, Any]], broken: set[str], faults: Faults) -> None:
        self._files = files
        self._broken = broken
        self._faults = faults

    def all(self, file: str, key: str, parse: Callable[[Entry], Value]) -> tuple[Value, ...]:
        """Every value of the list `key`."""
        if file in self._broken:
            return ()
        values = []
        for entry in entries_of(self._files[file].get(key), f"{file} {key}", self._faults):
            values.append(parse(entry))
            entry.close()
        return tuple(values)

    def text(self, file: str, key: str) -> str:
        """One text of the file's top level."""
        return "" if file in self._broken else Entry(file, self._files[file], self._faults).text(key)

    def glossary(self, file: str, key: str) -> dict[str, str]:
        """The acronyms and what they stand for."""
        if file in self._broken:
            return {}
        values = self._files[file].get(key)
        if not isinstance(values, dict):
            self._faults.add(file, f"`{key}` must be a table of texts")
            return {}
        entry = Entry(f"{file} {key}", values, self._faults)
        return {acronym: entry.text(acronym) for acronym in values}
