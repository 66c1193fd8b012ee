"""From a thumb to a golden question: what the golden loader takes, drafts, and what is refused in a sentence."""

import json
import tomllib
from dataclasses import replace

import pytest
from test_agent_feedback import ANSWER, QUOTE, TURN

from agent.events import Citation
from agent.feedback import FEEDBACK, FeedbackStore
from evals.__main__ import main
from evals.golden import Evidence
from evals.golden_reading import load_golden

FACT = "LayerNorm(x + Sublayer(x)) | layer norm of the sum"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def store(home):
    return FeedbackStore(home / FEEDBACK)


def promote(*arguments):
    return main(["feedback", "promote", *map(str, arguments)])


def test_the_list_shows_what_counts_as_lines_and_as_json(store, capsys):
    assert main(["feedback", "list"]) == 0
    assert "No answer was judged yet" in capsys.readouterr().out
    store.add(TURN, "down", reason="unclear", note="Too short")
    assert main(["feedback", "list"]) == 0
    assert "What comes out?  (down, unclear, Too short; 1 cited; embedded)" in capsys.readouterr().out
    assert main(["feedback", "list", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["verdict"], one["passages"][0]["quote"], one["tools"]) == ("down", QUOTE, ["search_library"])


def test_a_helpful_answer_becomes_a_golden_question_that_the_loader_takes(store, home, capsys):
    note = Citation(2, "d2", "Attention", None, 1, "1", "", "c2", 0, 40, "a" * 280 + " bcd" * 9, "partly")
    own = replace(note, title="My own file", chunk_id="c3")
    failed = replace(ANSWER.citations[0], page_number=9, supported="unsupported")
    turn = replace(TURN, answer=replace(ANSWER, citations=(*ANSWER.citations, *ANSWER.citations, note, own, failed)))
    kept = store.add(turn, "up")
    assert promote(kept.id, "--fact", FACT) == 0
    (question,) = load_golden(home / "evals" / "golden-promoted.toml").questions
    assert (question.id, question.split, question.kind) == (f"feedback-{kept.id}", "dev", "factual")
    assert (question.question, question.answer) == ("What comes out?", "It is LayerNorm(x + Sublayer(x)).")
    assert question.facts == (("LayerNorm(x + Sublayer(x))", "layer norm of the sum"),)
    assert question.evidence[0] == Evidence("1706.03762", 3, QUOTE)
    assert (question.evidence[1].document, question.evidence[1].page) == ("01-attention", None)
    assert len(question.evidence[1].quote) <= 300
    assert len(question.evidence) == 2
    assert "attention-paper" in question.topics


def test_a_second_question_is_added_and_a_repeated_one_refused(store, tmp_path, capsys):
    out = tmp_path / "golden.toml"
    first = store.add(TURN, "up")
    second = store.add(replace(TURN, id="c" * 32, question='And "how"\n\\ so\x7f?'), "up")
    for one in (first, second):
        assert promote(one.id, "--fact", FACT, "--split", "test", "--topic", "math", "--out", out) == 0
    before = out.read_bytes()
    assert [item.question for item in load_golden(out).questions] == [TURN.question, 'And "how"\n\\ so\x7f?']
    assert {(item.split, item.topics) for item in load_golden(out).questions} == {("test", ("math",))}
    assert promote(first.id, "--fact", FACT, "--out", out) == 2
    assert "in" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_what_the_loader_refuses_leaves_the_file_as_it_was(store, tmp_path, capsys):
    out = tmp_path / "golden.toml"
    kept = store.add(TURN, "up")
    assert promote(kept.id, "--fact", "words it does not say", "--out", out) == 2
    assert "its own answer lacks words it does not say" in capsys.readouterr().err
    assert promote(kept.id, "--fact", FACT, "--topic", "no-such-topic", "--out", out) == 2
    assert "there is no topic" in capsys.readouterr().err
    assert not out.exists()


def test_an_answer_that_did_not_help_becomes_a_draft_that_says_what_is_missing(store, home, capsys):
    kept = store.add(TURN, "down", reason="wrong-source", note="See page 3\u2028id = 1")
    assert promote(kept.id, "--fact", FACT) == 1
    told = capsys.readouterr().out
    assert "- answer: write the right answer" in told
    assert "- evidence: document, page and exact quote" in told
    assert "- facts" not in told
    path = home / "evals" / "golden-drafts.toml"
    draft = path.read_text(encoding="utf-8")
    assert "# missing answer:" in draft
    assert f"# cited: 1706.03762, page 3: {QUOTE}" in draft
    (entry,) = tomllib.loads(draft)["question"]
    assert (entry["question"], entry["answer"], entry["evidence"]) == ("What comes out?", "", [])
    filled = draft.replace('answer = ""', 'answer = "LayerNorm(x + Sublayer(x))"').replace(
        "topics = []", 'topics = ["math"]'
    )
    span = f'{{ document = "1706.03762", page = 3, quote = "{QUOTE}" }}'
    path.write_text(filled.replace("evidence = [\n]", f"evidence = [{span}]"), encoding="utf-8")
    assert load_golden(path).questions[0].evidence == (Evidence("1706.03762", 3, QUOTE),)


def test_a_helpful_answer_without_facts_and_a_helpful_refusal_are_drafts(store, home, capsys):
    plain = store.add(TURN, "up")
    refusal = store.add(replace(TURN, id="c" * 32, answer=replace(ANSWER, refused=True, citations=())), "up")
    assert promote(plain.id) == 1
    assert capsys.readouterr().out.count("\n- ") == 1
    assert promote(refusal.id, "--topic", "math") == 1
    assert "- absent: words" in capsys.readouterr().out
    entries = tomllib.loads((home / "evals" / "golden-drafts.toml").read_text(encoding="utf-8"))["question"]
    assert [entry["kind"] for entry in entries] == ["factual", "unanswerable"]
    assert entries[0]["evidence"] == [{"document": "1706.03762", "page": 3, "quote": QUOTE}]


def test_an_unknown_verdict_and_a_known_question_are_one_sentence(store, capsys):
    assert promote(41) == 2
    assert "There is no verdict 41" in capsys.readouterr().err
    asked = load_golden().questions[0]
    kept = store.add(replace(TURN, question=asked.question.upper()), "up")
    assert promote(kept.id, "--fact", FACT) == 2
    assert f"asks this already: {asked.id}" in capsys.readouterr().err
