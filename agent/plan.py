"""A turn's plan: what the model means to do, as the learner sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

PLAN_TOOL = "write_todos"
"""The name that LangChain gives the tool."""
ITEM_CHARACTERS = 200
MOST_ITEMS = 12

PlanStatus = Literal["pending", "in_progress", "completed"]


class PlanItem(TypedDict):
    """One step of the plan, as LangChain's tool takes it."""

    content: str
    status: PlanStatus


_WORDS: dict[str, PlanStatus] = {
    "completed": "completed",
    "complete": "completed",
    "done": "completed",
    "finished": "completed",
    "in_progress": "in_progress",
    "inprogress": "in_progress",
    "active": "in_progress",
    "started": "in_progress",
}


def plan_items(given: Any) -> list[PlanItem]:
    """The steps out of what models send: a list of objects or of texts, or lines of one text."""
    if isinstance(given, Mapping) and not {"content", "status"} & given.keys():
        return plan_items(next((given[name] for name in ("todos", "items", "steps") if name in given), None))
    if isinstance(given, Mapping):
        given = [given]
    if isinstance(given, str):
        given = given.splitlines()
    if not isinstance(given, Sequence):
        return []
    items = [_item(one) for one in given]
    return [item for item in items if item["content"]][:MOST_ITEMS]


def _item(given: Any) -> PlanItem:
    if not isinstance(given, Mapping):
        return PlanItem(content=_line(given), status="pending")
    named = [given[name] for name in ("content", "text", "task", "title", "description", "step") if name in given]
    status = str(given.get("status", "")).strip().lower().replace(" ", "_").replace("-", "_")
    return PlanItem(content=_line(named[0] if named else ""), status=_WORDS.get(status, "pending"))


def _line(text: Any) -> str:
    return " ".join(str(text or "").split()).lstrip("-*• ")[:ITEM_CHARACTERS]


def plan_artifact(items: Sequence[PlanItem]) -> dict[str, Any]:
    """The plan as plain values to show."""
    return {"kind": "plan", "items": [{"text": item["content"], "status": item["status"]} for item in items]}
