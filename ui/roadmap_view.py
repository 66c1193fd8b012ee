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
from ui.translation import N_, _

if TYPE_CHECKING:
    from curriculum.model import Part

_VIEWS = (
    ("path", N_("Path")),
    ("topics", N_("Topics as a graph")),
    ("papers", N_("Papers")),
    ("lists", N_("All material")),
)


def roadmap_html(state: RoadmapState, notice: str = "") -> str:
    """The whole tab; `notice` is HTML of ours, such as the line with Undo.

    `data-rendering` tells whether anything has changed.
    """
    buttons = "".join(
        f'<button type="button" class="view-button" data-roadmap-view="{name}" '
        f'aria-pressed="{str(name == "path").lower()}">{_(shown)}</button>'
        for name, shown in _VIEWS
    )
    path = "".join(_part(state, part) for part in state.curriculum.parts)
    fault = f'<p class="failure" role="alert">{escape_html(state.fault)}</p>' if state.fault else ""
    body = (
        f"{fault}"
        f'<div class="roadmap-top">{_progress(state)}{_next(state)}</div>'
        f'<div class="view-buttons" role="group" aria-label="{_("Views of the roadmap")}">{buttons}</div>'
        f'<section class="roadmap-view view-path" aria-label="{_("Path")}">{path}</section>'
        f'<section class="roadmap-view view-topics" aria-label="{_("Topics as a graph")}">'
        f"{topic_graph(state)}</section>"
        f'<section class="roadmap-view view-papers" aria-label="{_("Papers")}">{papers_html(state)}</section>'
        f'<section class="roadmap-view view-lists" aria-label="{_("All material")}">{lists_html(state)}</section>'
        f"{notice}"
    )
    return f'<div class="roadmap" data-view="path" data-rendering="{zlib.crc32(body.encode()):08x}">{body}</div>'


def _progress(state: RoadmapState) -> str:
    leaves = state.leaves
    done = sum(box.done for box in leaves)
    topics = sum(one.done for one in state.topics.values())
    least, most = state.curriculum.weeks
    teaching = _teaching() if not state.evidence and not state.fault else ""
    ticked = _("{done} of {all} boxes are ticked").format(done=done, all=len(leaves))
    told = _("{done} of {all} topics; the whole path takes {least} to {most} weeks.").format(
        done=topics, all=len(state.topics), least=least, most=most
    )
    return (
        f'<div class="roadmap-card"><h2>{_("{done} of {all} boxes").format(done=done, all=len(leaves))}</h2>'
        f"{labelled_bar(done / len(leaves) if leaves else 0.0, ticked)}"
        f'<p class="hint">{told}</p>'
        f"{teaching}</div>"
    )


def _teaching() -> str:
    from learner.mastery import FULL_ITEMS, THRESHOLD

    told = _(
        "Nothing is recorded yet. A box is ticked when all checks of a lesson or a project pass, or while your answers "
        "to at least {count} different questions show a mastery of {threshold}; or tick it by hand."
    ).format(count=FULL_ITEMS, threshold=THRESHOLD)
    return f"<p>{told}</p>"


def _next(state: RoadmapState) -> str:
    found = state.next
    if state.fault:
        return ""
    if found is None:
        told = f"<h2>{_('All done')}</h2><p>{_('Every topic of the roadmap is done.')}</p>"
        return f'<div class="roadmap-card next-card">{told}</div>'
    curriculum = state.curriculum
    topic = curriculum.topic(found.topic_id)
    buttons = [open_button(f"note:{note.name}", _("Read the note: {title}").format(title=note.title),
                           "card-button main")
               for note in curriculum.notes_of(topic.id)[:1]]  # fmt: skip
    buttons += [open_button(f"lesson:{one.name}", _("Start the lesson: {title}").format(title=one.title),
                            "card-button")
                for one in curriculum.notebooks_of(topic.id)[:1]]  # fmt: skip
    buttons.append(ask_button(question_about(curriculum, topic)))
    return (
        f'<div class="roadmap-card next-card"><h2>{_("Next: {topic}").format(topic=topic_link(topic))}</h2>'
        f'<p>{escape_html(found.reason)}</p><div class="card-buttons">{"".join(buttons)}</div></div>'
    )


def _part(state: RoadmapState, part: Part) -> str:
    leaves = [box for box in state.leaves if box.part_id == part.id]
    done = sum(box.done for box in leaves)
    topics = state.curriculum.topics_of(part.id)
    current = state.next is not None and state.next.topic_id in {topic.id for topic in topics}
    words = _("{done} of {all} boxes").format(done=done, all=len(leaves))
    told = _("Part {number}: {title}")
    bar = labelled_bar(done / len(leaves) if leaves else 0.0, told.format(number=part.number, title=words))
    weeks = _("{least} to {most} weeks.").format(least=part.weeks_minimum, most=part.weeks_maximum)
    return (
        f'<details class="part" data-keep="part-{part.id}"{" open" if current else ""}><summary>'
        f'<span class="part-title">{told.format(number=part.number, title=escape_html(part.title))}</span>'
        f'<span class="part-progress">{bar}<span>{words}</span></span></summary>'
        f'<p class="part-goal">{escape_html(part.goal)} {weeks}</p>'
        f'<ul class="topics">{"".join(topic_html(state, topic) for topic in topics)}</ul></details>'
    )


def undo_line(sentence: str, action: str, value: str) -> str:
    """A line that says what was done, with a way back."""
    return (
        f'<div class="undo" role="status">{escape_html(sentence)} <button type="button" '
        f'class="link-button study-action" name="{action}" value="{escape_html(value)}">{_("Undo")}</button></div>'
    )
