"""The gate over its small library: green for the assistant as it is, red for each planted fault."""

from dataclasses import replace
from pathlib import Path

import pytest

from errors import StudyError
from evals.assistant import open_assistant
from evals.cases import Evidence, case_of, cases_of, check_spans, chosen
from evals.gate_command import SMALL, Gate, GateRun
from evals.mutations import MUTATIONS
from evals.questions import PageReference, load_questions
from evals.thresholds import load_thresholds

QUESTIONS = load_questions(SMALL / "questions.toml")
NONE, *FAULTS = MUTATIONS


@pytest.fixture(scope="session")
def gate(tmp_path_factory):
    with open_assistant(tmp_path_factory.mktemp("gate"), sorted(SMALL.glob("*.pdf"))) as (assistant, _):
        yield Gate(assistant)


@pytest.fixture(scope="session")
def unharmed(gate):
    return gate.run(NONE)


@pytest.mark.slow
def test_the_assistant_as_it_is_passes(unharmed):
    assert unharmed.faults == ()
    assert len(unharmed.outcomes) == 28


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mutation", "metrics"),
    [
        ("swapped page numbers", ["nDCG@10 of pages", "citations that stand on their page"]),
        ("shuffled chunks", ["recall@5 of evidence spans"]),
        ("an answerer that ignores the context", ["claims carried by their spans", "unanswerable questions refused"]),
        ("an altered number", ["numbers that stand in the cited pages"]),
        ("citation numbers moved by one", ["claims carried by their spans", "citation precision"]),
        ("citation spans moved by one", ["claims carried by their spans"]),
        ("top results of another paper", ["a right page in the top 5", "RAGAS id-based context recall"]),
    ],
)
def test_a_planted_fault_turns_the_gate_red(gate, unharmed, mutation, metrics):
    run = gate.run(mutation)
    assert run.is_red
    assert [name for name in metrics if not any(fault.startswith(name) for fault in run.faults)] == []


def test_every_mutation_of_the_list_is_tested():
    marks = [mark for mark in test_a_planted_fault_turns_the_gate_red.pytestmark if mark.name == "parametrize"]
    assert {row[0] for mark in marks for row in mark.args[1]} == set(FAULTS)


def test_green_without_a_fault_and_red_with_one_is_as_it_must_be():
    assert GateRun(NONE, (), ()).is_as_it_must_be
    assert not GateRun(NONE, ("x",), ()).is_as_it_must_be
    assert GateRun(FAULTS[0], ("x",), ()).is_as_it_must_be
    assert not GateRun(FAULTS[0], (), ()).is_as_it_must_be


def test_the_small_questions_stand_on_their_pages():
    cases = cases_of(QUESTIONS)
    files = {path.stem: path for path in SMALL.glob("*.pdf")}
    assert set(files) == {page.document for case in cases for page in case.pages}
    check_spans(cases, files)
    assert {page for case in cases for page in case.pages} == {
        PageReference(name, number) for name in files for number in range(1, 5)
    }


def test_a_broken_span_is_named_with_its_page():
    case = case_of(QUESTIONS.answerable[0])
    broken = [
        replaced(case, Evidence(PageReference("lighthouse", 2), case.evidence[0].quote)),
        replaced(case, Evidence(PageReference("lighthouse", 1), "The tower is 43 metres high")),
    ]
    with pytest.raises(StudyError, match=r"2 evidence spans .* tower-height: lighthouse#2 does not say") as caught:
        check_spans(broken, {"lighthouse": SMALL / "lighthouse.pdf"})
    assert "nothing was run" in caught.value.hint


def replaced(case, evidence):
    return replace(case, evidence=(evidence,))


def test_an_unknown_question_is_named():
    with pytest.raises(StudyError, match="There is no question no-such-id"):
        chosen(cases_of(QUESTIONS), ["tower-height", "no-such-id"])


def test_an_unknown_metric_in_the_thresholds_is_named(tmp_path: Path):
    file = tmp_path / "thresholds.toml"
    file.write_text("[at_least]\nrecall_at_seven = 0.5\n", encoding="utf-8")
    with pytest.raises(StudyError, match="There is no metric 'recall_at_seven'") as caught:
        load_thresholds(file)
    assert "page_hit_5" in caught.value.hint
