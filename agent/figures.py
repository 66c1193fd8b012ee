"""The figures that code drew, as PNG files of one folder for each conversation."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from uuid import uuid4

from errors import HomeError, SandboxError

FIGURES = "figures"
"""The folder below the data folder."""

_NAME = re.compile(r"[0-9a-f]{64}\.png")
_CONVERSATION = re.compile(r"[0-9a-zA-Z_-]{1,64}")


class FigureStore:
    """Figures by the hash of their bytes: the same picture is kept once, and a name leads nowhere else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, conversation_id: str, png: bytes) -> str:
        """The name of the kept picture, `<sha256>.png`.

        Raises:
            HomeError: it cannot be written.
        """
        name = f"{hashlib.sha256(png).hexdigest()}.png"
        path = self._of(conversation_id) / name
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(f"{name}.{uuid4().hex}.part")
                part.write_bytes(png)
                part.replace(path)
        except OSError as error:
            raise HomeError(
                f"A figure cannot be kept in {self._folder}: {error.strerror or error}.",
                hint="Check the folder's rights and free space.",
            ) from error
        return name

    def read(self, conversation_id: str, name: str) -> bytes:
        """The picture of that name.

        Raises:
            SandboxError: the conversation has none of that name.
        """
        try:
            if _NAME.fullmatch(name):
                return (self._of(conversation_id) / name).read_bytes()
        except OSError:
            pass
        raise SandboxError("This figure is no longer there.", hint="Run the code again.")

    def copy(self, source_id: str, target_id: str) -> None:
        """Keep the figures of a conversation for another one, too.

        Raises:
            HomeError: they cannot be written.
        """
        source, target = self._of(source_id), self._of(target_id)
        if not source.is_dir():
            return
        try:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.part"), dirs_exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"The figures cannot be kept in {self._folder}: {error}.",
                hint="Check the folder's rights and free space.",
            ) from error

    def forget(self, conversation_id: str) -> None:
        """Remove all figures of a conversation."""
        shutil.rmtree(self._of(conversation_id), ignore_errors=True)

    def _of(self, conversation_id: str) -> Path:
        if not _CONVERSATION.fullmatch(conversation_id):
            raise SandboxError("This figure is no longer there.", hint="Run the code again.")
        return self._folder / conversation_id
