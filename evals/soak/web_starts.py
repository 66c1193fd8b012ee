"""Cases of the part `web`: starts that must be refused, what the page listens to, and keys that must show nowhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.soak.web_reader import API, Reader
from evals.soak.web_world import KEYS, PASSWORDS, ROOT, START_SECONDS, Case, World, environment, files_in, free_port

REFUSED = 2
"""The exit code of a start that is refused."""
BEYOND: Mapping[str, Mapping[str, str]] = {
    "every address": {"STUDY_HOST": "0.0.0.0"},  # noqa: S104 - must be refused
    "every address of IPv6": {"STUDY_HOST": "::"},
    "every address in brackets": {"STUDY_HOST": "[::]"},
    "every address, short": {"STUDY_HOST": "0"},
    "an empty address": {"STUDY_HOST": ""},
    "mapped to IPv6": {"STUDY_HOST": "::ffff:0.0.0.0"},
    "a name": {"STUDY_HOST": "study.example"},
    "a name that begins alike": {"STUDY_HOST": "localhost.example"},
    "the machine's own name": {"STUDY_HOST": "@"},
    "an address of a network": {"STUDY_HOST": "192.168.0.10"},
    "login off": {"STUDY_HOST": "0.0.0.0", "STUDY_LOGIN": "off"},  # noqa: S104
    "login on": {"STUDY_LOGIN": "on"},
    "a login that is none": {"STUDY_LOGIN": "maybe"},
    "share": {"STUDY_SHARE": "1"},
}
"""Settings of a start without users that would let others in."""
USERS_BEYOND: Mapping[str, Mapping[str, str]] = {
    "users, login off": {"STUDY_HOST": "0.0.0.0", "STUDY_LOGIN": "off"},  # noqa: S104
    "users, login off, a name": {"STUDY_HOST": "study.example", "STUDY_LOGIN": "off"},
}
ADDRESS_WITH_KEY = "a-key-in-an-address-e1d7"
SHORT_STARTS = 2


def starts(world: World, *, short: bool) -> Iterator[Case]:
    """Starts that are refused, and what a page listens to that runs with all of Gradio's tempting variables."""
    whole = [(name, variables, False) for name, variables in BEYOND.items()]
    whole += [(name, variables, True) for name, variables in USERS_BEYOND.items()]
    for name, variables, with_users in whole[:SHORT_STARTS] if short else whole:
        yield Case(name, partial(_refused, variables=variables, with_users=with_users))
    for page in world.processes:
        yield Case(f"{page} listens", partial(_listens, page=page))
        yield Case(f"{page} asks nobody", partial(_asks_nobody, page=page))
    if world.has_own_page:
        yield Case("Gradio's variables change nothing", _unchanged)


def secrets(*, short: bool) -> Iterator[Case]:
    """Keys in all that was answered, logged, kept and exported so far; then with a provider that repeats them."""
    for name, key in (KEYS | {f"password of {name}": word for name, word in PASSWORDS.items()}).items():
        yield Case(f"{name} in a file", partial(_in_files, key=key))
        yield Case(f"{name} in an answer", partial(_in_answers, key=key))
        yield Case(f"{name} in an export", partial(_in_export, key=key))
    yield Case("sessions in a file", _sessions)
    yield Case("what counts is seen", _is_seen)
    if not short:
        for name, variables in _providers().items():
            yield Case(f"app.py with {name}", partial(_real, variables=variables))


def _refused(world: World, *, variables: Mapping[str, str], with_users: bool) -> str:
    with TemporaryDirectory(dir=world.folder) as folder:
        home = Path(folder) / "home"
        if with_users:
            _add_user(home)
        named = {name: value.replace("@", os.uname().nodename) for name, value in variables.items()}
        named |= {"STUDY_HOME": str(home), "STUDY_PORT": str(free_port())}
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env=environment(named),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            if done.returncode == REFUSED and len(done.stderr.strip().splitlines()) == 1:
                return ""
            return f"it ended with {done.returncode}: {done.stderr[-200:]}"
    return "it starts"


def _add_user(home: Path) -> None:
    """A user by the command that adds them."""
    command = [sys.executable, "-m", "ui", "users", "add", "anna"]
    variables = environment({"STUDY_HOME": str(home)})
    told = PASSWORDS["anna"].encode()
    subprocess.run(command, cwd=ROOT, env=variables, input=told, capture_output=True, check=True)


