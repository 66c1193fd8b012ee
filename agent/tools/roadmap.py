"""The tool that tells what to learn, in which order."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.study.next_step import NEXT, next_text
from agent.tools.arguments import RoadmapArguments


@tool("roadmap", args_schema=RoadmapArguments, response_format="content_and_artifact")
def roadmap(topic: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """What the learner's roadmap says about a topic (phase, prerequisites, papers), its outline, or what comes next."""
    context = runtime.context
    describe = context.roadmap.describe
    text = (next_text(context) or describe("")) if topic.casefold() == NEXT else describe(topic)
    artifact = {"kind": "roadmap", "topic": topic, "text": text}
    budget = context.limits.tool_result_characters
    if len(text) > budget:
        text = f"{text[:budget]}\n(The rest was left out to save space; ask for one topic.)"
    return text, artifact
