"""A seccomp filter by ctypes: which system calls this process may make from now on.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Collection, Iterable, Sequence

from sandbox.kernel import call, checked
from sandbox.system_calls import ABSENT, ALWAYS, SOMETIMES, numbers

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false (both counted from the next instruction), constant."""

LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, ASK_SUPERVISOR, KILL, ERROR = 0x7FFF0000, 0x7FC00000, 0x80000000, 0x00050000
REFUSE: Instruction = (RETURN, 0, 0, ERROR | errno.EPERM)
LACK: Instruction = (RETURN, 0, 0, ERROR | errno.ENOSYS)
PASS: Instruction = (RETURN, 0, 0, ALLOW)
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000
"""Numbers from here on are another set of calls of the same x86_64 kernel."""
SET_MODE_FILTER = 1
NEW_LISTENER = 1 << 3
SECCOMP = {"x86_64": 317, "aarch64": 277}

THREAD = 0x00010F00
"""CLONE_VM, FS, FILES, SIGHAND and THREAD: what a thread shares."""
CLONE_CHECKED = THREAD | 0x7E020000 | 0x80 | 0x0080F000
"""And what no thread has: namespaces, tracing, a parent's choice, a process handle, vfork."""
PRIVATE_MAPPING, MAPPING_CHECKED = 2, 0x10F
"""Shared mappings, and those that grow down like a stack, are not counted as the process's own memory."""
OWN_STREAM_SOCKETS = ((0, 0xFFFFFFFF, (1,)), (1, 0xF, (1,)))
OPEN_TO_CUT = 0o1000
"""O_TRUNC with reading only: Landlock before version 3 lets it empty a file."""
SAFE_ADVICE = (0, 1, 2, 3, 4, 8, 14, 15, 16, 17, 18, 19, 20, 21, 25)
"""Of madvise; not merging of pages, which tells what others hold, nor the poisoning of pages."""
SAFE_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032, 36, 37, 38)
"""Duplicating, flags and locks; not F_SETOWN, which sends signals, nor larger pipes."""
SAFE_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Is it a terminal, its size, bytes to read, blocking, closing on exec."""
SAFE_PRCTL = (3, 15, 16, 0x53564D41)
"""Asking whether it is dumpable, and the names of threads and mappings."""
NOTIFICATION_PIPE = 0o200
OWNERS_RIGHTS = 0o700
"""Kept for every folder, so that the supervisor can look into it, count and remove."""


def program(machine: str, process: int, *, threads: bool, extra: Collection[str] = ()) -> list[Instruction]:
    """The filter for a guest that is `process`; calls named in `extra` pass whatever their arguments."""
    always, sometimes, absent = (numbers(table, machine) for table in (ALWAYS, SOMETIMES, ABSENT))
    everything = always | sometimes | absent
    rules = _rules(process, threads=threads)
    filtered: list[Instruction] = _opening(machine)
    for number in (everything[name] for name in everything if name in always or name in extra):
        filtered += [(EQUAL, 0, 1, number), PASS]
    for name, number in sometimes.items():
        if name not in extra:
            block = [*rules[name], PASS] if name in rules else [REFUSE]
            filtered += [(EQUAL, 0, len(block), number), *block]
    for name, number in absent.items():
        if name not in extra:
            filtered += [(EQUAL, 0, 1, number), LACK]
    newest = max(everything.values()) + 20
    return [*filtered, (AT_LEAST, 0, 1, newest), LACK, REFUSE]


def thread_program(machine: str) -> list[Instruction]:
    """A second filter, which asks the supervisor about each new thread."""
    clone = numbers(SOMETIMES, machine)["clone"]
    return [*_opening(machine), (EQUAL, 0, 1, clone), (RETURN, 0, 0, ASK_SUPERVISOR), PASS]


def install(filtered: Sequence[Instruction], machine: str, *, listener: bool = False) -> int:
    """Set the filter for good; the handle that is asked, if `listener`.

    Raises:
        OSError: the kernel refused.
    """
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in filtered)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(filtered), ctypes.addressof(buffer)), 16)
    return checked(call(SECCOMP[machine], SET_MODE_FILTER, NEW_LISTENER if listener else 0, head), "seccomp")


def _opening(machine: str) -> list[Instruction]:
    """Refuses calls of another machine's kind, which have other numbers, and loads the number."""
    opening: list[Instruction] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, KILL)]
    opening += [(LOAD, 0, 0, 0)]
    return opening + ([(AT_LEAST, 0, 1, X32), REFUSE] if machine == "x86_64" else [])


def _rules(process: int, *, threads: bool) -> dict[str, list[Instruction]]:
    """What must hold for each call that is allowed sometimes. A call that is missing here is refused."""
    rules = {
        "open": _never(1, 0o1003, OPEN_TO_CUT),
        "openat": _never(2, 0o1003, OPEN_TO_CUT),
        "mmap": _one_of(3, (PRIVATE_MAPPING,), mask=MAPPING_CHECKED),
        "madvise": _one_of(2, SAFE_ADVICE),
        "fcntl": _one_of(1, SAFE_FCNTL),
        "ioctl": _one_of(1, SAFE_IOCTL),
        "kill": _one_of(0, (process,)),
        "tgkill": _one_of(0, (process,)),
        "prctl": _one_of(0, SAFE_PRCTL),
        "prlimit64": [*_one_of(0, (0, process)), *_null(2)],
        "socketpair": [step for index, mask, values in OWN_STREAM_SOCKETS for step in _one_of(index, values, mask)],
        "sendto": _null(4),
        "pipe2": _never(1, NOTIFICATION_PIPE, NOTIFICATION_PIPE),
        "mkdir": _one_of(1, (OWNERS_RIGHTS,), mask=OWNERS_RIGHTS),
        "mkdirat": _one_of(2, (OWNERS_RIGHTS,), mask=OWNERS_RIGHTS),
        "umask": _one_of(0, (0,), mask=OWNERS_RIGHTS),
    }
    return rules | ({"clone": _one_of(0, (THREAD,), mask=CLONE_CHECKED)} if threads else {})


def _argument(index: int, *, upper: bool = False) -> Instruction:
    """Loads half of an argument; the kernel reads no more than the lower half of numbers."""
    return (LOAD, 0, 0, 16 + 8 * index + (4 if upper else 0))


def _one_of(index: int, values: Iterable[int], mask: int = 0xFFFFFFFF) -> list[Instruction]:
    values = tuple(values)
    steps: list[Instruction] = [_argument(index), (AND, 0, 0, mask)]
    steps += [(EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [*steps, REFUSE]


def _never(index: int, mask: int, value: int) -> list[Instruction]:
    return [_argument(index), (AND, 0, 0, mask), (EQUAL, 0, 1, value), REFUSE]


def _null(index: int) -> list[Instruction]:
    """A pointer that points nowhere: both halves are zero."""
    halves = (_argument(index), _argument(index, upper=True))
    return [step for half in halves for step in (half, (EQUAL, 1, 0, 0), REFUSE)]
