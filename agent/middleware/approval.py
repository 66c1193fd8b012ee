"""Around each tool call: what is the learner's to decide waits for their yes, also over a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.types import Command, interrupt

from agent.context import TurnContext
from agent.history import current_turn, is_retold, text_of
from agent.middleware.tool_faults import answered_without_running, is_over_limit
from agent.permission import CODE, reason_to_ask

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
    first = current_turn(messages)[0]
    heard = {str(message.name) for message in messages if isinstance(message, ToolMessage)}
    if any(is_retold(message) for message in messages):
        heard.add("an earlier answer")
    return reason_to_ask(
        request.tool_call["name"],
        request.tool_call["args"],
        question=text_of(first) if isinstance(first, HumanMessage) else "",
        heard=heard,
        run_python=context.run_python,
    )
