"""Keys kept out of what is said and written: servers and their clients repeat what they were sent, also in errors."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from agent.providers.options import ModelOptions

SHORTEST_CHARACTERS = 8
"""A shorter key is part of too many words."""
HIDDEN = "***"
_USER = re.compile(r"(?<=//)[^/@\s'\"<>]+(?=@)")
_known: set[str] = set()


def learn_keys(options: ModelOptions) -> None:
    """Hide these keys from now on, in this process: those set by themselves, and those within addresses."""
    found = {options.openai_api_key, options.anthropic_api_key}
    for address in (options.openai_base_url, options.ollama_url):
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if password:
            found |= {password, parts.password or "", b64encode(f"{user}:{password}".encode()).decode()}
    _known.update(key for key in found if len(key) >= SHORTEST_CHARACTERS)


class HidingFormatter(logging.Formatter):
    """A record as lines for people, the traceback below, without keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines."""
        return hidden(super().format(record))


def hidden(text: str) -> str:
    """The text without keys, and without what stands before the host in an address."""
    for key in sorted(_known, key=len, reverse=True):
        text = text.replace(key, HIDDEN)
    return _USER.sub(HIDDEN, text)
