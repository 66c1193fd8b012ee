"""The lists beside the path: lessons, projects, notes, and the roadmap's books, courses, channels and communities."""

from __future__ import annotations

from ui.markup import escape_html
from ui.roadmap_parts import open_button
from ui.roadmap_state import RoadmapState
from ui.roadmap_topic import link_item
from ui.translation import N_, _

_LISTS = (
    ("book", N_("Books")),
    ("course", N_("Courses")),
    ("channel", N_("YouTube channels")),
    ("community", N_("Communities")),
    ("repository", N_("Reference repositories")),
)


def lists_html(state: RoadmapState) -> str:
    """Lessons, projects and notes of ours, then the roadmap's lists of links."""
    shown = []
    for kind, title in _LISTS:
        links = [link for link in state.curriculum.links if link.kind == kind]
        shown.append(_list(_(title), "".join(f"<li>{link_item(one)}</li>" for one in links)))
    projects = "".join(
        f"<li>{open_button(f'project:{one.number}', f'{one.number}. {one.title}')} "
        f'<span class="hint">{one.level}: {escape_html(one.brief)}</span></li>'
        for one in state.curriculum.projects
    )
    lessons = "".join(
        f"<li>{open_button(f'lesson:{one.name}', f'{one.number}. {one.title}')}</li>"
        for one in state.curriculum.notebooks
    )
    notes = "".join(f"<li>{open_button(f'note:{one.name}', one.title)}</li>" for one in state.curriculum.notes)
    own = ((_("Lessons"), lessons), (_("Projects"), projects), (_("Notes"), notes))
    return "".join(_list(title, items) for title, items in own if items) + "".join(shown)


def _list(title: str, items: str) -> str:
    return f'<h2 class="list-title">{title}</h2><ul class="material">{items}</ul>'
