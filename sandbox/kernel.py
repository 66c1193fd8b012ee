"""System calls that Python has no function for, by their numbers."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAPABILITY_VERSION = 0x20080522
SIGKILL = 9


def machine() -> str:
    """Either x86_64 or aarch64 where this process is a 64-bit Linux program of one of them; else empty."""
    if sys.platform != "linux" or sys.byteorder != "little" or sys.maxsize < 2**32:
        return ""
    name = os.uname().machine.lower()
    return name if name in ("x86_64", "aarch64") else ""


def call(number: int, *arguments: Any) -> int:
    """What the system call returns, or minus its error number."""
    library = ctypes.CDLL(None, use_errno=True)
    whole = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    library.syscall.restype = ctypes.c_long
    result = library.syscall(ctypes.c_long(number), *whole)
    return -ctypes.get_errno() if result == -1 else int(result)


def control(option: int, value: int, *more: int) -> int:
    """What `prctl` returns, or minus its error number."""
    library = ctypes.CDLL(None, use_errno=True)
    rest = [ctypes.c_ulong(number) for number in (*more, 0, 0, 0)[:3]]
    result = library.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *rest)
    return -ctypes.get_errno() if result == -1 else int(result)


def checked(result: int, what: str) -> int:
    """The result of `call` or `control`.

    Raises:
        OSError: the kernel refused `what`.
    """
    if result < 0:
        raise OSError(-result, f"{what}: {os.strerror(-result)}")
    return result


def forbid_new_privileges() -> None:
    """Make sure that nothing this process does can give it more rights."""
    checked(control(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    `parent` is the process id it should have; if that one is gone already, this process ends now.
    """
    checked(control(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG")
    if parent and os.getppid() != parent:
        os._exit(1)


def drop_capabilities() -> None:
    """Give up all that root may do beyond other users."""
    control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        if control(PR_CAPBSET_DROP, capability) < 0:
            break  # past the last one, or not allowed to; the sets below are what counts
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    checked(call({"x86_64": 126, "aarch64": 91}[machine()], header, none), "capset")
