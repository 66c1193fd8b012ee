"""Teaching notes: where they are and what their front matter says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from curriculum.model import Note, PaperId, TopicId
from curriculum.tables import Entry, Faults

_FENCE = "---"


def notes_in(folder: Path) -> list[Path]:
    """The notes of a curriculum folder in reading order (by file name)."""
    return sorted((folder / "notes").glob("*.md"))


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """The values between the `---` lines at the top, and the text below them.

    A value is plain text, or a list in JSON (which is YAML as well). Raises ValueError when
    there is no front matter or a line of it cannot be read.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _FENCE or _FENCE not in (line.strip() for line in lines[1:]):
        raise ValueError("has no front matter between two `---` lines")
    end = next(index for index, line in enumerate(lines[1:], start=1) if line.strip() == _FENCE)
    values: dict[str, object] = {}
    for line in filter(str.strip, lines[1:end]):
        key, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"front matter line {line!r} is not `key: value`")
        values[key.strip()] = _value(value.strip())
    return values, "\n".join(lines[end + 1 :])


def _value(text: str) -> object:
    if not text.startswith(("[", '"')):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"front matter value {text!r} is not a JSON list or text") from error


def read_notes(paths: Sequence[Path], faults: Faults) -> tuple[Note, ...]:
    """The front matter of every note that could be read."""
    notes = (_read_note(path, faults) for path in paths)
    return tuple(note for note in notes if note is not None)


def read_entry(path: Path, where: str, faults: Faults) -> tuple[Entry, str] | None:
    """The front matter of a file and the text below it; None, and a fault at `where`, when it cannot be read."""
    try:
        values, body = split_front_matter(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        faults.add(where, str(error))
        return None
    return Entry(where, values, faults), body


def _read_note(path: Path, faults: Faults) -> Note | None:
    if (found := read_entry(path, f"notes/{path.name}", faults)) is None:
        return None
    entry, body = found
    if not body.strip():
        entry.fault("has no text below its front matter")
    note = Note(
        name=path.stem,
        path=path,
        title=entry.text("title"),
        topic_ids=tuple(TopicId(item) for item in entry.texts("topics", required=True)),
        paper_ids=tuple(PaperId(item) for item in entry.texts("papers", required=True)),
    )
    entry.close()
    return note
