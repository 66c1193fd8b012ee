"""Where a passage stands, as the short text that a button of the page carries."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from agent.events import Citation
from errors import QuestionError
from ui.translation import _

_SHAPE = re.compile(r"([0-9A-Za-z_-]{1,64})\.(\d{1,6})\.(\d{1,9})\.(\d{1,9})\.([0-9a-f]{8})(?:\.(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class PassageReference:
    """A span of a page of a document, and the page that is shown (mostly the same one).

    It holds all that the source panel needs, so a click works in a restored conversation as well,
    and no panel depends on what another reader has open.
    """

    document_id: str
    page_number: int
    start: int
    end: int
    quote_check: str
    """CRC-32 of the quote: tells when the page's text is no longer the one that was quoted."""
    shown_page: int

    @classmethod
    def of(cls, document_id: str, page_number: int, start: int, end: int, quote: str) -> PassageReference:
        """The reference to a quote."""
        return cls(document_id, page_number, start, end, checksum(quote), page_number)

    @classmethod
    def of_citation(cls, citation: Citation) -> PassageReference:
        """The reference to what a citation quotes."""
        return cls.of(citation.document_id, citation.page_number, citation.start, citation.end, citation.quote)

    @classmethod
    def parse(cls, text: str) -> PassageReference:
        """The reference that `as_text` wrote.

        Raises:
            QuestionError: the text is not one.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise QuestionError(_("This link to a passage is damaged."), hint=_("Ask the question again."))
        page = int(match[2])
        return cls(match[1], page, int(match[3]), int(match[4]), match[5], int(match[6] or page))

    @property
    def has_passage(self) -> bool:
        """Whether a span is meant, and not only the page."""
        return self.end > self.start

    def showing(self, page_number: int) -> PassageReference:
        """The same passage with another page on show."""
        return replace(self, shown_page=page_number)

    def as_text(self) -> str:
        """Letters, digits and dots, fit for a button's value."""
        base = f"{self.document_id}.{self.page_number}.{self.start}.{self.end}.{self.quote_check}"
        return base if self.shown_page == self.page_number else f"{base}.{self.shown_page}"

    def fits(self, quote: str) -> bool:
        """Whether `quote` is the text that was quoted."""
        return checksum(quote) == self.quote_check


def checksum(text: str) -> str:
    """CRC-32 of the text as 8 hex digits."""
    return f"{zlib.crc32(text.encode()):08x}"
