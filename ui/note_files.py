"""The notes a learner writes in the page: their text as files, drafts that are not saved yet, earlier versions."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from errors import HomeError
from ui.translation import _

logger = logging.getLogger(__name__)

FOLDER = "notes"
NEW = "new"
"""Stands for a note that is no document yet."""
MOST_CHARACTERS = 400_000
"""Of a note; more belongs into a file."""
KEPT_VERSIONS = 30
"""Earlier texts of each note; the oldest go first."""
_TITLE_LINE = re.compile(r"\A#[ \t]+(?P<title>[^\n]+?)[ \t]*#*[ \t]*(?:\n+|\Z)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>\S[^\n]*)$", re.MULTILINE)
_STAMP = "%Y%m%dT%H%M%S%f"
_ID = re.compile(r"[0-9a-z]{1,40}")


@dataclass(frozen=True, slots=True)
class NoteText:
    """A note as it stands in the editor."""

    title: str
    text: str
    """Markdown below the title."""

    @classmethod
    def of(cls, content: str) -> NoteText:
        """The note in a file's content; a first line that is a title goes to the title."""
        content = content.replace("\r\n", "\n")
        found = _TITLE_LINE.match(content)
        return cls(found["title"], content[found.end() :]) if found else cls("", content)

    @property
    def content(self) -> str:
        """What is written to the file."""
        title, text = " ".join(self.title.split()), self.text.strip("\n")
        return f"# {title}\n\n{text}\n" if title else f"{text}\n"

    @property
    def name(self) -> str:
        """What the note is called: its title, or its first heading; empty without either."""
        heading = _HEADING.search(self.text)
        return self.title.strip() or (heading["title"] if heading else "")

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.title.strip() and not self.text.strip()

    def titled(self) -> NoteText:
        """The note with a title: its own, that of its first heading, or its first words."""
        if self.title.strip() or not self.text.strip():
            return self
        first = next(line for line in self.text.splitlines() if line.strip())
        if first.lstrip().startswith(("#", "---")):
            return self  # the reader of notes finds a title there
        words = re.sub(r"[^\w\s,.:;()'-]", "", first).split()
        title = ""
        for word in words:
            if len(title) + len(word) > 60:
                break
            title = f"{title} {word}".strip()
        return NoteText(title or "Note", self.text)


@dataclass(frozen=True, slots=True)
class Draft:
    """Text that is not saved yet."""

    document_id: str
    note: NoteText
    at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier text of a note."""

    stamp: str
    at: datetime
    """When another text took its place, UTC."""
    words: int


class NoteFiles:
    """The folder `notes` of a home: `drafts/ID.json` and `versions/FILE NAME/TIME.md`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    # Drafts

    def keep_draft(self, document_id: str, note: NoteText) -> Draft:
        """Write down what is in the editor.

        Raises:
            HomeError: it cannot be written.
        """
        draft = Draft(document_id, note, datetime.now(UTC))
        values = {"title": note.title, "text": note.text, "at": draft.at.isoformat()}
        _write(self._draft_path(document_id), json.dumps(values, ensure_ascii=False))
        return draft

    def draft(self, document_id: str) -> Draft | None:
        """What was typed and not saved, of a document or of a new note."""
        path = self._draft_path(document_id)
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            note = NoteText(str(values["title"]), str(values["text"]))
            return Draft(document_id, note, datetime.fromisoformat(values["at"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("The draft %s cannot be read: %s", path.name, error)
            return None

    def drafts(self) -> list[Draft]:
        """All drafts, the last one first."""
        found = [self.draft(path.stem) for path in (self._folder / "drafts").glob("*.json")]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def drop_draft(self, document_id: str) -> None:
        """Forget what was typed."""
        self._draft_path(document_id).unlink(missing_ok=True)

    # Versions

    def versions_folder(self, source_name: str) -> Path:
        """Where the earlier texts of a note are."""
        return self._folder / "versions" / _safe(source_name)

    def keep_version(self, source_name: str, content: str) -> None:
        """Keep a text that another one takes the place of.

        Raises:
            HomeError: it cannot be written.
        """
        folder = self.versions_folder(source_name)
        _write(folder / f"{datetime.now(UTC).strftime(_STAMP)}.md", content)
        for path in sorted(folder.glob("*.md"))[:-KEPT_VERSIONS]:
            path.unlink(missing_ok=True)

    def versions(self, source_name: str) -> list[Version]:
        """The earlier texts, the last one first."""
        found = []
        for path in sorted(self.versions_folder(source_name).glob("*.md"), reverse=True):
            try:
                at = datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)
                found.append(Version(path.stem, at, len(path.read_text(encoding="utf-8").split())))
            except (OSError, ValueError) as error:
                logger.warning("The version %s cannot be read: %s", path, error)
        return found

    def version(self, source_name: str, stamp: str) -> NoteText | None:
        """One earlier text."""
        if not re.fullmatch(r"\w{10,40}", stamp):
            return None
        try:
            return NoteText.of((self.versions_folder(source_name) / f"{stamp}.md").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def drop_versions(self, source_name: str) -> None:
        """Forget the earlier texts of a note that was deleted."""
        shutil.rmtree(self.versions_folder(source_name), ignore_errors=True)

    # Files on their way into the library

    def written(self, source_name: str, content: str) -> Path:
        """A file with this content and name, in a folder that `discard` removes.

        Raises:
            HomeError: it cannot be written.
        """
        path = self._folder / "saving" / datetime.now(UTC).strftime(_STAMP) / _safe(source_name)
        _write(path, content)
        return path

    def discard(self, path: Path) -> None:
        """Remove a file that `written` made."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def _draft_path(self, document_id: str) -> Path:
        name = document_id if _ID.fullmatch(document_id) else NEW
        return self._folder / "drafts" / f"{name}.json"


def file_name_for(title: str, taken: Collection[str]) -> str:
    """A file name made of the title's letters and digits that no other document has."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "note"
    name, number = f"{stem}.md", 2
    while name in taken:
        name, number = f"{stem}-{number}.md", number + 1
    return name


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", Path(name).name).lstrip(".") or "note.md"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise HomeError(
            _("The note cannot be written to {folder} ({reason}).").format(folder=path.parent, reason=error.strerror),
            hint=_("Check the free space and the permissions of STUDY_HOME."),
        ) from error
