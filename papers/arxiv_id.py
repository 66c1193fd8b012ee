"""The names of arXiv papers: read from ids and addresses, written in one form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from errors import ArxivError

NEW_STYLE = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
"""Since April 2007: year, month, number."""
OLD_STYLE = r"[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7}"
"""Before: archive (and subject class), year, month, number."""
IDENTIFIER = rf"(?P<number>{NEW_STYLE}|{OLD_STYLE})(?:v(?P<version>[1-9]\d{{0,2}}))?"

_WHOLE = re.compile(
    rf"(?:arxiv:\s*|(?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv\.|10\.48550/arxiv\.)?{IDENTIFIER}(?:\.pdf)?"
    r"(?:\s*\[[\w.-]+\])?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    rf"(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html|src|e-print|format)/{IDENTIFIER}"
    r"(?:\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(rf"(?<![\w.])(?<!/\d){IDENTIFIER}(?![\d.]*\d|[A-Za-z])", re.IGNORECASE)
_SUBJECT_CLASS = re.compile(r"\.[A-Z]{2}(?=/)", re.IGNORECASE)
_WAYS = "Give an id such as 2305.18290 or 2305.18290v2, or the paper's address at arxiv.org."
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True, order=True)
class ArxivId:
    """A paper of arXiv, and one version of it where it is named."""

    number: str
    """Without version: "2305.18290", or "hep-th/9901001"."""
    version: int | None = None

    def __str__(self) -> str:
        return self.number if self.version is None else f"{self.number}v{self.version}"

    @property
    def file_name(self) -> str:
        """A name for its PDF: "2305.18290v2.pdf", "hep-th_9901001v1.pdf"."""
        return f"{str(self).replace('/', '_')}.pdf"

    @property
    def any_version(self) -> Self:
        """The paper without a version."""
        return replace(self, version=None)

    def with_version(self, version: int) -> Self:
        """That version of the paper."""
        return replace(self, version=version)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The paper that an id or an address of arXiv names.

        Raises:
            ArxivError: it is neither.
        """
        cleaned = text.strip().rstrip(".,;").strip("<>()\"'").rstrip(".,;")
        match = _WHOLE.fullmatch(cleaned) or _ADDRESS.fullmatch(cleaned)
        if match is None:
            shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
            raise ArxivError(f"{shown!r} is not an arXiv id.", hint=_WAYS)
        return cls._of(match)

    @classmethod
    def find_all(cls, text: str) -> tuple[Self, ...]:
        """Every paper that a text names by id or address, in order, each once."""
        return tuple(dict.fromkeys(cls._of(match) for match in _ANYWHERE.finditer(text)))

    @classmethod
    def _of(cls, match: re.Match[str]) -> Self:
        number = _SUBJECT_CLASS.sub("", match["number"].lower())
        return cls(number, int(match["version"]) if match["version"] else None)
