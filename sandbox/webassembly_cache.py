"""The folder of compiled code: one sub-folder for each state of artifact, wasmtime and processor, whole or absent.

    webassembly/                 0700
        digests.json             what was hashed already
        compile.lock             held by the one process that compiles
        partial-…/               being written; never used
        ready-<key>/             0700: the module, and ready.json, which names it and its SHA-256
        running/                 scratch folders of live children

wasmtime runs compiled code as it finds it, so the package takes it only from a folder that nobody else can enter
(mode 0700), and else compiles anew at every start. We keep the folder so, and look before each use.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from errors import SandboxError
from sandbox.webassembly_digests import DigestMemory
from sandbox.webassembly_package import ARTIFACTS, SNAPSHOT, WASMTIME

MARK = "ready.json"
READY, PARTIAL = "ready-", "partial-"


class CompiledCache:
    """Compiled modules below `folder`, of which the one under `key` serves this machine."""

    def __init__(self, folder: Path, key: str | None = None) -> None:
        self.folder = folder
        self.key = cache_key() if key is None else key
        self.digests = DigestMemory(folder / "digests.json")

    @property
    def ready_folder(self) -> Path:
        """Where the compiled module of this machine is, if it is there."""
        return self.folder / f"{READY}{self.key}"

    def prepare_folder(self) -> None:
        """Make the cache folder, or make it private again.

        Raises:
            SandboxError: it cannot be made, or others could have put code there.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(self.folder)
        except OSError as error:
            raise SandboxError(
                f"The folder {self.folder} for compiled code cannot be used: {error.strerror}.",
                hint="Set STUDY_CACHE to a folder of your own.",
            ) from error

    def is_ready(self) -> bool:
        """Whether the compiled module is there, whole, unchanged and private."""
        try:
            make_private(self.folder)
            make_private(self.ready_folder)
            mark = json.loads((self.ready_folder / MARK).read_text(encoding="utf-8"))
            module = self.ready_folder / Path(str(mark["module"])).name
            return bool(self.digests.digest(module) == mark["sha256"])
        except (OSError, ValueError, KeyError, TypeError, SandboxError):
            return False

    def begin(self) -> Path:
        """A fresh folder to compile into. Only for the holder of the lock: remains of killed compiles are removed."""
        for remains in self.folder.glob(f"{PARTIAL}*"):
            shutil.rmtree(remains, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=PARTIAL, dir=self.folder))  # 0700

    def adopt(self, partial: Path) -> None:
        """Put a finished compile in its place in one step, and remove those of former keys.

        Raises:
            SandboxError: it holds no module.
        """
        modules = sorted(partial.glob("*.cwasm"))
        if len(modules) != 1:
            raise SandboxError("Compiling the WebAssembly sandbox left no module.")
        mark = {"module": modules[0].name, "sha256": self.digests.digest(modules[0])}
        (partial / MARK).write_text(json.dumps(mark), encoding="utf-8")
        self.forget()
        partial.rename(self.ready_folder)
        for former in self.folder.glob(f"{READY}*"):
            if former != self.ready_folder:
                shutil.rmtree(former, ignore_errors=True)

    def forget(self) -> None:
        """Remove the module of this machine, so that it is compiled anew."""
        with contextlib.suppress(OSError):
            (self.ready_folder / MARK).unlink(missing_ok=True)
        shutil.rmtree(self.ready_folder, ignore_errors=True)


def make_private(folder: Path) -> None:
    """Take away others' right to read a folder of ours.

    Raises:
        OSError: it is not there, or its mode cannot be set.
        SandboxError: it is a link, another user's, or others could write there, so its content is worth nothing.
    """
    status = folder.lstat()
    if os.name != "posix":
        return
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise SandboxError(
            f"Others can write to {folder}, so compiled code in it cannot be trusted.",
            hint="Remove that folder; it is made again.",
        )
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def cache_key(processor: str | None = None) -> str:
    """What compiled code depends on: the artifact, wasmtime and the processor."""
    processor = _processor() if processor is None else processor
    facts = f"{ARTIFACTS[SNAPSHOT]} {WASMTIME} {sys.platform} {platform.machine()} {processor}"
    return f"wasmtime-{WASMTIME}-{hashlib.sha256(facts.encode()).hexdigest()[:16]}"


def _processor() -> str:
    """The processor's abilities: wasmtime compiles for all of them."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return line.partition(":")[2].strip()
    return platform.processor()
