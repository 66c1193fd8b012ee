"""From TOML tables to curriculum values, one function a kind. References are checked elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from curriculum.model import (
    Box,
    Gap,
    Level,
    Link,
    LinkKind,
    Notebook,
    Origin,
    Paper,
    PaperId,
    Part,
    PartId,
    Project,
    Row,
    Status,
    Successor,
    Table,
    Topic,
    TopicId,
)
from curriculum.tables import Entry

ARXIV_ID = re.compile(r"(\d{2})(\d{2})\.\d{4,5}")
"""New-style arXiv id: year, month, number."""

_STATUSES = ("current", "moved", "deprecated", "stale", "weak", "no-link")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_LEVELS = ("beginner", "intermediate", "advanced")
_LINK_KINDS = ("book", "course", "channel", "community", "repository")


def parse_part(entry: Entry) -> Part:
    """The part an entry describes."""
    minimum, maximum = entry.numbers("weeks", count=2)
    if not 0 < minimum <= maximum and (minimum, maximum) != (0, 0):
        entry.fault(f"`weeks` must be a range such as [2, 4], not [{minimum}, {maximum}]")
    return Part(
        id=PartId(entry.text("id")),
        number=entry.number("number"),
        title=entry.text("title"),
        weeks_minimum=minimum,
        weeks_maximum=maximum,
        goal=entry.text("goal"),
        keywords=entry.texts("keywords"),
    )


def parse_topic(entry: Entry) -> Topic:
    """The topic an entry describes."""
    return Topic(
        id=TopicId(entry.text("id")),
        part_id=PartId(entry.text("part")),
        title=entry.text("title"),
        summary=entry.text("summary"),
        keywords=entry.texts("keywords"),
        prerequisite_ids=_topics(entry, "prerequisites"),
    )


def parse_paper(entry: Entry) -> Paper:
    """The paper an entry describes; its id says whether it is on arXiv."""
    paper_id = entry.text("id")
    year = entry.number("year")
    match = ARXIV_ID.fullmatch(paper_id)
    if match and year and year != 2000 + int(match[1]):
        entry.fault(f"`year` is {year}, but arXiv {paper_id} is of {2000 + int(match[1])}")
    url = f"https://arxiv.org/abs/{paper_id}" if match else entry.text("url")
    return Paper(
        id=PaperId(paper_id),
        title=entry.text("title"),
        authors=entry.text("authors"),
        year=year,
        arxiv_id=paper_id if match else None,
        url=_checked_url(entry, url),
        aliases=entry.texts("aliases"),
        topic_ids=_topics(entry, "topics", required=True),
        prerequisite_ids=tuple(PaperId(item) for item in entry.texts("prerequisites")),
        origin=cast(Origin, entry.choice("origin", ("roadmap", "ours"), "roadmap")),
        remark=entry.text("remark", ""),
    )


def parse_table(entry: Entry, papers: Mapping[PaperId, Paper]) -> Table:
    """The resource table an entry describes; rows about a paper inherit that paper's topics."""
    columns = entry.texts("columns", required=True)
    rows = []
    for row in entry.entries("rows"):
        rows.append(_parse_row(row, len(columns), papers))
        row.close()
    part = entry.text("part", "")
    return Table(
        section=entry.text("section"),
        title=entry.text("title"),
        part_id=PartId(part) if part else None,
        columns=columns,
        rows=tuple(rows),
    )


def _parse_row(entry: Entry, column_count: int, papers: Mapping[PaperId, Paper]) -> Row:
    cells = entry.texts("cells", required=True)
    if len(cells) != column_count:
        entry.fault(f"has {len(cells)} cells for {column_count} columns")
    paper = entry.text("paper", "")
    topics = _topics(entry, "topics")
    if not topics and not paper:
        entry.fault("names neither a topic nor a paper")
    if not topics and PaperId(paper) in papers:
        topics = papers[PaperId(paper)].topic_ids
    url = entry.text("url", "")
    note = entry.text("note", "")
    status, remark, successor = _status(entry, note)
    if bool(url) == (status == "no-link") and status != "stale":
        entry.fault("must have either a `url` or the status no-link")
    return Row(
        cells=cells,
        url=_checked_url(entry, url),
        paper_id=PaperId(paper) if paper else None,
        topic_ids=topics,
        status=status,
        remark=remark,
        successor=successor,
        note_name=note,
    )


