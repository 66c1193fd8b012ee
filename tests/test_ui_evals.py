"""The evals tab without a browser: figures beside bars and the run before, trends, missed questions, broken files."""

import html
import json
import re

import pytest
from evals_runs import GATE, facts, write_run

from ui.evals_reading import read_evals
from ui.evals_view import COMMAND, TREND_RUNS, evals_html, kind_label
from ui.plots import Bar, trend_svg


def text_of(shown):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


@pytest.mark.parametrize("exists", [False, True])
def test_an_empty_folder_teaches_the_command(tmp_path, exists):
    folder = tmp_path / "evals"
    if exists:
        folder.mkdir()
    shown = evals_html(read_evals(folder))
    assert "No run is here yet" in shown
    assert f"<code>{COMMAND}</code>" in shown
    assert str(folder) in shown


def test_the_newest_run_stands_beside_its_bars_and_the_run_before(tmp_path):
    write_run(tmp_path, "2026-11-24 10:00 UTC", {"page_hit_5": 0.9})
    write_run(tmp_path, "2026-11-24 11:00 UTC", {"page_hit_5": 0.1}, suite="retrieval")
    red = {**GATE, "red": ["a right page in the top 5: 80.0% (at most 90.0%), the bar is 95%"]}
    write_run(tmp_path, "2026-11-25 10:00 UTC", {"page_hit_5": 0.8}, gate=red)
    shown = evals_html(read_evals(tmp_path))
    row = re.search(r"<tr><td>a right page in the top 5</td>(.*?)</tr>", shown)[1]
    assert re.findall(r"<td>(.*?)</td>", row) == ["80.0% (70% to 80%)", "95%", "90.0%", "-10.0 points"]
    assert "Gate red: 1 fault." in shown
    assert "a right page in the top 5: 80.0% (at most 90.0%), the bar is 95%." in shown
    assert "The run before: 2026-11-24 10:00 UTC" in shown, "a run of another suite is not the run before"
    assert "small-answers-embedded.html" in shown
    last = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", shown.split("The last runs</h2>")[1])[1:]]
    assert [row[:20] for row in last] == ["2026-11-25 10:00 UTC", "2026-11-24 11:00 UTC", "2026-11-24 10:00 UTC"]
    assert last[0].endswith("small all answers embedded 2 Gate red: 1 fault.")
    assert last[2].endswith("Gate green.")


def test_another_kind_of_run_can_be_looked_at(tmp_path):
    write_run(tmp_path, "2026-11-24 10:00 UTC", {"page_hit_5": 0.9})
    write_run(tmp_path, "2026-11-25 11:00 UTC", {"page_hit_5": 0.1}, suite="retrieval")
    state = read_evals(tmp_path)
    newest, other = state.kinds
    assert [kind_label(kind) for kind in state.kinds] == [
        "small set, suite retrieval, model embedded",
        "small set, suite answers, model embedded",
    ]
    assert state.shown.kind == newest
    shown = evals_html(state.showing(other))
    assert "90.0% (" in shown
    assert "small-answers-embedded.html" in shown
    assert state.showing(("gone", "all", "answers", "embedded", "question")).shown == state.shown


def test_a_first_run_has_nothing_before_it_and_one_point(tmp_path):
    write_run(tmp_path, "2026-11-25 10:00 UTC", {"page_hit_5": 1.0})
    shown = evals_html(read_evals(tmp_path))
    assert "There is no earlier run of this kind." in shown
    assert "points</td>" not in shown
    assert shown.count('class="plot-dot"') == 1


def test_the_trend_goes_from_old_to_new_over_runs_of_the_same_kind(tmp_path):
    write_run(tmp_path, "2026-11-24 10:00 UTC", {"page_hit_5": 1.0}, model="ollama/x")
    for minute in range(TREND_RUNS + 2):
        write_run(tmp_path, f"2026-11-25 10:{minute:02} UTC", {"page_hit_5": minute / 100, "page_recall_10": 1.0})
    shown = evals_html(read_evals(tmp_path))
    told = re.search(r'aria-label="(a right page in the top 5: [^"]+)"', shown)[1]
    values = [float(value) for value in re.findall(r"UTC: ([\d.]+)%", told)]
    assert values == [float(minute) for minute in range(2, TREND_RUNS + 2)]
    assert shown.count("<svg") == 1, "only the main figures have a trend"


