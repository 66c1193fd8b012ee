"""The wall of the operating system: a native Python in a process that Linux holds. Fast, and torch works behind it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Literal

from errors import SandboxError
from sandbox import bubblewrap
from sandbox.lockdown import lockdown_supported
from sandbox.locked_guest import MATPLOTLIB_FOLDER, Fence, LockedGuest
from sandbox.locked_session import LockedSession
from sandbox.reach import has_package, readable_paths
from sandbox.scratch import remove_left_over
from sandbox.values import SandboxLimits, WallState

NAME = "locked process"
FONTS_SECONDS = 60.0
FONT_LIST_BYTES = 4_000_000
ELSEWHERE = "Use Linux 5.13 or newer, or wait until the WebAssembly sandbox is ready."


class LockedProcessWall:
    """Landlock, seccomp and resource limits around a child, and bubblewrap around that where it works."""

    def __init__(self, *, use_bubblewrap: Literal["auto", "never"] = "auto") -> None:
        self._use_bubblewrap = use_bubblewrap
        self._lock = threading.Lock()
        self._state: WallState | None = None
        self._fence: Fence | None = None
        self._started = False

    @property
    def name(self) -> str:
        """Name of the wall in results and states."""
        return NAME

    @property
    def has_torch(self) -> bool:
        """Whether torch is installed where guests find it."""
        return has_package("torch")

    def state(self) -> WallState:
        """Whether this system can lock a process; found out once, by locking one."""
        with self._lock:
            if self._state is None:
                self._state = self._probe()
            return self._state

    def open_session(self, limits: SandboxLimits) -> LockedSession:
        """A fresh guest.

        Raises:
            SandboxError: processes cannot be locked here.
        """
        state = self.state()
        fence = self._fence
        if not state.ready or fence is None:
            raise SandboxError(state.reason, hint=ELSEWHERE)
        return LockedSession(lambda: LockedGuest(fence, limits), NAME)

    def start(self) -> None:
        """Look for fonts in the background, once, so that no guest has to."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self.find_fonts, name="sandbox-fonts", daemon=True).start()

    def close(self) -> None:
        """Let go of the thread that starts guests; the wall cannot be used any more."""
        with self._lock:
            fence, self._fence = self._fence, None
            self._state = WallState(NAME, ready=False, reason="The sandbox was closed.")
        if fence is not None:
            fence.starter.shutdown(wait=False)

    def find_fonts(self) -> None:
        """Let a guest that runs nothing but this make matplotlib's list of fonts, and keep the list."""
        fence = self._fence if self.state().ready else None
        if fence is None:
            return
        with contextlib.suppress(SandboxError, OSError, ValueError):
            guest = LockedGuest(fence, SandboxLimits())
            session = LockedSession(lambda: guest, NAME)
            try:
                session.run("import matplotlib.font_manager", SandboxLimits(wall_seconds=FONTS_SECONDS))
                seeds = tuple(_font_lists(guest.scratch / MATPLOTLIB_FOLDER))
            finally:
                session.close()
            with self._lock:
                if self._fence is not None:
                    self._fence = replace(self._fence, seeds=seeds)

    def _probe(self) -> WallState:
        reason = lockdown_supported()
        if reason:
            return WallState(NAME, ready=False, reason=reason)
        remove_left_over()
        readable = readable_paths()
        program = bubblewrap.find() if self._use_bubblewrap == "auto" else ""
        if program and not bubblewrap.probe(program, readable):
            program = ""
        starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-starter")
        self._fence = Fence(readable, program, starter)
        try:
            LockedGuest(self._fence, SandboxLimits()).close()
        except (SandboxError, OSError) as error:
            return WallState(NAME, ready=False, reason=f"A locked process does not start here: {error}")
        return WallState(NAME, ready=True, reason="With bubblewrap around it." if program else "")


def _font_lists(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each list that matplotlib wrote."""
    for path in sorted(folder.glob("fontlist-*.json")):
        if not path.is_symlink() and path.stat().st_size <= FONT_LIST_BYTES:
            data = path.read_bytes()
            json.loads(data)
            yield path.name, data
