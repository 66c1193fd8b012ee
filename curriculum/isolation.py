"""Keeps a run of a learner's code at home: no keys in its environment, no connection that leaves this computer.

This holds back accidents, not attacks: the code is the learner's own, and runs with the learner's rights.
It imports nothing of ours, as it is imported in the run itself, where the learner may have an `errors.py` too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def isolated_environment(folder: Path) -> dict[str, str]:
    """The run's environment: no keys of the user's, nothing fetched, everything written into `folder`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "STUDY_HOME": str(folder / "study"),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "PYTHONHASHSEED": "0",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait by spinning slow each other down on a busy computer
    }


def stay_home() -> None:
    """From now on a connection of this process to another computer is a ConnectionError. It cannot be taken back."""
    sys.addaudithook(_refuse_other_computers)


def _refuse_other_computers(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if host not in ("localhost", "::1") and not host.startswith("127."):
            raise ConnectionError(f"Lessons and projects run without network, and {host} was called.")
