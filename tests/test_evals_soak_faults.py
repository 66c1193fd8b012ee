"""Faults of the model, of arXiv and of files, in the short form of `make soak`, and that each count can fail."""

import json
import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from agent.answers import Answer
from agent.events import AnswerFinished, ModelRetry, ToolStarted, TurnFailed
from agent.retries import RetryRules
from errors import ArxivError, OversizedDocumentError
from evals.soak import arxiv_faults, fuzz, hostile_files, model_faults
from evals.soak.fault_server import HEALTHY, Fault, fault_server
from evals.soak.hostile_pdfs import PDFS
from evals.soak.hostile_texts import TEXTS
from evals.soak.soak import Soak
from ingestion.chunking import chunk_document
from ingestion.load import load_document
from ingestion.loaders.text import load_text
from ingestion.tokens import approximate_tokens


@pytest.fixture
def short(tmp_path):
    return Soak(work=tmp_path, short=True)


def broken(counts):
    return [f"{count.what}: {count.note}" for count in counts if count.failed > count.bar]


# The model's server


@pytest.mark.slow
def test_each_fault_of_the_model_ends_in_a_sentence_and_the_next_turn_works(short, monkeypatch):
    monkeypatch.setattr(model_faults, "LATE_SECONDS", 60.0)  # a machine that stands still is no fault
    counts = model_faults.measure(short)
    assert broken(counts) == []
    kinds, passing = len(model_faults.KINDS), len(model_faults.PASSING)
    assert [count.tried for count in counts] == [kinds, kinds, kinds, passing]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder, rules = tmp_path_factory.mktemp("desk"), RetryRules(first_seconds=0.01)
    with fault_server() as server, model_faults._Desk(folder, server, 20.0, rules) as opened:
        yield opened


def ask(desk, provider, **fault):
    conversation = desk.tutor.conversations.create("Fox").id
    desk.server.arm(Fault(**fault))
    asked = desk.last_event(f"{provider}/{model_faults.MODEL}", "What of the fox?", conversation)
    return model_faults.asyncio.run(asked)


@pytest.mark.parametrize("provider", model_faults.PROVIDERS)
@pytest.mark.parametrize("variant", range(6))
def test_an_answer_that_cannot_be_read_is_never_whole(desk, provider, variant):
    event = ask(desk, provider, kind="cut-json", variant=variant)
    if isinstance(event, AnswerFinished):
        assert any("may stop early" in notice for notice in event.answer.notices)
    else:
        assert "cannot be read" in event.message or "broke off" in event.message


def test_an_answer_of_what_nobody_sees_is_empty(desk):
    assert "empty answer" in ask(desk, "ollama", kind="empty", variant=3).message


@pytest.mark.parametrize("provider", model_faults.PROVIDERS)
def test_a_busy_server_is_asked_again_and_a_long_pause_is_not_waited_for(desk, provider):
    assert HEALTHY in ask(desk, provider, kind="status-500", times=1).answer.text
    assert len(desk.server.calls) == 2
    event = ask(desk, provider, kind="status-429", variant=2)
    assert "too many requests" in event.message
    assert len(desk.server.calls) == 1


def answer(text):
    return Answer(
        text=text, sentences=(), citations=(), refused=False, model="m", seconds=1.0, first_token_seconds=None
    )


def test_ends_that_nobody_can_read_are_counted():
    fault = model_faults.ending_fault
    assert fault(TurnFailed("Ollama does not answer.", "Run: ollama serve."), "refused") == ""
    assert fault(TurnFailed("Ollama does not answer.", ""), "refused")
    assert fault(TurnFailed("ConnectError: all attempts failed", "Look."), "refused")
    assert fault(TurnFailed("Something went wrong while answering.", "Ask again."), "refused")
    assert fault(TurnFailed("Ollama does not answer.", "Run: ollama serve."), "tool-loop")
    assert fault(AnswerFinished("c", "t", answer("\u200b ")), "empty") == "The answer is empty."
    assert fault(AnswerFinished("c", "t", answer("The fox")), "cut-json")


def test_what_takes_too_long_or_is_asked_too_often_is_counted():
    fault, bound = Fault(kind="status-429", after=1), partial(model_faults.bound_fault, least_pause=0.3)
    assert bound(1.0, [0.0, 0.1, 0.7, 1.9], fault, 8.0) == ""
    assert "asked again after" in bound(1.0, [0.0, 0.1, 0.2], fault, 8.0)
    assert "4 times" in bound(1.0, [0.0, 1.0, 2.0, 3.0, 4.0], fault, 8.0)
    assert "30.0 s" in bound(30.0, [0.0], fault, 8.0)


def test_faults_that_went_away_and_were_not_overcome_are_counted():
    fault, again = Fault(kind="status-500", times=1), ModelRetry("It failed.", 1.0, 2, 3)
    end = AnswerFinished("c", "t", replace(answer(HEALTHY), retries=1))
    tool = ToolStarted("1", "search_library", {})

    def overcome(*events):
        return model_faults._overcome(events, fault)["overcome"]

    assert overcome(again, end) == ""
    assert "ended so" in overcome(again, TurnFailed("It failed.", "Look."))
    assert "the learner was told 0 times" in overcome(end)
    assert "asked again 3 times" in overcome(again, again, again, end)
    assert "1 tools ran" in overcome(tool, again, end)


# arXiv


@pytest.mark.slow
def test_each_fault_of_arxiv_is_overcome_or_told(short, monkeypatch):
    monkeypatch.setattr(arxiv_faults, "TRY_SECONDS", 90.0)
    counts = arxiv_faults.measure(short)
    assert broken(counts) == []
    assert min(count.tried for count in counts) > 0


