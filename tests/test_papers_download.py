"""A PDF comes whole or not at all, and an interrupted one is taken up where it stopped."""

import json
import threading
import time

import pytest
from arxiv_server import ArxivServer

from errors import DownloadError, FetchStoppedError, HomeError
from papers import download as download_module
from papers.client import ArxivClient
from papers.download import PdfSource, download_pdf

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2000 + b"\n%%EOF\n"
HALF = len(PDF) // 2


@pytest.fixture
def server():
    with ArxivServer() as running:
        running.add_paper(id="2401.00001", title="Small Models", pdf=PDF)
        yield running


@pytest.fixture
def fetch(server, tmp_path):
    client = ArxivClient(
        tmp_path / "arxiv", api_url=server.url, pdf_url=server.url, spacing_seconds=0.03, timeout_seconds=0.3
    )

    def run(name="2401.00001v1", **options):
        source = PdfSource(url=f"{server.url}/pdf/{name}", name=name, page_url=f"https://arxiv.org/abs/{name}")
        download_pdf(client.transport, source, tmp_path / "pdf" / "paper.pdf", **options)
        return (tmp_path / "pdf" / "paper.pdf").read_bytes()

    return run


def names(tmp_path):
    return sorted(path.name for path in (tmp_path / "pdf").iterdir())


def fault_of(fetch, **options):
    with pytest.raises(DownloadError) as caught:
        fetch(**options)
    assert caught.value.hint
    return caught.value.message


def test_a_whole_pdf_with_progress(fetch, tmp_path):
    heard = []
    assert fetch(progress=lambda done, total: heard.append((done, total))) == PDF
    assert heard[0] == (0, len(PDF))
    assert heard[-1] == (len(PDF), len(PDF))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert names(tmp_path) == ["paper.pdf"]


@pytest.mark.parametrize("kind", ["truncated", "stall-body"])
def test_a_broken_download_goes_on_where_it_stopped(fetch, server, kind):
    server.fail_next(kind)
    assert fetch() == PDF
    second = server.requests[1].headers
    assert second["range"] == f"bytes={HALF}-"
    assert second["if-range"].startswith('"')


def test_a_stopped_download_goes_on_in_the_next_run(fetch, server, tmp_path):
    server.fail_next("stall-body")
    stop = threading.Event()
    with pytest.raises(FetchStoppedError):
        fetch(progress=lambda done, _: done and stop.set(), cancelled=stop.is_set)
    begun = (tmp_path / "pdf" / "paper.pdf.part").stat().st_size
    assert begun
    assert fetch() == PDF
    assert server.requests[1].headers["range"] == f"bytes={begun}-"


def test_a_server_without_ranges_sends_it_whole(fetch, server):
    server.ranges = False
    server.fail_next("truncated")
    assert fetch() == PDF
    assert "range" in server.requests[1].headers


def test_a_file_that_changed_meanwhile_is_fetched_whole(fetch, server, tmp_path):
    server.fail_next("truncated", times=4)
    assert "broke off" in fault_of(fetch)
    assert (tmp_path / "pdf" / "paper.pdf.part").is_file()
    other = b"%PDF-1.4\nanother\n%%EOF\n"
    server.add_paper(id="2401.00001", title="Small Models", pdf=other)
    assert fetch() == other


@pytest.mark.parametrize("note", ["", "{", "{}", json.dumps({"url": "http://other/", "validator": '"x"'})])
def test_a_beginning_of_unknown_origin_is_dropped(fetch, server, tmp_path, note):
    (tmp_path / "pdf").mkdir()
    (tmp_path / "pdf" / "paper.pdf.part").write_bytes(b"%PDF of something else")
    (tmp_path / "pdf" / "paper.pdf.part.json").write_text(note)
    assert fetch() == PDF
    assert "range" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("kind", "expected", "requests"),
    [
        ("html", "a web page instead of the PDF", 1),
        ("404", "has no PDF", 1),
        ("huge", "larger than 100 MB", 1),
        ("redirect", "leads to another host", 1),
        ("429", "is busy", 4),
        ("truncated", "broke off", 4),
    ],
)
def test_what_cannot_be_had_is_one_sentence(fetch, server, tmp_path, kind, expected, requests):
    server.fail_next(kind, times=10)
    assert expected in fault_of(fetch)
    assert server.count() == requests
    assert "paper.pdf" not in names(tmp_path)


def test_a_web_page_under_the_name_of_a_pdf(fetch, server, tmp_path):
    server.papers["2401.00001"][1].pdf = b"\n<!DOCTYPE html><html>Log in first</html>"
    assert "a web page instead of the PDF" in fault_of(fetch)
    server.papers["2401.00001"][1].pdf = b"not a PDF at all" * 100
    assert "is no PDF" in fault_of(fetch)
    assert names(tmp_path) == []


def test_a_body_without_end_is_cut(fetch, server, monkeypatch, tmp_path):
    monkeypatch.setattr(download_module, "MOST_BYTES", 3_000_000)
    server.fail_next("endless")
    assert "larger than 3 MB" in fault_of(fetch)
    assert names(tmp_path) == []


def test_a_stalled_download_can_be_stopped(fetch, server):
    server.fail_next("stall")
    started = time.monotonic()
    with pytest.raises(FetchStoppedError):
        fetch(cancelled=lambda: time.monotonic() > started + 0.15)
    assert time.monotonic() - started < 1


def test_a_folder_that_cannot_be_written(fetch, tmp_path):
    (tmp_path / "pdf").write_text("in the way")
    with pytest.raises(HomeError, match="cannot be written"):
        fetch()
