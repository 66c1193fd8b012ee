"""A study plan: what is open of the roadmap, in the order of its prerequisites, spread over so many weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.context import TurnContext
from agent.embedded.parts import plain
from agent.study.scope import scope_of
from errors import QuizError
from learner.tracker import topic_states

if TYPE_CHECKING:
    from curriculum.contents import Contents
    from curriculum.model import Topic

MOST_WEEKS = 52


def plan_text(context: TurnContext, weeks: int | None, named: str) -> str:
    """The plan as a table, with what is done already.

    Raises:
        QuizError: the weeks cannot be used, or the topic is not on the roadmap.
    """
    contents = context.curriculum
    if contents is None:
        raise QuizError("There is no plan here: this assistant was started without its curriculum.")
    if weeks is not None and not 1 <= weeks <= MOST_WEEKS:
        raise QuizError(f"A plan is for 1 to {MOST_WEEKS} weeks, not {weeks}.", hint="Choose another number.")
    evidence = context.desk.evidence() if context.desk else []
    done = {state.topic_id for state in topic_states(contents, evidence) if state.done}
    wanted = _wanted(context, contents, named)
    open_topics = [topic for topic in contents.topics if topic.id in wanted and topic.id not in done]
    if not open_topics:
        return "All of it is done already; *review what is due* keeps it."
    count = weeks or max(1, round(sum(_weight(contents, topic) for topic in open_topics)))
    rows = ["| week | topics | read | show it |", "|---|---|---|---|"]
    for number, group in enumerate(_spread(contents, open_topics, count), start=1):
        cells = ("; ".join(topic.title for topic in group), _reading(contents, group), _showing(contents, group))
        rows.append("| " + " | ".join([str(number), *(plain(cell, 300) if cell else "go on" for cell in cells)]) + " |")
    finished = [topic.title for topic in contents.topics if topic.id in done & wanted]
    lines = [f"{len(open_topics)} open topics in {count} {'week' if count == 1 else 'weeks'}, prerequisites first."]
    if finished:
        lines.append(f"Done already by your record: {'; '.join(finished)}.")
    least, most = contents.weeks
    if not named and count < least:
        lines.append(f"The roadmap gives the whole path {least} to {most} weeks, so this is a fast plan.")
    return "\n\n".join([*lines, "\n".join(rows)])


def needed_for(contents: Contents, topic_ids: Sequence[str]) -> set[str]:
    """The topics and all that they rest on."""
    found: set[str] = set()
    waiting = list(topic_ids)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += next((topic.prerequisite_ids for topic in contents.topics if topic.id == one), ())
    return found


def _wanted(context: TurnContext, contents: Contents, named: str) -> set[str]:
    if not named.strip():
        return {topic.id for topic in contents.topics}
    scope = scope_of(named, contents, context.library)
    of_papers = [topic for paper in contents.papers if paper.id in scope.paper_ids for topic in paper.topic_ids[:1]]
    wanted = needed_for(contents, [*scope.topic_ids, *of_papers])
    if not wanted:
        raise QuizError(f"“{scope.title}” belongs to no topic of the roadmap.", hint="Name a topic of it.")
    return wanted


def _weight(contents: Contents, topic: Topic) -> float:
    """Weeks that the roadmap gives the topic: its part's, shared alike."""
    part = contents.part(topic.part_id)
    return (part.weeks_minimum + part.weeks_maximum) / 2 / len(contents.topics_of(topic.part_id))


def _spread(contents: Contents, topics: Sequence[Topic], weeks: int) -> list[list[Topic]]:
    """The topics in order, each in the week in which its middle falls; a week without one goes on with the last."""
    total = sum(_weight(contents, topic) for topic in topics)
    groups: list[list[Topic]] = [[] for _ in range(weeks)]
    before = 0.0
    for topic in topics:
        weight = _weight(contents, topic)
        groups[min(weeks - 1, int((before + weight / 2) / total * weeks))].append(topic)
        before += weight
    return groups


def _reading(contents: Contents, topics: Sequence[Topic]) -> str:
    notes = [note.title for topic in topics for note in contents.notes_of(topic.id)[:1]]
    papers = [paper.title for topic in topics for paper in contents.papers_of(topic.id)[:1]]
    return "; ".join(dict.fromkeys([*notes, *papers]))


def _showing(contents: Contents, topics: Sequence[Topic]) -> str:
    books = [f"notebook {book.number}" for topic in topics for book in contents.notebooks_of(topic.id)[:1]]
    quizzes = [f"quiz on {topic.title}" for topic in topics]
    return "; ".join(dict.fromkeys([*books, *quizzes]))
