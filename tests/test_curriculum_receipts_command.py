"""`python -m curriculum.receipts`: quotes found, elsewhere, missing; statements nobody looked up yet; exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from make_pdf import PageSpec, Text, make_pdf, paragraph

from curriculum.load import load_curriculum
from curriculum.model import PaperId
from curriculum.receipts.__main__ import main
from curriculum.receipts.lookup import find, look_up, search
from curriculum.receipts.pages import PaperPages, page_texts
from curriculum.receipts.quotes import PageText, Receipt, Span, beginnings_in, receipts_in
from curriculum.receipts.report import as_text, as_values
from curriculum.receipts.sources import Source, load_sources
from curriculum.receipts.statements import Statement, numbers_in, pages_with, references_in, unverified_in
from errors import CurriculumError

LORA = PaperId("2106.09685")
FIRST = ["We study tiny models with 27,500 answers,", "a well-", "known and \u201cfine\u201d\u00a0thing."]
SECOND = ["The best model has 4096 tokens of context."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = [PageSpec(paragraph(FIRST)), PageSpec(paragraph(SECOND)), PageSpec([Text(72, 700, "The end, 2023.")])]
    make_pdf(tmp_path / f"{LORA}.pdf", pages)
    return tmp_path


def receipt(quote: str, page: int | None = 1, paper: str = LORA) -> Receipt:
    return Receipt("notes/a.md", PaperId(paper), page, quote)


def source(text: str, name: str = "notes/a.md", paper: str = "") -> Source:
    papers = load_curriculum().papers
    return Source(
        name,
        tuple(receipts_in(text, name)),
        tuple(references_in(text, name, papers)),
        tuple(unverified_in(text, name, paper)),
    )


# Quotes


def test_a_quote_is_found_at_its_characters(folder: Path) -> None:
    finding = find(receipt("tiny models"), PaperPages(folder))
    assert (finding.status, finding.page) == ("found", 1)
    assert finding.span is not None
    text = page_texts(folder / f"{LORA}.pdf")[0]
    assert text[finding.span.start : finding.span.end] == "tiny models"


def test_hyphens_blanks_and_quotation_marks_do_not_matter(folder: Path) -> None:
    pages = PaperPages(folder)
    for quote in ('a wellknown and "fine" thing', "a well-known and “fine” thing"):
        assert find(receipt(quote), pages).status == "found"


def test_a_ligature_is_its_letters_and_the_span_ends_behind_it() -> None:
    page = PageText("an ef\ufb01\u00ad\ncient \ufb02oor")
    assert page.find("efficient") == Span(3, 13)
    assert page.find("eficient") is None
    assert page.find("floor") == Span(14, 18)
    assert page.find("l") == Span(14, 15)
    assert page.find("") is None


@pytest.mark.parametrize(
    ("wanted", "status", "page"),
    [
        (receipt("The best model", 2), "found", 2),
        (receipt("The best model", 1), "elsewhere", 2),
        (receipt("The best model", 99), "elsewhere", 2),
        (receipt("The best model", None), "found", 2),
        (receipt("The worst model", 2), "missing", None),
        (receipt("The best model", 2, "1706.03762"), "no PDF", None),
    ],
)
def test_the_page_of_a_quote(folder: Path, wanted: Receipt, status: str, page: int | None) -> None:
    finding = find(wanted, PaperPages(folder))
    assert (finding.status, finding.page) == (status, page)
    assert (finding.span is None) == (page is None)


def test_a_file_that_is_no_pdf_is_unreadable(folder: Path) -> None:
    (folder / "1706.03762.pdf").write_bytes(b"not a PDF")
    assert find(receipt("The best model", 2, "1706.03762"), PaperPages(folder)).status == "unreadable"
    with pytest.raises(CurriculumError, match=r"1706\.03762\.pdf cannot be read as a PDF"):
        page_texts(folder / "1706.03762.pdf")


def test_the_newest_version_is_taken_unless_there_is_one_without(folder: Path) -> None:
    for name in ("1810.04805v2", "1810.04805v10", "1810.04805v9", "1810.048051v11"):
        make_pdf(folder / f"{name}.pdf", [PageSpec([Text(72, 700, name)])])
    pages = PaperPages(folder)
    assert pages.pdf_of("1810.04805") == folder / "1810.04805v10.pdf"
    make_pdf(folder / "1810.04805.pdf", [PageSpec()])
    assert pages.pdf_of("1810.04805") == folder / "1810.04805.pdf"
    assert pages.pdf_of("") is None


def test_references_are_read_and_broken_ones_counted() -> None:
    text = '[gpt, p. 4: "one [sic] two"] [gpt, Section 3.1: "three"] [gpt, p. four: "five"]'
    assert [(item.page, item.quote) for item in receipts_in(text, "a")] == [(4, "one [sic] two"), (None, "three")]
    assert beginnings_in(text) == 3


# Pages named in words


def test_a_page_in_words_needs_a_quote_of_that_page(folder: Path) -> None:
    text = (
        "Updates have a low rank (Hu et al. 2021, p. 2 and 4), see also p. 3.\n"
        "A word on GPT (Radford et al. 2018, p. 2).\n"
        f'- [{LORA}, p. 2: "The best model"]\n'
    )
    report = look_up(source(text), PaperPages(folder))
    assert [(item.papers, item.page) for item in report.unquoted] == [((LORA,), 4), ((LORA,), 3), (("gpt",), 2)]
    assert report.count("found") == 1


def test_a_page_of_no_named_work_may_be_of_any_paper_that_is_quoted(folder: Path) -> None:
    text = f'As Table 1 says (p. 2), and another (pp. 7-8).\n[{LORA}, p. 2: "The best model"]'
    report = look_up(source(text), PaperPages(folder))
    assert [(item.papers, item.page) for item in report.unquoted] == [((), 7), ((), 8)]


# Statements that nobody looked up yet


def test_marked_lines_of_a_sheet_are_statements_about_its_paper() -> None:
    text = "All numbers are marked (unverified).\n- It read 27,500 answers (unverified).\nIt is Llama 2.\n"
    (statement,) = unverified_in(text, "sheets/a.md", LORA)
    assert statement == Statement("sheets/a.md", LORA, "It read 27,500 answers (unverified).", ("27,500",))


def test_the_line_of_a_note_is_cut_at_the_papers_it_names() -> None:
    line = (
        "- Unverified here: RoPE is Su et al. 2021 (arXiv 2104.09864) and ALiBi Press et al. 2021 "
        "(arXiv 2108.12409, ALiBi) for short; the rest is by nobody."
    )
    found = unverified_in(line, "notes/a.md")
    assert [(item.paper, item.terms) for item in found] == [
        ("2104.09864", ("Su", "2021")),
        ("2108.12409", ("Press", "2021")),
        ("", ()),
    ]
    assert found[1].text == "and ALiBi Press et al. 2021 (arXiv 2108.12409, ALiBi) for short"


def test_digits_of_names_are_no_numbers() -> None:
    assert numbers_in("2. GPT-4, Llama 2 and Mistral 7B in arXiv 2407.21783: 0.995, 1,024 and 175B of 3") == (
        "0.995",
        "1,024",
        "175",
        "3",
    )


def test_a_number_is_searched_with_and_without_commas_and_not_inside_another() -> None:
    texts = ["4096 tokens", "4,096", "14096 or 4096.5 or 4,096,000", "has 175B.", "1.75 and 0.995."]
    assert pages_with("4,096", texts) == (1, 2)
    assert pages_with("4096", texts) == (1, 2)
    assert pages_with("175", texts) == (4,)
    assert pages_with("0.995", texts) == (5,)


def test_a_number_in_words_is_searched_in_digits_too() -> None:
    assert numbers_in("twenty of 30, and twenty-five, often") == ("30", "twenty")
    assert pages_with("twenty", ["20 of them", "twenty", "120 or 20.5", "twentyfold"]) == (1, 2)
    assert pages_with("thousand", ["1,000", "1000x"]) == (1, 2)
    assert pages_with("Su", ["Such", "Su et al."]) == (2,)


def test_terms_are_looked_for_in_the_paper_of_the_statement(folder: Path) -> None:
    statements = unverified_in("It has 4,096 tokens, 27500 answers and 8 heads (unverified).", "sheets/a.md", LORA)
    statements += unverified_in("It has 8 heads (unverified).", "sheets/b.md", "gpt")
    first, second = search(statements, PaperPages(folder))
    assert first.pages == (("4,096", (2,)), ("27500", (1,)), ("8", ()))
    assert (first.has_pdf, second.has_pdf) == (True, False)
    told = as_text([], [first, second])
    assert "4,096: page 2; 27500: page 1; 8: not found" in told
    assert "gpt (no PDF)" in told
    assert "fetch-roadmap" in told


# The command


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> list[Source]:
    """Texts that take the place of ours."""
    sources = [
        source(f'[{LORA}, p. 1: "tiny models"]', "sheets/good.md", LORA),
        source('[1706.03762, p. 1: "some words"]', "sheets/absent.md"),
    ]
    monkeypatch.setattr("curriculum.receipts.__main__.load_sources", lambda only: tuple(sources))
    return sources


def test_all_found_or_without_a_pdf_ends_with_0(
    ours: list[Source], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--papers", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert f"  found      {LORA}  page 1, characters 9 to 20" in printed
    assert "  no PDF     1706.03762  page 1 " in printed
    assert "2 quotes: 1 found, 1 no PDF" in printed


@pytest.mark.parametrize(
    ("page", "quote", "told"),
    [
        (2, "tiny models", f"  elsewhere  {LORA}  page 2, but on page 1, characters 9 to 20"),
        (1, "huge models", f"  missing    {LORA}  page 1 "),
    ],
)
def test_a_quote_that_is_not_on_its_page_ends_with_1(
    ours: list[Source], folder: Path, capsys: pytest.CaptureFixture[str], page: int, quote: str, told: str
) -> None:
    ours.append(source(f'[{LORA}, p. {page}: "{quote}"]', "sheets/bad.md"))
    assert main(["--papers", str(folder)]) == 1
    assert told in capsys.readouterr().out


def test_a_broken_pdf_ends_with_1(ours: list[Source], folder: Path) -> None:
    (folder / "1706.03762.pdf").write_bytes(b"not a PDF")
    assert main(["--papers", str(folder)]) == 1


def test_other_programs_get_the_same(ours: list[Source], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours.append(source("See p. 3. It has 8 heads (unverified).", "sheets/more.md", LORA))
    assert main(["--papers", str(folder), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["quotes"][0] == {
        "source": "sheets/good.md",
        "paper": LORA,
        "page": 1,
        "quote": "tiny models",
        "status": "found",
        "found_on_page": 1,
        "characters": [9, 20],
    }
    assert values["quotes"][1]["characters"] is None
    assert values["references_without_quote"][0]["page"] == 3
    assert values["unverified"][0]["found_on_pages"] == {"3": [], "8": []}
    assert values["counts"]["sheets/absent.md"]["no PDF"] == 1


def test_known_faults_end_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--papers", str(folder / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert main(["--papers", str(folder), "--only", "nothing-of-ours"]) == 2
    assert "Nothing is called 'nothing-of-ours'" in capsys.readouterr().err


def test_without_a_folder_the_fetched_papers_are_used(
    ours: list[Source], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = tmp_path / "home" / "arxiv" / "pdf"
    assert main(["--home", str(tmp_path / "home")]) == 0
    assert "2 quotes: 2 no PDF" in capsys.readouterr().out
    shelf.mkdir(parents=True)
    (folder / f"{LORA}.pdf").rename(shelf / f"{LORA}v2.pdf")
    assert main(["--home", str(tmp_path / "home")]) == 0
    assert "2 quotes: 1 found, 1 no PDF" in capsys.readouterr().out


def test_our_own_texts_are_chosen_by_kind_and_name() -> None:
    everything = load_sources()
    assert {item.name.partition("/")[0] for item in everything} == {"notes", "sheets", "equations"}
    assert {item.name for item in load_sources("2203.15556")} == {"sheets/2203.15556.md", "equations/2203.15556.toml"}
    assert [item.name for item in load_sources("sheets/gpt.md")] == ["sheets/gpt.md"]
    assert all(item.name.startswith("notes/") for item in load_sources("notes"))
    unread = load_sources("equations/2203.15556.toml")[0].statements[0]
    assert {"1.69", "406.4", "0.34", "410.7", "0.28"} <= set(unread.terms)
    assert as_values([], []) == {"quotes": [], "references_without_quote": [], "unverified": [], "counts": {}}
