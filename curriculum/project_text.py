"""The doors of the projects: `load_projects`, `project_guide`. One folder a project, named after number and title."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from curriculum.curriculum import Curriculum
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.model import Project
from curriculum.project_values import SECTIONS, Mistake, ProjectCheck, ProjectGuide
from curriculum.tables import Faults, entries_of, read_toml
from errors import CurriculumError

FOLDER_NAME = "projects"
BRIEF_WORDS = (300, 700)
MILESTONE_COUNTS = (4, 6)
CHECK_COUNTS = (5, 9)
LEAST_MISTAKES = 3

_REFERENCES = re.compile(r"(?P<paper>\b\d{4}\.\d{5}\b)|(?P<note>\b\d\d-[a-z][a-z0-9-]+)|(?P<lesson>\b\d\d_[a-z_0-9]+)")


def load_projects(folder: Path | None = None) -> tuple[ProjectGuide, ...]:
    """The guides in `folder` (ours by default) of all projects of the roadmap, in its order.

    Raises:
        CurriculumError: its message lists all faults of the files.
    """
    place = folder or curriculum_folder() / FOLDER_NAME
    curriculum = load_curriculum()
    faults = Faults()
    guides = [guide for project in curriculum.projects if (guide := _read(project, place, curriculum, faults))]
    known = {guide.path for guide in guides}
    for path in sorted(place.glob("*")):
        numbered = re.match(r"\d\d_", path.name)
        if numbered and int(path.name[:2]) not in {project.number for project in curriculum.projects}:
            faults.add(path.name, "the roadmap has no project of this number")
        elif numbered and path not in known and any(guide.number == int(path.name[:2]) for guide in guides):
            faults.add(path.name, "there are two folders of this number")
    _raise(faults, place)
    return tuple(guides)


def project_guide(project: Project, folder: Path | None = None) -> ProjectGuide:
    """The guide of one project, whatever the state of the others.

    Raises:
        CurriculumError: its message lists all faults of the project's files.
    """
    place = folder or curriculum_folder() / FOLDER_NAME
    faults = Faults()
    guide = _read(project, place, load_curriculum(), faults)
    _raise(faults, place)
    if guide is None:
        raise AssertionError("a project without a guide has faults")
    return guide


def project_name(project: Project, folder: Path | None = None) -> str:
    """The name of the project's folder, e.g. "04_rag_system"; empty when there is none."""
    path = _folder_of(project, folder or curriculum_folder() / FOLDER_NAME)
    return path.name if path else ""


def _folder_of(project: Project, place: Path) -> Path | None:
    return next(iter(sorted(place.glob(f"{project.number:02}_*"))), None)


def _raise(faults: Faults, place: Path) -> None:
    if faults.messages:
        count = len(faults.messages)
        start = f"The projects have {count} fault{'' if count == 1 else 's'}:"
        raise CurriculumError("\n- ".join([start, *faults.messages]), hint=f"Mend the files in {place}.")


def _read(project: Project, place: Path, curriculum: Curriculum, faults: Faults) -> ProjectGuide | None:
    path = _folder_of(project, place)
    if path is None:
        faults.add(f"{FOLDER_NAME} {project.number}", f"there is no folder for {project.title!r}")
        return None
    brief = _text(path / "brief.md", faults)
    checks = _checks(path / "check.py", faults)
    guide = ProjectGuide(
        number=project.number,
        name=path.name,
        title=project.title,
        path=path,
        brief=brief,
        sections=_sections(brief),
        files=_python_files(path / "starter"),
        checks=checks,
        mistakes=_mistakes(path / "mistakes.toml", faults),
    )
    if brief:
        _check_brief(guide, curriculum, faults)
    _check_code(guide, faults)
    return guide


def _text(path: Path, faults: Faults) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.add(f"{path.parent.name}/{path.name}", "the file is missing")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(f"{path.parent.name}/{path.name}", f"cannot be read: {error}")
    return ""


def _python_files(folder: Path) -> tuple[str, ...]:
    paths = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    return tuple(path.relative_to(folder).as_posix() for path in paths)


def _sections(brief: str) -> tuple[tuple[str, str], ...]:
    pieces = re.split(r"^## (.+)$", brief, flags=re.M)[1:]
    return tuple((title.strip(), text.strip()) for title, text in zip(pieces[::2], pieces[1::2], strict=True))


def _checks(path: Path, faults: Faults) -> tuple[ProjectCheck, ...]:
    """The checks in the order of the file, read without running it."""
    where = f"{path.parent.name}/{path.name}"
    try:
        tree = ast.parse(_text(path, faults))
    except SyntaxError as error:
        faults.add(where, f"is not Python: {error}")
        return ()
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")]
    for function in functions:
        if [argument.arg for argument in function.args.args] != ["project"]:
            faults.add(where, f"{function.name} must take one argument, `project`")
        if "\n" in (ast.get_docstring(function) or "\n"):
            faults.add(where, f"{function.name} must have a docstring of one line, its title")
    return tuple(ProjectCheck(one.name, (ast.get_docstring(one) or one.name).rstrip(".")) for one in functions)


