"""The learner's own cells of code as messages, so that "why did my code fail?" can be answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from agent.python_text import told_result

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from agent.conversation_values import StoredTurn

CELL = "cell"
"""The name in a message's `additional_kwargs` under which the artifact of the learner's run stands."""
CODE_CHARACTERS = 3000
RESULT_CHARACTERS = 1500
_ID = "cell-"


def cell_messages(turn: StoredTurn) -> list[BaseMessage]:
    """What the model is told of a cell: the code as the learner's words, its output as quoted material."""
    from langchain_core.messages import AIMessage, HumanMessage

    run = next((step.details for step in turn.steps), {})
    code = turn.question if len(turn.question) <= CODE_CHARACTERS else f"{turn.question[:CODE_CHARACTERS]}\n# … cut"
    text = (
        f"(I ran this in the Python session myself; nothing to do yet.)\n```python\n{code}\n```\n"
        f"{told_result(run, RESULT_CHARACTERS)}"
    )
    return [
        HumanMessage(text, id=f"{_ID}{turn.origin_id}", additional_kwargs={CELL: run}),
        AIMessage("(Seen.)", id=f"{_ID}{turn.origin_id}-seen"),
    ]


def is_cell(message: BaseMessage) -> bool:
    """Whether a learner's message stands for a cell they ran, and is no question."""
    return CELL in message.additional_kwargs


def told_cells(messages: Iterable[BaseMessage]) -> frozenset[str]:
    """The origin ids of the turns whose cells these messages tell."""
    return frozenset(str(message.id).removeprefix(_ID) for message in messages if is_cell(message))


def cell_of(message: BaseMessage) -> dict[str, Any]:
    """The artifact of kind `python` behind a cell's message; {} of any other message."""
    value = message.additional_kwargs.get(CELL)
    return value if isinstance(value, dict) else {}
