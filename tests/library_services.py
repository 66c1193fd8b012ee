"""The page over a real library with words counted instead of a model, and a tutor that plays a script.

`python tests/library_services.py PORT HOME` serves it.
"""

import sys
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fake_services import FakePapers, FakeSandbox, FakeTutor, fake_services
from make_pdf import make_paper
from toy_embedder import ToyEmbedder

from agent.assemble import Assembly
from agent.figures import FIGURES, FigureStore
from vectorstore.library import Library

NOTE = (
    "# Scaled dot products\n\nWe divide by the square root of the key size.\n\n## Why\n\nLarge products flatten it.\n"
)


class SlowEmbedder(ToyEmbedder):
    """Takes a moment for each text, so that progress can be seen."""

    seconds_per_text = 0.0

    def embed(self, texts, *, progress=None):
        time.sleep(self.seconds_per_text * len(texts))
        return super().embed(texts, progress=progress)


def library_services(home):
    """Services whose library has a paper and a note, read before versions were counted."""
    services = fake_services(home)

    def open_rooms():
        library = Library.open(home / "library", SlowEmbedder())
        if not library.documents():
            make_paper(home / "tiny.pdf")
            (home / "scaled.md").write_text(NOTE, encoding="utf-8")
            library.add([home / "tiny.pdf", home / "scaled.md"])
            make_older(library)
        tutor = FakeTutor(
            services.conversations, FigureStore(home / FIGURES), papers=FakePapers(library), sandbox=FakeSandbox()
        )
        return Assembly(library=library, tutor=tutor)

    services.open_rooms = open_rooms
    return services


def make_older(library):
    """As if an earlier reader had read everything."""
    with library._catalogue.database.transaction() as connection:
        connection.execute("UPDATE documents SET reader_version = 0")
        connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")


def serve(port, home):
    from ui.launch import prepare_environment
    from ui.launch import serve as serve_page

    prepare_environment(home)
    services = library_services(home)
    _, address = serve_page(services, "127.0.0.1", port)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    services.start()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        services.close()


if __name__ == "__main__":
    from ui.garbage import wait_for_garbage

    wait_for_garbage()
    serve(int(sys.argv[1]), Path(sys.argv[2]))
