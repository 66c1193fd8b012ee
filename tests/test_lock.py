"""The lock holds all that the assistant needs, at the versions that are pinned, each file by its hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+?)(?: ; .*?)? \\$", re.MULTILINE)
LOCKED = {canonicalize_name(name): version for name, version in PIN.findall(LOCK)}


def pinned():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if "==" in line]
    return {canonicalize_name(name): version for name, version in pairs}


def needed():
    """Names of everything that our dependencies need here, torch and what only it needs left out."""
    from importlib.metadata import PackageNotFoundError, requires

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    found = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name == "torch" or (name, *sorted(requirement.extras)) in found:
            continue
        found.add((name, *sorted(requirement.extras)))
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            pytest.fail(f"{name} is not installed")
        for following in map(Requirement, lines):
            marker = following.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)):
                waiting.append(following)
    return {name for name, *_ in found}


def test_all_that_is_needed_is_locked():
    assert len(LOCKED) > 100
    assert needed() - LOCKED.keys() == set()


def test_the_lock_has_the_versions_of_the_constraints():
    versions = pinned()
    assert {name: version for name, version in LOCKED.items() if versions.get(name, version) != version} == {}


def test_every_package_is_held_by_hashes_and_comes_from_the_index():
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(LOCKED)
    assert [block.split("\n")[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []
    assert "://" not in LOCK


def test_the_makefile_takes_only_what_is_locked():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--no-deps --require-hashes --requirement requirements.lock" in makefile
