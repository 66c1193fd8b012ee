"""Which reader a document was read by, so that a library knows what a newer one would read better."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ingestion.document import DocumentKind

READER_VERSIONS: Mapping[DocumentKind, int] = MappingProxyType(
    {"pdf": 1, "markdown": 1, "notebook": 1, "html": 1, "text": 1}
)
"""Version of the reader of each kind, cutting into chunks included.

It grows when the same file gives other pages, headings or chunks than before; tests/test_ingestion_reader_version.py
sees that. Documents of version 0 were read before versions were counted.
"""


def is_outdated(kind: DocumentKind, version: int) -> bool:
    """Whether the present reader may read a document better than the one of that version did."""
    return version < READER_VERSIONS[kind]
