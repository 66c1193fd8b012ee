"""Around each tool call: what is the learner's to decide waits for their yes, also over a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.types import Command, interrupt

from agent.asked_for import public_text
from agent.context import TurnContext
from agent.history import current_turn, is_by_rule, is_retold, text_of
from agent.middleware.tool_faults import answered_without_running, is_over_limit
from agent.permission import CODE, Provenance, reason_to_ask

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]

DECLINED = "The learner declined."
DECLINED_MESSAGE = f"{DECLINED} Do not try it again in this turn; go on without it."


class Approval(AgentMiddleware[AgentState[Any], TurnContext]):
    """Stops the graph before a call that asks; the call alone runs again when it goes on, never its neighbours."""

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        """The tool's message, or that the learner declined."""
        context = cast("TurnContext", request.runtime.context)
        call = request.tool_call
        if is_over_limit(request):
            return await handler(request)
        reason = context.awaited.get(str(call["id"])) or _reason(request, context)
        if not reason:
            return await handler(request)
        decision = interrupt(
            {"call_id": str(call["id"]), "name": call["name"], "arguments": dict(call["args"]), "reason": reason}
        )
        if not decision["approved"]:
            return answered_without_running(request, DECLINED_MESSAGE)
        code = (decision.get("arguments") or {}).get("code")
        if call["name"] not in CODE or not isinstance(code, str) or code == call["args"].get("code"):
            return await handler(request)
        changed = {**call, "args": {**call["args"], "code": code}}
        return _saying(await handler(request.override(tool_call=cast("Any", changed))), code)


def _saying(answer: ToolMessage | Command[Any], code: str) -> ToolMessage | Command[Any]:
    """The tool's message with the code that the learner put in place of the model's."""
    if isinstance(answer, ToolMessage):
        told = f"The learner changed the code before it ran, to:\n```python\n{code}\n```\n{text_of(answer)}"
        return answer.model_copy(update={"content": told})
    return answer


def _reason(request: ToolCallRequest, context: TurnContext) -> str:
    messages: Sequence[AnyMessage] = request.state["messages"]
    turn = current_turn(messages)
    heard_before = _heard(messages[: len(messages) - len(turn)])
    if any(is_retold(message) for message in messages):
        heard_before.add("an earlier answer")
    curriculum = context.curriculum
    came = Provenance(
        question=text_of(turn[0]) if turn and isinstance(turn[0], HumanMessage) else "",
        heard_before=heard_before,
        heard_now=_heard(turn),
        by_rule=any(is_by_rule(message) and _makes(message, request) for message in turn),
        public_text=str if curriculum is None else lambda: public_text(curriculum),
    )
    return reason_to_ask(request.tool_call["name"], request.tool_call["args"], came, context.run_python)


def _heard(messages: Sequence[AnyMessage]) -> set[str]:
    return {str(message.name) for message in messages if isinstance(message, ToolMessage)}


def _makes(message: AnyMessage, request: ToolCallRequest) -> bool:
    calls = message.tool_calls if isinstance(message, AIMessage) else ()
    return any(call["id"] == request.tool_call["id"] for call in calls)
