"""The locked process itself: `python -I -S -B guest.py CHANNEL`, started by locked_process.py.

It locks itself before it reads any code, and has nothing that is worth stealing: an empty environment, a scratch
folder, one socket to its supervisor.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

NICENESS = 5
"""The page stays quick while code runs."""
SCRATCH_VARIABLES = ("HOME", "TMPDIR")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Libraries would start a thread for each processor, and some end the process where they cannot."""


def main() -> int:
    """Serve cells until the supervisor closes its end."""
    room = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, room)
    from sandbox.frames import receive, send
    from sandbox.guest_cell import CellRunner

    channel = socket.socket(fileno=int(sys.argv[1]))
    settings = receive(channel)
    try:
        _lock(settings, channel)
    except (OSError, RuntimeError, ValueError) as error:
        send(channel, {"fault": str(error)})
        return 1
    sys.path.remove(room)
    _settle(settings)
    runner = CellRunner(_print)
    send(channel, {"ready": True})
    while True:
        try:
            request = receive(channel)
        except EOFError:
            return 0
        send(channel, {"token": request["token"], "answer": runner.run(request["code"], request["limits"])})


def _lock(settings: dict[str, Any], channel: socket.socket) -> None:
    from sandbox.lockdown import lock_down

    os.nice(NICENESS)
    lock_down(
        read_only=[Path(path) for path in settings["readable"]],
        writable_files=[Path(path) for path in settings["devices"]],
        scratch=Path(settings["scratch"]),
        memory_megabytes=settings["memory_megabytes"],
        address_megabytes=settings["address_megabytes"],
        file_megabytes=settings["scratch_megabytes"],
        threads="asked",
        supervisor=channel,
        parent=settings["parent"],
    )


def _settle(settings: dict[str, Any]) -> None:
    """Make the scratch folder home, and let the code find its packages."""
    scratch = settings["scratch"]
    os.chdir(scratch)
    os.environ.clear()
    os.environ.update(dict.fromkeys(SCRATCH_VARIABLES, scratch) | dict.fromkeys(ONE_THREAD, "1"))
    os.environ["LANG"] = "C.UTF-8"
    os.environ["MPLCONFIGDIR"] = f"{scratch}/.matplotlib"
    sys.path += [*settings["import_folders"], scratch]
    sys.argv = [""]


def _print(text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main())
