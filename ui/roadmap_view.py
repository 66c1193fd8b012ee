"""The roadmap as HTML: progress, what comes next, the path, two pictures of what needs what, and the lists."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.roadmap_lists import lists_html
from ui.roadmap_parts import ask_button, labelled_bar, open_button
from ui.roadmap_pictures import papers_html, topic_graph
from ui.roadmap_state import RoadmapState
from ui.roadmap_topic import question_about, topic_html, topic_link

if TYPE_CHECKING:
    from curriculum.model import Part

_VIEWS = (("path", "Path"), ("topics", "Topics as a graph"), ("papers", "Papers"), ("lists", "All material"))


def roadmap_html(state: RoadmapState, notice: str = "") -> str:
    """The whole tab; `notice` is HTML of ours, such as the line with Undo.

    `data-rendering` tells whether anything has changed.
    """
    buttons = "".join(
        f'<button type="button" class="view-button" data-roadmap-view="{name}" '
        f'aria-pressed="{str(name == "path").lower()}">{shown}</button>'
        for name, shown in _VIEWS
    )
    path = "".join(_part(state, part) for part in state.curriculum.parts)
    fault = f'<p class="failure" role="alert">{escape_html(state.fault)}</p>' if state.fault else ""
    body = (
        f"{fault}"
        f'<div class="roadmap-top">{_progress(state)}{_next(state)}</div>'
        f'<div class="view-buttons" role="group" aria-label="Views of the roadmap">{buttons}</div>'
        f'<section class="roadmap-view view-path" aria-label="Path">{path}</section>'
        f'<section class="roadmap-view view-topics" aria-label="Topics as a graph">{topic_graph(state)}</section>'
        f'<section class="roadmap-view view-papers" aria-label="Papers">{papers_html(state)}</section>'
        f'<section class="roadmap-view view-lists" aria-label="All material">{lists_html(state)}</section>'
        f"{notice}"
    )
    return f'<div class="roadmap" data-view="path" data-rendering="{zlib.crc32(body.encode()):08x}">{body}</div>'


def _progress(state: RoadmapState) -> str:
    leaves = state.leaves
    done = sum(box.done for box in leaves)
    topics = sum(one.done for one in state.topics.values())
    least, most = state.curriculum.weeks
    teaching = _teaching() if not state.evidence and not state.fault else ""
    return (
        f'<div class="roadmap-card"><h2>{done} of {len(leaves)} boxes</h2>'
        f"{labelled_bar(done / len(leaves) if leaves else 0.0, f'{done} of {len(leaves)} boxes are ticked')}"
        f'<p class="hint">{topics} of {len(state.topics)} topics; the whole path takes {least} to {most} weeks.</p>'
        f"{teaching}</div>"
    )


def _teaching() -> str:
    from learner.mastery import FULL_ITEMS, THRESHOLD

    return (
        "<p>Nothing is recorded yet. A box is ticked when all checks of a lesson or a project pass, or while your "
        f"answers to at least {FULL_ITEMS} different questions show a mastery of {THRESHOLD}; or tick it by hand.</p>"
    )


def _next(state: RoadmapState) -> str:
    found = state.next
    if state.fault:
        return ""
    if found is None:
        return '<div class="roadmap-card next-card"><h2>All done</h2><p>Every topic of the roadmap is done.</p></div>'
    curriculum = state.curriculum
    topic = curriculum.topic(found.topic_id)
    buttons = [open_button(f"note:{note.name}", f"Read the note: {note.title}", "card-button main")
               for note in curriculum.notes_of(topic.id)[:1]]  # fmt: skip
    buttons += [open_button(f"lesson:{one.name}", f"Start the lesson: {one.title}", "card-button")
                for one in curriculum.notebooks_of(topic.id)[:1]]  # fmt: skip
    buttons.append(ask_button(question_about(topic)))
    return (
        f'<div class="roadmap-card next-card"><h2>Next: {topic_link(topic)}</h2>'
        f'<p>{escape_html(found.reason)}</p><div class="card-buttons">{"".join(buttons)}</div></div>'
    )


def _part(state: RoadmapState, part: Part) -> str:
    leaves = [box for box in state.leaves if box.part_id == part.id]
    done = sum(box.done for box in leaves)
    topics = state.curriculum.topics_of(part.id)
    current = state.next is not None and state.next.topic_id in {topic.id for topic in topics}
    words = f"{done} of {len(leaves)} boxes"
    bar = labelled_bar(done / len(leaves) if leaves else 0.0, f"Part {part.number}: {words}")
    return (
        f'<details class="part" data-keep="part-{part.id}"{" open" if current else ""}><summary>'
        f'<span class="part-title">Part {part.number}: {escape_html(part.title)}</span>'
        f'<span class="part-progress">{bar}<span>{words}</span></span></summary>'
        f'<p class="part-goal">{escape_html(part.goal)} {part.weeks_minimum} to {part.weeks_maximum} weeks.</p>'
        f'<ul class="topics">{"".join(topic_html(state, topic) for topic in topics)}</ul></details>'
    )


def undo_line(sentence: str, action: str, value: str) -> str:
    """A line that says what was done, with a way back."""
    return (
        f'<div class="undo" role="status">{escape_html(sentence)} <button type="button" '
        f'class="link-button study-action" name="{action}" value="{escape_html(value)}">Undo</button></div>'
    )
