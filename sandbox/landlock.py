"""Landlock by ctypes: which files this process may open from now on.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from sandbox.kernel import call, checked

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same numbers on all machines."""
ASK_VERSION = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REGULAR = 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14

READ = READ_FILE | READ_DIR
WORK = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REGULAR | REFER | TRUNCATE
"""All but executing, and making links, sockets, pipes and devices."""
RIGHTS_OF_A_FILE = READ_FILE | WRITE_FILE | TRUNCATE
NETWORK = 0b11
"""Binding and connecting TCP sockets; from version 4 on."""
SCOPES = 0b11
"""Abstract unix sockets, and signals to processes outside; from version 6 on."""
RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 5: 16}
"""From which version on how many of the file rights are known."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that the kernel speaks; 0 when it has none or it is switched off."""
    return max(0, call(CREATE_RULESET, None, 0, ASK_VERSION))


def restrict(read_only: Sequence[Path], scratch: Path | None, writable_files: Sequence[Path] = ()) -> None:
    """Refuse all files to this thread but those below `read_only` and `scratch`, for good.

    What does not exist is passed over. All network and scope rules the kernel knows are set, too.

    Raises:
        OSError: the kernel refused.
    """
    known = version()
    files = (1 << max(bits for since, bits in RIGHTS_BY_VERSION.items() if since <= max(known, 1))) - 1
    rules = _Ruleset(files, NETWORK if known >= 4 else 0, SCOPES if known >= 6 else 0)
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = checked(call(CREATE_RULESET, ctypes.byref(rules), size, 0), "Landlock")
    try:
        for path in read_only:
            _allow(ruleset, path, READ & files)
        for path in writable_files:
            _allow(ruleset, path, RIGHTS_OF_A_FILE & files)
        if scratch is not None:
            _allow(ruleset, scratch, WORK & files)
        checked(call(RESTRICT_SELF, ruleset, 0), "Landlock")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= RIGHTS_OF_A_FILE
        rule = _PathRule(rights, handle)
        checked(call(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0), f"Landlock on {path}")
    finally:
        os.close(handle)
