"""One topic of the roadmap as HTML: how far it is and why, and everything there is to learn it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.roadmap_parts import ask_button, evidence_html, mark_html, open_button, paper_facts, web_link
from ui.roadmap_state import MARKS, RoadmapState

if TYPE_CHECKING:
    from curriculum.model import Gap, Link, Paper, Row, Topic


_SHOWN_ACTS = 12
_STATUS_WORDS = {"no-link": "no link in the roadmap", "weak": "better elsewhere"}


def topic_html(state: RoadmapState, topic: Topic) -> str:
    """The topic as a line that unfolds."""
    standing = state.topics[topic.id]
    mark = state.mark(topic)
    since = f" since {standing.since:%Y-%m-%d}" if standing.since else ""
    return (
        f'<li><details class="topic" id="topic-{topic.id}" data-keep="topic-{topic.id}"><summary>{mark_html(mark)}'
        f'<span class="topic-title">{escape_html(topic.title)}</span> '
        f'<span class="topic-state">{MARKS[mark].words}{since}</span></summary>'
        f'<div class="topic-body">{_body(state, topic)}</div></details></li>'
    )


def question_about(topic: Topic) -> str:
    """What the button asks in the chat."""
    return f"Explain {topic.keywords[0] if topic.keywords else topic.title}"


def _body(state: RoadmapState, topic: Topic) -> str:
    curriculum = state.curriculum
    papers = curriculum.papers_of(topic.id)
    rows = [row for row in curriculum.rows_of(topic.id) if row.paper_id is None]
    return (
        f"<p>{escape_html(topic.summary)}</p>{_why(state, topic)}{_order(state, topic)}"
        + _listed("Notes", (open_button(f"note:{note.name}", note.title) for note in curriculum.notes_of(topic.id)))
        + _listed("Papers", map(paper_item, papers))
        + _listed(
            "Lessons",
            (
                open_button(f"lesson:{one.name}", f"{one.number}. {one.title}")
                for one in curriculum.notebooks_of(topic.id)
            ),
        )
        + _listed(
            "Projects",
            (
                f"{open_button(f'project:{one.number}', f'{one.number}. {one.title}')} "
                f'<span class="hint">{one.level}: {escape_html(one.brief)}</span>'
                for one in curriculum.projects_of(topic.id)
            ),
        )
        + _listed("Resources of the roadmap", (row_item(state, row) for row in rows))
        + _listed("Gaps that we filled", (_gap_item(state, gap) for gap in curriculum.gaps_of(topic.id)))
        + f'<div class="card-buttons">{ask_button(question_about(topic))}</div>'
    )


def _why(state: RoadmapState, topic: Topic) -> str:
    standing = state.topics[topic.id]
    keys = set(standing.evidence_keys)
    acts = [act for key, act in state.evidence.items() if key in keys]
    more = f"<p>And {len(acts) - _SHOWN_ACTS} more, older ones.</p>" if len(acts) > _SHOWN_ACTS else ""
    boxes = [box.title for box in state.curriculum.boxes_of(topic.id)]
    named = f"Box of the tracker: “{escape_html(boxes[0])}”. " if boxes else "The tracker has no box for it. "
    button = ""
    if not state.fault and standing.way != "evidence":
        action, shown = ("untick_box", "Take my tick back") if standing.done else ("tick_box", "Tick by hand")
        button = (
            f'<div class="card-buttons"><button type="button" class="card-button study-action" name="{action}" '
            f'value="{topic.id}" id="tick-{topic.id}" aria-label="{shown}: {escape_html(topic.title)}">'
            f"{shown}</button></div>"
        )
    return (
        f'<div class="why"><p>{named}{escape_html(standing.reason)}</p>'
        f"{evidence_html(acts[:_SHOWN_ACTS], 'What it rests on')}{more}{button}</div>"
    )


def _order(state: RoadmapState, topic: Topic) -> str:
    needed = [state.curriculum.topic(one) for one in topic.prerequisite_ids]
    after = [one for one in state.curriculum.topics if topic.id in one.prerequisite_ids]
    lines = (("Builds on", needed), ("Needed for", after))
    return "".join(
        f'<p class="topic-order">{words}: {", ".join(topic_link(one) for one in topics)}</p>'
        for words, topics in lines
        if topics
    )


def topic_link(topic: Topic) -> str:
    """A link that shows the topic in the list."""
    return (
        f'<a class="topic-link" href="?read=topic:{topic.id}" data-opens="topic:{topic.id}">'
        f"{escape_html(topic.title)}</a>"
    )


def paper_item(paper: Paper) -> str:
    """A paper: a button to its sheet, facts, and where it is on the web."""
    where = f"arXiv {paper.arxiv_id}" if paper.arxiv_id else "its page"
    remark = f'<span class="remark">{escape_html(paper.remark)}</span>' if paper.remark else ""
    return (
        f'{open_button(f"paper:{paper.id}", paper.title)} <span class="hint">{escape_html(paper_facts(paper))}</span> '
        f"{web_link(paper.url, where)}{remark}"
    )


def row_item(state: RoadmapState, row: Row) -> str:
    """A row of a resource table: its cells, what became of its address, and what to take instead."""
    first, *others = row.cells
    shown = web_link(row.url, first) if row.url else f"<b>{escape_html(first)}</b>"
    facts = f' <span class="hint">{escape_html(" · ".join(others))}</span>' if others else ""
    note = ""
    if row.note_name:
        note = f" {open_button(f'note:{row.note_name}', f'Our note: {state.curriculum.note(row.note_name).title}')}"
    return f"{shown}{facts}{_status(row)}{note}"


def link_item(link: Link) -> str:
    """A book, course, channel, community or repository."""
    about = f' <span class="hint">{escape_html(link.about)}</span>' if link.about else ""
    return f"{web_link(link.url, link.title)}{about}{_status(link)}"


def _status(one: Row | Link) -> str:
    if one.status == "current":
        return ""
    words = _STATUS_WORDS.get(one.status, one.status)
    remark = f' <span class="remark">{escape_html(one.remark)}</span>' if one.remark else ""
    instead = f" Instead: {web_link(one.successor.url, one.successor.title)}" if one.successor else ""
    return f' <span class="status status-{one.status}">{words}</span>{remark}{instead}'


def _gap_item(state: RoadmapState, gap: Gap) -> str:
    curriculum = state.curriculum
    filled = [open_button(f"paper:{one}", curriculum.paper(one).title) for one in gap.paper_ids]
    filled += [open_button(f"note:{name}", f"note: {curriculum.note(name).title}") for name in gap.note_names]
    filled += [open_button(f"lesson:{name}", f"lesson {name}") for name in gap.notebook_names]
    filled += [open_button(f"project:{number}", f"project {number}") for number in gap.project_numbers]
    filled += [web_link(link.url, link.title) for link in gap.links]
    return f'{escape_html(gap.missing)} <span class="status">ours</span> {"; ".join(filled)}'


def _listed(title: str, items: Iterable[str]) -> str:
    shown = "".join(f"<li>{item}</li>" for item in items)
    return f'<h3 class="material-title">{title}</h3><ul class="material">{shown}</ul>' if shown else ""
