"""The study sheets: their shape, their quotes in the real papers, and the faults their loader names."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from broken_curriculum import change, faults_of
from page_receipts import MOST_CHARACTERS, PAPERS, beginnings, not_found, receipts

from curriculum.equations import equations_of, load_equations
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.sheets import SECTIONS, UNSTAGED_NOTICE, Sheet, load_sheets, sheet_of
from ui.formula import formula_html

LEAST_WORDS, MOST_WORDS = 350, 700
LEAST_QUOTES = 6
NAMES_WITH_DIGITS = r"\b(?:[Ll]lama|Claude|GPT-) ?\d(?:\.5)?\b|Mistral 7B|arXiv \d{4}\.\d{5}"
"""Of models and papers; a digit elsewhere tells a number."""
NUMBER = (
    r"\d|\b(?:eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)\b"
    r"|\b(?:thousand|[mbtr]+illion)"
)
SHEETS = load_sheets()
STAGED = [sheet for sheet in SHEETS if sheet.staged]
each_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.paper_id)
each_staged = pytest.mark.parametrize("sheet", STAGED, ids=lambda sheet: sheet.paper_id)
needs_papers = pytest.mark.skipif(not PAPERS.is_dir(), reason="the papers are not staged beside the project")


def body_of(sheet: Sheet) -> str:
    return sheet.path.read_text(encoding="utf-8").split("---", 2)[2]


def prose(sheet: Sheet) -> str:
    """What a learner reads as our text: no references, formulas, tables or headings."""
    text = re.sub(r'\[[^\]"]*"[^"]*"\]', " ", body_of(sheet))
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", text, flags=re.S)
    return "\n".join(line for line in text.splitlines() if not line.startswith(("|", "#", "{{")))


@each_sheet
def test_length(sheet: Sheet) -> None:
    words = len(re.findall(r"[A-Za-z][\w'-]*", prose(sheet)))
    assert LEAST_WORDS <= words <= MOST_WORDS, words


@each_sheet
def test_a_sheet_has_the_sections_and_nothing_is_fetched(sheet: Sheet) -> None:
    assert tuple(section.title for section in sheet.sections) == SECTIONS
    assert "http" not in body_of(sheet)
    assert "![" not in body_of(sheet)
    assert not re.search(r"</?[a-z]+[ >]", body_of(sheet))


@each_sheet
def test_equations_are_of_the_catalogue_or_have_a_symbol_table(sheet: Sheet) -> None:
    known = {equation.id for equation in load_equations()}
    assert set(sheet.equation_ids) <= known
    section = sheet.section("Key equations")
    if equations_of(sheet.paper_id):
        own = {equation.id for equation in equations_of(sheet.paper_id)}
        assert own & set(section.equation_ids), "shows none of the paper's own equations"
    else:
        assert "$$" in section.text
        assert "| symbol |" in section.text


@each_sheet
def test_formulas_are_closed(sheet: Sheet) -> None:
    text = body_of(sheet)
    assert text.count("$$") % 2 == 0
    for line in re.sub(r"\$\$.*?\$\$", " ", text, flags=re.S).splitlines():
        assert line.count("$") % 2 == 0, line


@each_sheet
def test_every_formula_can_be_drawn(sheet: Sheet) -> None:
    for display, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", body_of(sheet), flags=re.S):
        drawn = formula_html(display or inline, display=bool(display))
        assert drawn.startswith("<math"), display or inline
        assert "\\" not in re.sub(r"<m[on][^>]*>.</m[on]>", "", drawn), display or inline


@each_sheet
def test_each_reference_is_well_formed_and_names_a_known_paper(sheet: Sheet) -> None:
    found = receipts(sheet.path)
    assert len(found) == beginnings(sheet.path)
    assert {receipt.paper for receipt in found} <= {paper.id for paper in load_curriculum().papers}
    assert all(len(receipt.quote) <= MOST_CHARACTERS for receipt in found), "quotes stay short"


@each_staged
def test_a_staged_sheet_quotes_its_own_paper_where_it_tells_what_the_paper_does(sheet: Sheet) -> None:
    own = [receipt for receipt in receipts(sheet.path) if receipt.paper == sheet.paper_id]
    assert len({receipt.quote for receipt in own}) >= LEAST_QUOTES
    assert len({receipt.page for receipt in own}) >= 3, "the quotes stand on fewer than three pages"
    for line in sheet.section("The idea in three sentences").text.splitlines():
        assert f"[{sheet.paper_id}, p. " in line, line


@needs_papers
@each_staged
def test_each_quote_is_on_its_page(sheet: Sheet) -> None:
    missing = not_found(receipts(sheet.path))
    assert not missing, "\n".join(missing)


@needs_papers
@each_sheet
def test_a_sheet_is_called_staged_when_the_whole_paper_is(sheet: Sheet) -> None:
    assert sheet.staged == (PAPERS / f"{sheet.paper_id}.pdf").is_file()


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if not sheet.staged], ids=lambda sheet: sheet.paper_id)
def test_numbers_of_a_paper_that_is_not_staged_are_marked(sheet: Sheet) -> None:
    for line in prose(sheet).splitlines():
        own_words = re.sub(rf"^\d\. |{NAMES_WITH_DIGITS}", "", line)
        assert not re.search(NUMBER, own_words) or "(unverified)" in line, line


def test_every_paper_has_a_sheet() -> None:
    assert [sheet.paper_id for sheet in SHEETS] == [paper.id for paper in load_curriculum().papers]


def test_sheets_stand_in_the_order_of_the_papers_and_are_found_by_id() -> None:
    order = [paper.id for paper in load_curriculum().papers]
    places = [order.index(sheet.paper_id) for sheet in SHEETS]
    assert places == sorted(set(places))
    assert sheet_of("1706.03762") == SHEETS[0]
    assert sheet_of("0000.00000") is None


# Broken files


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(curriculum_folder() / "sheets", tmp_path / "sheets"))


def test_an_unbroken_copy_loads(copy: Path) -> None:
    assert [sheet.sections for sheet in load_sheets(copy)] == [sheet.sections for sheet in SHEETS]


def test_all_faults_are_reported_at_once(copy: Path) -> None:
    sheet = copy / "1706.03762.md"
    shutil.copy(sheet, copy / "1706.00000.md")
    change(sheet, "{{equation: attention-scaled-dot-product}}", "{{equation: attention-by-magic}}")
    change(sheet, "{{equation: attention-multi-head}}", "{{equation attention-multi-head}}")
    change(sheet, "staged: true", "staged: maybe\ncolour: red")
    change(sheet, "\n2. ", "\n4. ")
    change(sheet, "\n- It is a misconception that ", "\n- Some think that ")
    change(sheet, "?\n2. ", ".\n2. ")
    text = faults_of(load_sheets, copy)
    for expected in (
        "there is no equation 'attention-by-magic'",
        "must be `{{equation: id}}`, not '{{equation attention-multi-head}}'",
        "`staged` is 'maybe'; allowed are true, false",
        "`colour` is not a known key",
        "'The idea in three sentences' must be 3 lines, numbered from 1",
        "must have 3 lines `- It is a misconception that …: …`",
        "each of 'Questions to be able to answer' must end with a question mark",
        "`paper` is '1706.03762', but the file is named after '1706.00000'",
    ):
        assert expected in text, f"{expected}\nis not in\n{text}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("## What to skip", "## What to leave", "its sections must be The problem"),
        ("paper: 1706.03762", "paper: 1706.99999", "there is no paper '1706.99999'"),
        ("title: Attention", "title: Inattention", "but the paper's is 'Attention Is All You Need'"),
        ("staged: true", "staged: false", UNSTAGED_NOTICE),
        ("## What to skip", "# Another title\n\n## What to skip", "must have one heading of the first level"),
        ("paper: 1706.03762\n", "", "`paper` is missing"),
        ("---\npaper", "paper", "has no front matter"),
        ("{{equation: attention-multi-head}}", "{{equation: attention-multi-head}}.", "a line that shows an equation"),
    ],
)
def test_a_fault_is_named(copy: Path, old: str, new: str, expected: str) -> None:
    change(copy / "1706.03762.md", old, new)
    assert expected in faults_of(load_sheets, copy)


def test_an_empty_section_is_a_fault(copy: Path) -> None:
    path = copy / "1706.03762.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(## What to skip\n).*?(?=## )", r"\1\n", text, flags=re.S), encoding="utf-8")
    assert "the section 'What to skip' is empty" in faults_of(load_sheets, copy)


def test_a_folder_without_sheets_is_a_fault(tmp_path: Path) -> None:
    assert "there is no sheet" in faults_of(load_sheets, tmp_path)