def _listens(world: World, *, page: str) -> str:
    """The addresses of all sockets that the page's process listens on."""
    process = world.processes[page]
    handles = Path(f"/proc/{process.pid}/fd")
    if not handles.is_dir():
        return ""
    links = {str(one.readlink()) for one in handles.iterdir() if one.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process.pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in links:
                found.append(local.rpartition(":")[0])
    return "" if found and set(found) == {"0100007F"} else f"it listens on {found}"


def _asks_nobody(world: World, *, page: str) -> str:
    """No share link, telemetry or update was asked for by the page's process since it was ready."""
    return "; ".join(world.network()[:3])


def _unchanged(world: World) -> str:
    config = world.alone.get("/config").text
    told = [word for word in ("page.example", "gradio.live", '"is_space":true', '"mcp_server":true') if word in config]
    if world.alone.get(f"{API}/file=/etc/hosts").status == 200:
        told.append("every file is served")
    if world.alone.get(f"{API}/mcp/sse").status == 200 or world.alone.get(f"{API}/vibe-code").status == 200:
        told.append("a door of Gradio's is open")
    return "; ".join(told)


def _in_files(world: World, *, key: str) -> str:
    return "; ".join(_files_with(world.folder, key))


def _files_with(folder: Path, key: str) -> list[str]:
    found = []
    for path in files_in(folder):
        with suppress(OSError):
            if path.is_file() and not path.is_symlink() and key.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return found


def _in_answers(world: World, *, key: str) -> str:
    return "; ".join(one for one in world.heard.leaks if one.startswith(key[:12]))


def _in_export(world: World, *, key: str) -> str:
    return "; ".join(
        name for reader in world.readers.values() for name in _export_with(reader.get("/my-data.zip").text, key)
    )


def _export_with(text: str, key: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(text.encode("latin-1"))) as archive:
        return [name for name in archive.namelist() if key.encode() in archive.read(name)]


def _sessions(world: World) -> str:
    tokens = [reader.cookie.partition("=")[2] for reader in (world.anna, world.bert)]
    return "; ".join(found for token in tokens for found in _files_with(world.folder, token)) if all(tokens) else "none"


def _is_seen(world: World) -> str:
    """A key that is written to a log is found."""
    path = world.folder / "many" / "home" / "logs" / "planted.log"
    key = next(iter(KEYS.values()))
    path.write_text(f"key {key}", encoding="utf-8")
    found = _files_with(world.folder, key)
    path.unlink()
    return "" if found == ["many/home/logs/planted.log"] else f"found: {found}"


def _providers() -> Mapping[str, Callable[[int], Mapping[str, str]]]:
    """Variables for models whose servers fail, by the port of one that repeats all it is told."""
    return {
        "a provider that repeats the key": lambda port: {
            "STUDY_MODEL": "openai/gpt-x",
            "STUDY_OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        },
        "a key in the provider's address": lambda port: {
            "STUDY_MODEL": "openai/gpt-x",
            "STUDY_OPENAI_BASE_URL": f"http://reader:{ADDRESS_WITH_KEY}@127.0.0.1:9/v1",
        },
        "a key in Ollama's address": lambda port: {
            "STUDY_MODEL": "ollama/llama3.2:3b",
            "STUDY_OLLAMA_URL": f"http://reader:{ADDRESS_WITH_KEY}@127.0.0.1:{port}",
        },
    }


def _real(world: World, *, variables: Callable[[int], Mapping[str, str]]) -> str:
    """The program itself, at the level DEBUG with traces: a question, its failure, the settings, the export."""
    keys = [*KEYS.values(), ADDRESS_WITH_KEY]
    with repeating() as port, TemporaryDirectory(dir=world.folder) as folder:
        home, own = Path(folder) / "home", free_port()
        named = {
            "STUDY_HOME": str(home), "STUDY_PORT": str(own), "STUDY_LOG_LEVEL": "DEBUG", "STUDY_TRACES": "file",
            "STUDY_MODEL_ATTEMPTS": "1", "STUDY_LOGIN": "off", **variables(port),
        }  # fmt: skip
        with (
            (Path(folder) / "output.txt").open("wb") as output,
            subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment(named), stdout=output, stderr=output
            ) as process,
        ):
            try:
                heard = _visit(own, process)
            finally:
                process.terminate()
                process.wait(60)
        found = [f"{key[:12]}… in {name}" for key in keys for name in _files_with(Path(folder), key)]
        found += [f"{key[:12]}… in {place}" for key in keys for place, text in heard.items() if key in text]
        found += [] if "ready" not in heard or (home / "logs" / "study.log").is_file() else ["there is no log"]
    return "; ".join(found)


def _visit(port: int, process: subprocess.Popen[bytes]) -> dict[str, str]:
    """What a reader is answered, by what was asked."""
    from evals.soak.web_reader import Heard

    reader, until = Reader(f"http://127.0.0.1:{port}", Heard()), time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            if '"library":"ready"' in reader.get("/health").text.replace(" ", ""):
                break
        time.sleep(0.5)
    else:
        return {"the start": f"it is not ready; {ADDRESS_WITH_KEY}"}
    heard = {"ready": "", "the answer": reader.call("ask", question="What is attention, in one sentence?")}
    heard |= {"the page": reader.get("/").text, "the configuration": reader.get("/config").text}
    heard |= {f"an error of {path}": reader.get(path).text for path in ("/nothing", f"{API}/run/x", "/documents/x.pdf")}
    for event in {name: None for name in reader.events() if name[1] == "load"}:
        heard[f"what the page loads by {event[0]}"] = reader.do(*event, [])
    for where in ("test-model", "refresh-models"):
        heard[where] = reader.do(where, "click", ["" for _ in range(1)] if where == "test-model" else [])
    export = reader.get("/my-data.zip").text
    with zipfile.ZipFile(io.BytesIO(export.encode("latin-1"))) as archive:
        heard |= {f"export {name}": archive.read(name).decode("latin-1") for name in archive.namelist()}
    reader.close()
    return heard


@contextmanager
def repeating() -> Iterator[int]:
    """The port of a server that fails every request with all that it was told, as some proxies do."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = f"Wrong key: {self.headers} {self.rfile.read(length)!r}".encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the names are the server's

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
