"""What the learner should study next, by their own record: the topic, why it is that one, and what there is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from learner.next_topic import what_next
from learner.tracker import topic_states, tracker_state

if TYPE_CHECKING:
    from agent.context import TurnContext

NEXT = "next"
"""Asked of the roadmap in place of a topic."""


def next_text(context: TurnContext) -> str:
    """The next topic with its reason and material, a line each; empty without a curriculum or a record."""
    contents, desk = context.curriculum, context.desk
    if contents is None or desk is None:
        return ""
    evidence = desk.evidence()
    known = desk.masteries([topic.id for topic in contents.topics])
    found = what_next(contents, tracker_state(contents, evidence), topic_states(contents, evidence), known)
    due = len(desk.due())
    review = (
        [f"Due for review now: {due} {'question' if due == 1 else 'questions'}; say *review what is due*."]
        if due
        else []
    )
    if found is None:
        return "\n".join(["Every topic of the roadmap is done.", *review])
    title = contents.topic(found.topic_id).title
    material = {
        "Notes": [note.title for note in contents.notes_of(found.topic_id)],
        "Notebooks": [notebook.name for notebook in contents.notebooks_of(found.topic_id)],
        "Projects": [f"{project.number} {project.title}" for project in contents.projects_of(found.topic_id)],
    }
    return "\n".join(
        [
            f"Next: {title}. {found.reason}",
            *(f"{kind}: {'; '.join(names)}" for kind, names in material.items() if names),
            *review,
            f"Ways to begin: *teach me {title} socratically*, *quiz me on {title}*, or *study plan for 6 weeks*.",
        ]
    )
