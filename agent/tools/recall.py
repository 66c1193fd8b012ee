"""Episodic and semantic memory as tools: what the learner did before, and what a topic rests on.

The four kinds of memory that the roadmap teaches: short-term is the conversation (`agent/earlier.py`), long-term the
library (`vectorstore/library.py`), episodic the record of attempts and earlier sessions, semantic the graph of topics
and papers with their prerequisites. See docs/decisions/013.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from agent.context import TurnContext
from agent.embedded.parts import plain
from agent.study.plan_weeks import needed_for
from agent.study.scope import Scope, scope_of
from agent.tools.arguments import OptionalText
from agent.tools.quoting import defused, fenced
from errors import QuizError
from learner.grading import RIGHT_OUTCOME
from learner.tracker import topic_states

if TYPE_CHECKING:
    from curriculum.contents import Contents
    from curriculum.model import TopicId
    from learner.values import Evidence

MOST_TOLD = 12
MOST_SESSIONS = 6


class RecallArguments(BaseModel):
    """Arguments of `recall_attempts`."""

    topic: OptionalText = Field(default="", description="A topic or paper; empty for all.")
    period: OptionalText = Field(
        default="", description="today, yesterday, this week, last week, month; empty for all."
    )


class PrerequisitesArguments(BaseModel):
    """Arguments of `prerequisites`."""

    topic: OptionalText = Field(default="", description="A topic or paper of the roadmap.")


@tool("recall_attempts", args_schema=RecallArguments, response_format="content_and_artifact")
def recall_attempts(topic: str, period: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """Recall the learner's own past: what they answered right and wrong, and earlier conversations."""
    context = runtime.context
    if context.desk is None:
        raise QuizError("There is nothing to recall: the learner's record cannot be used.")
    since, until = span_of(period, datetime.now(UTC))
    scope = scope_of(topic, context.curriculum, context.library) if topic and context.curriculum else Scope("")
    topics = set(scope.topic_ids) | _topics_of_notes(context, scope)
    acts = [act for act in context.desk.evidence() if since <= act.at < until and _is_about(act, scope, topics)]
    text = "\n\n".join(
        filter(None, [_attempts_text(acts, scope, period), _sessions_text(context, topic, since, until)])
    )
    return fenced(defused(text)), {"kind": "recalled", "text": text, "count": len(acts)}


def span_of(period: str, now: datetime) -> tuple[datetime, datetime]:
    """From when to when (UTC) a period reaches; a week is from Monday."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    end = now + timedelta(seconds=1)
    said = period.casefold()
    if "yesterday" in said:
        return today - timedelta(days=1), today
    if "today" in said:
        return today, end
    if re.search(r"\blast week\b", said):
        return monday - timedelta(days=7), monday
    if "week" in said or "recent" in said or "lately" in said:
        return min(monday, today - timedelta(days=6)), end
    if re.search(r"\blast month\b", said):
        return (first - timedelta(days=1)).replace(day=1), first
    if "month" in said:
        return first, end
    return datetime.min.replace(tzinfo=UTC), end


def _topics_of_notes(context: TurnContext, scope: Scope) -> set[TopicId]:
    notes = context.curriculum.notes if context.curriculum else ()
    return {topic_id for note in notes if note.name in scope.notes for topic_id in note.topic_ids[:1]}


def _is_about(act: Evidence, scope: Scope, topics: set[TopicId]) -> bool:
    if not scope.title:
        return True
    return bool(topics & set(act.topic_ids) or set(scope.paper_ids) & set(act.paper_ids))


def _attempts_text(acts: Sequence[Evidence], scope: Scope, period: str) -> str:
    about = f" on “{scope.title}”" if scope.title else ""
    when = f" ({period})" if period else ""
    graded = [act for act in acts if act.kind in ("quiz", "prediction")]
    if not graded:
        return f"Your record has no answers{about}{when}."
    right = sum(act.outcome >= RIGHT_OUTCOME for act in graded)
    count = "1 answer" if len(graded) == 1 else f"{len(graded)} answers"
    lines = [f"Your record has {count}{about}{when}; right: {right}."]
    missed = [act for act in graded if act.outcome < RIGHT_OUTCOME][:MOST_TOLD]
    if missed:
        lines.append("Not fully right, newest first:\n\n" + "\n".join(_attempt(act) for act in missed))
    return "\n\n".join(lines)


def _attempt(act: Evidence) -> str:
    given = plain(act.given, 120) or "no answer"
    asked = plain(act.item_id.replace("-", " "), 80)
    return f"- {act.at:%Y-%m-%d}: {asked}; you said “{given}”. {plain(act.expected, 200)}"


def _sessions_text(context: TurnContext, topic: str, since: datetime, until: datetime) -> str:
    """Titles of earlier conversations in the period, that speak of the topic where one is named."""
    if context.conversations is None:
        return ""
    found = context.conversations.search(topic) if topic else context.conversations.list()
    others = [one for one in found if one.id != context.conversation_id and since <= one.updated_at < until]
    if not others:
        return ""
    lines = [f"- {one.updated_at:%Y-%m-%d}: {plain(one.title, 120)}" for one in others[:MOST_SESSIONS]]
    return "Earlier conversations:\n\n" + "\n".join(lines)


@tool("prerequisites", args_schema=PrerequisitesArguments, response_format="content_and_artifact")
def prerequisites(topic: str, runtime: ToolRuntime[TurnContext, Any]) -> tuple[str, dict[str, Any]]:
    """What a topic or paper rests on in the roadmap's graph, in learning order, and what the learner has shown."""
    context = runtime.context
    if context.curriculum is None or not topic:
        raise QuizError("No topic was named.", hint="Name a topic or paper of the roadmap.")
    contents = context.curriculum
    scope = scope_of(topic, contents, context.library)
    own = set(scope.topic_ids) or {
        one for paper in contents.papers if paper.id in scope.paper_ids for one in paper.topic_ids[:1]
    }
    needed = needed_for(contents, list(own)) - (own if scope.topic_ids else set())
    evidence = context.desk.evidence() if context.desk else []
    done = {state.topic_id for state in topic_states(contents, evidence) if state.done}
    topics = [one for one in contents.topics if one.id in needed]
    lines = [f"- {one.title}{' (done by your record)' if one.id in done else ''}" for one in topics]
    papers = _papers_before(contents, scope)
    blocks = [f"Before “{scope.title}” the roadmap puts, in this order:", "\n".join(lines)] if lines else []
    if papers:
        blocks.append("Papers to read before it:\n\n" + "\n".join(f"- {paper}" for paper in papers))
    text = "\n\n".join(blocks) or f"“{scope.title}” rests on nothing else of the roadmap."
    return text, {"kind": "prerequisites", "text": text, "topics": [str(one.id) for one in topics]}


def _papers_before(contents: Contents, scope: Scope) -> list[str]:
    known = {paper.id: paper for paper in contents.papers}
    return [
        known[one].reference()
        for paper_id in scope.paper_ids
        for one in known[paper_id].prerequisite_ids
        if one in known
    ]
