"""Bytes of a text file become characters."""

from __future__ import annotations

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode(content: bytes) -> tuple[str, list[str]]:
    """The text, and a warning when the encoding had to be guessed."""
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16", "replace"), []
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), [_warning("Windows-1252")]
    except UnicodeDecodeError:
        return content.decode("latin-1"), [_warning("Latin-1")]


def _warning(encoding: str) -> str:
    return f"The file is not UTF-8; it was read as {encoding}, so some letters may be wrong."
