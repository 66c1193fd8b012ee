"""Quizzes and study modes as behaviour of the graph: the learner's reply to an open question goes to its tool.

Which message is a reply is read by rule, not by the model, so that every model keeps to it, an answer is graded in the
learner's own words, and no model can answer or grade in their place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from agent.context import TurnContext
from agent.history import BY_RULE, current_turn, text_of
from agent.prompt import load_prompt
from agent.study.forced import PRIVATE_TOOLS, REMINDER, WIDE_TOOLS
from agent.study.replies import MODES, OWN_TOOLS, forced_call, is_open
from agent.study.state import Study, StudyState, study_of

Handler = Callable[[ModelRequest[TurnContext]], Awaitable[ModelResponse[Any]]]


class StudyModes(AgentMiddleware[StudyState, TurnContext]):
    """Calls the tools of an open quiz or lesson, offers them only while it is open, and reminds of it."""

    state_schema = StudyState

    def __init__(self, *, is_roomy: bool = True) -> None:
        super().__init__()
        self._is_roomy = is_roomy

    async def awrap_model_call(self, request: ModelRequest[TurnContext], handler: Handler) -> ModelResponse[Any]:
        """The call that the learner's reply asks for, or the model's response."""
        study = study_of(request.state)
        turn = current_turn(request.state["messages"])
        if study and _is_new(turn) and not _exercise_is_newer(request.state["messages"]):
            call = forced_call(request.runtime.context, study, text_of(turn[0]))
            if call is not None:
                name, arguments = call
                tool_call = {"name": name, "args": arguments, "id": f"call_{uuid4().hex}", "type": "tool_call"}
                return ModelResponse(result=[AIMessage("", tool_calls=[tool_call], additional_kwargs={BY_RULE: True})])
        response = await handler(_told(request, study, self._is_roomy))
        if is_open(study) and not _used(turn):
            _remind(response, REMINDER)
        return response


def _told(request: ModelRequest[TurnContext], study: Study, is_roomy: bool) -> ModelRequest[TurnContext]:
    """The request with the tools that make sense now, and what is open in the instructions.

    A narrow window is offered none but the start of a quiz: replies go to the other tools by themselves.
    """
    mode = str(study.get("mode", ""))
    hidden = {name for one, names in OWN_TOOLS.items() if one != mode for name in names} - set(OWN_TOOLS.get(mode, ()))
    hidden |= PRIVATE_TOOLS if is_roomy else WIDE_TOOLS
    tools = [one for one in request.tools if getattr(one, "name", "") not in hidden]
    if not is_open(study):
        return request.override(tools=tools)
    before = text_of(request.system_message) if request.system_message else ""
    told = SystemMessage(f"{before}\n\n{load_prompt('study', mode=MODES.get(mode, mode))}".strip())
    return request.override(tools=tools, system_message=told)


def _is_new(turn: Sequence[AnyMessage]) -> bool:
    """Whether the turn consists of the learner's message alone."""
    return len(turn) == 1 and isinstance(turn[0], HumanMessage)


def _used(turn: Sequence[AnyMessage]) -> bool:
    """Whether a tool of quizzes or lessons spoke in this turn."""
    kinds = {artifact.get("kind") for one in turn if isinstance(artifact := getattr(one, "artifact", None), dict)}
    return bool(kinds & {"quiz", "study"})


def _exercise_is_newer(messages: Sequence[AnyMessage]) -> bool:
    """Whether a prediction exercise was given after the open question: then that is what the learner answers."""
    for message in reversed(messages):
        match getattr(message, "artifact", None):
            case {"kind": "quiz" | "study" | "exercise_result"}:
                return False
            case {"kind": "exercise"}:
                return True
    return False


def _remind(response: ModelResponse[Any], sentence: str) -> None:
    """Adds the sentence to an answer; calls of tools stay as they are."""
    for place, message in enumerate(response.result):
        text = message.content
        if isinstance(message, AIMessage) and not message.tool_calls and isinstance(text, str) and text.strip():
            response.result[place] = message.model_copy(update={"content": f"{text.rstrip()}\n\n{sentence}"})
