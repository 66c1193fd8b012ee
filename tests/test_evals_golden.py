"""The golden set: what it holds, that every quote stands in its source, and that planted faults are found."""

import io
import json
import re
from argparse import Namespace
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest
from rich.console import Console

from curriculum.load import load_curriculum, note_paths
from errors import StudyError
from evals.answers import states_fact
from evals.golden import KINDS, SPLITS, WORDINGS, form_pattern, planned_splits
from evals.golden_check import check_golden
from evals.golden_command import run_golden
from evals.golden_reading import load_golden
from evals.questions import load_questions

PAPERS = Path(__file__).parents[2] / "shared" / "papers"
COMPLETE = {
    *("1706.03762", "1810.04805", "1907.11692", "2106.09685", "2201.11903", "2203.02155", "2210.03629"),
    *("2212.08073", "2302.13971", "2303.11366", "2305.18290", "2310.06825", "gpt", "gpt2"),
}
WITHOUT_TABLES = {"2212.08073"}
"""Constitutional AI shows its results in figures, and its method in words."""
NOTES = {path.stem for path in note_paths()}
GOLDEN = load_golden()
ENTRY = {
    "id": "planted",
    "split": "dev",
    "kind": "numeric",
    "topics": ["attention-paper"],
    "question": "How many heads run in parallel?",
    "answer": "8 heads.",
    "facts": [["8", "eight"]],
    "evidence": [
        {"document": "1706.03762", "page": 5, "quote": "In this work we employ h = 8 parallel attention layers"}
    ],
}
NOTE_EVIDENCE = {"document": "01-attention", "quote": "A query is the vector a token uses"}
needs_papers = pytest.mark.skipif(not PAPERS.is_dir(), reason="the staged papers are not here")


def written(folder, *entries):
    """A golden file with these entries, JSON values being TOML values here."""
    lines = []
    for entry in entries:
        lines.append("[[question]]")
        for key, value in entry.items():
            shown = json.dumps(value)
            if key in ("evidence", "also"):
                tables = [", ".join(f"{k} = {json.dumps(v)}" for k, v in item.items()) for item in value]
                shown = "[" + ", ".join(f"{{ {table} }}" for table in tables) + "]"
            lines.append(f"{key} = {shown}")
    path = folder / "planted.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def faults(folder, *entries):
    with pytest.raises(StudyError) as caught:
        load_golden(written(folder, *entries))
    return caught.value.message


# What it holds


def test_the_set_has_the_promised_size_and_kinds():
    kinds = Counter(item.kind for item in GOLDEN.questions)
    assert len(GOLDEN) >= 200
    assert set(kinds) == set(KINDS)
    assert kinds["comparison"] + kinds["multi-hop"] >= 30
    assert 0.09 <= kinds["unanswerable"] / len(GOLDEN) <= 0.13
    assert 0.09 <= kinds["adversarial"] / len(GOLDEN) <= 0.13
    assert min(kinds.values()) >= 10


def test_every_complete_paper_is_asked_about_over_its_pages_tables_and_captions():
    for paper in COMPLETE:
        about = [item for item in GOLDEN.questions if item.file == paper]
        assert {item.documents[0] for item in about} == {paper}
        assert len(about) >= 8, paper
        assert len({item.evidence[0].page for item in about}) >= 5, paper
        assert {"numeric", "figure-caption", "adversarial"} <= {item.kind for item in about}, paper
        if paper not in WITHOUT_TABLES:
            assert {"table", "equation"} & {item.kind for item in about}, paper


def test_no_page_of_an_incomplete_paper_is_cited():
    cited = {item.document for question in GOLDEN.questions for item in question.evidence}
    assert cited - NOTES == COMPLETE


def test_every_topic_has_three_questions_on_its_own_notes():
    topics = {str(topic.id) for topic in load_curriculum().topics}
    about = Counter(
        topic for item in GOLDEN.answerable if item.documents[0] in NOTES and item.evidence for topic in item.topics
    )
    assert len(topics) == 25
    assert {topic: about[topic] for topic in topics if about[topic] < 3} == {}


def test_adversarial_wording_comes_in_every_way():
    wordings = Counter(item.wording for item in GOLDEN.questions if item.wording)
    assert set(wordings) == set(WORDINGS)
    assert min(wordings.values()) >= 4
    long = [item.question for item in GOLDEN.questions if item.wording == "long-winded"]
    assert min(len(question.split()) for question in long) >= 45


def test_comparisons_across_papers_rest_on_several_documents():
    across = [item for item in GOLDEN.questions if item.kind in ("comparison", "multi-hop")]
    assert sum(len(item.documents) > 1 for item in across) >= 28


