"""Says how far a fetch has come, in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from papers.pacing import never
from papers.reports import FetchProgress, Stage

if TYPE_CHECKING:
    from vectorstore.reports import AddProgress

NOTICED_WAIT_SECONDS = 0.5
"""Shorter waits are not worth a sentence."""


@dataclass(kw_only=True)
class Telling:
    """Speaks to whoever follows a fetch, and knows whether they want it to stop."""

    progress: Callable[[FetchProgress], None] | None = None
    cancelled: Callable[[], bool] = never
    paper: str = ""
    files_done: int = 0
    files_total: int = 1

    def metadata(self, what: str) -> None:
        """A question about papers goes to arXiv."""
        self.paper = self.paper or what
        self._tell("metadata", f"Asking arXiv about {what}.")

    def waiting(self, seconds: float) -> None:
        """The next request has to wait."""
        if seconds >= NOTICED_WAIT_SECONDS:
            self._tell("waiting", f"Waiting {seconds:.0f} s: arXiv asks for pauses between requests.")

    def download(self, done: int, total: int | None) -> None:
        """So many bytes of the PDF are here."""
        of_all = f" of {total / 1e6:.1f}" if total else ""
        sentence = f"Fetching the PDF: {done / 1e6:.1f}{of_all} MB."
        self._tell("download", sentence, done, total, done / total if total else None)

    def ingest(self, state: AddProgress | None) -> None:
        """The PDF is being read and indexed."""
        if state is None or not state.chunks_total:
            self._tell("ingest", "Reading the pages.")
            return
        fraction = state.chunks_done / state.chunks_total
        self._tell("ingest", f"Indexing: {state.chunks_done} of {state.chunks_total} passages.", fraction=fraction)

    def _tell(
        self, stage: Stage, sentence: str, done: int = 0, total: int | None = None, fraction: float | None = None
    ) -> None:
        if self.progress is None:
            return
        self.progress(
            FetchProgress(
                stage=stage,
                paper=self.paper,
                files_done=self.files_done,
                files_total=self.files_total,
                bytes_done=done,
                bytes_total=total,
                sentence=sentence,
                fraction=fraction,
            )
        )
