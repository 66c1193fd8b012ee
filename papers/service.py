"""The one thing others use of this room: search arXiv, add papers, fetch the roadmap's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from papers.reports import AddedPaper, FetchProgress, FetchReport, FoundPapers

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from papers.client import ArxivClient
    from vectorstore.library import Library


class PaperService:
    """Papers of arXiv for one library and one roadmap. All methods may be called from any thread, and block."""

    def __init__(self, library: Library, curriculum: Curriculum, client: ArxivClient, folder: Path) -> None:
        raise NotImplementedError

    def search(
        self,
        query: str,
        *,
        author: str = "",
        category: str = "",
        since: date | str | None = None,
        until: date | str | None = None,
        ids: Sequence[str] = (),
        limit: int = 8,
        context: str = "",
        cancelled: Callable[[], bool] | None = None,
    ) -> FoundPapers:
        """The papers that fit best, best first; a list with `notices` and `total`."""
        raise NotImplementedError

    def add(
        self,
        reference: str,
        *,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AddedPaper:
        """Fetch the paper of an id, address or roadmap name, and take it into the library."""
        raise NotImplementedError

    def fetch_roadmap(
        self,
        progress: Callable[[FetchProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FetchReport:
        """Add every paper of the roadmap that is on arXiv and not in the library."""
        raise NotImplementedError


def open_papers(
    library: Library,
    curriculum: Curriculum,
    home: Path,
    *,
    api_url: str,
    pdf_url: str,
    spacing_seconds: float = 3.0,
    timeout_seconds: float = 20.0,
) -> PaperService:
    """The room's service, with its data in `home`/arxiv."""
    raise NotImplementedError
