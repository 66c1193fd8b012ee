"""The equation catalogue: its data, its quotes in the real papers, and the faults its loader names."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from broken_curriculum import change, faults_of

from curriculum.equation_values import Equation
from curriculum.equations import equations_of, load_equations
from curriculum.load import curriculum_folder, load_curriculum
from ingestion.displayed_equations import displayed_equations
from ingestion.pdf_process import PdfProcess
from ui.formula import formula_html

EQUATIONS = load_equations()
BY_ID = {equation.id: equation for equation in EQUATIONS}


@pytest.fixture(scope="module")
def pages(papers):
    """The pages of every staged paper that has equations, by paper and physical page number."""
    with PdfProcess() as process:
        found = {}
        for paper_id in {equation.paper_id for equation in EQUATIONS}:
            path = papers / f"{paper_id}.pdf"
            if path.is_file():
                found[paper_id] = {page.number: page for page in process.read(path).pages}
        return found


def test_there_are_at_least_forty_equations_of_papers_of_the_roadmap():
    roadmap = {paper.id for paper in load_curriculum().papers if paper.origin == "roadmap"}
    assert len([equation for equation in EQUATIONS if equation.paper_id in roadmap]) >= 40
    own = Counter(equation.paper_id for equation in EQUATIONS)
    for paper_id, fewest in {"1706.03762": 9, "2106.09685": 6, "2305.18290": 8, "1810.04805": 5, "gpt": 5}.items():
        assert own[paper_id] >= fewest


def test_names_are_unique_and_equations_stand_in_the_order_of_the_roadmap():
    names = [name.casefold() for equation in EQUATIONS for name in equation.names]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len(BY_ID) == len(EQUATIONS)
    order = [paper.id for paper in load_curriculum().papers]
    places = [order.index(equation.paper_id) for equation in EQUATIONS]
    assert places == sorted(places)
    assert [equation.number for equation in equations_of("gpt")] == ["1", "2", "3", "4", "5"]
    assert equations_of("claude3") == ()


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: equation.id)
def test_an_equation_is_explained_and_all_its_formulas_can_be_drawn(equation: Equation):
    assert len(equation.symbols) >= 2
    assert equation.parts
    assert equation.reasons
    formulas = [equation.latex, *(symbol.latex for symbol in equation.symbols), *(p.latex for p in equation.parts)]
    for formula in formulas:
        assert formula_html(formula, display=True).startswith("<math"), formula
    values = equation.to_dict()
    assert values["symbols"][0]["name"] == equation.symbols[0].name
    assert isinstance(values["aliases"], list)


@pytest.mark.slow
def test_every_quote_stands_on_its_page(pages):
    missing = []
    for equation in EQUATIONS:
        if equation.paper_id not in pages:
            continue
        assert any(reason.quote for reason in equation.reasons), f"{equation.id} has no quote"
        for reason in equation.reasons:
            if reason.quote and reason.quote not in pages[equation.paper_id][reason.page].text:
                missing.append(f"{equation.id}, page {reason.page}: {reason.quote}")
    assert missing == []


@pytest.mark.slow
def test_numbers_are_those_the_page_prints(pages):
    wrong = []
    for equation in EQUATIONS:
        if equation.paper_id not in pages:
            continue
        page = pages[equation.paper_id][equation.page]
        if equation.number and equation.number not in {found.number for found in displayed_equations(page)}:
            wrong.append(f"{equation.id}: ({equation.number}) on page {equation.page}")
    assert wrong == []


# Broken files


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(curriculum_folder() / "equations", tmp_path / "equations"))


def test_an_unbroken_copy_loads(copy: Path):
    assert load_equations(copy) == EQUATIONS


def test_all_faults_are_reported_at_once(copy: Path):
    attention, lora, gpt = copy / "1706.03762.toml", copy / "2106.09685.toml", copy / "gpt.toml"
    change(attention, "page = 4\nsection", "pages = 4\nsection")
    change(attention, 'origin = "paper"', 'origin = "folklore"')
    change(attention, 'topics = ["attention-mechanism"', 'topics = ["alchemy"')
    change(attention, 'aliases = ["FFN"', 'aliases = ["dpo loss"')
    change(lora, "import numpy as np\n\nrng", "import numpy as np\n\nrng = (\nrng")
    change(lora, 'id = "lora-scaling"', 'id = "lora-forward-pass"')
    change(lora, 'why = "The paper says in the sentence', '# why = "The paper says in the sentence')
    change(lora, 'name = "context"', 'names = "context"')
    change(gpt, 'number = "2"', 'number = "1"')
    change(gpt, 'quote = "λ was set to 0.5", page = 5', 'quote = "λ was set to 0.5", page = 0')
    change(gpt, 'paper = "gpt"', 'paper = "gpt9"')
    (copy / "gpt2.toml").write_text("[[equation]\n", encoding="utf-8")
    text = faults_of(load_equations, copy)
    for expected in (
        "1706.03762.toml equation attention-scaled-dot-product: `page` is missing",
        "`pages` is not a known key",
        "`origin` is 'folklore'; allowed are paper, derived",
        "there is no topic 'alchemy'",
        "equation name: 'DPO loss' is used more than once",
        "`check` is not Python",
        "equation id: 'lora-forward-pass' is used more than once",
        "must say in `why` how it follows from the paper if, and only if, its `origin` is derived",
        "`names` is not a known key",
        "equation number in gpt9: '1' is used more than once",
        "must have both a `quote` and the `page` it stands on",
        "`paper` is 'gpt9', but the file is named after 'gpt'",
        "there is no paper 'gpt9'",
        "gpt2.toml: cannot be read",
    ):
        assert expected in text, f"{expected}\nnot in\n{text}"


def test_a_check_that_cannot_fail_and_an_equation_without_symbols_are_faults(copy: Path):
    (copy / "gpt2.toml").write_text(
        'paper = "gpt2"\nauthor = "me"\n[[equation]]\nid = "x"\nname = "X"\naliases = []\npage = -1\nsection = "1"\n'
        'origin = "paper"\nlatex = "x"\nshows = "x"\ncheck = "print(1)"\ntopics = ["math"]\n'
        "symbol = []\npart = []\nreason = []\n",
        encoding="utf-8",
    )
    text = faults_of(load_equations, copy)
    for expected in ("has no assert statement", "has no symbol", "has no part", "has no reason", "not -1", "`author`"):
        assert expected in text


def test_an_empty_folder_is_a_fault(tmp_path: Path):
    assert "there is no file of equations" in faults_of(load_equations, tmp_path)
