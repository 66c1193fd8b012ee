"""A note, a paper's sheet, a lesson or a project's brief as HTML, to be read in place of the roadmap."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from errors import MaterialError, StudyError
from ui.lesson_view import lesson_html
from ui.markdown_view import markdown_html
from ui.markup import escape_html
from ui.roadmap_parts import ask_button, evidence_html, one_after_another, open_button, paper_facts, web_link
from ui.roadmap_references import replacements
from ui.roadmap_state import RoadmapRecord
from ui.roadmap_topic import topic_link
from ui.sheet_view import sheet_html
from ui.translation import _

if TYPE_CHECKING:
    from pathlib import Path

    from curriculum.model import Note, Notebook, Paper, Project, TopicId

Material = TypeVar("Material", "Note", "Notebook", "Paper", "Project")

_SHOWN_RUNS = 6
_openings = itertools.count(1)


def reading_html(record: RoadmapRecord, value: str) -> str:
    """What a value such as "note:06-lora" names, ready to read; a sentence when it cannot be shown."""
    kind, name = (*value.split(":", 1), "")[:2]
    readers: dict[str, Callable[[RoadmapRecord, str], tuple[str, str, str]]] = {
        "note": _note,
        "paper": _paper,
        "lesson": _lesson,
        "project": _project,
    }
    try:
        if kind not in readers:
            raise MaterialError(_("The roadmap has nothing of that name."), hint=_("Go back and choose again."))
        title, head, body = readers[kind](record, name)
    except StudyError as error:
        return frame(value, _("Not found"), "", f'<p class="failure">{escape_html(error.as_text())}</p>')
    return frame(value, title, head, body)


def frame(value: str, title: str, head: str, body: str) -> str:
    """The place to read in: a way back, the title, what is known of it, and the text."""
    return (
        f'<article class="reading" data-opening="{next(_openings)}" data-read="{escape_html(value)}" '
        f'aria-label="{escape_html(title)}"><div class="reading-bar">'
        f'<button type="button" class="card-button close-reading">{_("‹ Back to the roadmap")}</button></div>'
        f'<h2 class="reading-title" tabindex="-1">{escape_html(title)}</h2>{head}'
        f'<div class="reading-text note-text">{body}</div></article>'
    )


def _note(record: RoadmapRecord, name: str) -> tuple[str, str, str]:
    from curriculum.front_matter import split_front_matter

    note = _found(record.curriculum.notes, lambda one: one.name == name, _("The roadmap has no note “{name}”."), name)
    try:
        body = split_front_matter(_text(note.path))[1]
    except ValueError as error:
        told = _("The note {name} {reason}.").format(name=note.path.name, reason=error)
        raise MaterialError(told, hint=_("Mend the file.")) from error
    papers = [open_button(f"paper:{one}", record.curriculum.paper(one).title) for one in note.paper_ids]
    on = _("On: {papers}").format(papers=one_after_another(papers))
    head = _topics(record, note.topic_ids) + (f'<p class="hint">{on}</p>' if papers else "")
    return note.title, head, markdown_html(_without_title(body), replacements(record.curriculum))


def _paper(record: RoadmapRecord, name: str) -> tuple[str, str, str]:
    from curriculum.sheets import sheet_of

    paper = _found(record.curriculum.papers, lambda one: one.id == name, _("The roadmap has no paper “{name}”."), name)
    sheet = sheet_of(paper.id)
    told = _("We have no study sheet of this paper. The chat can explain it once it is in your library.")
    body = sheet_html(record.curriculum, sheet) if sheet else f"<p>{told}</p>"
    return paper.title, _paper_head(record, paper), body


def _paper_head(record: RoadmapRecord, paper: Paper) -> str:
    curriculum = record.curriculum
    before = [open_button(f"paper:{one}", curriculum.paper(one).title) for one in paper.prerequisite_ids]
    notes = [open_button(f"note:{one.name}", one.title) for one in curriculum.notes if paper.id in one.paper_ids]
    lines = [
        escape_html(paper_facts(paper))
        + f" · {web_link(paper.url, f'arXiv {paper.arxiv_id}' if paper.arxiv_id else _('its page'))}",
        escape_html(paper.remark),
        _("Read before it: {papers}").format(papers=one_after_another(before)) if before else "",
    ]
    listed = "".join(f"<li>{note}</li>" for note in notes)
    folded = (
        f'<details class="reading-fold"><summary>{_("Notes on it: {count}").format(count=len(notes))}</summary>'
        f'<ul class="material">{listed}</ul></details>'
    )
    asked = ask_button(f"Walk me through the paper “{paper.title}”", _("Walk me through it in the chat"))
    return (
        "".join(f'<p class="hint">{line}</p>' for line in lines if line)
        + _topics(record, paper.topic_ids)
        + (folded if notes else "")
        + f'<div class="card-buttons">{asked}</div>'
    )


def _lesson(record: RoadmapRecord, name: str) -> tuple[str, str, str]:
    from curriculum.notebook_text import ipynb_of, notebook_path, read_cells

    notebook = _found(
        record.curriculum.notebooks, lambda one: one.name == name, _("The roadmap has no lesson “{name}”."), name
    )
    cells = read_cells(notebook_path(notebook.name))
    encoded = base64.b64encode(ipynb_of(cells)).decode("ascii")
    file_name = f"{notebook.name}.ipynb"
    head = (
        f"{_topics(record, notebook.topic_ids)}"
        f'<div class="card-buttons"><a class="card-button main" download="{file_name}" '
        f'href="data:application/x-ipynb+json;base64,{encoded}">{_("Download {name}").format(name=file_name)}</a></div>'
        + _how(
            _(
                "Download it, or have the first command write it. Open it in Jupyter or an editor that knows "
                "notebooks, write your code where an exercise asks for it, then have it checked:"
            ),
            f"python -m curriculum start {notebook.name} {file_name}",
            f"python -m curriculum check {notebook.name} {file_name}",
        )
        + _runs(record, "notebook", notebook.name)
    )
    return f"{notebook.number}. {notebook.title}", head, lesson_html(cells, replacements(record.curriculum))


def _project(record: RoadmapRecord, name: str) -> tuple[str, str, str]:
    from curriculum.load import curriculum_folder
    from curriculum.project_text import project_name

    missing = _("The roadmap has no project “{name}”.")
    project = _found(record.curriculum.projects, lambda one: str(one.number) == name, missing, name)
    folder = project_name(project)
    path = curriculum_folder() / "projects" / folder / "brief.md"
    head = _topics(record, project.topic_ids)
    brief = _text(path) if folder and path.is_file() else ""
    if not brief.strip():
        body = f"<p>{escape_html(project.brief)}.</p><p>{_('The brief of this project is not written yet.')}</p>"
    else:
        body = markdown_html(_without_title(brief), replacements(record.curriculum))
        head += _how(
            _("Begin with a copy of the files to fill in, work in your own editor, then have it checked:"),
            f"python -m curriculum start {project.number} my_{folder}",
            f"python -m curriculum check {project.number} my_{folder}",
        )
    return (
        f"{project.number}. {project.title}",
        f'<p class="hint">{project.level}</p>{head}{_runs(record, "project", str(project.number))}',
        body,
    )


def _how(sentence: str, *commands: str) -> str:
    shown = escape_html("\n".join(commands))
    return (
        f'<div class="how"><p>{sentence}</p><pre class="code-block" tabindex="0"><code>{shown}</code></pre>'
        f"<p>{_('Every run is recorded; one in which all checks pass ticks the box.')}</p></div>"
    )


def _runs(record: RoadmapRecord, kind: str, item: str) -> str:
    acts = [act for act in record.evidence.values() if act.kind == kind and act.item_id.partition("_")[0] == item]
    if kind == "notebook":
        acts = [act for act in record.evidence.values() if act.kind == kind and act.item_id == item]
    shown = evidence_html(acts[:_SHOWN_RUNS], _("Your runs"))
    return f'<div class="why"><p>{_("Your runs, newest first")}</p>{shown}</div>' if shown else ""


def _topics(record: RoadmapRecord, topic_ids: Sequence[TopicId]) -> str:
    links = ", ".join(topic_link(record.curriculum.topic(one)) for one in topic_ids)
    return f'<p class="hint">{_("For: {topics}").format(topics=links)}</p>'


def _found(items: Sequence[Material], fits: Callable[[Material], bool], missing: str, name: str) -> Material:
    for item in items:
        if fits(item):
            return item
    shown = " ".join(name.split())[:60]
    raise MaterialError(missing.format(name=shown), hint=_("Go back and choose another."))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MaterialError(
            _("{name} cannot be read: {reason}.").format(name=path.name, reason=error), hint=_("Put the file back.")
        ) from error


def _without_title(text: str) -> str:
    """The text without its own first heading, which stands above it already."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if first.startswith("# ") else text
