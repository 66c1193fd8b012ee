"""The page for the part `web`: `web_server HOME PORT ARXIV RATE [NAME:PASSWORD ...]`, with a login for those named.

All of it is the real one, for one learner or for several, but what computes embeddings and the model. Every name that
the process looks up and every address it connects to is written to `network.txt` beside the home.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.soak.small_library import WordEmbedder

if TYPE_CHECKING:
    from agent.assemble import Assembly
    from ui.accounts.users import User
    from ui.services import Services

NETWORK = "network.txt"
UPLOAD_MEGABYTES = 2


def note_network(path: Path) -> None:
    """Write down from now on what this process asks of the network; it cannot be turned off."""

    def note(event: str, values: tuple[Any, ...]) -> None:
        if event in ("socket.getaddrinfo", "socket.gethostbyname"):
            asked = ":".join(str(value) for value in values[:2])
        elif event in ("socket.connect", "socket.sendto") and isinstance(values[1], tuple):
            asked = f"{values[1][0]}:{values[1][1]}"
        else:
            return
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{event} {asked}\n")

    sys.addaudithook(note)


def open_rooms(home: Path, arxiv: str) -> Assembly:
    """Library, record, papers and a tutor with the quick model."""
    from agent.assemble import LEARNER, Assembly
    from agent.hands import Hands
    from agent.tutor import Tutor
    from curriculum.load import load_curriculum
    from evals.bench.quick_model import QuickModel
    from learner.store import LearnerStore
    from papers.client import ArxivClient
    from papers.service import PaperService
    from vectorstore.library import Library

    curriculum, record = load_curriculum(), LearnerStore(home / LEARNER)
    library = Library.open(home / "library", WordEmbedder())
    client = ArxivClient(home / "arxiv", api_url=arxiv, pdf_url=arxiv, spacing_seconds=0.01, timeout_seconds=5.0)
    tutor = Tutor.open(
        home,
        library,
        model_loader=lambda _: QuickModel(),
        default_model="quick",
        roadmap=curriculum,
        hands=Hands(
            papers=PaperService(library, curriculum, client, home / "arxiv"), curriculum=curriculum, learner=record
        ),
    )
    return Assembly(library=library, tutor=tutor, record=record)


def services_of(home: Path, arxiv: str) -> Services:
    """What one learner's page stands on."""
    from agent.conversations import ConversationStore
    from agent.figures import FIGURES, FigureStore
    from agent.tutor import CONVERSATIONS
    from ui.services import PageLimits, Services

    home.mkdir(parents=True, exist_ok=True)
    return Services(
        home=home,
        conversations=ConversationStore(home / CONVERSATIONS),
        figures=FigureStore(home / FIGURES),
        open_rooms=lambda: open_rooms(home, arxiv),
        list_models=list,
        test_model=lambda name: name,
        default_model="quick",
        limits=PageLimits(upload_megabytes=UPLOAD_MEGABYTES),
    )


def serve_web(home: Path, port: int, arxiv: str, per_minute: int, people: list[str]) -> None:
    """Serve until the process is ended, so many requests of each user or address."""
    from ui.launch import prepare_environment, serve
    from ui.logs import start_log

    home.mkdir(parents=True, exist_ok=True)
    prepare_environment(home)
    start_log(home / "logs", "DEBUG")
    if people:
        _serve_people(home, port, arxiv, per_minute, people)
    else:
        services = services_of(home, arxiv)
        serve(services, "127.0.0.1", port, requests_per_minute=per_minute)
        services.start()
        services.rooms()
    note_network(home.parent / NETWORK)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


def _serve_people(home: Path, port: int, arxiv: str, per_minute: int, people: list[str]) -> None:
    from ui.accounts.users import UserFile
    from ui.health import Health
    from ui.serve_users import serve_users

    users = UserFile(home)
    for one in people:
        name, password = one.split(":", 1)
        users.add(name, password, at=datetime.now(UTC))

    def open_services(user: User, own: Path) -> Services:
        return services_of(own, arxiv)

    serve_users(
        users,
        home,
        open_services,
        "127.0.0.1",
        port,
        upload_megabytes=UPLOAD_MEGABYTES,
        open_users=len(people),
        health=lambda: Health(library="ready", model="quick", version=""),
        requests_per_minute=per_minute,
    )


if __name__ == "__main__":
    serve_web(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