def _mistakes(path: Path, faults: Faults) -> tuple[Mistake, ...]:
    own = Faults()
    values = read_toml(path, own) or {}
    mistakes = []
    for entry in entries_of(values.get("mistake", []), f"{path.name} mistake", own):
        file, old, new = entry.text("file"), entry.text("old"), entry.text("new", "")
        mistakes.append(Mistake(file, old, new, entry.text("check"), entry.text("says")))
        entry.close()
    for message in own.messages:
        faults.add(path.parent.name, message)
    return tuple(mistakes)


def _check_brief(guide: ProjectGuide, curriculum: Curriculum, faults: Faults) -> None:
    where = f"{guide.name}/brief.md"
    heading = f"# {guide.number}. {guide.title}"
    if re.findall(r"^# .+$", guide.brief, re.M) != [heading]:
        faults.add(where, f"must have one heading of the first level, {heading!r}")
    titles = tuple(title for title, _ in guide.sections)
    if titles != SECTIONS:
        faults.add(where, f"its sections must be {', '.join(SECTIONS)}; they are {', '.join(titles) or 'none'}")
        return
    sections = dict(guide.sections)
    faults_of_lists = {
        "Milestones": _count_fault(re.findall(r"^(\d+)\. ", sections["Milestones"], re.M), MILESTONE_COUNTS),
        "What is checked": _bullet_fault(sections["What is checked"], guide.checks),
    }
    for title, fault in faults_of_lists.items():
        if fault:
            faults.add(where, f"{title!r} {fault}")
    least, most = BRIEF_WORDS
    if not least <= len(guide.brief.split()) <= most:
        faults.add(where, f"must have {least} to {most} words, not {len(guide.brief.split())}")
    if "://" in guide.brief:
        faults.add(where, "must name no address")
    for fault in _reference_faults(guide.brief, curriculum):
        faults.add(where, fault)


def _count_fault(numbers: Sequence[str], counts: tuple[int, int]) -> str:
    least, most = counts
    if numbers == [str(number) for number in range(1, len(numbers) + 1)] and least <= len(numbers) <= most:
        return ""
    return f"must be {least} to {most} points, numbered from 1, not {', '.join(numbers) or 'none'}"


def _bullet_fault(text: str, checks: Sequence[ProjectCheck]) -> str:
    bullets = len(re.findall(r"^- ", text, re.M))
    return "" if bullets == len(checks) else f"must have one bullet for each of {len(checks)} checks, not {bullets}"


def _reference_faults(brief: str, curriculum: Curriculum) -> list[str]:
    known = {
        "paper": {str(paper.id) for paper in curriculum.papers},
        "note": {note.name for note in curriculum.notes},
        "lesson": {notebook.name for notebook in curriculum.notebooks},
    }
    found = [(str(match.lastgroup), match[0]) for match in _REFERENCES.finditer(brief)]
    return [f"there is no {kind} {name!r}" for kind, name in dict.fromkeys(found) if name not in known[kind]]


def _check_code(guide: ProjectGuide, faults: Faults) -> None:
    if not guide.files:
        faults.add(f"{guide.name}/starter", "has no Python file")
    solved = _python_files(guide.solution)
    if solved != guide.files:
        faults.add(f"{guide.name}/solution", f"must have the files of starter, {', '.join(guide.files)}")
    if not any("NotImplementedError" in _text(guide.starter / name, faults) for name in guide.files):
        faults.add(f"{guide.name}/starter", "leaves nothing to write: NotImplementedError is nowhere raised")
    least, most = CHECK_COUNTS
    if not least <= len(guide.checks) <= most:
        faults.add(f"{guide.name}/check.py", f"must have {least} to {most} checks, not {len(guide.checks)}")
    where = f"{guide.name}/mistakes.toml"
    if len(guide.mistakes) < LEAST_MISTAKES:
        faults.add(where, f"must have at least {LEAST_MISTAKES} mistakes, not {len(guide.mistakes)}")
    for number, mistake in enumerate(guide.mistakes, start=1):
        for fault in _mistake_faults(guide, mistake, faults):
            faults.add(f"{where} mistake {number}", fault)


def _mistake_faults(guide: ProjectGuide, mistake: Mistake, faults: Faults) -> list[str]:
    found = []
    if mistake.file not in guide.files:
        found.append(f"there is no file {mistake.file!r}")
    elif mistake.old and (count := _text(guide.solution / mistake.file, faults).count(mistake.old)) != 1:
        found.append(f"`old` must stand once in {mistake.file}, not {count} times")
    if mistake.old == mistake.new:
        found.append("`new` must differ from `old`")
    if mistake.check not in {check.name for check in guide.checks}:
        found.append(f"there is no check {mistake.check!r}")
    try:
        re.compile(mistake.says)
    except re.error as error:
        found.append(f"`says` is not a regular expression: {error}")
    return found
