"""Documents that were deleted a short while ago: their files, kept outside the library so that one can come back."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectorstore.facts import DocumentFacts

if TYPE_CHECKING:
    from vectorstore.reports import DocumentSummary

logger = logging.getLogger(__name__)

FOLDER = "undo"
_ENTRY = "entry.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A document that can be brought back."""

    token: str
    document_id: str
    title: str
    source_name: str
    pages: int
    deleted_at: datetime
    """UTC."""
    facts: DocumentFacts


class Trash:
    """A folder for each deleted document, with its file, and its earlier versions when it is a note."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, document: DocumentSummary, facts: DocumentFacts, file: Path, versions: Path) -> Deleted:
        """Copy the file of a document that is about to be deleted, and its earlier versions where there are any.

        Raises:
            OSError: it cannot be copied.
        """
        deleted = Deleted(
            token=secrets.token_urlsafe(8),
            document_id=document.id,
            title=document.title,
            source_name=Path(document.source_name).name,
            pages=document.pages,
            deleted_at=datetime.now(UTC),
            facts=facts,
        )
        place = self._folder / deleted.token
        try:
            place.mkdir(parents=True)
            shutil.copyfile(file, place / deleted.source_name)
            if versions.is_dir():
                shutil.copytree(versions, place / "versions")
            values = {**asdict(deleted), "deleted_at": deleted.deleted_at.isoformat(), "facts": facts.to_json()}
            (place / _ENTRY).write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return deleted

    def all(self) -> list[Deleted]:
        """What can be brought back, the last deleted first."""
        found = [self._read(path) for path in self._folder.glob(f"*/{_ENTRY}")]
        return sorted((one for one in found if one is not None), key=lambda one: one.deleted_at, reverse=True)

    def find(self, token: str) -> Deleted | None:
        """The deleted document of a token."""
        return next((one for one in self.all() if one.token == token), None)

    def copy_out(self, deleted: Deleted, target: Path) -> Path:
        """A copy of the file in a folder of its own in `target`; the document stays here until it is in the library.

        Raises:
            OSError: it is not there, or cannot be copied.
        """
        folder = target / deleted.token
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / deleted.source_name
        shutil.copyfile(self._folder / deleted.token / deleted.source_name, path)
        return path

    def settle(self, deleted: Deleted, versions: Path) -> None:
        """Forget a document that is in the library again; its earlier versions go back to `versions`."""
        kept = self._folder / deleted.token / "versions"
        if kept.is_dir() and not versions.exists():
            versions.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(kept, versions)
        self.drop(deleted)

    def drop(self, deleted: Deleted) -> None:
        """Remove it for good."""
        shutil.rmtree(self._folder / deleted.token, ignore_errors=True)

    def drop_older(self, than: datetime) -> int:
        """Remove for good what was deleted before a time; the number of documents."""
        old = [one for one in self.all() if one.deleted_at < than]
        for one in old:
            self.drop(one)
        return len(old)

    def _read(self, path: Path) -> Deleted | None:
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            deleted_at = datetime.fromisoformat(values["deleted_at"])
            facts = DocumentFacts.from_json(values["facts"])
            found = Deleted(**{**values, "token": path.parent.name, "deleted_at": deleted_at, "facts": facts})
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("A deleted document cannot be read (%s): %s", error, path)
            return None
        return found if (path.parent / Path(found.source_name).name).is_file() else None
