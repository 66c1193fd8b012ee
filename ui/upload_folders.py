"""An upload folder for each user, though Gradio knows one for all.

Gradio asks `gradio.utils.get_upload_folder` where uploads and files to download lie, and lets every reader name every
file in there. Where readers log in, that function is replaced by one that knows whose request is served: the folder
travels with the request, and with the tasks and threads that it starts, as a context variable. Without a user it
names a folder that holds nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

UPLOADS = "uploads"

_folder: ContextVar[str] = ContextVar("upload_folder", default="")


@contextmanager
def uploads_in(folder: Path) -> Iterator[None]:
    """What begins in this block finds its uploads there, and nowhere else."""
    token = _folder.set(str(folder))
    try:
        yield
    finally:
        _folder.reset(token)


def current_folder() -> str:
    """The folder of the user whose request or task this is; empty without one."""
    return _folder.get()


def keep_uploads_apart(nobody: Path) -> None:
    """Let Gradio ask here from now on; `nobody` is the folder of requests without a user.

    Raises:
        RuntimeError: this Gradio does not ask for the folder as the one that we know.
    """
    import gradio
    import gradio.processing_utils
    import gradio.routes
    from gradio import utils

    if getattr(utils.get_upload_folder, "keeps_apart", False):
        return

    def get_upload_folder() -> str:
        return _folder.get() or str(nobody)

    get_upload_folder.keeps_apart = True  # type: ignore[attr-defined]
    known = utils.get_upload_folder
    replaced = set()
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "gradio" and getattr(module, "get_upload_folder", None) is known:
            module.get_upload_folder = get_upload_folder  # type: ignore[attr-defined]
            replaced.add(name)
    if not {"gradio.utils", "gradio.blocks", "gradio.processing_utils", "gradio.routes"} <= replaced:
        raise RuntimeError(f"Gradio {gradio.__version__} keeps its upload folder elsewhere; see {__file__}.")
