"""What attacks want to reach on the host, and whether they did."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

MODE, TIME = 0o600, 1_000_000


class AttackedHost:
    """A secret file in a folder that can be written, a socket that listens, a process to harm."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"host-{secrets.token_hex(4)}"
        self._folder.mkdir(parents=True)
        self._secret = self._folder / "secret.txt"
        self.token = f"a-secret-of-the-host-{secrets.token_hex(4)}"
        self._secret.write_text(self.token, encoding="utf-8")
        self._secret.chmod(MODE)
        os.utime(self._secret, (TIME, TIME))
        self._name = f"own-attack-{secrets.token_hex(4)}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind("\0" + self._name)
        self._listener.listen()
        self._listener.setblocking(False)
        self._victim = subprocess.Popen(["sleep", "120"])

    def program(self, prelude: str, code: str) -> str:
        """The attack with the names of what is here."""
        words = {"PARENT": os.getpid(), "VICTIM": self._victim.pid, "SECRET": self._secret, "HOST": self._folder}
        for word, value in (words | {"ABSTRACT": self._name}).items():
            code = code.replace(f"@{word}@", str(value))
        return prelude + code

    def faults(self) -> list[str]:
        """What was reached or changed."""
        found = []
        status = self._secret.stat()
        if (status.st_mode & 0o777, status.st_mtime) != (MODE, TIME) or self._secret.read_text() != self.token:
            found.append("the secret file was changed")
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
        shutil.rmtree(self._folder, ignore_errors=True)
