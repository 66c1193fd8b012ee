"""The questions are well formed, and each fact stands on the page that is claimed for it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from errors import StudyError
from evals.pagetext import page_count, pdfium_page, plain, squeezed
from evals.questions import PageReference, Question, Unanswerable, load_questions

PAPERS = Path(__file__).parents[2] / "shared" / "papers"
FIXTURES = Path(__file__).parent / "fixtures" / "evals"
INCOMPLETE = {"2001.08361", "2307.09288_first4pages"}
QUESTIONS = load_questions()

needs_papers = pytest.mark.skipif(not PAPERS.is_dir(), reason="the staged papers are not here")


def matches(patterns: tuple[str, ...], text: str) -> bool:
    return any(re.search(pattern, plain(text), re.IGNORECASE | re.DOTALL) for pattern in patterns)


def test_the_set_has_the_promised_size() -> None:
    bar, dev = QUESTIONS.of_split("bar"), QUESTIONS.of_split("dev")
    assert (len(bar.answerable), len(dev.answerable)) == (40, 30)
    assert (len(bar.unanswerable), len(dev.unanswerable)) == (10, 10)
    assert len(bar) + len(dev) == len(QUESTIONS)


def test_the_questions_cover_every_complete_paper() -> None:
    per_paper = Counter(item.pages[0].document for item in QUESTIONS.answerable)
    assert len(per_paper) == 14
    assert min(per_paper.values()) >= 4
    assert len({item.pages[0].document for item in QUESTIONS.of_split("bar").answerable}) >= 12
    assert not INCOMPLETE & {page.document for item in QUESTIONS.answerable for page in item.pages}


def test_the_unanswerable_ones_are_a_mix_in_both_splits() -> None:
    for split in ("bar", "dev"):
        kinds = Counter(item.kind for item in QUESTIONS.unanswerable if item.split == split)
        assert kinds == {"off-topic": 3, "other-paper": 4, "not-stated": 3}


@needs_papers
@pytest.mark.parametrize("item", QUESTIONS.answerable, ids=lambda item: item.id)
def test_the_evidence_stands_on_the_first_page(item: Question) -> None:
    first = item.pages[0]
    page = pdfium_page(PAPERS / f"{first.document}.pdf", first.page)
    assert squeezed(item.evidence) in squeezed(page)


@needs_papers
@pytest.mark.parametrize("item", QUESTIONS.answerable, ids=lambda item: item.id)
def test_every_listed_page_states_the_fact(item: Question) -> None:
    for reference in item.pages:
        page = pdfium_page(PAPERS / f"{reference.document}.pdf", reference.page)
        assert matches(item.fact, page), str(reference)


@needs_papers
@pytest.mark.parametrize("item", QUESTIONS.unanswerable, ids=lambda item: item.id)
def test_no_page_answers_the_unanswerable(item: Unanswerable) -> None:
    papers = [path for path in sorted(PAPERS.glob("*.pdf")) if item.absent_in in ("", path.stem)]
    assert papers
    for path in papers:
        for number in range(1, page_count(path) + 1):
            assert not matches(item.absent, PAGES[path, number]), f"{path.stem}#{number}"


class _Pages(dict[tuple[Path, int], str]):
    """All pages, each read once."""

    def __missing__(self, key: tuple[Path, int]) -> str:
        self[key] = pdfium_page.__wrapped__(*key)
        return self[key]


PAGES = _Pages()


def test_the_fixture_questions_stand_in_their_notes() -> None:
    questions = load_questions(FIXTURES / "questions.toml")
    assert (len(questions.answerable), len(questions.unanswerable)) == (6, 2)
    notes = {path.stem: path.read_text(encoding="utf-8") for path in FIXTURES.glob("*.md")}
    for item in questions.answerable:
        assert squeezed(item.evidence) in squeezed(notes[item.pages[0].document]), item.id
        assert matches(item.fact, notes[item.pages[0].document]), item.id
    for nothing in questions.unanswerable:
        assert not any(matches(nothing.absent, text) for text in notes.values()), nothing.id


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(
        """
        [[question]]
        id = "no-page"
        split = "bar"
        kind = "numeric"
        question = "?"
        pages = []
        fact = ['1']
        evidence = "1"
        [[question]]
        id = "bad-pattern"
        split = "dev"
        kind = "numeric"
        question = "?"
        pages = ["a#1"]
        fact = ['(']
        evidence = "1"
        [[unanswerable]]
        id = "bad-split"
        split = "test"
        kind = "off-topic"
        question = "?"
        absent = ['x']
        """,
        encoding="utf-8",
    )
    with pytest.raises(StudyError) as caught:
        load_questions(file)
    assert all(name in caught.value.message for name in ("no-page", "bad-pattern", "bad-split"))


def test_a_file_that_is_not_toml_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("[[question", encoding="utf-8")
    with pytest.raises(StudyError, match=r"broken\.toml cannot be read"):
        load_questions(file)


def test_a_page_reference_reads_as_in_the_data() -> None:
    assert str(PageReference("1706.03762", 5)) == "1706.03762#5"
