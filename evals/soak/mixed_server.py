"""Users of a home, and for the short form their page with models that cost nothing: `mixed_server HOME PORT`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evals.soak.small_library import WordEmbedder

if TYPE_CHECKING:
    from ui.accounts.users import User
    from ui.services import Services


def add_users(home: Path, names: Iterable[str], password: str) -> None:
    """Let them log in."""
    from ui.accounts.users import UserFile

    for name in names:
        UserFile(home).add(name, password, at=datetime.now(UTC))


def home_of(home: Path, name: str) -> Path:
    """The user's own folder."""
    from ui.accounts.users import UserFile

    users = UserFile(home)
    user = users.find(name)
    assert user is not None, name
    return users.home_of(user)


def open_services(user: User, home: Path) -> Services:
    """The user's own rooms, with two notes at first."""
    from evals.bench.page_server import quick_services
    from vectorstore.library import Library

    library = home / "library"
    if not library.exists():
        for word in ("attention", "retrieval"):
            (home / f"{word}.md").write_text(f"# On {word}\n\nWhat {word} is and how it works.\n", encoding="utf-8")
        with Library.open(library, WordEmbedder()) as opened:
            opened.add([home / "attention.md", home / "retrieval.md"])
    return quick_services(library, home, WordEmbedder())


def serve(home: Path, port: int) -> None:
    """Serve the users of the home until the process is ended."""
    from ui.accounts.users import UserFile
    from ui.health import Health
    from ui.launch import prepare_environment
    from ui.logs import start_log
    from ui.serve_users import serve_users

    prepare_environment(home)
    start_log(home / "logs", "INFO")
    users = UserFile(home)
    serve_users(
        users,
        home,
        open_services,
        "127.0.0.1",
        port,
        upload_megabytes=10,
        open_users=len(users.users()),
        health=lambda: Health(library="ready", model="quick", version=""),
    )
    threading.Event().wait()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
