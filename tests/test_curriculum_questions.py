"""The question bank: its form, its receipts, its codes, and the faults its verifier must find."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from curriculum.load import curriculum_folder, load_curriculum
from curriculum.prediction_values import shown_output
from curriculum.question_lint import lint, lint_question
from curriculum.question_sources import locate_in
from curriculum.question_values import (
    KINDS,
    Choices,
    Cloze,
    Number,
    Option,
    Question,
    Receipt,
    shuffled_steps,
)
from curriculum.question_verifier import verify, verify_code, verify_receipts
from curriculum.questions import find_question, load_questions
from curriculum.terminal_verify import report_lines, verify_command
from errors import CurriculumError, ExerciseError, SandboxError
from sandbox.sandbox import open_sandbox

LEAST_ITEMS = 300
LEAST_OF_A_TOPIC = 8
LEAST_OF_A_KIND = 20
PAPERS = Path(__file__).resolve().parents[2] / "shared" / "papers"
BANK = load_questions()
BY_ID = {question.id: question for question in BANK}


def item(question_id: str) -> Question:
    return find_question(question_id)


def rules(question: Question) -> set[str]:
    return {fault.rule for fault in lint_question(question)}


# The bank


@pytest.fixture(scope="module")
def run_code(tmp_path_factory):
    sandbox = open_sandbox(tmp_path_factory.mktemp("sandbox"))
    if not sandbox.available:
        sandbox.close()
        pytest.skip(f"code cannot be run here: {sandbox.why_off}")

    def run(code):
        result = sandbox.run_once(code)
        if result.status != "ok":
            raise SandboxError(result.error.strip().splitlines()[-1])
        return shown_output(result.text, result.value)

    yield run
    sandbox.close()


@pytest.mark.slow
def test_every_receipt_code_and_rule_of_the_bank_holds(run_code):
    found = verify(BANK, locate_in(PAPERS), run_code)
    assert found.faults == (), "\n".join(report_lines(found))
    assert found.run_count == sum(bool(question.code) for question in BANK)
    assert found.unverified == () or not PAPERS.is_dir()


def test_there_are_enough_items_of_each_topic_kind_and_paper():
    of_topic = Counter(topic_id for question in BANK for topic_id in question.topic_ids[:1])
    of_kind = Counter(question.kind for question in BANK)
    papers = {paper_id for question in BANK for paper_id in question.paper_ids}
    assert len(BANK) >= LEAST_ITEMS
    assert {
        str(topic.id): of_topic[topic.id] for topic in load_curriculum().topics if of_topic[topic.id] < LEAST_OF_A_TOPIC
    } == {}
    assert {kind: of_kind[kind] for kind in KINDS if of_kind[kind] < LEAST_OF_A_KIND} == {}
    roadmap = {paper.id for paper in load_curriculum().papers if paper.origin == "roadmap"}
    assert roadmap - papers == set(), "papers of the roadmap without an item"


def test_without_the_papers_notes_are_still_verified(tmp_path):
    found = verify(BANK, locate_in(tmp_path), None)
    assert found.faults == ()
    of_papers = {
        question.id for question in BANK if question.receipt.document in {p.id for p in load_curriculum().papers}
    }
    assert set(found.unverified) == of_papers


# Planted faults: each must be found


def choice() -> Question:
    return item("attention-why-scale")


def with_options(question: Question, *options: Option) -> Question:
    return replace(question, body=Choices(tuple(options)))


def test_a_wrong_quote_and_a_wrong_page_are_found():
    if not PAPERS.is_dir():
        pytest.skip("the papers are not staged beside the project")
    locate = locate_in(PAPERS)
    assert verify_receipts(choice(), locate) == ([], False)
    quote = replace(choice(), receipt=replace(choice().receipt, quote="regions where it has extremely large gradients"))
    page = replace(choice(), receipt=replace(choice().receipt, page=5))
    for planted in (quote, page):
        assert [fault.rule for fault in verify_receipts(planted, locate)[0]] == ["receipt"]


def test_a_wrong_quote_of_a_note_is_found(tmp_path):
    planted = replace(choice(), receipt=Receipt("06-lora", None, "a sentence that no note has ever said"))
    assert [fault.rule for fault in verify_receipts(planted, locate_in(tmp_path))[0]] == ["receipt"]


def test_a_cloze_whose_quote_lacks_the_answer_is_found():
    cloze = next(question for question in BANK if question.kind == "cloze")
    planted = replace(cloze, body=Cloze(("quokka",), ()))
    faults, _ = verify_receipts(planted, lambda *_: "found")
    assert any("none of the accepted" in fault.message for fault in faults)


def test_a_wrong_numeric_key_and_a_distractor_that_is_right_are_found(run_code):
    numeric = item("attention-shape-of-weights")
    body = numeric.body
    assert isinstance(body, Number)
    assert list(verify_code(numeric, run_code)) == []
    wrong_key = replace(numeric, body=replace(body, value=20_001.0))
    right_wrong = replace(numeric, body=replace(body, wrong_values=((20_000.0, "is in truth right"),)))
    broken = replace(numeric, body=replace(body, code="print(1 / 0)\n"))
    wordy = replace(numeric, body=replace(body, code="print('many')\n"))
    for planted, words in (
        (wrong_key, "computes 20000, not 20001"),
        (right_wrong, "computes the wrong value"),
        (broken, "ZeroDivisionError"),
        (wordy, "no number"),
    ):
        assert any(words in fault.message for fault in verify_code(planted, run_code)), words


def test_a_wrong_output_key_is_found(run_code):
    question = item("attention-softmax-of-equal-scores")
    assert list(verify_code(question, run_code)) == []
    planted = replace(question, body=replace(question.body, expected="12.0"))
    messages = [fault.message for fault in verify_code(planted, run_code)]
    assert messages == ["prints '3.0', not '12.0'"]


def test_a_planted_duplicate_option_and_other_sins_of_writing_are_found():
    right, wrong = Option("It saturates", True, ""), Option("It sums to one", False, "The sum is one at any scale.")
    good = with_options(choice(), right, wrong, Option("It is cheaper", False, "One more operation is not cheaper."))
    assert rules(good) == set()
    planted = {
        "a duplicate option": with_options(choice(), right, wrong, replace(wrong, text="it  sums TO one")),
        "all of the above": with_options(
            choice(), right, wrong, Option("All of the above", False, "Only one is right here.")
        ),
        "no reason": with_options(choice(), right, replace(wrong, reason="")),
        "lengths": with_options(choice(), replace(right, text="It saturates " * 6), wrong),
    }
    for name, question in planted.items():
        assert "options" in rules(question), name
    assert "prompt" in rules(replace(good, prompt="Which of these is not a reason?"))
    assert "prompt" not in rules(replace(good, prompt="Which of these is NOT a reason?"))
    assert "key" in rules(replace(good, hint="Remember that it saturates."))


def test_near_duplicates_across_the_bank_are_found():
    twin = replace(choice(), id="twin", prompt=choice().prompt.replace("divide the scores", "divide scores"))
    assert [fault.question_id for fault in lint([choice(), twin]) if fault.rule == "duplicate"] == ["twin"]


def test_a_key_always_in_the_same_place_or_always_longest_is_found():
    def made(number: int) -> Question:
        options = (
            Option(f"the right one, long {number}", True, ""),
            *(Option(f"wrong {number} {place}", False, "It is wrong for a reason.") for place in range(3)),
        )
        return replace(
            choice(), id=f"made-{number}", prompt=f"What is {number} times {number + 7}?", body=Choices(options)
        )

    found = {fault.rule for fault in lint([made(number) for number in range(60)])}
    assert {"places", "lengths"} <= found


# Files with faults


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    shutil.copy(curriculum_folder() / "questions" / "attention-mechanism.toml", folder)
    return folder


def test_all_faults_of_the_files_are_reported_at_once(copy: Path) -> None:
    path = copy / "attention-mechanism.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ('kind = "order"', 'kind = "sorting"'),
        ('bloom = "understand"', 'bloom = "grok"'),
        ('topics = ["attention-mechanism", "attention-paper"]', 'topics = ["attention-paper"]\ncolour = "red"'),
        ("answer = false\n", "answer = true\n"),
        ("____", "...."),
        ('papers = ["1706.03762"]', 'papers = ["1706.00000"]'),
        ("right = true", "right = false"),
        ("page = 4", "page = 0"),
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    (copy / "alchemy.toml").write_text("[[question]]\n", encoding="utf-8")
    with pytest.raises(CurriculumError) as caught:
        load_questions(copy)
    message = str(caught.value)
    for words in (
        "`kind` is 'sorting'",
        "`bloom` is 'grok'",
        "its first topic must be 'attention-mechanism'",
        "`colour` is not a known key",
        "a false statement needs a `correction`",
        "has one blank",
        "there is no paper '1706.00000'",
        "has 0 right options",
        "`page` counts from 1",
        "alchemy.toml: is not named after a topic",
    ):
        assert words in message, words


def test_an_unknown_question_is_one_sentence():
    with pytest.raises(ExerciseError, match="no question 'nothing'"):
        find_question("nothing")


def test_steps_are_never_shown_in_their_order():
    for question in BANK:
        if question.kind == "order":
            steps = question.body.steps
            shown = shuffled_steps(question.id, steps)
            assert shown != steps
            assert sorted(shown) == sorted(steps)


# The command


def test_the_command_counts_and_judges(capsys, tmp_path):
    assert verify_command(["verify", "--topic", "attention-mechanism", "--no-run"], str, tmp_path) == 0
    assert "0 failures" in capsys.readouterr().out
    assert verify_command(["verify", "--topic", "alchemy"], str, tmp_path) == 2
    assert "There is no topic 'alchemy'" in capsys.readouterr().err


def test_the_command_fails_when_a_code_gives_something_else(capsys, tmp_path):
    assert verify_command(["verify", "--topic", "attention-mechanism", "--json"], lambda _: "7", tmp_path) == 1
    assert '"rule": "code"' in capsys.readouterr().out
