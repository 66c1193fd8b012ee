"""The server of the protocol: tools, texts to read and prompts over one learner's rooms; how their faults are told."""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import ValidationError

from agent.mcp.rooms import StudyRooms
from agent.mcp.texts import add_texts
from agent.mcp.tools import StudyTools
from agent.prompt import load_prompt
from agent.tools.quoting import BEGIN, END
from errors import StudyError

logger = logging.getLogger(__name__)

NAME = "study-assistant"
_DISTRIBUTION = "roadmap-study-assistant"
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_RECORDS_ONCE = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class StudyServer(MCPServer[Any]):
    """Tells a fault of a tool as the one sentence and the hint that the learner would get, and nothing else."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """What the tool gives; a known fault as a result that is marked as an error."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            return _fault(name, error)


def _fault(name: str, error: ToolError) -> CallToolResult:
    cause = error.__cause__
    if isinstance(cause, StudyError):
        logger.info("%s: %s", name, cause.as_text())
        return _failed(cause.as_text())
    if isinstance(cause, ValidationError):
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in cause.errors())
        return _failed(f"{name} cannot be called like this ({faults}). Look at its arguments and call it again.")
    if isinstance(error, UnexpectedToolError):
        logger.error("%s failed", name, exc_info=cause)
        return _failed("Something went wrong. The file logs/agent.log in the data folder says what.")
    raise error


def _failed(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=sentence)], is_error=True)


def build_server(rooms: StudyRooms) -> MCPServer[Any]:
    """The server over these rooms; nothing of them is opened yet."""
    server = StudyServer(
        NAME,
        title="Study assistant for the AI Engineer roadmap",
        instructions=load_prompt("mcp", begin=BEGIN, end=END),
        version=_version(),
    )
    tools = StudyTools(rooms)
    server.add_tool(tools.search_library, title="Search the library", annotations=_READS)
    server.add_tool(tools.explain_paper, title="Explain a paper", annotations=_READS)
    server.add_tool(tools.make_quiz, title="Make a quiz", annotations=_WRITES)
    server.add_tool(tools.answer_quiz, title="Answer a quiz question", annotations=_RECORDS_ONCE)
    server.add_tool(tools.due_reviews, title="What is due for review", annotations=_READS)
    server.add_tool(tools.progress, title="Progress on the roadmap", annotations=_READS)
    add_texts(server, rooms)
    return server


def _version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:  # started from a folder that was never installed
        return "0"