def test_no_question_stands_in_the_older_set_too():
    older = load_questions()
    asked = {item.question.casefold() for item in (*older.answerable, *older.unanswerable)}
    assert not asked & {item.question.casefold() for item in GOLDEN.questions}


# Splits


def test_the_splits_follow_the_rule_that_was_fixed_beforehand():
    for _, group in groupby(GOLDEN.questions, key=lambda item: item.file):
        about = list(group)
        assert [item.split for item in about] == planned_splits([(item.file, item.kind) for item in about])


@pytest.mark.parametrize("field", ["kind", "file"])
def test_each_kind_and_file_has_about_half_in_each_split(field):
    for name in {getattr(item, field) for item in GOLDEN.questions}:
        about = Counter(item.split for item in GOLDEN.questions if getattr(item, field) == name)
        assert abs(about["dev"] - about["test"]) <= 3, name
    assert abs(len(GOLDEN.of_split("dev")) - len(GOLDEN.of_split("test"))) <= 6


def test_a_question_added_at_the_end_moves_no_other():
    strata = [("a", "numeric"), ("a", "table"), ("a", "numeric"), ("a", "numeric"), ("a", "table")]
    before = planned_splits(strata)
    assert before == ["dev", "test", "test", "dev", "dev"]
    assert planned_splits([*strata, ("a", "equation"), ("a", "numeric")])[:5] == before


# Spans


@needs_papers
def test_every_quote_stands_in_its_source_and_every_absent_word_is_absent():
    checked = check_golden(GOLDEN, PAPERS)
    assert checked.faults == ()
    assert checked.unchecked == ()
    assert checked.found == sum(len(item.quotes) for item in GOLDEN.questions)


def test_numbers_of_an_answer_stand_in_its_evidence():
    for item in GOLDEN.answerable:
        text = re.sub(r"\\mathrm\{(\w+)\}", r"\1", " … ".join(span.quote for span in item.evidence))
        for forms, patterns in zip(item.facts, item.fact_patterns, strict=True):
            if any(map(str.isdigit, "".join(forms))):
                assert states_fact(text, patterns), (item.id, forms)


def test_without_the_papers_only_notes_are_looked_up(tmp_path):
    checked = check_golden(GOLDEN, tmp_path)
    assert checked.faults == ()
    assert set(checked.unchecked) == COMPLETE
    assert checked.found >= 90


def test_a_broken_span_is_found_in_a_note(tmp_path):
    broken = ENTRY | {"evidence": [NOTE_EVIDENCE, NOTE_EVIDENCE | {"quote": "A query is the vector a model uses"}]}
    checked = check_golden(load_golden(written(tmp_path, broken)), tmp_path)
    assert checked.found == 1
    assert len(checked.faults) == 1
    assert "planted: the quote 'A query is the vector a model uses' is not on 01-attention" in checked.faults[0]


@needs_papers
@pytest.mark.parametrize(
    ("page", "quote", "told"),
    [
        (6, "In this work we employ h = 8 parallel attention layers", "it stands on page 5"),
        (5, "In this work we employ h = 9 parallel attention layers", "it stands nowhere"),
        (99, "In this work we employ h = 8 parallel attention layers", "has 15 pages, page 99 is named"),
    ],
)
def test_a_moved_or_altered_span_is_found_in_a_paper(tmp_path, page, quote, told):
    planted = ENTRY | {"evidence": [{"document": "1706.03762", "page": page, "quote": quote}]}
    checked = check_golden(load_golden(written(tmp_path, planted)), PAPERS)
    assert checked.found == 0
    assert told in checked.faults[0]


def test_a_broken_quote_of_another_page_that_states_the_answer_is_found(tmp_path):
    entry = ENTRY | {"evidence": [NOTE_EVIDENCE], "facts": [["token"]], "answer": "A token."}
    other = {"document": "03-positional-encoding", "quote": "A token that stands nowhere"}
    checked = check_golden(load_golden(written(tmp_path, entry | {"also": [other]})), tmp_path)
    assert checked.found == 1
    assert len(checked.faults) == 1
    assert "is not on 03-positional-encoding" in checked.faults[0]


def test_a_pdf_that_cannot_be_read_is_a_fault(tmp_path):
    (tmp_path / "1706.03762.pdf").write_bytes(b"no pdf")
    checked = check_golden(load_golden(written(tmp_path, ENTRY)), tmp_path)
    assert checked.faults == ("planted: the PDF of 1706.03762 cannot be read.",)


def test_an_absent_word_that_is_there_is_found(tmp_path):
    entry = ENTRY | {"kind": "unanswerable", "facts": [], "evidence": [], "absent": ["soft dictionary lookup"]}
    checked = check_golden(load_golden(written(tmp_path, entry)), tmp_path)
    assert checked.faults == ("planted: 'soft dictionary lookup' is called absent and stands on 01-attention, page 1.",)


