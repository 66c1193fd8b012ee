"""Events that only the user who began them can cancel.

Gradio finds an event to cancel by its session's name among all tasks of the process, also those of other users' pages.
Where readers log in, the name of a task begins with the folder of its user; see `upload_folders`.
"""

from __future__ import annotations

from typing import Any

from ui.upload_folders import current_folder


def keep_tasks_apart() -> None:
    """Let Gradio name and find tasks so from now on; a second call does nothing.

    Raises:
        AttributeError: this Gradio names or cancels them elsewhere.
    """
    import gradio.queueing
    import gradio.routes

    queueing: Any = gradio.queueing
    routes: Any = gradio.routes
    if getattr(routes.cancel_tasks, "keeps_apart", False):
        return
    name, cancel = queueing.set_task_name, routes.cancel_tasks

    def set_task_name(task: Any, session_hash: str, *rest: Any, **more: Any) -> None:
        name(task, f"{current_folder()}:{session_hash}", *rest, **more)

    async def cancel_tasks(task_ids: set[str]) -> list[str]:
        return list(await cancel({f"{current_folder()}:{one}" for one in task_ids}))

    cancel_tasks.keeps_apart = True  # type: ignore[attr-defined]
    queueing.set_task_name = set_task_name
    routes.cancel_tasks = cancel_tasks
