"""What the roadmap says, as plain text for a learner or a model."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from curriculum.contents import Contents
from curriculum.matching import ACCEPTED_FIT, Candidate, candidates_of, ranked
from curriculum.model import Gap, Link, LinkKind, Paper, Part, Row, Topic, TopicId

_LINK_LISTS: dict[str, LinkKind] = {
    "books": "book",
    "courses": "course",
    "youtube channels": "channel",
    "communities": "community",
    "reference repositories": "repository",
}
_LISTS = ("projects", "notebooks", "key papers", "progress tracker", *_LINK_LISTS)
_NEAR_MATCHES_SHOWN = 5
_NEAR_FIT = 0.2
_QUESTION_CHARACTERS = 300
"""A question is matched by its beginning; no name of the roadmap is longer."""
_SHOWN_CHARACTERS = 80


def describe(contents: Contents, topic: str) -> str:
    """The text for a topic, part, paper or list by any of its names; the whole path without a name."""
    if not topic.strip():
        return _overview(contents)
    matches = ranked(topic[:_QUESTION_CHARACTERS], _candidates(contents))
    best_fit, best = matches[0]
    if best_fit < ACCEPTED_FIT:
        return _unknown(contents, topic, [candidate for fit, candidate in matches if fit > _NEAR_FIT])
    tellers: dict[str, Callable[[Contents, str], str]] = {
        "topic": _topic_text,
        "part": _part_text,
        "paper": _paper_text,
        "list": _list_text,
    }
    return tellers[best.kind](contents, best.key)


def _candidates(contents: Contents) -> Iterator[Candidate]:
    yield from candidates_of(contents)
    for name in _LISTS:
        yield Candidate("list", name, name)


def _unknown(contents: Contents, topic: str, near: list[Candidate]) -> str:
    labels = list(dict.fromkeys(candidate.label for candidate in near))[:_NEAR_MATCHES_SHOWN]
    shown = textwrap.shorten(topic, _SHOWN_CHARACTERS, placeholder=" …") or topic[:_SHOWN_CHARACTERS]
    start = f"The roadmap has no topic called {shown!r}."
    if labels:
        return f"{start} The nearest are: {'; '.join(labels)}."
    return f"{start} Its parts are: {'; '.join(part.title for part in contents.parts)}."


def _overview(contents: Contents) -> str:
    least, most = contents.weeks
    lines = [
        f"{contents.title}: {len(contents.parts)} parts, {len(contents.topics)} topics, {least}-{most} weeks.",
        contents.purpose,
    ]
    for part in contents.parts:
        titles = "; ".join(topic.title for topic in contents.topics_of(part.id))
        lines.append(f"{_part_line(part)} {part.goal} Topics: {titles}.")
    return "\n".join(lines)


def _part_line(part: Part) -> str:
    return f"Part {part.number}: {part.title} ({part.weeks_minimum}-{part.weeks_maximum} weeks)."


def _part_text(contents: Contents, key: str) -> str:
    part = next(part for part in contents.parts if part.id == key)
    lines = [_part_line(part), f"Goal: {part.goal}", "Topics in order:"]
    topics = contents.topics_of(part.id)
    lines += [f"{place}. {topic.title}: {topic.summary}" for place, topic in enumerate(topics, start=1)]
    notebooks = [f"{book.name} ({book.title})" for book in contents.notebooks if book.part_id == part.id]
    papers = [paper for paper in contents.papers if set(paper.topic_ids) & {topic.id for topic in topics}]
    lines += _section("Papers", [paper.reference() for paper in papers])
    lines += _section("Notebooks", notebooks)
    boxes = [box.title for box in contents.boxes if box.part_id == part.id and not box.is_part]
    lines += _section("Tracker", boxes)
    titles = [f"Part {other.number}: {other.title}" for other in contents.parts]
    lines.append(_neighbours(contents.parts.index(part), titles))
    return "\n".join(lines)


def _topic_text(contents: Contents, key: str) -> str:
    topic = next(topic for topic in contents.topics if topic.id == key)
    part = contents.part(topic.part_id)
    place = contents.topics.index(topic)
    lines = [
        f"{topic.title}. Topic {place + 1} of {len(contents.topics)}, in part {part.number}: {part.title} "
        f"({part.weeks_minimum}-{part.weeks_maximum} weeks for the part).",
        topic.summary,
        _neighbours(place, [other.title for other in contents.topics]),
    ]
    lines += _section("Builds on", [contents.topic(needed).title for needed in topic.prerequisite_ids])
    dependents = [other.title for other in contents.topics if topic.id in other.prerequisite_ids]
    lines += _section("Needed for", dependents)
    return "\n".join(lines + _material(contents, topic))


def _material(contents: Contents, topic: Topic) -> list[str]:
    key = topic.id
    notebooks = [f"{notebook.name} ({notebook.title})" for notebook in contents.notebooks_of(key)]
    projects = [f"{project.title}: {project.brief}" for project in contents.projects_of(key)]
    return [
        *_section("Papers", [_paper_line(paper) for paper in contents.papers_of(key)]),
        *_section("Study notes", [note.title for note in contents.notes_of(key)]),
        *_section("Resources", [_row_line(row) for row in contents.rows_of(key) if row.paper_id is None]),
        *_section("Notebooks", notebooks),
        *_section("Projects", projects),
        *_section("Gaps of the roadmap that we filled", [_gap_line(contents, gap) for gap in contents.gaps_of(key)]),
        *_section("Tracker", [box.title for box in contents.boxes_of(key)]),
    ]


def _neighbours(place: int, titles: list[str]) -> str:
    before = f"Before it: {titles[place - 1]}." if place else "Nothing comes before it."
    after = f"After it: {titles[place + 1]}." if place + 1 < len(titles) else "Nothing comes after it."
    return f"{before} {after}"


def _section(name: str, items: list[str]) -> list[str]:
    return [f"{name}:", *(f"- {item}" for item in items)] if items else []


def _paper_line(paper: Paper) -> str:
    ours = " [added by us, not in the roadmap]" if paper.origin == "ours" else ""
    return f"{paper.reference()}{ours}"


def _row_line(row: Row) -> str:
    line = f"{row.label()} ({row.status}: {row.remark})" if row.remark else row.label()
    if row.successor:
        line += f" Instead: {row.successor.title} <{row.successor.url}>"
    return f"{line} [study note {row.note_name}]" if row.note_name else line


def _gap_line(contents: Contents, gap: Gap) -> str:
    filled = [paper.title for paper in contents.papers if paper.id in gap.paper_ids]
    filled += [note.title for note in contents.notes if note.name in gap.note_names]
    filled += [*gap.notebook_names, *(f"project {number}" for number in gap.project_numbers)]
    filled += [f"{link.title} <{link.url}>" for link in gap.links]
    return f"{gap.missing} Filled by: {'; '.join(filled)}."


def _paper_text(contents: Contents, key: str) -> str:
    paper = next(paper for paper in contents.papers if paper.id == key)
    lines = [f"{_paper_line(paper)}.", f"Address: {paper.url}"]
    if paper.remark:
        lines.append(f"Remark: {paper.remark}")
    topics = [contents.topic(topic_id) for topic_id in paper.topic_ids]
    lines += _section("Read it for", [_topic_place(contents, topic) for topic in topics])
    notes = [note.title for note in contents.notes if paper.id in note.paper_ids]
    lines += _section("Study notes", notes)
    first: TopicId = topics[0].id
    together = [other.reference() for other in contents.papers_of(first) if other.id != paper.id]
    return "\n".join(lines + _section(f"Other papers on {topics[0].title}", together))


def _topic_place(contents: Contents, topic: Topic) -> str:
    part = contents.part(topic.part_id)
    return f"{topic.title} (part {part.number}: {part.title})"


def _list_text(contents: Contents, key: str) -> str:
    if key == "projects":
        items = [f"{item.number}. {item.title} ({item.level}): {item.brief}" for item in contents.projects]
    elif key == "notebooks":
        items = [f"{item.name}: {item.title}" for item in contents.notebooks]
    elif key == "key papers":
        items = [paper.reference() for paper in contents.papers if paper.origin == "roadmap"]
    elif key == "progress tracker":
        items = [box.title for box in contents.boxes]
    else:
        chosen = [link for link in contents.links if link.kind == _LINK_LISTS[key]]
        items = [_link_line(link) for link in chosen]
    return "\n".join(_section(key.capitalize(), items))


def _link_line(link: Link) -> str:
    line = f"{link.title}{f': {link.about}' if link.about else ''} <{link.url}>"
    if link.successor:
        line += f" ({link.status}: {link.remark}) Instead: {link.successor.title} <{link.successor.url}>"
    return line