# Reading


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"evidence": [{"document": "9999.99999", "page": 1, "quote": "twelve characters"}]},
            "no document '9999.99999'",
        ),
        ({"evidence": [{"document": "1706.03762", "quote": "twelve characters"}]}, "the page of 1706.03762 is missing"),
        ({"evidence": [NOTE_EVIDENCE | {"page": 1}]}, "01-attention is a note and has no pages"),
        ({"evidence": [NOTE_EVIDENCE | {"quote": "too short"}]}, "9 characters"),
        ({"evidence": [NOTE_EVIDENCE | {"quote": "long " * 70}]}, "350 characters"),
        ({"evidence": [NOTE_EVIDENCE | {"span": [1, 2]}]}, "'span' is no field"),
        ({"evidence": []}, "no evidence"),
        ({"also": [NOTE_EVIDENCE]}, "the quote of 01-attention under `also` lacks 8 | eight"),
        ({"also": [NOTE_EVIDENCE | {"quote": "too short"}]}, "9 characters"),
        ({"also": [NOTE_EVIDENCE | {"span": [1, 2]}]}, "'span' is no field"),
        ({"also": ENTRY["evidence"]}, "1706.03762#5 has evidence already"),
        ({"facts": []}, "no facts"),
        ({"facts": [["9"]]}, "its own answer lacks 9"),
        ({"topics": ["astrology"]}, "no topic 'astrology'"),
        ({"topics": []}, "no topic"),
        ({"split": "bar"}, "'bar' is none of dev, test"),
        ({"kind": "opinion"}, "'opinion' is none of"),
        ({"kind": "adversarial"}, "has a wording"),
        ({"wording": "negated"}, "has a wording"),
        ({"answer": " "}, "is no text"),
        ({"note": "x"}, "'note' is no field"),
        ({"kind": "unanswerable"}, "needs absent words"),
        ({"absent": ["x"]}, "only an unanswerable question"),
    ],
)
def test_a_fault_of_an_entry_is_named_with_file_and_entry(tmp_path, changes, told):
    message = faults(tmp_path, ENTRY | changes)
    assert "planted.toml, planted: " in message
    assert told in message


def test_a_duplicate_question_or_id_is_found(tmp_path):
    twice = faults(tmp_path, ENTRY, ENTRY | {"question": "How many  heads run in parallel"})
    assert "the id 'planted' occurs 2 times" in twice
    assert "the question 'how many heads run in parallel' occurs 2 times" in twice


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    written(tmp_path, ENTRY | {"split": "bar"}, {"question": "?"}, ENTRY | {"id": "third", "facts": [["9"]]})
    (tmp_path / "broken.toml").write_text("[[question", encoding="utf-8")
    with pytest.raises(StudyError, match="4 faults") as caught:
        load_golden(tmp_path)
    assert all(part in caught.value.message for part in ("broken.toml", "'bar'", "entry 2: KeyError 'id'", "third"))


def test_a_folder_without_questions_is_one_sentence(tmp_path):
    with pytest.raises(StudyError, match="There are no questions in"):
        load_golden(tmp_path)


@pytest.mark.parametrize(
    ("form", "text", "is_stated"),
    [
        ("28.4", "It reaches **28.4** BLEU [3].", True),
        ("28.4", "It reaches 128.4 or 28.45.", False),
        ("16", "There are 16 of them.", True),
        ("16", "It is 16.3% and 1,600.", False),
        ("6", "It costs 3,640.", False),
        ("21%", "a 21% rate", True),
        ("fine-tuning", "Fine-Tuning is", True),
        ("rank", "ranking", False),
        ("3 TB", "3\nTB", True),
    ],
)
def test_a_form_is_a_whole_word_and_no_part_of_a_number(form, text, is_stated):
    assert states_fact(text, [form_pattern(form)]) is is_stated


# The command


def shown(golden, papers):
    console = Console(file=io.StringIO(), width=200)
    code = run_golden(Namespace(golden=golden, papers=papers), console)
    return code, console.file.getvalue()


def test_the_command_counts_and_tells_faults(tmp_path):
    code, text = shown(written(tmp_path, ENTRY | {"evidence": [NOTE_EVIDENCE]}), tmp_path)
    assert code == 0
    assert "1 quotes stand in their sources; 0 faults." in text
    assert re.search(r"numeric +1 dev +0 test", text)
    code, text = shown(
        written(tmp_path, ENTRY | {"evidence": [NOTE_EVIDENCE | {"quote": "not in the note"}]}), tmp_path
    )
    assert code == 1
    assert "planted: the quote" in text
    code, text = shown(written(tmp_path, ENTRY), tmp_path)
    assert (code, "the PDF is not there: 1706.03762" in text) == (0, True)
    assert SPLITS == ("dev", "test")
