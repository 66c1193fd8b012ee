"""The doors of the equation catalogue: `load_equations`, `equations_of` and `find_equation`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from curriculum.curriculum import Curriculum
from curriculum.equation_lookup import EquationLookup
from curriculum.equation_values import Equation, EquationId, EquationOrigin, EquationPart, Reason, Symbol
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.model import PaperId, TopicId
from curriculum.tables import Entry, Faults, entries_of, read_toml
from errors import CurriculumError

FOLDER_NAME = "equations"


def load_equations(folder: Path | None = None) -> tuple[Equation, ...]:
    """The equations in `folder` (ours by default), paper by paper in the roadmap's order.

    Ours are read once per process.

    Raises:
        CurriculumError: its message lists all faults of the files.
    """
    return _ours() if folder is None else _read(folder)


def equations_of(paper_id: str) -> tuple[Equation, ...]:
    """The equations of one paper, in the order of its pages; none for a paper without."""
    return tuple(equation for equation in load_equations() if equation.paper_id == paper_id)


def find_equation(reference: str, paper: str = "") -> Equation:
    """The equation meant by an id, a name, or a number with its paper, as a learner would write it.

    Raises:
        ExerciseError: there is none, or more than one; the hint lists the nearest.
    """
    return _lookup().find(reference, paper)


@cache
def _ours() -> tuple[Equation, ...]:
    return _read(curriculum_folder() / FOLDER_NAME)


@cache
def _lookup() -> EquationLookup:
    return EquationLookup(_ours(), load_curriculum().papers)


def _read(folder: Path) -> tuple[Equation, ...]:
    curriculum = load_curriculum()
    faults = Faults()
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        faults.add(folder.name, "there is no file of equations")
    equations = [equation for path in paths for equation in _read_file(path, curriculum, faults)]
    _check_unique(equations, faults)
    if faults.messages:
        raise CurriculumError(
            "\n- ".join([f"The equations have {len(faults.messages)} faults:", *faults.messages]),
            hint=f"Mend the files in {folder}.",
        )
    order = {paper.id: place for place, paper in enumerate(curriculum.papers)}
    return tuple(sorted(equations, key=lambda equation: order[equation.paper_id]))


def _read_file(path: Path, curriculum: Curriculum, faults: Faults) -> list[Equation]:
    values = read_toml(path, faults)
    if values is None:
        return []
    top = Entry(path.name, values, faults)
    paper_id = top.text("paper")
    if paper_id and paper_id != path.stem:
        top.fault(f"`paper` is {paper_id!r}, but the file is named after {path.stem!r}")
    if paper_id and paper_id not in {paper.id for paper in curriculum.papers}:
        top.fault(f"there is no paper {paper_id!r}")
    known_topics = {topic.id for topic in curriculum.topics}
    equations = []
    for entry in entries_of(values.get("equation"), f"{path.name} equation", faults):
        equation = _parse(entry, PaperId(paper_id))
        entry.close()
        for topic_id in equation.topic_ids:
            if topic_id not in known_topics:
                entry.fault(f"there is no topic {topic_id!r}")
        equations.append(equation)
    Entry(path.name, {key: None for key in values if key not in ("paper", "equation")}, faults).close()
    return equations


def _parse(entry: Entry, paper_id: PaperId) -> Equation:
    origin = cast(EquationOrigin, entry.choice("origin", ("paper", "derived")))
    why = entry.text("why", "")
    if (origin == "derived") != bool(why.strip()):
        entry.fault("must say in `why` how it follows from the paper if, and only if, its `origin` is derived")
    return Equation(
        id=EquationId(entry.text("id")),
        paper_id=paper_id,
        number=entry.text("number", ""),
        name=entry.text("name"),
        aliases=entry.texts("aliases"),
        page=_page(entry),
        section=entry.text("section"),
        origin=origin,
        why=why,
        latex=entry.text("latex").strip(),
        shows=entry.text("shows"),
        check=_check_code(entry),
        symbols=tuple(_parse_symbol(item) for item in entry.entries("symbol")),
        parts=tuple(_parse_part(item) for item in entry.entries("part")),
        reasons=tuple(_parse_reason(item) for item in entry.entries("reason")),
        topic_ids=tuple(TopicId(topic) for topic in entry.texts("topics", required=True)),
    )


def _parse_symbol(entry: Entry) -> Symbol:
    symbol = Symbol(
        latex=entry.text("latex").strip(),
        name=entry.text("name"),
        shape=entry.text("shape", ""),
        meaning=entry.text("meaning"),
        domain=entry.text("domain", ""),
        unit=entry.text("unit", ""),
    )
    entry.close()
    return symbol


def _parse_part(entry: Entry) -> EquationPart:
    part = EquationPart(latex=entry.text("latex").strip(), does=entry.text("does"))
    entry.close()
    return part


def _parse_reason(entry: Entry) -> Reason:
    reason = Reason(text=entry.text("text"), quote=entry.text("quote", ""), page=_page(entry))
    if bool(reason.quote.strip()) != (reason.page > 0):
        entry.fault("must have both a `quote` and the `page` it stands on, or neither (page = 0)")
    entry.close()
    return reason


def _page(entry: Entry) -> int:
    page = entry.number("page")
    if page < 0:
        entry.fault(f"`page` must be a physical page number, or 0 when it is not known, not {page}")
    return page


def _check_code(entry: Entry) -> str:
    code = entry.text("check").strip()
    try:
        compile(code, "<check>", "exec")
    except (SyntaxError, ValueError) as error:
        entry.fault(f"`check` is not Python: {error}")
    if code and "assert " not in code:
        entry.fault("`check` has no assert statement, so it could never fail")
    return code + "\n"


def _check_unique(equations: list[Equation], faults: Faults) -> None:
    seen: set[tuple[str, str]] = set()
    for equation in equations:
        names = [("id", equation.id), *(("name", name) for name in equation.names)]
        names += [(f"number in {equation.paper_id}", equation.number)] if equation.number else []
        for what, value in names:
            key = (what, value.casefold())
            if value and key in seen:
                faults.add(f"equation {what}", f"{value!r} is used more than once")
            seen.add(key)
        for what, values in (("symbol", equation.symbols), ("part", equation.parts), ("reason", equation.reasons)):
            if not values:
                faults.add(f"equation {equation.id}", f"has no {what}")
