"""What a guest may read: the interpreter, the packages, shared libraries, fonts and time zones. Nothing else."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from pathlib import Path

PACKAGES = ("numpy", "sympy", "matplotlib", "torch")
PACKAGE_FOLDERS = ("site-packages", "dist-packages")
SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
)
DEVICES = (Path("/dev/null"), Path("/dev/zero"))
"""Files that may be written, too; nothing is kept in them."""
RANDOM = Path("/dev/urandom")


def interpreter() -> Path:
    """The program behind the virtual environment."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


def import_folders() -> tuple[Path, ...]:
    """Where the packages of the guest are; only folders that hold packages and nothing else."""
    found: dict[Path, None] = {}
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(place).resolve().parent
            if folder.name in PACKAGE_FOLDERS:
                found[folder] = None
    return tuple(found)


def has_package(name: str) -> bool:
    """Whether a package is installed where guests find it."""
    return any((folder / name).is_dir() for folder in import_folders())


def readable_paths() -> tuple[Path, ...]:
    """All that a guest may read besides its scratch folder, without what is not there."""
    library = Path(sys.base_prefix).resolve() / "lib"
    own = (library, *(Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib")))
    wanted = (*own, *import_folders(), *(Path(path) for path in SYSTEM), RANDOM)
    return tuple(dict.fromkeys(path for path in wanted if path.exists()))
