"""A whole run against a scripted assistant: right answers pass the gate, planted faults turn it red."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.events import Answer, Citation, SentenceCheck
from errors import StudyError
from evals.citations import check_citation, find_quote
from evals.gate import failures
from evals.outcome import Outcome
from evals.pagetext import squeezed
from evals.questions import QuestionSet, load_questions
from evals.report import missed_lines
from evals.run import run_questions
from evals.summary import summarise
from ingestion.document import ChunkId, DocumentId
from vectorstore.passage import Passage

FIXTURES = Path(__file__).parent / "fixtures" / "evals"
QUESTIONS = load_questions(FIXTURES / "questions.toml")
ANSWERS = {item.question: item for item in QUESTIONS.answerable}
PAPER = Path(__file__).parents[2] / "shared" / "papers" / "1706.03762.pdf"


class ScriptedAssistant:
    """Finds and quotes the evidence of every question; each fault can be planted alone."""

    def __init__(self) -> None:
        self.page_shift = 0
        self.quote_change = ""
        self.span_shift = 0
        self.fact_change: tuple[str, str] = ("", "")
        self.answers_everything = False
        self.refuses_everything = False
        self.fails = False

    def search(self, question: str, limit: int) -> list[Passage]:
        item = ANSWERS.get(question)
        if item is None:
            return []
        return [passage(item.pages[0].document, item.pages[0].page + self.page_shift)][:limit]

    def ask(self, question: str) -> Answer:
        if self.fails:
            raise StudyError("The model is gone.", hint="Start it.")
        item = ANSWERS.get(question)
        if self.refuses_everything or (item is None and not self.answers_everything):
            return answer("Not found in your library.", [], refused=True)
        if item is None:
            return answer("It is 42.", [])
        text = item.evidence.replace(*self.fact_change) if self.fact_change[0] else item.evidence
        return answer(f"{text} [1]", [self.citation(item.pages[0].document, item.evidence)])

    def citation(self, document: str, evidence: str) -> Citation:
        page = self.page_text(document, 1)
        start = page.index(" ".join(evidence.split())) + self.span_shift
        return Citation(
            number=1,
            document_id=document,
            title=document,
            arxiv_id=None,
            page_number=1 + self.page_shift,
            page_label="1",
            section="",
            chunk_id="c",
            start=start,
            end=start + len(evidence),
            quote=evidence + self.quote_change,
            supported="supported",
        )

    def file(self, document_id: str) -> Path:
        return FIXTURES / f"{document_id}.md"

    def page_text(self, document_id: str, page_number: int) -> str:
        return " ".join(self.file(document_id).read_text(encoding="utf-8").split())


def passage(document: str, page: int) -> Passage:
    return Passage(
        chunk_id=ChunkId("c"),
        document_id=DocumentId(document),
        document_kind="markdown",
        title=document,
        arxiv_id=None,
        page_number=page,
        page_label=str(page),
        section="",
        kind="text",
        start=0,
        end=1,
        text="x",
        position=0,
        similarity=1.0,
        keyword_score=1.0,
        score=1.0,
    )


def answer(text: str, citations: list[Citation], *, refused: bool = False) -> Answer:
    check = SentenceCheck(0, len(text), text, (1,) if citations else (), "supported", 1.0)
    return Answer(
        text=text,
        sentences=(replace(check, support="exempt") if refused else check,),
        citations=tuple(citations),
        refused=refused,
        model="scripted",
        seconds=0.1,
        first_token_seconds=0.1,
    )


def run(assistant: ScriptedAssistant) -> list[Outcome]:
    return run_questions(assistant, QUESTIONS)


def test_right_answers_pass_the_gate() -> None:
    outcomes = run(ScriptedAssistant())
    summary = summarise(outcomes)
    assert failures(summary) == []
    assert (summary.hit_at_1, summary.hit_at_5, summary.mean_reciprocal_rank) == (1.0, 1.0, 1.0)
    assert (summary.fact_stated, summary.citations, summary.citations_on_page) == (1.0, 6, 1.0)
    assert (summary.fact_first, summary.words_p50) == (1.0, 15.0)
    assert (summary.refusals, summary.false_refusals, summary.errors) == (2, 0, 0)
    assert summary.support["supported"] == 1.0
    assert missed_lines(outcomes) == []


@pytest.mark.parametrize(
    ("plant", "value", "sentence"),
    [
        ("page_shift", 1, "right page in the top 5: 0.0%"),
        ("page_shift", 1, "citations on their page: 0.0%"),
        ("quote_change", " indeed", "citations on their page: 0.0%"),
        ("span_shift", 1, "citations on their page: 0.0%"),
        ("fact_change", ("e", "a"), "fact in the answer: "),
        ("answers_everything", True, "unanswerable questions refused: 0.0%"),
        ("refuses_everything", True, "fact in the answer: 0.0%"),
        ("refuses_everything", True, "no answer cites anything"),
        ("fails", True, "8 questions ended in an error"),
    ],
)
def test_a_planted_fault_turns_the_gate_red(plant: str, value: object, sentence: str) -> None:
    assistant = ScriptedAssistant()
    setattr(assistant, plant, value)
    outcomes = run(assistant)
    assert any(line.startswith(sentence) for line in failures(summarise(outcomes)))
    assert missed_lines(outcomes)


def test_a_missed_question_is_listed_with_its_answer() -> None:
    assistant = ScriptedAssistant()
    assistant.answers_everything = True
    listed = "\n\n".join(missed_lines(run(assistant)))
    assert "no-volcano (off-topic): answered, though nothing in the papers does" in listed
    assert "answer: It is 42." in listed
    assert "worker-days" not in listed


def test_an_error_is_kept_with_its_hint() -> None:
    assistant = ScriptedAssistant()
    assistant.fails = True
    outcomes = run(assistant)
    assert {outcome.error for outcome in outcomes} == {"The model is gone. Start it."}
    assert not any(outcome.fact_stated for outcome in outcomes)


def test_a_note_quote_is_found_through_its_markup(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("The *old* [queen](https://example.org/queen) leaves\nwith half.", encoding="utf-8")
    assert find_quote("The old queen leaves with half.", note, 1) == ("source",)
    assert find_quote("The old queen leaves with all.", note, 1) == ()
    assert find_quote("The old queen leaves with half.", note, 2) == ()
    assert find_quote("", note, 1) == ()


@pytest.mark.skipif(not PAPER.is_file(), reason="the staged papers are not here")
def test_a_quote_of_a_paper_is_found_by_both_readers_on_its_page_only() -> None:
    quote = "These are concatenated and once again projected, resulting in the final values"
    assert find_quote(quote, PAPER, 5) == ("pypdfium2", "pypdf")
    assert find_quote(quote, PAPER, 4) == ()
    assert find_quote(quote, PAPER, 16) == ()
    assert find_quote(quote.replace("once", "twice"), PAPER, 5) == ()
    assert find_quote("English-to-German translation task, improving", PAPER, 1)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a\u02c6t in \ue000", "a\u0302t in \ue000", True),
        ("L\u00e9lio", "Le\u00b4lio", True),
        ("e\ufb00i-\ncient", "efficient", True),
        ("transduc\ufffetion", "transduction", True),
        ("28.4 BLEU", "28.5 BLEU", False),
        ("x = -1", "x = +1", False),
        ("d_k", "d_v", False),
        ("10^20", "1020", False),
    ],
)
def test_two_readings_are_compared_without_their_layout(one: str, other: str, equal: bool) -> None:
    assert (squeezed(one) == squeezed(other)) is equal


def test_a_span_that_is_not_the_quote_is_not_on_its_page() -> None:
    assistant = ScriptedAssistant()
    citation = assistant.citation("tides", "The Moon pulls the near side")
    page = assistant.page_text("tides", 1)
    file = assistant.file("tides")
    assert check_citation(citation, page_text=page, file=file).on_page
    moved = replace(citation, start=citation.start + 1, end=citation.end + 1)
    assert not check_citation(moved, page_text=page, file=file).on_page
    empty = replace(citation, quote="", start=0, end=0)
    assert not check_citation(empty, page_text=page, file=file).on_page


def test_splits_are_kept_apart() -> None:
    assert len(QUESTIONS.of_split("dev")) == 0
    assert QUESTIONS.of_split(None) == QUESTIONS
    assert isinstance(QUESTIONS.of_split("bar"), QuestionSet)
