"""LangChain's list of steps with texts of ours: short ones, since each costs a part of the model's window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import TodoListMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse, ToolCallRequest
from langchain_core.messages import SystemMessage, ToolMessage
from langgraph.types import Command

from agent.context import TurnContext
from agent.history import text_of
from agent.plan import PLAN_TOOL, plan_artifact, plan_items
from agent.prompt import load_prompt

NOTED = "The plan is noted and shown to the learner. Go on with its next step."
NO_STEPS = "The plan has no steps. Send todos as a list of {content, status}, or go on without a plan."

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class Plan(TodoListMiddleware[Any, TurnContext]):
    """Offers `write_todos`, reads its arguments kindly, and shows the steps."""

    def __init__(self) -> None:
        super().__init__(system_prompt=load_prompt("plan"), tool_description=load_prompt("plan_tool"))

    async def awrap_model_call(
        self,
        request: ModelRequest[TurnContext],
        handler: Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """The model's response; the instruction is added as plain text, which every server reads."""
        before = text_of(request.system_message) if request.system_message else ""
        told = SystemMessage(f"{before}\n\n{self.system_prompt}".strip())
        return await handler(request.override(system_message=told))

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        """The tool's message; for a plan a short one, with the steps as its artifact."""
        call = request.tool_call
        if call["name"] != PLAN_TOOL:
            return await handler(request)
        items = plan_items(call["args"])
        if not items:
            return ToolMessage(NO_STEPS, name=PLAN_TOOL, tool_call_id=str(call["id"]), status="error")
        answer = await handler(request.override(tool_call=cast("Any", {**call, "args": {"todos": items}})))
        if not isinstance(answer, Command):
            return answer
        noted = ToolMessage(NOTED, name=PLAN_TOOL, tool_call_id=str(call["id"]), artifact=plan_artifact(items))
        return Command(update={"todos": items, "messages": [noted]})
