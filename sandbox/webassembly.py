"""The WebAssembly wall: CPython with numpy, sympy and matplotlib as WebAssembly, on Linux, macOS and Windows.

Its code is compiled once, in the background; see webassembly_prepare.py. The packages behind it are loaded by
children only, and only after their files were found to be those that were checked.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from errors import SandboxError
from sandbox.lockdown import lockdown_supported
from sandbox.values import SandboxLimits, WallState
from sandbox.webassembly_cache import CompiledCache
from sandbox.webassembly_package import check_package, find_package
from sandbox.webassembly_prepare import PreparationStoppedError, PrepareProgress, prepare_cache
from sandbox.webassembly_process import start_python
from sandbox.webassembly_running import remove_left_over
from sandbox.webassembly_session import NAME, Launch, UnusableModuleError, WebAssemblySession
from sandbox.webassembly_trial import try_out

FOLDER = "webassembly"
STAGES = {
    "waiting": "Another process is preparing the WebAssembly sandbox.",
    "checking": "The WebAssembly sandbox is being checked.",
    "compiling": "The WebAssembly sandbox is being compiled.",
    "trying": "The WebAssembly sandbox is being tried.",
}
NOT_YET = "The WebAssembly sandbox is not compiled yet."
HOW = "Run `python -m sandbox prepare`; it takes a minute or two, once."


class WebAssemblyWall:
    """Guests of WebAssembly in children that Linux locks besides."""

    name = NAME
    has_torch = False

    def __init__(self, cache_folder: Path) -> None:
        self._cache = CompiledCache(cache_folder / FOLDER)
        self._running = cache_folder / FOLDER / "running"
        self._lock = threading.Lock()
        self._package_checked = False
        self._progress: PrepareProgress | None = None
        self._failure: SandboxError | None = None
        self._background: threading.Thread | None = None
        self._stopping = threading.Event()
        # The kernel ends a locked child together with the thread that started it, so one thread starts all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webassembly-starter")

    def state(self) -> WallState:
        """Whether it can be used now; progress while it is being compiled."""
        fault = self._fault()
        if fault is not None:
            return WallState(NAME, ready=False, reason=fault.as_text())
        if self._cache.is_ready():
            return WallState(NAME, ready=True)
        progress, failure = self._progress, self._failure
        if progress is not None:
            return WallState(
                NAME,
                ready=False,
                reason=STAGES[progress.stage],
                progress=progress.fraction,
                seconds_left=progress.seconds_left,
            )
        return WallState(NAME, ready=False, reason=failure.as_text() if failure else f"{NOT_YET} {HOW}")

    def open_session(self, limits: SandboxLimits) -> WebAssemblySession:
        """A fresh guest.

        Raises:
            SandboxError: the wall cannot be used here or now.
        """
        state = self.state()
        if not state.ready:
            raise SandboxError(state.reason)
        try:
            return WebAssemblySession(self._launch(self._cache.ready_folder), limits)
        except UnusableModuleError:
            self._cache.forget()
            raise

    def prepare(
        self,
        progress: Callable[[PrepareProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Compile now, unless that is done; blocks.

        Raises:
            SandboxError: it cannot be done, or was stopped; the sentence says why.
        """

        def tell(now: PrepareProgress) -> None:
            self._progress = now
            if progress is not None:
                progress(now)

        fault = self._fault()
        if fault is not None:
            raise fault
        try:
            self._failure = None
            prepare_cache(self._cache, self._try_out, tell, cancelled or (lambda: False))
            with contextlib.suppress(OSError):
                remove_left_over(self._running)
        except SandboxError as error:
            self._failure = error
            raise
        finally:
            self._progress = None

    def start(self) -> None:
        """Begin to compile in the background at low priority; nothing when that has begun."""
        with self._lock:
            if self._background is not None and self._background.is_alive():
                return
            self._stopping.clear()
            self._background = threading.Thread(target=self._prepare_quietly, name="webassembly-compile", daemon=True)
            self._background.start()

    def close(self) -> None:
        """Stop what `start` began; what was compiled by then is thrown away."""
        self._stopping.set()
        background = self._background
        if background is not None:
            background.join()

    def _prepare_quietly(self) -> None:
        """For the background: `state` tells how it went."""
        try:
            self.prepare(cancelled=self._stopping.is_set)
        except PreparationStoppedError:
            self._failure = None
        except SandboxError:
            pass

    def _fault(self) -> SandboxError | None:
        """Why the packages cannot be used, if they cannot; looked at once when all is well."""
        with self._lock:
            if self._package_checked:
                return None
            try:
                self._cache.prepare_folder()
                check_package(find_package(), self._cache.digests)
            except SandboxError as error:
                return error
            self._package_checked = True
            return None

    def _launch(self, compiled: Path) -> Launch:
        return Launch(compiled, self._running, not lockdown_supported(), self._start)

    def _start(self) -> subprocess.Popen[bytes]:
        return self._starter.submit(start_python, "webassembly_child.py").result()

    def _try_out(self, compiled: Path) -> None:
        try_out(self._launch(compiled))
