"""Passwords as salted hashes, by scrypt (RFC 7914).

The cost is one of those that the OWASP Password Storage Cheat Sheet calls equal to each other
(https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html): N = 2^15, r = 8, p = 3, which takes
32 MiB and a good quarter of a second of one core. Each hash says its own cost, so that a later one may be higher.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from functools import cache

from errors import UserError

SALT_BYTES = 16
KEY_BYTES = 32
MOST_AT_ONCE = 2
"""Hashes that are computed at the same time; further logins wait, so that they cannot take all memory."""
SHORTEST = 8
"""Characters of a password, at least. OWASP and NIST SP 800-63B ask for a length and for nothing else."""
LONGEST = 1024

_running = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs: N (memory and time, a power of two), r (block size), p (rounds)."""

    n: int = 2**15
    r: int = 8
    p: int = 3


COST = Cost()


def hash_password(password: str, cost: Cost | None = None) -> str:
    """The salted hash as text: `scrypt$N$r$p$salt$key`.

    Raises:
        UserError: the password is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError(
            f"The password has {len(password)} characters; {SHORTEST} to {LONGEST} are taken.",
            hint="Choose a longer one, e.g. four words." if len(password) < SHORTEST else "Choose a shorter one.",
        )
    cost, salt = cost or COST, secrets.token_bytes(SALT_BYTES)
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(_key(password, salt, cost))))


def is_password(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the hash; None, for a user that there is not, takes as long and is False."""
    _, n, r, p, salt, key = (stored or _nobody()).split("$")
    if len(password) > LONGEST:
        password = ""  # no password is empty
    found = _key(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(found, base64.b64decode(key)) and stored is not None


def is_hash(text: str) -> bool:
    """Whether a text from a file has the form of a hash."""
    parts = text.split("$")
    if len(parts) != 6 or parts[0] != "scrypt" or not all(part.isdigit() for part in parts[1:4]):
        return False
    try:
        return all(base64.b64decode(part, validate=True) for part in parts[4:])
    except ValueError:
        return False


@cache
def _nobody() -> str:
    return hash_password(secrets.token_urlsafe())


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    memory = 128 * cost.r * (cost.n + cost.p + 2)  # bytes that scrypt needs, RFC 7914 section 6 and two blocks
    with _running:
        return hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=cost.n,
            r=cost.r,
            p=cost.p,
            maxmem=memory + 1024 * 1024,
            dklen=KEY_BYTES,
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
