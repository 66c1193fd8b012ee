"""What the cases of the part `web` have before them: two running pages, their readers, what must not be reached."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from errors import StudyError
from evals.soak.failing_arxiv import FailingArxiv, failing_arxiv
from evals.soak.obedient_tutor import fingerprint
from evals.soak.web_reader import Heard, Reader
from evals.soak.web_server import NETWORK

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
PASSWORDS = {"anna": "four-words-of-anna-kiwi", "bert": "four-words-of-bert-yuzu", "alone": "four-words-of-carl-plum"}
"""The last is for the short form."""
PER_MINUTE, SHORT_PER_MINUTE = 3_000, 500
"""Requests of one user or address: the last group of cases empties the bucket, and nothing before it."""
KEYS = {
    "OPENAI_API_KEY": "sk-planted-openai-4c1f9be2",
    "ANTHROPIC_API_KEY": "sk-planted-anthropic-77d0a3",
    "OLLAMA_API_KEY": "planted-ollama-0b6e2f81",
    "HF_TOKEN": "hf_planted_55e1c09d",
    "AWS_SECRET_ACCESS_KEY": "planted-aws-91aa3c70",
}
"""Variables of the environment that must show nowhere."""
TEMPTING = {
    "GRADIO_SHARE": "True",
    "GRADIO_SERVER_NAME": "0.0.0.0",  # noqa: S104 - to see that it is not obeyed
    "GRADIO_ALLOWED_PATHS": "/",
    "GRADIO_ROOT_PATH": "https://page.example",
    "GRADIO_MCP_SERVER": "True",
    "GRADIO_ANALYTICS_ENABLED": "True",
    "GRADIO_DEBUG": "1",
    "GRADIO_VIBE_MODE": "1",
}
"""Variables by which Gradio would open the page to others; the learner's page runs with all of them."""
OUTSIDE = "the-file-outside-c0ffee42"
"""Stands in a file beside the homes, which no answer may hold."""
HELD_BACK = (OUTSIDE, "root:x:0:", "SQLite format 3", "scrypt$", "HOME=/", "PATH=/")
"""What answers that leave the page's own folders would hold."""


@dataclass(frozen=True, slots=True)
class Case:
    """One try; `run` gives what went wrong, or nothing."""

    name: str
    run: Callable[[World], str]


@dataclass
class World:
    """The pages, one of the learner of this machine and one of several users, and who reads them."""

    folder: Path
    arxiv: FailingArxiv
    canary: Canary
    heard: Heard
    alone: Reader
    stranger: Reader
    anna: Reader
    bert: Reader
    processes: dict[str, subprocess.Popen[bytes]]
    """Of the pages, "alone" and "many"."""
    per_minute: int
    texts: dict[str, str] = field(default_factory=dict)
    """What earlier cases of a group left for later ones."""

    @property
    def has_own_page(self) -> bool:
        """Whether the page of one learner runs; in the short form its reader is a user of the other one."""
        return "alone" in self.processes

    @property
    def readers(self) -> dict[str, Reader]:
        """Those who may see a page, by the page."""
        return {"alone": self.alone, "anna": self.anna}

    @property
    def outside(self) -> Path:
        """A file beside the homes."""
        return self.folder / "outside.txt"

    def home_of(self, name: str) -> Path:
        """The data folder of a reader; alone is the learner of this machine."""
        if name == "alone" and self.has_own_page:
            return self.folder / "alone" / "home"
        return next((self.folder / "many" / "home" / "users").glob(f"{name}-*"))

    def network(self) -> list[str]:
        """What the pages asked of the network so far, beside arXiv."""
        port = self.arxiv.url.rpartition(":")[2]
        lines = [
            line
            for page in self.processes
            if (path := self.folder / page / NETWORK).is_file()
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        return [line for line in lines if not line.endswith(f"127.0.0.1:{port}")]

    def stays(self, name: str) -> str:
        """A fingerprint of all that a user has, which nothing that others do may change."""
        home = self.home_of(name)
        files = [path for path in files_in(home) if "export-" not in str(path)]
        found = [fingerprint(path) for path in files if path.suffix in (".sqlite", ".sqlite3")]
        kept = {"files", "notes", "undo", "uploads"}
        sizes = [f"{path} {path.stat().st_size}" for path in files if kept & set(path.relative_to(home).parts)]
        return "\n".join([*found, *sizes])


class Canary:
    """A service of this machine that no request may reach."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(OUTSIDE.encode())

            do_HEAD = do_POST = do_GET  # noqa: N815 - the names are the server's

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


def files_in(folder: Path) -> list[Path]:
    """All files below a folder, in order; what goes away meanwhile is no fault."""
    return sorted(Path(place) / name for place, _, names in os.walk(folder) for name in names)


@contextmanager
def opened(folder: Path, *, short: bool) -> Iterator[World]:
    """Both pages, started afresh; in the short form that of several users, with one more of them.

    Raises:
        StudyError: one of them does not start.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        arxiv, canary = stack.enter_context(failing_arxiv()), Canary()
        stack.callback(canary.close)
        people = [f"{name}:{password}" for name, password in PASSWORDS.items()]
        per_minute = SHORT_PER_MINUTE if short else PER_MINUTE
        pages = {"many": stack.enter_context(serving(folder / "many", arxiv.url, per_minute, people, {}))}
        if not short:
            pages["alone"] = stack.enter_context(serving(folder / "alone", arxiv.url, per_minute, [], TEMPTING))
        for page in pages.values():
            page.wait()
        heard = Heard((*KEYS.values(), *PASSWORDS.values()))
        many = pages["many"].address
        alone = many if short else pages["alone"].address
        world = World(
            folder=folder,
            arxiv=arxiv,
            canary=canary,
            heard=heard,
            alone=Reader(alone, heard),
            stranger=Reader(many, heard),
            anna=Reader(many, heard),
            bert=Reader(many, heard),
            processes={name: page.process for name, page in pages.items()},
            per_minute=per_minute,
        )
        for reader in (world.alone, world.stranger, world.anna, world.bert):
            stack.callback(reader.close)
        for name, reader in (("anna", world.anna), ("bert", world.bert), *([("alone", world.alone)] if short else ())):
            reader.log_in(name, PASSWORDS[name])
            reader.get("/config")  # opens the home
        world.outside.write_text(OUTSIDE, encoding="utf-8")
        yield world


@dataclass(frozen=True)
class Page:
    """A page that starts."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> None:
        """Until it answers.

        Raises:
            StudyError: it does not.
        """
        until = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            if "ready" in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
                return
            time.sleep(0.05)
        raise StudyError("The page does not start.", hint=f"{self.log} says why.")


@contextmanager
def serving(
    folder: Path, arxiv: str, per_minute: int, people: list[str], variables: Mapping[str, str]
) -> Iterator[Page]:
    """A page with its home in the folder, in a process of its own."""
    folder.mkdir(parents=True)
    port, log = free_port(), folder / "output.txt"
    command = [sys.executable, "-m", "evals.soak.web_server", str(folder / "home"), str(port), arxiv, str(per_minute)]
    command += people
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment(variables), stdout=output, stderr=output) as process,
    ):
        try:
            yield Page(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.kill()


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's, without what would change the page, with the planted keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDY_", "GRADIO_"))}
    return {**kept, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", **KEYS, **variables}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
