"""`python -m evals run` on the small library: it goes on after an interruption and says what is wrong."""

import json
from dataclasses import replace

import pytest
from evals_outcomes import outcome

from evals import run_command
from evals.__main__ import main
from evals.cases import case_of, cases_of
from evals.keeping import Kept, code_digest, files_digest
from evals.outcome import Outcome
from evals.plan import SMALL, evenly, load_cases
from evals.questions import load_questions

CASES = cases_of(load_questions(SMALL / "questions.toml"))


def test_an_outcome_survives_the_way_to_json_and_back():
    first = outcome("a", {"page_hit_5": 1.0})
    assert Outcome.from_dict(json.loads(json.dumps(first.to_dict()))) == first
    assert first.to_dict()["found"][0]["page"] == "tides#1"


def test_finished_results_are_kept_and_a_cut_line_is_asked_again(tmp_path):
    file = tmp_path / "deep" / "run.jsonl"
    kept = Kept(file, ["model"])
    assert kept.get(CASES[0]) is None
    for case in CASES[:2]:
        kept.add(case, outcome(case.id, {}))
    with file.open("a", encoding="utf-8") as broken:
        broken.write('{"key": "abc", "outc')
    again = Kept(file, ["model"])
    assert again.count_at_start == 2
    assert again.get(CASES[1]) == outcome(CASES[1].id, {})
    assert again.get(CASES[2]) is None


def test_results_of_other_circumstances_or_another_wording_are_not_taken(tmp_path):
    file = tmp_path / "run.jsonl"
    Kept(file, ["model", "code 1"]).add(CASES[0], outcome("a", {}))
    assert Kept(file, ["model", "code 1"]).get(CASES[0])
    assert Kept(file, ["model", "code 2"]).get(CASES[0]) is None
    assert Kept(file, ["model", "code 1"]).get(replace(CASES[0], question="Another one?")) is None
    kept = Kept(file, ["model", "code 1"])
    kept.forget()
    assert not file.exists()
    assert kept.get(CASES[0]) is None


def test_the_circumstances_are_what_can_change_an_answer(tmp_path):
    assert code_digest() == code_digest()
    file = tmp_path / "a.md"
    file.write_text("one", encoding="utf-8")
    before = files_digest([file])
    file.write_text("two", encoding="utf-8")
    assert files_digest([file]) != before


def test_a_limit_takes_from_all_parts_of_the_set():
    assert [case.id for case in evenly(CASES, 4)] == [CASES[place].id for place in (0, 7, 14, 21)]
    assert evenly(CASES, 100) == CASES


def test_the_sets_become_cases():
    golden = load_cases("golden")
    assert {case.split for case in golden} == {"dev", "test"}
    assert all(case.reference and case.facts and case.evidence and case.pages for case in golden if case.answerable)
    assert not any(case.pages or case.facts for case in golden if not case.answerable)
    assert {case.split for case in load_cases("questions")} == {"dev", "bar"}
    assert case_of(CASES[0]) is CASES[0]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_and_leaves_a_report(tmp_path, monkeypatch, capsys):
    arguments = ["run", "--set", "small", "--suite", "retrieval", "--limit", "6", "--beside", "bm25"]
    arguments += ["--out", str(tmp_path / "out"), "--home", str(tmp_path / "home")]
    asked = []
    ask = run_command.run_question

    def interrupted(assistant, item, **options):
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(item.id)
        return ask(assistant, item, **options)

    monkeypatch.setattr(run_command, "run_question", interrupted)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "interrupted" in said
    assert "finished results are kept" in said

    def counted(assistant, item, **options):
        asked.append(item.id)
        return ask(assistant, item, **options)

    monkeypatch.setattr(run_command, "run_question", counted)
    assert main(arguments) == 0
    assert len(asked) == len(set(asked)) == 6
    said = capsys.readouterr().out
    assert said.count(" kept ") == 3
    assert "BM25 alone" in said
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"small-retrieval-embedded.html", "small-retrieval-embedded.json", "history.jsonl"}
    read = json.loads((tmp_path / "out" / "small-retrieval-embedded.json").read_text(encoding="utf-8"))
    assert [system["system"] for system in read["systems"]] == ["embedded", "BM25 alone"]
    assert read["systems"][0]["metrics"]["page_hit_5"]["mean"] == 1.0
    assert len(read["questions"]) == 6
    history = (tmp_path / "out" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    line = json.loads(history[0])
    assert line["metrics"]["page_mrr"] > 0.9
    assert line["file"] == "small-retrieval-embedded"
    assert line["gate"] == read["gate"]
    assert line["gate"]["red"] == []
    assert line["gate"]["at_least"]["page_mrr"] == 0.9
    assert read["labels"]["page_mrr"] == "MRR of pages"
    assert read["missing"] == {}, "where only the search was asked, no answer is missing"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--suite", "judge", "--set", "small"], "needs a model that judges"),
        (["--set", "small", "--split", "test"], "No question of the small set is left to ask"),
        (["--set", "golden", "--papers", "absent-folder"], "There are no PDFs in absent-folder"),
    ],
)
def test_what_cannot_run_is_one_sentence(arguments, sentence, tmp_path, capsys):
    assert main(["run", *arguments, "--out", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err


def test_a_broken_span_stops_the_run_before_it_begins(tmp_path, monkeypatch, capsys):
    broken = replace(CASES[0], evidence=(replace(CASES[0].evidence[0], quote="The tower is 99 metres high"),))
    monkeypatch.setattr("evals.plan.load_cases", lambda name: [broken])
    assert main(["run", "--set", "small", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "tower-height: lighthouse#1 does not say 'The tower is 99 metres high'" in said
