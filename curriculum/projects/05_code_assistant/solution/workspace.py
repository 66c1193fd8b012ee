"""The learner's folder as tools: read, search, edit and test, and nothing outside of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import ToolError

SEARCH_LIMIT = 50
"""So many lines a search gives at most."""


class Workspace:
    """A folder with code; all paths are relative to it."""

    def __init__(self, folder: Path, *, test_seconds: float = 10.0) -> None:
        self.folder = folder.resolve()
        self.test_seconds = test_seconds

    def inside(self, path: str) -> Path:
        """The full path of a file of the folder.

        Raises ToolError for a path that leaves the folder: by "..", by being absolute, or through a symbolic link.
        """
        full = (self.folder / path).resolve()
        if not full.is_relative_to(self.folder):
            raise ToolError(f"{path!r} is outside of the workspace; give a path inside it.")
        return full

    def read_file(self, path: str, first_line: int = 1, last_line: int = 0) -> str:
        """The lines of a file, each as "NUMBER: LINE"; last_line 0 means to the end."""
        full = self.inside(path)
        if not full.is_file():
            raise ToolError(f"There is no file {path!r}.")
        lines = full.read_text(encoding="utf-8", errors="replace").splitlines()
        chosen = lines[max(first_line, 1) - 1 : last_line or None]
        return "\n".join(f"{number}: {line}" for number, line in enumerate(chosen, start=max(first_line, 1)))

    def search(self, text: str) -> str:
        """Lines that hold a text, as "path:line: content"; "No line has ..." when there is none.

        Binary and hidden files, caches and links are left out. After SEARCH_LIMIT lines it says how many more.
        """
        hits = []
        for path in self._files():
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
                if text in line:
                    hits.append(f"{path.relative_to(self.folder).as_posix()}:{number}: {line.strip()}")
        if len(hits) > SEARCH_LIMIT:
            hits[SEARCH_LIMIT:] = [f"… and {len(hits) - SEARCH_LIMIT} more lines"]
        return "\n".join(hits) or f"No line has {text!r}."

    def replace_text(self, path: str, old: str, new: str) -> str:
        """Replace a text that occurs exactly once in a file; else a ToolError says how often it occurs."""
        full = self.inside(path)
        if not full.is_file():
            raise ToolError(f"There is no file {path!r}.")
        content = full.read_text(encoding="utf-8")
        count = content.count(old) if old else 0
        if count != 1:
            raise ToolError(f"The text occurs {count} times in {path}; give a text that occurs exactly once.")
        full.write_text(content.replace(old, new), encoding="utf-8")
        return f"Replaced in {path}."

    def run_tests(self) -> str:
        """Run the folder's unittest tests in a child process; the first line says passed, failed or too long.

        The child gets only PATH of the environment, so that no key of ours is in its reach. After the time limit the
        child and all processes it started are ended.
        """
        command = [sys.executable, "-B", "-m", "unittest", "discover", "-p", "test*.py"]
        child = subprocess.Popen(
            command,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", "")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = child.communicate(timeout=self.test_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return f"too long: the tests did not end within {self.test_seconds:g} s"
        verdict = "passed" if child.returncode == 0 else "failed"
        return f"{verdict}\n{output.decode('utf-8', errors='replace').strip()}"

    def _files(self) -> Iterator[Path]:
        """The text files of the folder, in order; hidden ones, links and caches are left out."""
        for path in sorted(self.folder.rglob("*")):
            parts = path.relative_to(self.folder).parts
            hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if path.is_file() and not path.is_symlink() and not hidden and b"\0" not in path.read_bytes():
                yield path