def test_a_missed_question_says_what_was_missing_and_nothing_in_it_is_html(tmp_path):
    bad = "<img src=x onerror=alert(1)>"
    write_run(
        tmp_path, "2026-11-25 10:00 UTC", {"page_hit_5": 0.5}, missing={"a": ["fact not stated", bad]}, question=bad
    )
    write_run(
        tmp_path, "2026-11-25 10:01 UTC", {"page_hit_5": 0.5, bad: 1.0}, missing={"a": [bad]}, question=bad, model=bad
    )
    shown = evals_html(read_evals(tmp_path))
    assert "<img" not in shown
    assert "Missed questions: 1" in shown
    assert f"{bad} {bad}. Right: tides#1." in html.unescape(re.sub(r"</?(b|span|li)[^>]*>", "", shown))


def test_damaged_and_foreign_files_are_a_sentence_each_and_the_others_are_shown(tmp_path):
    write_run(tmp_path, "2026-11-25 10:00 UTC", {"page_hit_5": 1.0})
    with (tmp_path / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write('{"set": "small", "sui\n[]\n')
        history.write(json.dumps({**facts(), "metrics": {"page_hit_5": float("nan")}}) + "\n")
    (tmp_path / "cut.json").write_text('{"facts": {', encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    (tmp_path / "other.json").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.json").mkdir()
    state = read_evals(tmp_path)
    assert [fault.split()[0] for fault in state.faults] == [
        "3", "bytes.json", "cut.json", "deep.json", "folder.json", "other.json",
    ]  # fmt: skip
    assert len(state.runs) == 1
    shown = evals_html(state)
    assert shown.count('class="failure"') == 6
    assert "Gate green." in shown


def test_without_the_json_the_history_still_shows_and_without_the_history_the_json(tmp_path):
    write_run(tmp_path, "2026-11-25 10:00 UTC", {"page_hit_5": 0.75})
    values = (tmp_path / "small-answers-embedded.json").read_text(encoding="utf-8")
    (tmp_path / "small-answers-embedded.json").unlink()
    shown = evals_html(read_evals(tmp_path))
    assert "The JSON of this run is not there" in shown
    assert "<td>page hit 5</td><td>75.0%</td>" in shown
    (tmp_path / "history.jsonl").unlink()
    (tmp_path / "small-answers-embedded.json").write_text(values, encoding="utf-8")
    assert "75.0% (65% to 75%)" in evals_html(read_evals(tmp_path))


def test_runs_of_before_the_gate_was_kept_and_tasks_are_shown_too(tmp_path):
    old = facts("2026-11-24 10:00 UTC")
    del old["split"]
    (tmp_path / "history.jsonl").write_text(
        json.dumps({**old, "metrics": {"page_hit_5": 0.8}}) + "\n", encoding="utf-8"
    )
    assert "No gate was recorded." in evals_html(read_evals(tmp_path))
    told = facts("2026-11-25 10:00 UTC", suite="agent", tasks=1)
    del told["questions"]
    tasks = [{"id": "t", "messages": ["Find it.", "And now?"], "faults": ["search_arxiv was not called"]}]
    figure = {"mean": 0.5, "low": 0.2, "high": 0.8, "count": 1}
    values = {"facts": told, "metrics": {"tool_choice": figure}, "tasks": tasks}
    (tmp_path / "golden-agent-embedded.json").write_text(json.dumps(values), encoding="utf-8")
    shown = text_of(evals_html(read_evals(tmp_path)))
    assert "tool choice 50.0% (20% to 80%)" in shown
    assert "Find it. / And now? search_arxiv was not called." in shown
    assert shown.count("No gate was recorded.") == 3


def test_the_tasks_of_a_run_of_all_suites_are_a_run_of_their_own(tmp_path):
    write_run(tmp_path, "2026-11-25 10:00 UTC", {"citation_on_page": 0.5}, suite="all", missing={"a": ["refused"]})
    told = facts("2026-11-25 10:00 UTC", suite="all", tasks=1)
    del told["questions"]
    figure = {"mean": 0.5, "low": 0.2, "high": 0.8, "count": 1}
    values = {"facts": told, "metrics": {"tool_choice": figure}, "tasks": []}
    (tmp_path / "a-agent-embedded.json").write_text(json.dumps(values), encoding="utf-8")
    state = read_evals(tmp_path)
    assert {run.noun for run in state.runs} == {"question", "task"}
    shown = evals_html(state)
    assert "There is no earlier run of this kind." in shown
    question_run = next(run for run in state.runs if run.noun == "question")
    assert question_run.strict == {"citation_on_page"}


def test_a_trend_keeps_inside_its_picture():
    points = [Bar("", "low", -1.0), Bar("", "high", 2.0)]
    shown = trend_svg("t", points, threshold=0.5)
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', shown)]
    assert len(heights) == 2
    assert 0 < heights[1] < heights[0] < 120
