"""The learner's folder as tools: read, search, edit and test, and nothing outside of it."""

from __future__ import annotations

from pathlib import Path

from tools import ToolError  # noqa: F401

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
        raise NotImplementedError

    def read_file(self, path: str, first_line: int = 1, last_line: int = 0) -> str:
        """The lines of a file, each as "NUMBER: LINE"; last_line 0 means to the end."""
        raise NotImplementedError

    def search(self, text: str) -> str:
        """Lines that hold a text, as "path:line: content"; "No line has ..." when there is none.

        Binary and hidden files, caches and links are left out. After SEARCH_LIMIT lines it says how many more.
        """
        raise NotImplementedError

    def replace_text(self, path: str, old: str, new: str) -> str:
        """Replace a text that occurs exactly once in a file; else a ToolError says how often it occurs."""
        raise NotImplementedError

    def run_tests(self) -> str:
        """Run the folder's unittest tests in a child process; the first line says passed, failed or too long.

        The child gets only PATH of the environment, so that no key of ours is in its reach. After the time limit the
        child and all processes it started are ended.
        """
        raise NotImplementedError