def parse_notebook(entry: Entry) -> Notebook:
    """The notebook an entry describes."""
    return Notebook(
        number=entry.number("number"),
        name=entry.text("name"),
        title=entry.text("title"),
        part_id=PartId(entry.text("part")),
        topic_ids=_topics(entry, "topics", required=True),
    )


def parse_project(entry: Entry) -> Project:
    """The project an entry describes."""
    return Project(
        number=entry.number("number"),
        title=entry.text("title"),
        level=cast(Level, entry.choice("level", _LEVELS)),
        brief=entry.text("brief"),
        topic_ids=_topics(entry, "topics", required=True),
    )


def parse_box(entry: Entry) -> Box:
    """The tracker box an entry describes; a part's box has no topics of its own."""
    is_part = entry.flag("is_part")
    return Box(
        id=entry.text("id"),
        title=entry.text("title"),
        part_id=PartId(entry.text("part")),
        is_part=is_part,
        topic_ids=_topics(entry, "topics", required=not is_part),
    )


def parse_link(entry: Entry) -> Link:
    """The book, course, channel, community or repository an entry describes."""
    status, remark, successor = _status(entry)
    return Link(
        kind=cast(LinkKind, entry.choice("kind", _LINK_KINDS)),
        title=entry.text("title"),
        url=_checked_url(entry, entry.text("url")),
        about=entry.text("about", ""),
        status=status,
        remark=remark,
        successor=successor,
    )


def parse_gap(entry: Entry) -> Gap:
    """The gap of the roadmap an entry describes, and what fills it."""
    gap = Gap(
        id=entry.text("id"),
        missing=entry.text("missing"),
        topic_ids=_topics(entry, "topics", required=True),
        paper_ids=tuple(PaperId(item) for item in entry.texts("papers")),
        note_names=entry.texts("notes"),
        notebook_names=entry.texts("notebooks"),
        project_numbers=entry.integers("projects"),
        links=tuple(_page(item) for item in entry.entries("links", required=False)),
    )
    if not (gap.paper_ids or gap.note_names or gap.notebook_names or gap.project_numbers or gap.links):
        entry.fault("says what is missing and nothing that fills it")
    return gap


def _topics(entry: Entry, key: str, *, required: bool = False) -> tuple[TopicId, ...]:
    return tuple(TopicId(item) for item in entry.texts(key, required=required))


def _status(entry: Entry, note: str = "") -> tuple[Status, str, Successor | None]:
    status = entry.choice("status", _STATUSES, "current")
    remark = entry.text("remark", "")
    successor = next((_page(item) for item in entry.table("successor")), None)
    if status not in ("current", "no-link"):
        if not remark:
            entry.fault(f"is {status}, so `remark` must say what a learner should do")
        if successor is None and not note:
            entry.fault(f"is {status}, so it must name a `successor` or a `note`")
    elif successor is not None:
        entry.fault(f"is {status}, so it can have no `successor`")
    return cast(Status, status), remark, successor


def _page(entry: Entry) -> Successor:
    page = Successor(title=entry.text("title"), url=_checked_url(entry, entry.text("url")))
    entry.close()
    return page


def _checked_url(entry: Entry, url: str) -> str:
    if url and not is_web_address(url):
        entry.fault(f"`url` is not a web address: {url!r}")
    return url


def is_web_address(url: str) -> bool:
    """Whether it is a page of the web: http or https, a host name with a dot, no user, port, space or odd sign."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' <>"\\`{}|^'):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and parts.username is None
        and port is None
        and _HOST.fullmatch(parts.hostname or "") is not None
        and ".." not in parts.path
    )
