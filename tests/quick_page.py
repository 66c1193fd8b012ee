"""The page over two notes, with the real turn and a model that takes no time: `quick_page.py PORT HOME`."""

import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from toy_embedder import ToyEmbedder

from evals.bench.page_server import quick_services
from ui.garbage import wait_for_garbage
from ui.launch import prepare_environment, serve
from vectorstore.library import Library


def serve_quick_page(port, home):
    prepare_environment(home)
    for word in ("fox", "whale"):
        (home / f"{word}.md").parent.mkdir(parents=True, exist_ok=True)
        (home / f"{word}.md").write_text(f"# On the {word}\n\nThe {word} is described here.\n", encoding="utf-8")
    with Library.open(home / "library", ToyEmbedder()) as library:
        library.add([home / "fox.md", home / "whale.md"])
    services = quick_services(home / "library", home, ToyEmbedder())
    _, address = serve(services, "127.0.0.1", port)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    services.start()
    threading.Event().wait()


if __name__ == "__main__":
    wait_for_garbage()
    serve_quick_page(int(sys.argv[1]), Path(sys.argv[2]))
