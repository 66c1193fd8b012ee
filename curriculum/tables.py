"""Reading TOML tables into typed values while collecting every fault."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Faults:
    """All that is wrong with the data, one sentence each."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, where: str, message: str) -> None:
        """Remember one fault."""
        self.messages.append(f"{where}: {message}")


class Entry:
    """One TOML table; each getter returns a usable value and reports what is missing or of a wrong type."""

    def __init__(self, where: str, values: Mapping[str, Any], faults: Faults) -> None:
        self.where = where
        self.faults = faults
        self._values = values
        self._asked: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        """The string under `key`; without a default it must be there and not be blank."""
        value = self._get(key, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value
        if value is not None:
            self.fault(f"`{key}` must be a text that is not empty, not {value!r}")
        return ""

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """The string under `key`, which must be one of `allowed`."""
        value = self.text(key, default)
        if value and value not in allowed:
            self.fault(f"`{key}` is {value!r}; allowed are {', '.join(allowed)}")
        return value

    def number(self, key: str) -> int:
        """The whole number under `key`."""
        value = self._get(key, None)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value is not None:
            self.fault(f"`{key}` must be a whole number, not {value!r}")
        return 0

    def real(self, key: str, default: float | None = None) -> float:
        """The number under `key`, whole or not."""
        value = self._get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if value is not None:
            self.fault(f"`{key}` must be a number, not {value!r}")
        return 0.0

    def has(self, key: str) -> bool:
        """Whether there is something under `key`."""
        return key in self._values

    def optional_number(self, key: str) -> int | None:
        """The whole number under `key`, None when absent."""
        self._asked.add(key)
        return self.number(key) if key in self._values else None

    def flag(self, key: str, *, required: bool = False) -> bool:
        """The truth value under `key`; False when absent, which is a fault when it is required."""
        value = self._get(key, None if required else False)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.fault(f"`{key}` must be true or false, not {value!r}")
        return value is True

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """The list of strings under `key`, empty when absent."""
        value = self._get(key, None if required else [])
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        if value is not None:
            self.fault(f"`{key}` must be a list of texts, not {value!r}")
        return ()

    def numbers(self, key: str, count: int) -> tuple[int, ...]:
        """The list of `count` whole numbers under `key`."""
        value = self._get(key, None)
        if isinstance(value, list) and len(value) == count and all(type(item) is int for item in value):
            return tuple(value)
        if value is not None:
            self.fault(f"`{key}` must be a list of {count} whole numbers, not {value!r}")
        return (0,) * count

    def integers(self, key: str) -> tuple[int, ...]:
        """The list of whole numbers under `key`, empty when absent."""
        value = self._get(key, [])
        if isinstance(value, list) and all(type(item) is int for item in value):
            return tuple(value)
        self.fault(f"`{key}` must be a list of whole numbers, not {value!r}")
        return ()

    def entries(self, key: str, *, required: bool = True) -> Iterator[Entry]:
        """The tables listed under `key`."""
        value = self._get(key, None if required else [])
        if value is not None:
            yield from entries_of(value, f"{self.where} {key}", self.faults)

    def table(self, key: str) -> Iterator[Entry]:
        """The one table under `key`, none when absent."""
        value = self._get(key, {})
        if not isinstance(value, dict):
            self.fault(f"`{key}` must be a table, not {value!r}")
        elif value:
            yield Entry(f"{self.where} {key}", value, self.faults)

    def close(self) -> None:
        """Report every key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                self.fault(f"`{key}` is not a known key")

    def fault(self, message: str) -> None:
        """Report one fault of this entry."""
        self.faults.add(self.where, message)

    def _get(self, key: str, default: object) -> Any:
        self._asked.add(key)
        if key not in self._values and default is None:
            self.fault(f"`{key}` is missing")
        return self._values.get(key, default)


def entries_of(value: object, where: str, faults: Faults) -> Iterator[Entry]:
    """The tables in `value`, each labelled by its id, title or place."""
    if not isinstance(value, list):
        faults.add(where, "must be a list of tables")
        return
    for place, item in enumerate(value, start=1):
        if not isinstance(item, dict):
            faults.add(where, f"entry {place} must be a table, not {item!r}")
            continue
        label = item.get("id") or item.get("title") or item.get("name") or place
        yield Entry(f"{where} {label}", item, faults)


def read_toml(path: Path, faults: Faults) -> dict[str, Any] | None:
    """The file's content, or None (and a fault) when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.add(path.name, "the file is missing")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.add(path.name, f"cannot be read: {error}")
    return None
