"""Copies of the curriculum's files, to be broken: `change` breaks one, `faults_of` tells what the loader says of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from curriculum.load import curriculum_folder
from errors import CurriculumError


def copy_of_curriculum(folder: Path) -> Path:
    """The TOML files and the notes."""
    copy = folder / "curriculum"
    copy.mkdir()
    for path in curriculum_folder().glob("*.toml"):
        shutil.copy(path, copy)
    shutil.copytree(curriculum_folder() / "notes", copy / "notes")
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(load: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(CurriculumError) as caught:
        load(path)
    assert str(path) in caught.value.hint
    return str(caught.value)
