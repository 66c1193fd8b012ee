"""What goes into a run and what comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RunStatus = Literal["ok", "error", "timeout", "memory", "crashed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """How much one run may take. What is beyond is cut, refused or ended, and a notice says so."""

    wall_seconds: float = 10.0
    """From the start of the run to its end; the process is ended then."""
    cpu_seconds: float = 10.0
    """Processor time of one run, all threads together."""
    memory_megabytes: int = 1024
    """Memory that the session's process can hold."""
    output_characters: int = 20_000
    """What is kept of the text that is printed."""
    value_characters: int = 4_000
    """What is kept of the last expression's `repr`."""
    figures: int = 8
    """Figures kept of one run."""
    figure_pixels: int = 8_000_000
    """Width times height of the largest figure that is drawn."""
    figure_bytes: int = 2_000_000
    """Size of the largest figure as PNG."""
    scratch_megabytes: int = 64
    """All files of the scratch folder together."""
    scratch_files: int = 1_000
    """Files and folders in the scratch folder."""
    threads: int = 16
    """Threads of the session's process; further processes are never allowed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that was checked; see pictures.py."""

    png: bytes
    width: int
    """In pixels."""
    height: int
    """In pixels."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run of a cell gave."""

    status: RunStatus
    text: str = ""
    """Standard output and error as they came, cut to the limit."""
    value: str = ""
    """`repr` of the last expression; empty when there was none, or it was None."""
    error: str = ""
    """Traceback with the learner's own lines only, or a sentence; empty when all went well."""
    figures: tuple[Figure, ...] = ()
    notices: tuple[str, ...] = ()
    """Sentences on what was cut, refused or lost."""
    seconds: float = 0.0
    """Wall time of the run."""
    wall: str = ""
    """The wall it ran behind: "webassembly" or "locked process"."""


@dataclass(frozen=True, slots=True)
class WallState:
    """Whether a wall can be used now."""

    name: str
    ready: bool
    reason: str = ""
    """Why it is not ready, or what was left out of it; a sentence."""
    progress: float | None = None
    """From 0 to 1 while the wall is being prepared."""
    seconds_left: float | None = None
    """Estimate for the rest of the preparation."""


SESSION_LOST = "The variables of earlier cells were lost."
"""The notice of a run that began afresh although there had been one before."""
