"""The first cell of a module that was just compiled: shows that it works, and saves later guests half a second."""

from __future__ import annotations

import json
import re
from pathlib import Path

from errors import SandboxError
from sandbox.values import SandboxLimits
from sandbox.webassembly_session import Launch, WebAssemblySession

FONT_LIST = re.compile(r"fontlist-v[0-9.]+\.json")
"""matplotlib's list of its fonts, which it makes anew in each empty folder."""
CODE = """
from pathlib import Path
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
made = next(Path("/tmp/.matplotlib").glob("fontlist-*.json"))
print(made.name)
print(made.read_text(), end="")
sum(range(5))
"""
LIMITS = SandboxLimits(wall_seconds=60.0, cpu_seconds=60.0, output_characters=500_000)


def try_out(launch: Launch) -> None:
    """Run our own cell in a fresh guest, and keep its list of fonts beside the module.

    Raises:
        SandboxError: it does not give what it should.
        OSError: the list cannot be written.
    """
    session = WebAssemblySession(launch, LIMITS)
    try:
        result = session.run(CODE, LIMITS)
    finally:
        session.close()
    if result.value != "10" or len(result.figures) != 1:
        raise SandboxError(f"The compiled WebAssembly sandbox does not work: {result.error or result.status}.")
    name, _, text = result.text.partition("\n")
    if FONT_LIST.fullmatch(name):
        keep_font_list(launch.compiled / name, text)


def keep_font_list(file: Path, text: str) -> None:
    """Write the list if it is one."""
    try:
        fonts = json.loads(text)
    except ValueError:
        return
    if isinstance(fonts, dict):
        file.write_text(text, encoding="utf-8")
