"""Hours of mixed use in the short form, and that each of its counts can fail."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from agent.conversations import ConversationStore
from evals.soak import mixed_use
from evals.soak.kept_homes import faults_of_home
from evals.soak.learner_acts import ACTS, WEIGHTS, Book, told
from evals.soak.mixed_run import CONNECTIONS, Form, Run
from evals.soak.page_tab import PageError, Seen, buttons
from evals.soak.process_use import PROC, Use, descendants, held_by, use_of
from evals.soak.soak import Soak

needs_proc = pytest.mark.skipif(not (PROC / "self" / "smaps_rollup").exists(), reason="reads /proc of Linux")
FORM = Form(learners=2, acts=100, warm_acts=10, streamed=1, pause_seconds=1.0)
HELD = {"open handles": 50, "threads": 20, "processes": 1, "temporary files": 0, CONNECTIONS: 6}


@pytest.mark.slow
@needs_proc
def test_three_learners_use_the_page_while_documents_come_in(tmp_path, monkeypatch):
    monkeypatch.setattr(mixed_use, "MOST_GROWTH", 1.0)  # so few acts still load what is loaded once
    counts = mixed_use.measure(Soak(work=tmp_path, short=True))
    assert [f"{count.what}: {count.note}" for count in counts if count.failed > count.bar] == []
    acts, log, *_, homes = counts
    assert (acts.tried, log.tried, homes.tried) == (len(ACTS), len(ACTS), 3)
    assert f"{len(ACTS)} kinds" in acts.note


def run_of(megabytes=(1000,) * 10, **more):
    uses = [
        Use(done=10 * tenth + 5, seconds=0.0, memory_megabytes=one, handles=1, threads=1, children=0)
        for tenth, one in enumerate(megabytes)
    ]
    return Run(FORM, **{"done": Counter(ask=100), "uses": uses, "before": HELD, "after": HELD, **more})


def test_a_run_without_a_fault_keeps_every_promise():
    counts = mixed_use.counts_of(run_of())
    assert [count.state(short=False) for count in counts] == ["met"] * len(counts)


@pytest.mark.parametrize(
    ("place", "more"),
    [
        (0, {"faults": ["ask of reader0: PageError: 500"]}),
        (1, {"bad_lines": ["2026-11-26 ERROR ui: failed"]}),
        (2, {"megabytes": [1000] * 8 + [1101] * 2}),
        (3, {"after": HELD | {"open handles": 51}}),
        (3, {"after": HELD | {"temporary files": 1}}),
        (3, {"after": HELD | {"threads": 20 + mixed_use.POOL_THREADS + 1}}),
        (3, {"after": HELD | {CONNECTIONS: 10 * FORM.learners + 1}}),
        (4, {"broken_homes": {"reader0": ["The document a.md is gone."]}}),
    ],
)
def test_each_promise_can_be_missed(place, more):
    states = [count.state(short=False) for count in mixed_use.counts_of(run_of(**more))]
    assert [number for number, state in enumerate(states) if state != "met"] == [place]


def test_a_peak_is_no_growth_and_few_acts_are_no_run():
    growth, told_of = mixed_use.growth_of(run_of([1000, 1000, 1500, *[1000] * 7]))
    assert growth == 0
    assert "1,500" in told_of
    assert mixed_use.growth_of(run_of([]))[0] is None
    states = [count.state(short=False) for count in mixed_use.counts_of(run_of(done=Counter(ask=99)))]
    assert states[:2] == ["unfinished", "unfinished"]


@needs_proc
def test_what_a_process_holds_is_seen(tmp_path):
    before = held_by(os.getpid())
    with (tmp_path / "a").open("w"), (tmp_path / "chroma.sqlite3").open("w"):
        now = held_by(os.getpid())
    assert (now.handles - before.handles, now.connections - before.connections) == (1, 1)
    assert now.threads >= 1
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as child:
        assert child.pid in descendants(os.getpid())
        assert use_of(os.getpid()).children >= 1
    assert child.pid not in descendants(os.getpid())
    assert use_of(os.getpid()).memory_megabytes > 5


@needs_proc
def test_a_handle_that_sqlite_keeps_for_the_next_connection_is_not_lost(tmp_path):
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path)) as first:
        first.execute("PRAGMA journal_mode = WAL")
        first.execute("CREATE TABLE t (x)")
        before = held_by(os.getpid())
        for _ in range(3):
            with closing(sqlite3.connect(path)) as second:
                second.execute("SELECT * FROM t").fetchall()
        assert held_by(os.getpid()).handles == before.handles


def test_pictures_of_an_event_are_put_together():
    seen = Seen()
    seen.take([[{"content": "He"}], {"__type__": "update"}], is_whole=True)
    seen.take([[["append", [0, "content"], "ard"]], []], is_whole=False)
    seen.take([[["replace", [], {"__type__": "update"}]], [["replace", [], "new"]]], is_whole=False)
    assert seen.shown == [[{"content": "Heard"}], "new"]
    assert seen.text == "Heard new"


def test_a_failure_that_the_page_shows_is_an_error():
    told(Seen(shown=['<div class="failure">Stopped.</div><p class="notice-line" role="alert"></p>']))
    for shown in ('<div class="failure">Ollama is away.</div>', '<p class="notice-line" role="alert">It is gone.</p>'):
        with pytest.raises(PageError, match="is"):
            told(Seen(shown=[[{"content": shown}]]))


def test_buttons_are_found_by_their_name():
    page = '<button class="x" name="a" value="1|&quot;"></button><button value="2" name="b">'
    assert buttons(page, "a") == ['1|"']
    assert buttons(page, "b") == ["2"]


def test_what_a_home_lost_or_kept_too_long_is_named(tmp_path):
    store = ConversationStore(tmp_path / "conversations.sqlite")
    kept, gone, wedged = (store.create(name).id for name in ("kept", "gone", "wedged"))
    store.end_turn(store.begin_turn(kept, "Why?"), "stopped")
    store.begin_turn(wedged, "Why?")
    book = Book(conversations={kept, "lost"}, deleted={gone}, documents={"d1": "a.md"}, removed={"d2"}, answers=1)
    faults = faults_of_home(tmp_path, book, {"d2"})
    assert sorted(faults) == sorted(
        [
            "The conversation lost is gone.",
            f"The conversation {gone} was deleted and is there.",
            f"A turn of {wedged} is running.",
            "The document a.md is gone.",
            "The document d2 was deleted and is there.",
            "1 answers to quizzes were given, 0 are recorded.",
        ]
    )
    (tmp_path / "new").mkdir()
    assert faults_of_home(tmp_path / "new", Book(), set()) == []


def test_every_kind_of_act_has_a_weight():
    assert WEIGHTS.keys() == ACTS.keys()
    assert Path(mixed_use.ROOT / "app.py").is_file()
