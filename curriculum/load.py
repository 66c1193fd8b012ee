"""The doors of the curriculum: `load_curriculum` and `note_paths`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from curriculum.front_matter import notes_in


def curriculum_folder() -> Path:
    """The folder with the curriculum's data files, also in an installed package."""
    return Path(str(resources.files("curriculum")))


def note_paths() -> list[Path]:
    """The teaching notes that ship with the project, in reading order."""
    return notes_in(curriculum_folder())