def test_ends_of_a_fetch_that_are_none_are_counted():
    fault = arxiv_faults.ending_fault
    told = ArxivError("arXiv cannot be reached.", hint="Try again.")
    assert fault(told, "503", is_once=False) == ""
    assert fault("whole", "503", is_once=True) == ""
    assert fault(told, "503", is_once=True)
    assert fault(ArxivError("arXiv cannot be reached."), "503", is_once=False)
    assert fault("whole", "redirect to loopback", is_once=True)
    assert fault("other", "cut", is_once=True)


def test_requests_too_many_or_too_soon_are_counted():
    bound = arxiv_faults.bound_fault
    assert bound([0.0, 3.0, 6.0, 12.0], 1.0) == ""
    assert "5 requests" in bound([0.0, 3.0, 6.0, 9.0, 12.0], 1.0)
    assert "2.00 s apart" in bound([0.0, 3.0, 5.0], 1.0)
    assert "took" in bound([0.0], 100.0)


def test_workers_that_do_not_wait_are_seen():
    outcome = {"pauses": [3.1, 0.2, 3.0], "missing": 1, "spacing": 3.0}
    assert arxiv_faults._spaced([outcome]).failed == 2


# Files


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="makes pipes, and measures processes as POSIX does")
def test_hostile_files_end_in_text_or_a_sentence(short, monkeypatch):
    monkeypatch.setattr(hostile_files, "MOST_SECONDS", 80.0)  # a machine that stands still is no fault
    (count,) = hostile_files.measure(short)
    assert broken([count]) == []
    assert count.tried == len(hostile_files.SHORT)


def test_there_are_forty_hostile_files_of_our_own_and_each_part_of_a_promise_can_fail():
    assert len(PDFS.keys() | TEXTS.keys()) >= 40
    good = {"kind": "text", "message": "", "hint": "", "wrong": 0, "seconds": 1.0, "megabytes": 90}
    fault = hostile_files.fault_of
    assert fault(good) == ""
    assert "31.0 s" in fault(good | {"seconds": 31.0})
    assert "1,100 MB" in fault(good | {"megabytes": 1_100})
    assert "defect" in fault(good | {"kind": "defect", "message": "KeyError: 1"})
    assert "No clear sentence" in fault(good | {"kind": "fault"})
    assert "not what stands" in fault(good | {"wrong": 2})


def test_too_much_text_is_refused_before_it_takes_long(tmp_path, monkeypatch):
    (tmp_path / "long.md").write_text("word " * 2_000_000)
    with pytest.raises(OversizedDocumentError, match="MB of text"):
        load_document(tmp_path / "long.md")
    (tmp_path / "tags.html").write_text("<html><body>" + "<b>" * 200_000)
    with pytest.raises(OversizedDocumentError, match="tags"):
        load_document(tmp_path / "tags.html")
    cells = [{"cell_type": "markdown", "source": "word " * 700_000}] * 2
    (tmp_path / "long.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    with pytest.raises(OversizedDocumentError, match="cells"):
        load_document(tmp_path / "long.ipynb")


def test_a_paragraph_of_many_lines_is_one(tmp_path):
    (tmp_path / "lines.md").write_text("A line.\n" * 100 + "Its end.\n===\n\nFirst\nsecond  \nthird\n")
    text = load_document(tmp_path / "lines.md").pages[0].text
    assert text == "A line. " * 100 + "Its end.\n\nFirst second\n\nthird"


@pytest.mark.parametrize("name", ["emphasis.md", "open_marks.md", "brackets.md", "many_titles.md", "prose_and_rows.md"])
def test_marks_that_are_never_closed_take_seconds_and_not_hours(tmp_path, name):
    TEXTS[name](tmp_path / name)
    text = (tmp_path / name).read_text()
    (tmp_path / name).write_text(text[:100_000])
    started = time.process_time()
    chunk_document(load_document(tmp_path / name), count_tokens=approximate_tokens, max_tokens=256)
    assert time.process_time() - started < 10  # under a second; unbounded, more than a minute


# Made-up texts


def test_made_up_texts_pass(short):
    (count,) = fuzz.measure(short)
    assert broken([count]) == []


@pytest.mark.parametrize(
    ("place", "broken_one", "words"),
    [
        ("split_sentences", lambda text: [(0, len(text) // 2)], "no sentence"),
        ("clean_text", lambda text: text, "invisible"),
    ],
)
def test_a_cleaner_that_fails_is_found_and_made_small(place, broken_one, words, monkeypatch):
    monkeypatch.setattr(fuzz, place, broken_one)
    check = fuzz.check_sentences if place == "split_sentences" else fuzz.check_characters
    outcome = fuzz.one_piece(check, 1, 20.0)
    assert words in outcome["faults"][0]
    assert len(outcome["faults"][0]) < 120


def test_chunks_that_lose_text_or_are_too_long_are_found(monkeypatch):
    document = load_text(Path("note.txt"), b"The fox runs. " * 60)
    assert fuzz.chunk_faults(document) == ""
    monkeypatch.setattr(fuzz, "chunk_document", lambda *_, **options: [])
    assert "in no chunk" in fuzz.chunk_faults(document)
    whole = chunk_document(document, count_tokens=approximate_tokens, max_tokens=256)
    monkeypatch.setattr(fuzz, "chunk_document", lambda *_, **options: whole)
    assert "the limit is 64" in fuzz.chunk_faults(document)
