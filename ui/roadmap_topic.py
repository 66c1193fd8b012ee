"""One topic of the roadmap as HTML: how far it is and why, and everything there is to learn it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.roadmap_parts import ask_button, evidence_html, mark_html, one_after_another, open_button, paper_facts, web_link
from ui.roadmap_state import MARKS, RoadmapState
from ui.translation import N_, _, counted

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Gap, Link, Paper, Row, Topic


_SHOWN_ACTS = 12
_BESIDE_SUBJECT = re.compile(r"^Implement |\s*\(.*?\)| (?:refresher|basics|fundamentals|overview)$")
_ACRONYMS = re.compile(r"\b[A-Z]{2,}s\b")
_STATUS_WORDS = {"no-link": N_("no link in the roadmap"), "weak": N_("better elsewhere")}


def topic_html(state: RoadmapState, topic: Topic) -> str:
    """The topic as a line that unfolds."""
    standing = state.topics[topic.id]
    mark = state.mark(topic)
    words = _(MARKS[mark].words)
    if standing.since:
        words = _("{state} since {date}").format(state=words, date=f"{standing.since:%Y-%m-%d}")
    return (
        f'<li><details class="topic" id="topic-{topic.id}" data-keep="topic-{topic.id}"><summary>{mark_html(mark)}'
        f'<span class="topic-title">{escape_html(topic.title)}</span> '
        f'<span class="topic-state">{words}</span></summary>'
        f'<div class="topic-body">{_body(state, topic)}</div></details></li>'
    )


def question_about(curriculum: Curriculum, topic: Topic) -> str:
    """What the button asks in the chat: about the subject of the title, which a note may spell out."""
    subject = _BESIDE_SUBJECT.sub("", topic.title)
    notes = curriculum.notes_of(topic.id)
    if _ACRONYMS.search(subject) and len(notes) == 1:
        subject = notes[0].title
    return f"Explain {subject}"


def _body(state: RoadmapState, topic: Topic) -> str:
    curriculum = state.curriculum
    papers = curriculum.papers_of(topic.id)
    rows = [row for row in curriculum.rows_of(topic.id) if row.paper_id is None]
    return (
        f"<p>{escape_html(topic.summary)}</p>{_why(state, topic)}{_order(state, topic)}"
        + _listed(_("Notes"), (open_button(f"note:{note.name}", note.title) for note in curriculum.notes_of(topic.id)))
        + _listed(_("Papers"), map(paper_item, papers))
        + _listed(
            _("Lessons"),
            (
                open_button(f"lesson:{one.name}", f"{one.number}. {one.title}")
                for one in curriculum.notebooks_of(topic.id)
            ),
        )
        + _listed(
            _("Projects"),
            (
                f"{open_button(f'project:{one.number}', f'{one.number}. {one.title}')} "
                f'<span class="hint">{one.level}: {escape_html(one.brief)}</span>'
                for one in curriculum.projects_of(topic.id)
            ),
        )
        + _listed(_("Resources of the roadmap"), (row_item(state, row) for row in rows))
        + _listed(_("Gaps that we filled"), (_gap_item(state, gap) for gap in curriculum.gaps_of(topic.id)))
        + f'<div class="card-buttons">{ask_button(question_about(curriculum, topic))}</div>'
    )


def _why(state: RoadmapState, topic: Topic) -> str:
    standing = state.topics[topic.id]
    keys = set(standing.evidence_keys)
    acts = [act for key, act in state.evidence.items() if key in keys]
    older = len(acts) - _SHOWN_ACTS
    told = counted("And {count} more, older one.", "And {count} more, older ones.", older)
    more = f"<p>{told}</p>" if older > 0 else ""
    boxes = [box.title for box in state.curriculum.boxes_of(topic.id)]
    named = _("The tracker has no box for it.")
    if boxes:
        named = _("Box of the tracker: “{title}”.").format(title=escape_html(boxes[0]))
    button = ""
    if not state.fault and standing.way != "evidence":
        action, shown = ("untick_box", _("Take my tick back")) if standing.done else ("tick_box", _("Tick by hand"))
        button = (
            f'<div class="card-buttons"><button type="button" class="card-button study-action" name="{action}" '
            f'value="{topic.id}" id="tick-{topic.id}" aria-label="{shown}: {escape_html(topic.title)}">'
            f"{shown}</button></div>"
        )
    return (
        f'<div class="why"><p>{named} {escape_html(standing.reason)}</p>'
        f"{evidence_html(acts[:_SHOWN_ACTS], _('What it rests on'))}{more}{button}</div>"
    )


def _order(state: RoadmapState, topic: Topic) -> str:
    needed = [state.curriculum.topic(one) for one in topic.prerequisite_ids]
    after = [one for one in state.curriculum.topics if topic.id in one.prerequisite_ids]
    lines = ((_("Builds on: {topics}"), needed), (_("Needed for: {topics}"), after))
    return "".join(
        f'<p class="topic-order">{words.format(topics=", ".join(topic_link(one) for one in topics))}</p>'
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
    where = f"arXiv {paper.arxiv_id}" if paper.arxiv_id else _("its page")
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
        shown_name = _("Our note: {title}").format(title=state.curriculum.note(row.note_name).title)
        note = f" {open_button(f'note:{row.note_name}', shown_name)}"
    return f"{shown}{facts}{_status(row)}{note}"


def link_item(link: Link) -> str:
    """A book, course, channel, community or repository."""
    about = f' <span class="hint">{escape_html(link.about)}</span>' if link.about else ""
    return f"{web_link(link.url, link.title)}{about}{_status(link)}"


def _status(one: Row | Link) -> str:
    if one.status == "current":
        return ""
    words = _(_STATUS_WORDS.get(one.status, one.status))
    remark = f' <span class="remark">{escape_html(one.remark)}</span>' if one.remark else ""
    instead = ""
    if one.successor:
        link = web_link(one.successor.url, one.successor.title)
        instead = f" {_('Instead: {link}').format(link=link)}"
    return f' <span class="status status-{one.status}">{words}</span>{remark}{instead}'


def _gap_item(state: RoadmapState, gap: Gap) -> str:
    curriculum = state.curriculum
    filled = [open_button(f"paper:{one}", curriculum.paper(one).title) for one in gap.paper_ids]
    filled += [
        open_button(f"note:{name}", _("note: {title}").format(title=curriculum.note(name).title))
        for name in gap.note_names
    ]
    filled += [open_button(f"lesson:{name}", _("lesson {name}").format(name=name)) for name in gap.notebook_names]
    filled += [
        open_button(f"project:{number}", _("project {number}").format(number=number)) for number in gap.project_numbers
    ]
    filled += [web_link(link.url, link.title) for link in gap.links]
    return f'{escape_html(gap.missing)} <span class="status">{_("ours")}</span> {one_after_another(filled)}'


def _listed(title: str, items: Iterable[str]) -> str:
    shown = "".join(f"<li>{item}</li>" for item in items)
    return f'<h3 class="material-title">{title}</h3><ul class="material">{shown}</ul>' if shown else ""
