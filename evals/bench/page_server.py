"""The real page over a library and the quick model, for the part `page`: `page_server LIBRARY HOME PORT [USERS]`.

The rooms are the learner's own: the real tutor, graph, search and stores. Only the model is `QuickModel`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.assemble import Assembly
    from ui.services import Services
    from vectorstore.embedder import Embedder

REST_SECONDS = 0.02
REQUESTS_PER_MINUTE = 1_000_000


def quick_rooms(library_folder: Path, home: Path, embedder: Embedder, *, rest_seconds: float = 0.0) -> Assembly:
    """The opened library and a tutor that answers from it."""
    from agent.assemble import Assembly
    from agent.tutor import Tutor
    from curriculum.load import load_curriculum
    from evals.bench.bench import open_library
    from evals.bench.quick_model import QuickModel

    library = open_library(library_folder, embedder)
    tutor = Tutor.open(
        home,
        library,
        model_loader=lambda _: QuickModel(rest_seconds=rest_seconds),
        default_model="quick",
        roadmap=load_curriculum(),
    )
    library.search("warm up", limit=1)
    return Assembly(library=library, tutor=tutor)


def quick_services(library_folder: Path, home: Path, embedder: Embedder) -> Services:
    """What a page stands on."""
    from agent.conversations import ConversationStore
    from agent.figures import FIGURES, FigureStore
    from agent.tutor import CONVERSATIONS
    from ui.services import Services

    home.mkdir(parents=True, exist_ok=True)
    return Services(
        home=home,
        conversations=ConversationStore(home / CONVERSATIONS),
        figures=FigureStore(home / FIGURES),
        open_rooms=lambda: quick_rooms(library_folder, home, embedder, rest_seconds=REST_SECONDS),
        list_models=lambda: [],
        test_model=lambda name: name,
        default_model="quick",
    )


def serve_quick(library: Path, home: Path, port: int, users: int) -> str:
    """The page's address; with users each has a copy of the library, and one password is everybody's."""
    from ui.garbage import leave_out_what_stays
    from ui.heap import share_arenas
    from ui.launch import prepare_environment, serve
    from vectorstore.embedder import EmbeddingOptions, load_embedder

    share_arenas()
    prepare_environment(home)
    embedder = load_embedder("packaged", options=EmbeddingOptions(cache=library.parent / "embedding"))
    embedder.warm_up()
    if users:
        return _serve_users(library, home, port, users, embedder)
    services = quick_services(library, home, embedder)
    _, address = serve(services, "127.0.0.1", port, requests_per_minute=REQUESTS_PER_MINUTE)
    services.start()
    services.rooms()
    leave_out_what_stays()
    return address


def _serve_users(library: Path, home: Path, port: int, users: int, embedder: Embedder) -> str:
    from datetime import UTC, datetime

    from ui.accounts.users import User, UserFile
    from ui.health import Health
    from ui.serve_users import serve_users

    file = UserFile(home)
    for number in range(users):
        file.add(f"reader{number}", "correct horse battery", at=datetime.now(UTC))

    def open_services(user: User, own: Path) -> Services:
        shutil.copytree(library, own / "library", dirs_exist_ok=True)
        return quick_services(own / "library", own, embedder)

    _, address = serve_users(
        file,
        home,
        open_services,
        "127.0.0.1",
        port,
        upload_megabytes=10,
        open_users=users,
        health=lambda: Health(library="ready", model="quick", version=""),
        requests_per_minute=REQUESTS_PER_MINUTE,
    )
    return address


if __name__ == "__main__":
    from ui.heap import give_back_for_ever

    told = serve_quick(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()
    give_back_for_ever()
