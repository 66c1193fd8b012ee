"""The users of the page: one small file in the data folder, kept by `python -m ui users`."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from errors import HomeError, UserError
from ui.accounts.passwords import hash_password, is_hash

USERS = "users.json"
HOMES = "users"
"""Folder below the data folder that holds a folder for each user."""
LOCK_SECONDS = 10.0

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class User:
    """One who may log in."""

    name: str
    """In small letters."""
    folder: str
    """Name of the user's own folder: name and random digits, so that a later user of the name gets another one."""
    password: str
    """Its salted hash."""
    created_at: str
    """ISO time in UTC."""

    def __repr__(self) -> str:
        """Without the hash, so that a log never holds it."""
        return f"User({self.name!r}, {self.folder!r})"


class UserFile:
    """The file of users. Read anew when it changed, so that a running page hears of new and removed ones."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / USERS
        self._lock = threading.Lock()
        self._read: tuple[object, dict[str, User]] = (None, {})

    def users(self) -> tuple[User, ...]:
        """All users, by name.

        Raises:
            HomeError: the file cannot be read.
        """
        with self._lock:
            return tuple(self._load().values())

    def find(self, name: str) -> User | None:
        """The user of that name, in any case of letters.

        Raises:
            HomeError: the file cannot be read.
        """
        with self._lock:
            return self._load().get(name.strip().lower())

    def home_of(self, user: User) -> Path:
        """The folder that holds all of a user's data."""
        return self._home / HOMES / user.folder

    def add(self, name: str, password: str, *, at: datetime) -> User:
        """Take in a new user.

        Raises:
            UserError: the name or the password cannot be used, or there is such a user.
            HomeError: the file cannot be read or written.
        """
        name = usable_name(name)
        hashed = hash_password(password)
        with self._changing() as users:
            if name in users:
                raise UserError(f"There is a user {name} already.", hint=f"Try: python -m ui users password {name}")
            user = User(name, f"{name}-{secrets.token_hex(4)}", hashed, at.isoformat(timespec="seconds"))
            users[name] = user
        return user

    def remove(self, name: str) -> User:
        """Let a user log in no more; the user's folder stays.

        Raises:
            UserError: there is no such user.
            HomeError: the file cannot be read or written.
        """
        with self._changing() as users:
            return users.pop(_known(users, name).name)

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password; who is logged in with the old one has to log in again.

        Raises:
            UserError: there is no such user, or the password cannot be used.
            HomeError: the file cannot be read or written.
        """
        hashed = hash_password(password)
        with self._changing() as users:
            user = replace(_known(users, name), password=hashed)
            users[user.name] = user
        return user

    @contextmanager
    def _changing(self) -> Iterator[dict[str, User]]:
        """The users as they are, to be changed; written when the block ends. No other process writes meanwhile."""
        from filelock import FileLock, Timeout

        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=LOCK_SECONDS), self._lock:
                users = dict(self._load())
                yield users
                self._write(users)
        except (OSError, Timeout) as error:
            raise HomeError(
                f"The file of users {self._path} cannot be written: {error}.", hint="Check the folder's rights."
            ) from error

    def _load(self) -> dict[str, User]:
        try:
            status = self._path.stat()
            mark = (status.st_mtime_ns, status.st_size, status.st_ino)
            if mark != self._read[0]:
                self._read = (mark, _parsed(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeError(
                f"The file of users {self._path} cannot be read: {error}.",
                hint="Put it right or restore it from a copy; nobody is let in meanwhile.",
            ) from error
        return self._read[1]

    def _write(self, users: dict[str, User]) -> None:
        draft = self._path.with_suffix(".tmp")
        rows = [asdict(user) for _, user in sorted(users.items())]
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # for nobody else's eyes
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "users": rows}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def usable_name(name: str) -> str:
    """The name in small letters.

    Raises:
        UserError: it has other characters than may stand in a folder's name.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} is no name for a user.",
            hint="Take 1 to 32 of the letters a-z, digits, '.', '_' and '-', the first a letter or digit.",
        )
    return name


def _known(users: dict[str, User], name: str) -> User:
    user = users.get(name.strip().lower())
    if user is None:
        known = ", ".join(users) or "nobody"
        raise UserError(f"There is no user {name!r}.", hint=f"Users are: {known}.")
    return user


def _parsed(text: str) -> dict[str, User]:
    values = json.loads(text)
    if values["version"] != 1:
        raise ValueError("a newer version of the assistant wrote it")
    users = {}
    for row in values["users"]:
        user = User(*(str(row[key]) for key in ("name", "folder", "password", "created_at")))
        if not (_NAME.fullmatch(user.name) and _FOLDER.fullmatch(user.folder) and is_hash(user.password)):
            raise ValueError(f"the entry of {user.name!r} is damaged")
        users[user.name] = user
    return users
