"""The gate: the assistant as shipped must reach the bars on questions with known answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.events import Answer
from evals.assistant import OpenAssistant, library_files, open_assistant
from evals.gate import Bars, failures
from evals.questions import QuestionSet, load_questions
from evals.report import missed_lines
from evals.run import run_questions
from evals.summary import Summary, summarise
from vectorstore.passage import Passage

FIXTURES = Path(__file__).parent / "fixtures" / "evals"
SMALL_BARS = Bars(hit_at_5=1.0, fact_stated=0.80, refusal_share=1.0)
"""Six questions over three short notes: at most one may go unanswered."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAssistant]:
    notes = sorted(FIXTURES.glob("*.md"))
    with open_assistant(tmp_path_factory.mktemp("small"), notes) as (assistant, _):
        yield assistant


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory, papers: Path) -> Iterator[OpenAssistant]:
    wanted = {page.document for item in load_questions().answerable for page in item.pages}
    files = [path for path in library_files(papers) if path.suffix == ".md" or path.stem in wanted]
    with open_assistant(tmp_path_factory.mktemp("complete"), files) as (assistant, _):
        yield assistant


def measure(assistant: OpenAssistant, questions: QuestionSet) -> tuple[Summary, str]:
    outcomes = run_questions(assistant, questions)
    return summarise(outcomes), "\n\n".join(missed_lines(outcomes))


def test_the_small_library_is_answered(small: OpenAssistant) -> None:
    summary, missed = measure(small, load_questions(FIXTURES / "questions.toml"))
    assert failures(summary, SMALL_BARS) == [], missed


class Swapped(OpenAssistant):
    """The assistant with one fault planted in what it really finds and says."""

    def __init__(self, inner: OpenAssistant) -> None:
        self.inner = inner
        self.file = inner.file
        self.page_text = inner.page_text

    def search(self, question: str, limit: int) -> list[Passage]:
        return self.inner.search("a different subject altogether", 1)

    def ask(self, question: str) -> Answer:
        return self.inner.ask("Where is the largest tidal range found?")


def test_an_assistant_that_ignores_the_question_turns_the_gate_red(small: OpenAssistant) -> None:
    summary, _ = measure(Swapped(small), load_questions(FIXTURES / "questions.toml"))
    red = " ".join(failures(summary, SMALL_BARS))
    assert "right page in the top 5" in red
    assert "fact in the answer" in red
    assert "unanswerable questions refused" in red


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_papers_reach_the_bars(complete: OpenAssistant) -> None:
    summary, missed = measure(complete, load_questions().of_split("bar"))
    assert failures(summary) == [], missed
