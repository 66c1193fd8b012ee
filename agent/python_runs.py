"""Runs of code in the sandbox: a turn's, a check's and the learner's own, as the artifact that doors show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agent.threads import in_thread
from errors import SandboxError, StudyError

if TYPE_CHECKING:
    from agent.figures import FigureStore
    from agent.hands import PythonRunner
    from sandbox.values import RunResult

CODE_CHARACTERS = 20_000
"""Longest program taken."""
CHECK_SECONDS = 30.0
"""For a run of its own, which begins with a new process and its imports; on a busy machine those alone take long."""
_TORCH = re.compile(r"^[ \t]*(?:import|from)[ \t]+torch\b", re.MULTILINE)


class PythonRuns:
    """The sandbox and the figures of one conversation."""

    def __init__(self, python: PythonRunner | None, figures: FigureStore | None, conversation_id: str) -> None:
        self._python = python
        self._figures = figures
        self._conversation_id = conversation_id

    async def run(self, code: str) -> dict[str, Any]:
        """The artifact of kind `python` of a run in the conversation's session; a cancelled wait ends the run.

        Raises:
            SandboxError: code cannot be run here, or this is no program.
        """
        python = self._ready(code)
        result = await in_thread(
            lambda: python.run(self._conversation_id, code, needs_torch=bool(_TORCH.search(code))),
            stop=lambda: python.stop(self._conversation_id),
        )
        return self._artifact(code, result)

    async def run_once(self, code: str) -> dict[str, Any]:
        """The artifact of kind `python` of a run that shares nothing with the conversation's session.

        Raises:
            SandboxError: code cannot be run here, or this is no program.
        """
        from sandbox.values import SandboxLimits

        python = self._ready(code)
        limits = SandboxLimits(wall_seconds=CHECK_SECONDS, cpu_seconds=CHECK_SECONDS)
        return self._artifact(code, await in_thread(lambda: python.run_once(code, limits)))

    def check(self, code: str) -> None:
        """Refuse what cannot be run at all, before anything is kept.

        Raises:
            SandboxError: code cannot be run here, or this is no program.
        """
        self._ready(code)

    def _ready(self, code: str) -> PythonRunner:
        if self._python is None:
            raise SandboxError("Code cannot be run here.", hint="Start the assistant with its sandbox.")
        if not code.strip():
            raise SandboxError("There is no code.", hint="Give the whole program.")
        if len(code) > CODE_CHARACTERS:
            raise SandboxError(
                f"The program has {len(code):,} characters; the limit is {CODE_CHARACTERS:,}.", hint="Shorten it."
            )
        if not self._python.available:
            raise SandboxError(self._python.why_off or "Code cannot be run here.")
        return self._python

    def _artifact(self, code: str, result: RunResult) -> dict[str, Any]:
        figures: list[dict[str, Any]] = []
        notices = list(result.notices)
        try:
            for figure in result.figures if self._figures else ():
                name = self._figures.save(self._conversation_id, figure.png) if self._figures else ""
                figures.append({"file": name, "width": figure.width, "height": figure.height})
        except StudyError as error:
            notices.append(error.as_text())
        return {
            "kind": "python",
            "code": code,
            "status": result.status,
            "text": result.text,
            "value": result.value,
            "error": result.error,
            "figures": figures,
            "notices": notices,
            "seconds": result.seconds,
            "wall": result.wall,
        }


def switched_off() -> SandboxError:
    """The fault of a tool that would run code although the learner took that away."""
    return SandboxError("Running code is switched off.", hint="It is on with STUDY_RUN_PYTHON=auto or ask.")


def not_run(code: str, reason: str) -> dict[str, Any]:
    """The artifact of kind `python` of code that was not run, with the reason as its notice."""
    return {
        "kind": "python",
        "code": code,
        "status": "stopped",
        "text": "",
        "value": "",
        "error": "",
        "figures": [],
        "notices": [reason],
        "seconds": 0.0,
        "wall": "",
    }
