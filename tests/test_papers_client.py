"""The client against an arXiv of our own: good answers, bad answers, none at all."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from arxiv_server import ArxivServer

from errors import ArxivError, FetchStoppedError
from papers import client as client_module
from papers.client import ArxivClient
from papers.pacing import Clock
from papers.retry_after import seconds_of
from papers.values import ArxivId

SPACING = 0.02
DPO = ArxivId("2305.18290")


class Wall:
    """A wall clock to turn; the other clocks are real."""

    def __init__(self):
        self.offset = 0.0
        self.clock = Clock(wall=lambda: time.time() + self.offset)


@pytest.fixture
def server():
    with ArxivServer() as running:
        running.add_paper(
            id="2305.18290", title="Direct Preference Optimization", version=2, abstract="Without reward."
        )
        running.add_paper(
            id="2305.18290", title="Direct Preference Optimization", version=3, abstract="Without reward."
        )
        running.add_paper(
            id="2106.09685",
            title="LoRA: Low-Rank Adaptation",
            authors=("Edward Hu",),
            categories=("cs.CL", "cs.LG"),
            published=datetime(2021, 6, 17, tzinfo=UTC),
        )
        yield running


@pytest.fixture
def make(server, tmp_path):
    def build(**options):
        options = {"spacing_seconds": SPACING, "timeout_seconds": 0.3, **options}
        return ArxivClient(tmp_path / "arxiv", api_url=server.url, pdf_url=server.url, **options)

    return build


def ids(answer):
    return [str(record.id) for record in answer.records]


def fault_of(client, **options):
    with pytest.raises(ArxivError) as caught:
        client.get([DPO], **options)
    assert caught.value.hint
    return caught.value.message


def test_search_and_lookup(make, server):
    client = make()
    assert ids(client.search("preference optimization")) == ["2305.18290v3"]
    assert ids(client.search(author="Hu, Edward", category="cs")) == ["2106.09685v1"]
    assert ids(client.search("rank", since="2021-06", until="2021-06")) == ["2106.09685v1"]
    assert ids(client.search("rank", since="2022")) == []
    assert ids(client.get([ArxivId("2106.09685"), ArxivId("2305.18290", 2), DPO])) == [
        "2106.09685v1",
        "2305.18290v2",
        "2305.18290v3",
    ]
    first = server.requests[0]
    assert first.query["sortBy"] == "relevance"
    assert first.headers["user-agent"].startswith("roadmap-study-assistant/")
    assert server.requests[1].query["sortBy"] == "submittedDate"
    assert min(server.gaps()) >= SPACING
    assert server.most_at_once == 1


def test_many_words_are_relaxed_and_said_so(make):
    answer = make().search("preference optimization of giraffes")
    assert ids(answer) == ["2305.18290v3"]
    assert answer.notices == ("No paper has all of these words; these have some of them.",)


def test_nothing_to_search_for(make, server):
    with pytest.raises(ArxivError, match="nothing to search for"):
        make().search(" ?! ")
    assert not server.requests


def test_a_day_of_memory(make, server):
    wall = Wall()
    client = make(clock=wall.clock)
    assert not client.get([DPO]).from_cache
    assert client.get([DPO]).from_cache
    assert make(clock=wall.clock).get([DPO]).from_cache
    wall.offset = 23.9 * 3600
    assert client.get([DPO]).from_cache
    wall.offset = 24.1 * 3600
    assert not client.get([DPO]).from_cache
    wall.offset = -48 * 3600  # stored in what is now the future
    assert not client.get([DPO]).from_cache
    assert server.count() == 3


def test_an_empty_answer_is_remembered_for_minutes(make, server):
    wall = Wall()
    client = make(clock=wall.clock)
    assert ids(client.get([ArxivId("2401.99999")])) == []
    assert server.count() == 2  # asked once more, in case it was a hiccup
    wall.offset = 10 * 60
    assert client.get([ArxivId("2401.99999")]).from_cache
    wall.offset = 20 * 60
    server.add_paper(id="2401.99999", title="New")
    assert ids(client.get([ArxivId("2401.99999")])) == ["2401.99999v1"]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"url": 1}', b"\xff\xfe", None])
def test_damaged_memory_is_left_out(make, server, tmp_path, damage):
    client = make()
    client.get([DPO])
    (path,) = (tmp_path / "arxiv" / "answers").iterdir()
    path.write_bytes(path.read_bytes().replace(b"Preference", b"Prejudice_") if damage is None else damage)
    answer = client.get([DPO])
    assert answer.records[0].title == "Direct Preference Optimization"
    assert not answer.from_cache
    assert client.get([DPO]).from_cache


def test_memory_that_cannot_be_written_is_no_fault(make, tmp_path):
    (tmp_path / "arxiv").mkdir()
    (tmp_path / "arxiv" / "answers").write_text("in the way")
    assert ids(make().get([DPO])) == ["2305.18290v3"]


def test_an_old_answer_serves_when_arxiv_does_not(make, server):
    wall = Wall()
    client = make(clock=wall.clock)
    client.get([DPO])
    wall.offset = 30 * 3600
    server.fail_next("drop", times=10)
    answer = client.get([DPO])
    assert ids(answer) == ["2305.18290v3"]
    assert "This is its answer of 30 hours ago." in answer.notices[0]
    wall.offset = 8 * 24 * 3600
    assert "broke off" in fault_of(client)


@pytest.mark.parametrize("kind", ["429", "503", "500", "drop", "stall", "stall-body", "empty"])
def test_one_fault_is_overcome(make, server, kind):
    server.fail_next(kind)
    started = time.monotonic()
    assert ids(make().get([DPO])) == ["2305.18290v3"]
    assert server.count() == 2
    assert time.monotonic() - started < 2
    assert server.gaps()[0] >= (SPACING if kind == "empty" else 2 * SPACING)


@pytest.mark.parametrize(
    ("kind", "expected", "requests"),
    [
        ("429", "arXiv is busy (HTTP 429)", 4),
        ("503", "arXiv is busy (HTTP 503)", 4),
        ("drop", "broke off", 4),
        ("malformed", "cannot be read", 1),
        ("bomb", "document type", 1),
        ("html", "a web page instead of an answer", 1),
        ("404", "refused the question (HTTP 404)", 1),
        ("redirect", "leads to another host ('elsewhere.example')", 1),
    ],
)
def test_a_fault_that_stays_is_one_sentence(make, server, kind, expected, requests):
    server.fail_next(kind, times=10)
    assert expected in fault_of(make())
    assert server.count() == requests


def test_back_off_grows(make, server):
    server.fail_next("503", times=3)
    make().get([DPO])
    assert [gap >= least for gap, least in zip(server.gaps(), (0.04, 0.08, 0.16), strict=True)] == [True] * 3


def test_retry_after_is_honoured_by_everybody(make, server):
    server.fail_next("429", retry_after="1")
    client, other = make(), make()
    results = []
    thread = threading.Thread(target=lambda: results.append(client.get([DPO])))
    thread.start()
    while not server.requests:
        time.sleep(0.01)
    results.append(other.search("rank"))
    thread.join()
    assert len(results) == 2
    assert server.gaps()[0] >= 1.0
    assert min(server.gaps()[1:]) >= SPACING


def test_retry_after_as_a_date(make, server):
    moment = datetime.now(UTC) + timedelta(seconds=2)
    server.fail_next("503", retry_after=format_datetime(moment, usegmt=True))
    make().get([DPO])
    assert server.gaps()[0] >= 0.9  # the header counts whole seconds


def test_a_long_retry_after_ends_the_wait_and_holds_for_the_next(make, server):
    server.fail_next("429", retry_after="900")
    assert "asks for a pause of 15 minutes" in fault_of(make())
    assert "a pause that lasts another 15 minutes" in fault_of(make())
    assert server.count() == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 500, 999_999_999),
    ],
)
def test_retry_after_header(value, expected):
    assert seconds_of(value, now=1_700_000_000) == expected


def test_redirects_stay_on_the_configured_hosts(make, server):
    server.fail_next("redirect-here")
    assert ids(make().get([DPO])) == ["2305.18290v3"]
    assert server.requests[1].query["again"] == "1"
    server.fail_next("redirect-here", times=10)
    with pytest.raises(ArxivError, match="from address to address"):
        make().search("rank")
    assert server.count() == 6
    assert min(server.gaps()) >= SPACING


def test_a_feed_without_end_is_cut(make, server, monkeypatch):
    monkeypatch.setattr(client_module, "FEED_BYTES", 3_000_000)
    server.fail_next("endless")
    assert "larger than 3 MB" in fault_of(make())


def test_a_trickle_is_bounded_as_a_whole(make, server, monkeypatch):
    """Each piece comes in time, and still the answer as a whole takes too long."""
    monkeypatch.setattr(client_module, "FEED_BYTES", 10**12)
    server.fail_next("endless", times=10)
    assert "took longer than 1 second." in fault_of(make(timeout_seconds=0.05))


def test_arxiv_that_is_not_there(tmp_path):
    with ArxivServer() as gone:
        pass
    client = ArxivClient(tmp_path, api_url=gone.url, pdf_url=gone.url, spacing_seconds=0.05, timeout_seconds=0.5)
    assert fault_of(client) == "arXiv cannot be reached."


@pytest.mark.parametrize("kind", ["stall", "stall-body"])
def test_a_request_that_hangs_can_be_stopped(make, server, kind):
    server.fail_next(kind)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(FetchStoppedError):
        make(timeout_seconds=30).get([DPO], cancelled=stop.is_set)
    assert time.monotonic() - started < 1.5


def test_an_error_feed_is_told_in_arxivs_words(make):
    with pytest.raises(ArxivError, match="incorrect id format for zzz"):
        make().get([ArxivId("zzz")])


@pytest.mark.parametrize("url", ["", "ftp://x", "arxiv.org", "file:///etc/passwd"])
def test_an_address_that_is_none(tmp_path, url):
    with pytest.raises(ArxivError, match="no web address"):
        ArxivClient(tmp_path, api_url=url, pdf_url="https://arxiv.org")
