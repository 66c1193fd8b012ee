"""Compiles the WebAssembly guest once for all processes of this user, in a child of low priority."""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import SandboxError
from sandbox.webassembly_cache import CompiledCache
from sandbox.webassembly_package import check_package, find_package
from sandbox.webassembly_pipes import read_message, write_message
from sandbox.webassembly_process import end_process, start_python

COMPILE_PROCESSOR_SECONDS = 100.0
"""What it takes on one core of a computer of 2023; only the estimate hangs on it."""
NEEDED_MEGABYTES = 700
"""Disk space: the module has 292 MB and is written beside its final place."""
LOOK_SECONDS = 0.2
LONGEST_SECONDS = 3_600.0
OPEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PrepareProgress:
    """How far the preparation is."""

    stage: str
    """"waiting" for another process, "checking", "compiling" or "trying"."""
    fraction: float
    """From 0 to 1, an estimate."""
    seconds_left: float | None


class PreparationStoppedError(SandboxError):
    """Somebody asked to stop the preparation; it begins anew next time."""


def prepare_cache(
    cache: CompiledCache,
    try_out: Callable[[Path], None],
    progress: Callable[[PrepareProgress], None],
    cancelled: Callable[[], bool],
) -> None:
    """Make sure that the compiled module is there; returns at once when it is.

    `try_out` runs a guest with the module of a folder and raises SandboxError when that fails.

    Raises:
        SandboxError: it cannot be made; the sentence says why.
    """
    from filelock import FileLock

    cache.prepare_folder()
    if cache.is_ready():
        return
    lock = FileLock(cache.folder / "compile.lock", mode=0o600)
    _acquire(lock, cache, progress, cancelled)
    try:
        if not cache.is_ready():
            _compile(cache, try_out, progress, cancelled)
    finally:
        lock.release()


def _acquire(
    lock: Any, cache: CompiledCache, progress: Callable[[PrepareProgress], None], cancelled: Callable[[], bool]
) -> None:
    from filelock import Timeout

    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(PrepareProgress("waiting", 0.0, None))
            _raise_if(cancelled)
            time.sleep(LOOK_SECONDS)
        else:
            return


def _compile(
    cache: CompiledCache,
    try_out: Callable[[Path], None],
    progress: Callable[[PrepareProgress], None],
    cancelled: Callable[[], bool],
) -> None:
    progress(PrepareProgress("checking", 0.0, None))
    check_package(find_package(), cache.digests)
    free_megabytes = shutil.disk_usage(cache.folder).free // 1_000_000
    if free_megabytes < NEEDED_MEGABYTES:
        raise SandboxError(
            f"Compiling the WebAssembly sandbox needs {NEEDED_MEGABYTES} MB in {cache.folder}; "
            f"{free_megabytes:,} MB are free.",
            hint="Make room, or set STUDY_CACHE to a folder with more.",
        )
    partial = cache.begin()
    try:
        _run_compiler(partial, progress, cancelled)
        progress(PrepareProgress("trying", 0.99, 1.0))
        try_out(partial)
        cache.adopt(partial)
    except OSError as error:
        raise SandboxError(f"The compiled WebAssembly sandbox cannot be kept: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run_compiler(partial: Path, progress: Callable[[PrepareProgress], None], cancelled: Callable[[], bool]) -> None:
    """Run the child to its end."""
    # One thread: the learner is reading meanwhile, and each further thread takes memory.
    process = start_python("webassembly_compile.py", {"RAYON_NUM_THREADS": "1"})
    messages: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(process, messages), daemon=True).start()
    began = time.monotonic()
    try:
        assert process.stdin is not None
        write_message(process.stdin, {"cache": str(partial)})
        while True:
            _raise_if(cancelled)
            try:
                message = messages.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            elapsed = time.monotonic() - began
            if "done" in message:
                return
            if "fault" in message or elapsed > LONGEST_SECONDS:
                raise SandboxError(f"Compiling the WebAssembly sandbox failed: {message.get('fault', 'too slow')}.")
            progress(estimate(float(message.get("processor_seconds", 0.0)), elapsed))
    except BrokenPipeError as error:
        raise _died() from error
    finally:
        end_process(process)


def _listen(process: subprocess.Popen[bytes], messages: queue.Queue[dict[str, Any]]) -> None:
    """Pass on what the child tells; a fault when it ends without a word."""
    assert process.stdout is not None
    try:
        while True:
            messages.put(read_message(process.stdout))
    except (EOFError, OSError, ValueError):
        messages.put({"fault": _died().message[:-1]})


def _died() -> SandboxError:
    return SandboxError("its process was ended from outside; it needs about 2.5 GB of memory.")


def estimate(processor_seconds: float, elapsed_seconds: float) -> PrepareProgress:
    """Progress after so much work; it slows down, and never ends, when the work is more than was thought."""
    part = processor_seconds / COMPILE_PROCESSOR_SECONDS
    fraction = 0.9 * part if part <= 1 else 0.98 - 0.08 / part
    work_left = max(COMPILE_PROCESSOR_SECONDS - processor_seconds, 0.1 * processor_seconds)
    speed = processor_seconds / elapsed_seconds if processor_seconds > 1 and elapsed_seconds > 0 else 1.0
    return PrepareProgress("compiling", fraction, work_left / speed)


def _raise_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise PreparationStoppedError("The preparation of the WebAssembly sandbox was stopped.")
