"""The notes of a new home: added once, and gone on with when a start was broken off."""

from pathlib import Path

import pytest
from toy_embedder import ToyEmbedder

from agent.first_start import ensure_notes
from vectorstore.library import Library


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    paths = [tmp_path / f"{number}.md" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_text(f"# Note {number}\n\nThe tide of harbour {number} turns twice a day.\n", encoding="utf-8")
    monkeypatch.setattr("curriculum.load.note_paths", lambda: paths)
    return paths


def test_a_start_that_was_broken_off_is_gone_on_with(notes, tmp_path):
    memory = tmp_path / "memory.json"
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = ensure_notes(library, memory, cancelled=lambda: True)
        assert {outcome.status for outcome in report.files} == {"cancelled"}
        assert library.documents() == []
        report = ensure_notes(library, memory)
        assert [outcome.status for outcome in report.files] == ["added"] * 3
        assert ensure_notes(library, memory) is None


def test_a_note_that_was_deleted_stays_deleted(notes, tmp_path):
    memory = tmp_path / "memory.json"
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        ensure_notes(library, memory)
        library.delete(library.documents()[0].id)
        assert ensure_notes(library, memory) is None
        assert len(library.documents()) == 2
