"""The doors of the study sheets: `load_sheets` and `sheet_of`. One sheet a paper, named after the paper's id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from curriculum.equation_values import EquationId
from curriculum.equations import load_equations
from curriculum.front_matter import read_entry
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.model import Paper, PaperId
from curriculum.tables import Faults
from errors import CurriculumError

FOLDER_NAME = "sheets"
SECTIONS = (
    "The problem",
    "The idea in three sentences",
    "Key equations",
    "What to read",
    "What to skip",
    "Common misconceptions",
    "Questions to be able to answer",
    "What came after",
)
"""The titles of every sheet's sections, in this order."""

UNSTAGED_NOTICE = "Not checked against the PDF yet; numbers are from memory and marked (unverified)."
"""Stands in a sheet whose paper we did not have as a complete PDF when the sheet was written."""

SENTENCE_COUNT, MISCONCEPTION_COUNT, QUESTION_COUNT = 3, 3, 5
MISCONCEPTION = re.compile(r"- It is a misconception that [^:]+: .+")

_EQUATION_LINE = re.compile(r"\{\{equation: ([\w.-]+)\}\}")
_NUMBERED = re.compile(r"(\d+)\. (.+)")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a sheet, in Markdown."""

    title: str
    text: str
    equation_ids: tuple[EquationId, ...]
    """Equations of the catalogue that a line `{{equation: id}}` of the text asks to show there."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to know of one paper before, while and after reading it."""

    paper_id: PaperId
    title: str
    staged: bool
    """Whether its statements were looked up in the complete PDF of the paper."""
    sections: tuple[Section, ...]
    path: Path

    @property
    def equation_ids(self) -> tuple[EquationId, ...]:
        """The equations of the catalogue that the sheet shows, in its order."""
        return tuple(equation_id for section in self.sections for equation_id in section.equation_ids)

    def section(self, title: str) -> Section:
        """The section with this title; KeyError when no sheet has it."""
        return {section.title: section for section in self.sections}[title]


def load_sheets(folder: Path | None = None) -> tuple[Sheet, ...]:
    """The sheets in `folder` (ours by default), in the order of the papers.

    Ours are read once per process.

    Raises:
        CurriculumError: its message lists all faults of the files.
    """
    return _ours() if folder is None else _read(folder)


def sheet_of(paper_id: str) -> Sheet | None:
    """The sheet of one paper, None for a paper that has none."""
    return next((sheet for sheet in load_sheets() if sheet.paper_id == paper_id), None)


@cache
def _ours() -> tuple[Sheet, ...]:
    return _read(curriculum_folder() / FOLDER_NAME)


def _read(folder: Path) -> tuple[Sheet, ...]:
    papers = {paper.id: paper for paper in load_curriculum().papers}
    known_equations = {equation.id for equation in load_equations()}
    faults = Faults()
    paths = sorted(folder.glob("*.md"))
    if not paths:
        faults.add(folder.name, "there is no sheet")
    sheets = [sheet for path in paths if (sheet := _read_sheet(path, papers, faults))]
    for sheet in sheets:
        _check_body(sheet, known_equations, faults)
    if faults.messages:
        raise CurriculumError(
            "\n- ".join([f"The study sheets have {len(faults.messages)} faults:", *faults.messages]),
            hint=f"Mend the files in {folder}.",
        )
    order = {paper_id: place for place, paper_id in enumerate(papers)}
    return tuple(sorted(sheets, key=lambda sheet: order[sheet.paper_id]))


def _read_sheet(path: Path, papers: Mapping[PaperId, Paper], faults: Faults) -> Sheet | None:
    if (found := read_entry(path, f"{FOLDER_NAME}/{path.name}", faults)) is None:
        return None
    entry, body = found
    paper_id, title = PaperId(entry.text("paper")), entry.text("title")
    staged = entry.choice("staged", ("true", "false")) == "true"
    entry.close()
    if paper_id and paper_id != path.stem:
        entry.fault(f"`paper` is {paper_id!r}, but the file is named after {path.stem!r}")
    paper = papers.get(paper_id)
    if paper_id and paper is None:
        entry.fault(f"there is no paper {paper_id!r}")
    if paper and title and title != paper.title:
        entry.fault(f"`title` is {title!r}, but the paper's is {paper.title!r}")
    headings = re.findall(r"^# (.+)$", body, re.M)
    if headings != [title]:
        entry.fault(f"must have one heading of the first level, its title, not {headings}")
    if staged == (UNSTAGED_NOTICE in body):
        entry.fault(f"must say {UNSTAGED_NOTICE!r} if, and only if, `staged` is false")
    return Sheet(paper_id=paper_id, title=title, staged=staged, sections=_sections(body), path=path)


def _sections(body: str) -> tuple[Section, ...]:
    pieces = re.split(r"^## (.+)$", body, flags=re.M)[1:]
    return tuple(
        Section(
            title=title.strip(),
            text=text.strip(),
            equation_ids=tuple(
                EquationId(match[1]) for line in text.splitlines() if (match := _EQUATION_LINE.fullmatch(line))
            ),
        )
        for title, text in zip(pieces[::2], pieces[1::2], strict=True)
    )


def _check_body(sheet: Sheet, known_equations: set[EquationId], faults: Faults) -> None:
    where = f"{FOLDER_NAME}/{sheet.path.name}"
    titles = tuple(section.title for section in sheet.sections)
    if titles != SECTIONS:
        faults.add(where, f"its sections must be {', '.join(SECTIONS)}; they are {', '.join(titles) or 'none'}")
        return
    for section in sheet.sections:
        if not section.text:
            faults.add(where, f"the section {section.title!r} is empty")
        for line in section.text.splitlines():
            if "{{equation" in line and not _EQUATION_LINE.fullmatch(line):
                faults.add(where, f"a line that shows an equation must be `{{{{equation: id}}}}`, not {line!r}")
    for equation_id in sheet.equation_ids:
        if equation_id not in known_equations:
            faults.add(where, f"there is no equation {equation_id!r}")
    for title, count in ((SECTIONS[1], SENTENCE_COUNT), (SECTIONS[6], QUESTION_COUNT)):
        _check_numbered(where, sheet.section(title), count, faults)
    bullets = sheet.section(SECTIONS[5]).text.splitlines()
    if len(bullets) != MISCONCEPTION_COUNT or not all(map(MISCONCEPTION.fullmatch, bullets)):
        faults.add(where, f"must have {MISCONCEPTION_COUNT} lines `- It is a misconception that …: …`")


def _check_numbered(where: str, section: Section, count: int, faults: Faults) -> None:
    """Fault a list that is not numbered 1 to `count`, or a question that does not end as one."""
    matches = [_NUMBERED.fullmatch(line) for line in section.text.splitlines()]
    if [match[1] if match else "" for match in matches] != [str(number) for number in range(1, count + 1)]:
        faults.add(where, f"{section.title!r} must be {count} lines, numbered from 1")
        return
    if section.title.startswith("Questions") and not all(match and match[2].endswith("?") for match in matches):
        faults.add(where, f"each of {section.title!r} must end with a question mark")
