"""What attacks want to reach on the host, and whether they did."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

MODE, TIME = 0o600, 1_000_000
FOLDER_MODE = 0o700


class AttackedHost:
    """A secret file in a folder that can be written, a socket that listens, a process to harm.

    Files with the secret, in name and content, lie in the learner's home and where temporary files are, too.
    """

    def __init__(self, folder: Path, *, home: Path | None = None) -> None:
        self._folder = folder / f"host-{secrets.token_hex(4)}"
        self._folder.mkdir(parents=True)
        self._folder.chmod(FOLDER_MODE)
        self._secret = self._folder / "secret.txt"
        self.token = f"a-secret-of-the-host-{secrets.token_hex(4)}"
        self._secret.write_text(self.token, encoding="utf-8")
        self._secret.chmod(MODE)
        os.utime(self._secret, (TIME, TIME))
        self._home, self._temporary = home or Path.home(), Path(tempfile.gettempdir())
        self._markers = [place / f".{self.token}" for place in (self._home, self._temporary)]
        for marker in self._markers:
            marker.write_text(self.token, encoding="utf-8")
        self._name = f"own-attack-{secrets.token_hex(4)}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind("\0" + self._name)
        self._listener.listen()
        self._listener.setblocking(False)
        self._victim = subprocess.Popen(["sleep", "120"])

    def program(self, prelude: str, code: str) -> str:
        """The attack with the names of what is here."""
        words: dict[str, object] = {"PARENT": os.getpid(), "VICTIM": self._victim.pid}
        words |= {"SECRET": self._secret, "HOST": self._folder}
        words |= {"HOME": self._home, "TEMPORARY": self._temporary, "ABSTRACT": self._name}
        for word, value in words.items():
            code = code.replace(f"@{word}@", str(value))
        return prelude + code

    def faults(self) -> list[str]:
        """What was reached or changed."""
        found = []
        status = self._secret.stat()
        if (status.st_mode & 0o777, status.st_mtime) != (MODE, TIME) or self._secret.read_text() != self.token:
            found.append("the secret file was changed")
        if self._folder.stat().st_mode & 0o777 != FOLDER_MODE:
            found.append("a folder of the host was changed")
        if [path.name for path in self._folder.iterdir()] != [self._secret.name]:
            found.append("a file was left on the host")
        if self._victim.poll() is not None:
            found.append("a process of the host was ended")
        with suppress(BlockingIOError):
            self._listener.accept()[0].close()
            found.append("a socket of the host was reached")
        return found

    def close(self) -> None:
        """Remove all of it."""
        self._listener.close()
        self._victim.kill()
        self._victim.wait()
        for marker in self._markers:
            marker.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)
