"""Locks the process it is called in: files, system calls, resources. Linux 5.13 or newer, no package needed.

Called by the guests of both walls on themselves, once they have started and before any code of the learner.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from sandbox import landlock, seccomp
from sandbox.kernel import drop_capabilities, end_with_parent, forbid_new_privileges, machine

Threads = Literal["none", "asked", "free"]
"""New threads: never, as the supervisor says, or as the code likes (for trusted code that guards a guest)."""
OPEN_FILES = 64
SESSION_CPU_SECONDS = 3_600
"""Processor time of a whole session; the time of one run is the supervisor's to watch."""
MEGABYTE = 1 << 20
STACK_MEGABYTES = 8
WITH_HANDLE, WITHOUT_HANDLE = HANDLE_BYTES = (b"t", b"n")
"""What the supervisor of a process with "asked" threads reads first; no message of frames.py begins so."""


def lockdown_supported() -> str:
    """Why a process cannot be locked here, as a sentence; empty when it can."""
    if not machine():
        return "A locked process needs Linux on an x86_64 or aarch64 machine."
    if not landlock.version():
        return "A locked process needs Landlock: Linux 5.13 or newer with `landlock` among its security modules."
    with contextlib.suppress(OSError):
        if "Seccomp:" not in Path("/proc/self/status").read_text(encoding="utf-8"):
            return "A locked process needs a Linux kernel with seccomp."
    return ""


def lock_down(
    *,
    read_only: Sequence[Path],
    scratch: Path | None,
    memory_megabytes: int,
    address_megabytes: int | None = None,
    file_megabytes: int,
    writable_files: Sequence[Path] = (),
    open_files: int = OPEN_FILES,
    threads: Threads = "none",
    supervisor: socket.socket | None = None,
    extra_calls: Collection[str] = (),
    parent: int = 0,
) -> None:
    """Lock this process for good; it must have one thread still.

    Afterwards it reads what is below `read_only`, works in `scratch`, starts no process, opens no socket, and
    holds `memory_megabytes` of its own memory and `address_megabytes` of addresses (None: any number).
    With `threads="asked"` the handle on which the supervisor is asked goes through its socket; where the kernel
    gives none there are no threads. `extra_calls` are names of system_calls.py that a trusted guard needs.

    Raises:
        OSError: the kernel refused a part; the process must not go on then.
    """
    kind = machine()
    reason = lockdown_supported()
    if reason:
        raise OSError(reason)
    with contextlib.suppress(OSError):
        if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - names alone
            raise RuntimeError("only a process of one thread can be locked whole")
    _limit_resources(memory_megabytes, address_megabytes, file_megabytes, open_files)
    drop_capabilities()
    forbid_new_privileges()
    end_with_parent(parent)
    landlock.restrict(read_only, scratch, writable_files)
    if threads == "asked":
        threads = "asked" if supervisor is not None and _hand_over(supervisor, kind) else "none"
    seccomp.install(
        seccomp.program(kind, os.getpid(), threads=threads != "none", extra=extra_calls),
        kind,
    )


def _limit_resources(memory: int, addresses: int | None, file: int, open_files: int) -> None:
    import resource

    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: SESSION_CPU_SECONDS,
        resource.RLIMIT_DATA: memory * MEGABYTE,  # private memory that can be written; there is no shared memory
        resource.RLIMIT_FSIZE: file * MEGABYTE,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_STACK: STACK_MEGABYTES * MEGABYTE,
    }
    if addresses is not None:
        limits[resource.RLIMIT_AS] = addresses * MEGABYTE
    for kind, value in limits.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _hand_over(supervisor: socket.socket, kind: str) -> bool:
    """Whether the supervisor got the handle on which it is asked about threads."""
    try:
        handle = seccomp.install(seccomp.thread_program(kind), kind, listener=True)
    except OSError:  # e.g. a container's own supervisor listens already
        supervisor.sendall(WITHOUT_HANDLE)
        return False
    try:
        socket.send_fds(supervisor, [WITH_HANDLE], [handle])
    finally:
        os.close(handle)
    return True
