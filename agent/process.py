"""Whether a process still runs, by its number."""

from __future__ import annotations

import os
import sys


def process_runs(process_id: int) -> bool:
    """True when a process with that number exists (which, after a while, may be another program's)."""
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process_id)  # query limited information
        if not handle:
            return False
        ctypes.windll.kernel32.CloseHandle(handle)
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
