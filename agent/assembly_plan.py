"""What a home's library and tutor are put together from, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vectorstore.embedder import DEFAULT_OPTIONS, EmbeddingOptions

if TYPE_CHECKING:
    from datetime import timedelta

    from agent.context import Limits, RunPython
    from agent.providers.options import ModelOptions
    from agent.tracing import Traces
    from ingestion.limits import ReadLimits

Notes = Literal["wait", "background", "none"]
"""Whether the program's notes are there when a new home is open, come while it is used, or are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a tutor's hands reach beyond its library; the default is nowhere."""

    sandbox_folder: Path | None = None
    """Where the sandbox keeps what it compiled; None for no sandbox."""
    prepare_sandbox: bool = False
    """Compile what the sandbox needs, in the background: about 80 seconds of one core, once."""
    run_python: RunPython = "auto"
    arxiv_url: str = ""
    """Of the search interface; empty for no arXiv."""
    arxiv_pdf_url: str = ""
    arxiv_pace_folder: Path | None = None
    """Where several homes keep the pause between their requests; None for the home's own folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyPlan:
    """What a home's library and tutor are put together from."""

    home: Path
    model: str
    """Of the chat, as `STUDY_MODEL` names it."""
    embedding_model: str
    embedding: EmbeddingOptions = DEFAULT_OPTIONS
    reranker_model: str = ""
    options: ModelOptions
    limits: Limits
    read_limits: ReadLimits
    notes: Notes = "wait"
    reach: Reach = Reach()
    traces: Traces | None = None
    undo_time: timedelta | None = None
    """How long a deleted conversation can be brought back; None for an hour."""
    chroma_url: str = ""
    """Address of a Chroma server; empty for the embedded one."""
