"""Fetching the roadmap's papers: once, resumable, and a failure never stops the rest."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from arxiv_server import ArxivServer
from toy_embedder import ToyEmbedder

from curriculum.load import load_curriculum
from errors import ArxivError
from papers.service import open_papers
from vectorstore.library import Library

ROOT = Path(__file__).resolve().parent.parent
WHOLE = load_curriculum()
SMALL = replace(WHOLE, papers=tuple(paper for paper in WHOLE.papers if paper.year in (2014, 2017)))
"""Three papers, all on arXiv."""
CHILD = """
import sys
from pathlib import Path
sys.path[:0] = ["tests"]
from toy_embedder import ToyEmbedder
from curriculum.load import load_curriculum
from papers.service import open_papers
from vectorstore.library import Library
home, url = Path(sys.argv[1]), sys.argv[2]
with Library.open(home / "library", ToyEmbedder()) as library:
    service = open_papers(library, load_curriculum(), home, api_url=url, pdf_url=url, spacing_seconds=0.01)
    service.add("1706.03762", progress=lambda state: print(state.stage, state.bytes_done, flush=True))
"""


@pytest.fixture
def server():
    with ArxivServer() as running:
        for paper in WHOLE.papers:
            if paper.arxiv_id:
                running.add_paper(id=paper.arxiv_id, title=paper.title, version=4)
        yield running


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()) as opened:
        yield opened


def opened(server, library, home, curriculum=SMALL):
    urls = {"api_url": server.url, "pdf_url": server.url}
    return open_papers(library, curriculum, home, **urls, spacing_seconds=0.01, timeout_seconds=0.4)


def statuses(report):
    return {outcome.paper_id: outcome.status for outcome in report.papers}


def test_all_papers_once(server, library, tmp_path):
    service, heard, ended = opened(server, library, tmp_path), [], []
    report = service.fetch_roadmap(heard.append, ended=ended.append)
    assert ended == list(report.papers)
    assert statuses(report) == dict.fromkeys(("1706.03762", "1409.0473", "1707.06347"), "added")
    assert {outcome.version for outcome in report.papers} == {4}
    assert (server.count("api"), server.count("pdf")) == (1, 3)
    assert len(library.documents()) == 3
    assert sorted({state.files_done for state in heard}) == [0, 1, 2]
    assert {state.files_total for state in heard} == {3}
    assert {state.paper for state in heard if state.stage == "download"} == {
        paper.title for paper in library.documents()
    }
    again = service.fetch_roadmap(ended=ended.append)
    assert len(ended) == 3
    assert set(statuses(again).values()) == {"already"}
    assert {outcome.version for outcome in again.papers} == {4}
    assert server.count() == 4
    assert report.to_dict()["papers"][0]["version"] == 4


def test_a_failure_is_listed_and_the_rest_goes_on(server, library, tmp_path):
    del server.papers["1409.0473"]
    server.papers["1707.06347"][4].pdf = None
    report = opened(server, library, tmp_path).fetch_roadmap()
    assert statuses(report)["1706.03762"] == "added"
    failed = {outcome.paper_id: outcome.error.message for outcome in report.with_status("failed")}
    assert failed == {
        "1707.06347": "arXiv has no PDF of 1707.06347v4.",
        "1409.0473": "arXiv knows no paper 1409.0473.",
    }
    server.add_paper(id="1707.06347", title="PPO", version=4)
    again = opened(server, library, tmp_path).fetch_roadmap()
    assert statuses(again)["1707.06347"] == "added"


def test_an_arxiv_that_went_away_is_not_asked_for_every_paper(server, library, tmp_path):
    server.fail_next("drop", times=1000, only="pdf")
    report = opened(server, library, tmp_path, replace(WHOLE, papers=WHOLE.papers[:20])).fetch_roadmap()
    assert server.count("pdf") == 3 * 4
    assert set(statuses(report).values()) == {"failed"}
    assert report.papers[-1].error.message == "It was not tried: arXiv does not answer."


def test_no_answer_about_the_papers_is_an_error(server, library, tmp_path):
    server.fail_next("malformed")
    with pytest.raises(ArxivError, match="cannot be read"):
        opened(server, library, tmp_path).fetch_roadmap()


def test_a_stopped_run_keeps_what_it_has(server, library, tmp_path):
    service = opened(server, library, tmp_path)
    report = service.fetch_roadmap(cancelled=lambda: len(library.documents()) == 1)
    assert set(statuses(report).values()) == {"added", "cancelled"}
    assert "the next run goes on from there" in report.notices[-1]
    assert set(statuses(service.fetch_roadmap()).values()) == {"already", "added"}
    assert len(library.documents()) == 3


def test_all_35_papers_of_the_roadmap_are_asked_for_in_one_question(server, library, tmp_path):
    on_arxiv = [paper for paper in WHOLE.papers if paper.arxiv_id]
    assert len([paper for paper in on_arxiv if paper.origin == "roadmap"]) == 24
    server.fail_next("404", times=1000, only="pdf")
    report = opened(server, library, tmp_path, WHOLE).fetch_roadmap()
    assert len(report.papers) == len(on_arxiv) == 35
    assert server.count("api") == 1
    assert len(server.requests[0].query["id_list"].split(",")) == 35


def run_until(home, url, mark):
    """Start an add in a process of its own and kill it at the first progress line that matches `mark`."""
    command = [sys.executable, "-c", CHILD, str(home), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        for line in process.stdout:
            if re.match(mark, line):
                break
        process.kill()
    return line


@pytest.mark.parametrize("mark", ["download [1-9]", "ingest"])
def test_a_kill_at_any_stage_loses_nothing(server, tmp_path, mark):
    if mark.startswith("download"):
        server.fail_next("stall-body", only="pdf")
    assert re.match(mark, run_until(tmp_path, server.url, mark))
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        service = opened(server, library, tmp_path)
        added = service.add("1706.03762")
        assert added.status in ("added", "already")
        assert len(library.documents()) == 1
        (record,) = service.fetched()
        assert (record.document_id, record.record.version) == (added.document_id, 4)
        assert record.added_at
    downloads = [request for request in server.requests if request.kind == "pdf"]
    assert ["range" in request.headers for request in downloads] == ([False] if mark == "ingest" else [False, True])
