"""The page for several users over services without models: `python tests/fake_users.py PORT HOME`."""

import logging
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fake_services import fake_services

from ui.accounts.users import UserFile
from ui.garbage import wait_for_garbage
from ui.health import Health
from ui.launch import prepare_environment
from ui.logs import start_log
from ui.serve_users import serve_users
from ui.services import PageLimits


def serve_fake_users(port, home):
    prepare_environment(home)
    start_log(home / "logs", "DEBUG")
    logging.getLogger().setLevel(logging.DEBUG)
    limits = PageLimits(upload_megabytes=4)
    _, address = serve_users(
        UserFile(home),
        home,
        lambda user, own_home: fake_services(own_home, limits=limits),
        "127.0.0.1",
        port,
        upload_megabytes=4,
        open_users=8,
        health=lambda: Health(library="ready", model="embedded", version="1"),
    )
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    wait_for_garbage()
    serve_fake_users(int(sys.argv[1]), Path(sys.argv[2]))
