"""Texts of the curriculum that a program can read, and prompts that a learner can choose in it."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from pydantic import Field

from agent.context import Limits, TurnContext
from agent.mcp.rooms import StudyRooms
from agent.programs.reading import sheet_text
from agent.prompt import load_prompt
from agent.sources import SourceRegistry
from agent.study.plan_weeks import plan_text
from curriculum.front_matter import split_front_matter
from errors import StudyError

_MARKDOWN = "text/markdown"


def add_texts(server: MCPServer[Any], rooms: StudyRooms) -> None:
    """Add the roadmap, its notes and study sheets, and two prompts."""
    _add_resources(server, rooms)
    _add_prompts(server, rooms)


def _add_resources(server: MCPServer[Any], rooms: StudyRooms) -> None:
    @server.resource("study://roadmap", title="The roadmap", mime_type=_MARKDOWN)
    def roadmap() -> str:
        """Parts, topics, papers, lessons and projects of the roadmap, in learning order."""
        return rooms.curriculum.describe()

    @server.resource("study://notes", title="List of teaching notes", mime_type=_MARKDOWN)
    def notes() -> str:
        """Name and title of each teaching note; `study://notes/NAME` is its text."""
        return "\n".join(f"- {note.name}: {note.title}" for note in rooms.curriculum.notes)

    @server.resource("study://notes/{name}", title="A teaching note", mime_type=_MARKDOWN)
    def note(name: str) -> str:
        """One teaching note of the roadmap, e.g. 06-lora; `study://notes` lists them."""
        found = next((one for one in rooms.curriculum.notes if one.name == name), None)
        if found is None:
            raise ResourceNotFoundError("There is no note of that name. study://notes lists them.")
        return split_front_matter(found.path.read_text(encoding="utf-8"))[1].strip()

    @server.resource("study://sheets/{paper_id}", title="A paper's study sheet", mime_type=_MARKDOWN)
    def sheet(paper_id: str) -> str:
        """Our study sheet on a paper of the roadmap, by its arXiv id, e.g. 2106.09685."""
        from curriculum.sheets import sheet_of

        found = sheet_of(paper_id)
        if found is None:
            raise ResourceNotFoundError("There is no study sheet on that paper. study://roadmap lists the papers.")
        return f"# {found.title}\n\n{sheet_text(found)}"


def _add_prompts(server: MCPServer[Any], rooms: StudyRooms) -> None:
    @server.prompt(title="Quiz me")
    def quiz_me(
        topic: Annotated[str, Field(description="A topic, paper or note.")] = "the whole roadmap",
        count: Annotated[str, Field(description="Number of questions.")] = "5",
    ) -> str:
        """Be asked verified questions one at a time; each answer counts in your record."""
        return load_prompt("mcp_quiz", topic=topic, count=count)

    @server.prompt(title="Study plan")
    def study_plan(
        weeks: Annotated[str, Field(description="For how many weeks; empty for as many as it takes.")] = "",
        topic: Annotated[str, Field(description="A topic, part or paper; empty for the whole roadmap.")] = "",
    ) -> str:
        """What is open of the roadmap, spread over weeks in the order of its prerequisites."""
        return load_prompt("mcp_study_plan", plan=_plan(rooms, weeks, topic))


def _plan(rooms: StudyRooms, weeks: str, topic: str) -> str:
    """The plan, or in one sentence why there is none: a prompt has no other way to say so."""
    contents = rooms.curriculum
    try:
        context = TurnContext(
            rooms.library(), SourceRegistry(), contents, Limits(), curriculum=contents, desk=rooms.desk()
        )
        return plan_text(context, int(weeks) if weeks.strip().isdecimal() else None, topic)
    except StudyError as error:
        return error.as_text()
