"""An arXiv of our own on the loopback interface: search interface, PDFs, faults on demand.

    with ArxivServer() as server:
        server.add_paper(id="2401.00001", title="Small Models", abstract="...")
        papers = open_papers(library, curriculum, home, api_url=server.url, pdf_url=server.url, spacing_seconds=0.05)
        server.fail_next("429", retry_after="1")
        ...
        assert [request.path for request in server.requests] == [...]

It speaks the documented Atom format (https://info.arxiv.org/help/api/user-manual.html); its feeds are our own.
"""

import hashlib
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from make_pdf import BOLD, PageSpec, Text, make_pdf, paragraph

FAULTS = {
    "429": "too many requests; `retry_after` is sent as it is",
    "503": "not available; `retry_after` is sent as it is",
    "500": "a fault of the server",
    "404": "not found, as a web page",
    "stall": "nothing is ever answered",
    "stall-body": "half of the body, then nothing",
    "drop": "the connection is closed without an answer",
    "empty": "a feed that counts results and has none (arXiv does that now and then)",
    "malformed": "a feed that breaks off in the middle",
    "bomb": "a feed with entities in entities",
    "redirect": "sends the client to another host",
    "redirect-here": "sends the client to the same address with ?again=1",
    "html": "a web page where a feed or PDF should be",
    "truncated": "a PDF that ends too early",
    "huge": "a Content-Length of 200 MB",
    "endless": "a body that never ends",
}
STALL_SECONDS = 30.0


@dataclass(frozen=True)
class SeenRequest:
    """One request as the server saw it."""

    kind: str
    """"api" or "pdf"."""
    path: str
    query: dict
    """Name to value of the query string."""
    headers: dict
    """Names in lower case."""
    at: float
    """Seconds of time.monotonic() when it came."""
    fault: str
    """What was done to it, "" when it was answered well."""


@dataclass
class ServedPaper:
    """A version of a paper that the server knows."""

    id: str
    title: str
    version: int = 1
    authors: tuple = ("Ada Byron", "Alan Mathison")
    abstract: str = "We study small things."
    published: datetime = datetime(2024, 1, 3, 12, tzinfo=UTC)
    updated: datetime | None = None
    categories: tuple = ("cs.CL",)
    comment: str = ""
    journal_reference: str = ""
    doi: str = ""
    pdf: bytes | None = None
    """None: no PDF, as of a withdrawn paper."""

    @property
    def etag(self):
        return f'"{hashlib.sha256(self.pdf).hexdigest()[:16]}"'

    def text(self, field_name):
        everything = {"ti": self.title, "au": " ".join(self.authors), "abs": self.abstract, "co": self.comment}
        if field_name == "cat":
            return " ".join(self.categories)
        return everything.get(field_name) or " ".join([*everything.values(), *self.categories])

    def entry(self):
        names = "".join(f"<author><name>{escape(name)}</name></author>" for name in self.authors)
        extra = "".join(
            f"<arxiv:{tag}>{escape(value)}</arxiv:{tag}>"
            for tag, value in (("comment", self.comment), ("journal_ref", self.journal_reference), ("doi", self.doi))
            if value
        )
        categories = "".join(f'<category term="{term}"/>' for term in self.categories)
        address = f"http://arxiv.org/abs/{self.id}v{self.version}"
        pdf = address.replace("/abs/", "/pdf/")
        updated = _stamp(self.updated or self.published)
        return (
            f"<entry><id>{address}</id><title>{escape(self.title)}</title>"
            f"<updated>{updated}</updated><published>{_stamp(self.published)}</published>"
            f"<summary>{escape(self.abstract)}</summary>{names}{extra}{categories}"
            f'<arxiv:primary_category term="{self.categories[0]}"/>'
            f'<link title="pdf" href="{pdf}" rel="related" type="application/pdf"/></entry>'
        )


@dataclass
class _Fault:
    kind: str
    times: int
    only: str
    retry_after: str | None


@dataclass
class ArxivServer:
    """Serves until the `with` block ends. Everything may be changed while it runs."""

    ranges: bool = True
    """False: every PDF is sent whole, whatever part is asked for."""
    papers: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    """Every request so far."""
    most_at_once: int = 0
    """Most requests that were being answered at the same moment."""

    def __enter__(self):
        self._lock, self._faults, self._open = threading.Lock(), [], 0
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.arxiv = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_paper(self, *, id, title, pdf=b"", version=1, **more):
        """A paper to be found and fetched; `pdf=b""` makes a small one, None gives it none."""
        paper = ServedPaper(id=id, title=title, version=version, **more)
        paper.pdf = pdf_bytes(title, id, version, paper.authors, paper.abstract) if pdf == b"" else pdf
        self.papers.setdefault(id, {})[version] = paper
        return paper

    def fail_next(self, kind, times=1, *, only="", retry_after=None):
        """Spoil the next `times` requests (`only="api"` or `only="pdf"`); see FAULTS for the kinds."""
        assert kind in FAULTS, f"{kind}: choose from {', '.join(FAULTS)}"
        with self._lock:
            self._faults.append(_Fault(kind, times, only, retry_after))

    def count(self, kind=""):
        """Number of requests so far, of one kind where given."""
        return len([request for request in self.requests if kind in ("", request.kind)])

    def gaps(self):
        """Seconds between each request's arrival and the next one's."""
        times = [request.at for request in self.requests]
        return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]

    # For the handler

    def take(self, kind, path, query, headers):
        """Note a request; returns the fault to answer it with, or None."""
        with self._lock:
            fault = next((each for each in self._faults if each.only in ("", kind)), None)
            if fault is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            name = fault.kind if fault else ""
            self.requests.append(SeenRequest(kind, path, query, headers, time.monotonic(), name))
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            return fault

    def done(self):
        with self._lock:
            self._open -= 1

    def version(self, reference):
        """The paper of "ID" (newest) or "IDv2", None when there is none."""
        match = re.fullmatch(r"(.+?)(?:v(\d+))?", reference)
        versions = self.papers.get(match[1], {})
        return versions.get(int(match[2]) if match[2] else max(versions, default=0))

    def find(self, query):
        """Papers that the interface's parameters ask for."""
        ids = [reference for reference in query.get("id_list", "").split(",") if reference]
        pool = [self.version(each) for each in ids] if ids else [self.version(each) for each in self.papers]
        wanted = query.get("search_query", "")
        return [paper for paper in pool if paper is not None and matches(paper, wanted)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        kind = "api" if address.path == "/api/query" else "pdf"
        fault = self.server.arxiv.take(kind, address.path, query, headers)
        try:
            if fault is not None and fault.kind not in ("empty", "stall-body", "truncated"):
                self._spoil(fault, kind)
            elif kind == "api":
                self._feed(query, fault)
            else:
                self._pdf(address.path, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.server.arxiv.done()

    def log_message(self, *_):
        pass

    def _spoil(self, fault, kind):
        match fault.kind:
            case "429" | "503" | "500" | "404":
                headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
                self._send(int(fault.kind), b"<html><body>Not now.</body></html>", "text/html", headers)
            case "html":
                self._send(200, b"<!DOCTYPE html><html><body>Are you human?</body></html>", "text/html")
            case "malformed":
                self._send(200, feed([ServedPaper("2401.00001", "Cut")], 1).encode()[:-60], "application/atom+xml")
            case "bomb":
                self._send(200, BOMB, "application/atom+xml")
            case "redirect" | "redirect-here":
                here = f"{self.path}{'&' if '?' in self.path else '?'}again=1"
                where = here if fault.kind == "redirect-here" else "https://elsewhere.example/stolen.pdf"
                self._send(302, b"", "text/html", {"Location": where})
            case _:
                self._break(fault, kind)

    def _break(self, fault, kind):
        match fault.kind:
            case "stall":
                self._wait()
            case "drop":
                self.close_connection = True
            case "huge":
                self._head(200, "application/pdf", {"Content-Length": "200000000"})
                self._wait()
            case "endless":
                self._endless(b"%PDF-1.7\n" if kind == "pdf" else b"<feed>")

    def _feed(self, query, fault):
        found = self.server.arxiv.find(query)
        unreadable = [each for each in query.get("id_list", "").split(",") if each and not re.search(r"\d{4}", each)]
        if unreadable:
            self._send(400, error_feed(f"incorrect id format for {unreadable[0]}").encode(), "application/atom+xml")
            return
        start, most = int(query.get("start", 0)), int(query.get("max_results", 10))
        page = [] if fault and fault.kind == "empty" else found[start : start + most]
        body = feed(page, len(found), start, most).encode()
        self._send(200, body, "application/atom+xml", fault=fault)

    def _pdf(self, path, fault):
        reference = path.removeprefix("/pdf/").removesuffix(".pdf")
        paper = self.server.arxiv.version(reference)
        if paper is None or paper.pdf is None:
            self._send(404, b"<!DOCTYPE html><html><body>No PDF here.</body></html>", "text/html")
            return
        begin, total = self._beginning(paper), len(paper.pdf)
        headers = {"ETag": paper.etag, "Accept-Ranges": "bytes"}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{total - 1}/{total}"
        self._send(206 if begin else 200, paper.pdf[begin:], "application/pdf", headers, fault)

    def _beginning(self, paper):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", paper.etag)
        if not asked or not self.server.arxiv.ranges or condition != paper.etag:
            return 0
        return min(int(asked[1]), len(paper.pdf) - 1)

    def _send(self, status, body, content_type, headers=None, fault=None):
        self._head(status, content_type, {"Content-Length": str(len(body)), **(headers or {})})
        if fault is not None and fault.kind in ("truncated", "stall-body"):
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if fault.kind == "stall-body":
                self._wait()
            self.close_connection = True
            return
        self.wfile.write(body)

    def _head(self, status, content_type, headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _wait(self):
        self.server.arxiv.stopping.wait(STALL_SECONDS)
        self.close_connection = True

    def _endless(self, beginning):
        self.send_response(200)
        self.send_header("Content-Type", "application/pdf")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(beginning)
        while not self.server.arxiv.stopping.is_set():
            self.wfile.write(b" " * 1_000_000)
        self.close_connection = True


def feed(papers, total, start=0, most=10):
    """An Atom feed of those papers."""
    entries = "".join(paper.entry() for paper in papers)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<id>http://arxiv.org/api/ours</id><title>A feed of our own</title><updated>2026-01-01T00:00:00Z</updated>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}"
        f"</opensearch:startIndex><opensearch:itemsPerPage>{most}</opensearch:itemsPerPage>{entries}</feed>"
    )


def error_feed(sentence):
    """The feed that arXiv answers a query it does not understand with."""
    entry = (
        "<entry><id>https://arxiv.org/api/errors#ours</id><title>Error</title>"
        f"<updated>2026-01-01T00:00:00Z</updated><summary>{escape(sentence)}</summary></entry>"
    )
    return feed([], 1).replace("</feed>", f"{entry}</feed>")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + step, (b"&%c;" % (97 + step)) * 10) for step in range(8))
    + b']><feed xmlns="http://www.w3.org/2005/Atom"><title>&i;</title></feed>'
)


def matches(paper, query):
    """Whether a paper fits a query of fields, AND, OR in brackets, ANDNOT and a range of dates."""
    wanted, *unwanted = query.split(" ANDNOT ")
    positive = all(_any_of(paper, part) for part in re.split(r" AND (?![^(]*\))", wanted) if part)
    return positive and not any(_any_of(paper, part) for part in unwanted)


def _any_of(paper, part):
    return any(_holds(paper, term) for term in part.strip("() ").split(" OR "))


def _holds(paper, term):
    field_name, _, value = term.strip("() ").partition(":")
    if field_name == "submittedDate":
        first, last = value.strip("[]").split(" TO ")
        return first <= paper.published.strftime("%Y%m%d%H%M") <= last
    text, value = paper.text(field_name).lower(), value.strip('"').lower()
    if field_name == "cat":
        return any(re.fullmatch(value.replace(".", r"\.").replace("*", ".*"), each.lower()) for each in text.split())
    return value in text


@lru_cache(maxsize=100)
def pdf_bytes(title, arxiv_id, version=1, authors=(), abstract="We study small things."):
    """A PDF of two pages with title, authors, abstract and arXiv's stamp at the side."""
    words = abstract.split()
    lines = [" ".join(words[start : start + 9]) for start in range(0, len(words), 9)]
    first = [
        Text(72, 700, title, 17, BOLD),
        Text(120, 670, " and ".join(authors[:2]), 10),
        Text(280, 640, "Abstract", 12, BOLD),
        *paragraph(lines, 72, 620),
        Text(30, 300, f"arXiv:{arxiv_id}v{version} [cs.CL] 3 Jan 2024", 20, turned=True),
    ]
    second = [
        Text(72, 700, "1 Introduction", 12, BOLD),
        *paragraph([f"This is version {version} of the paper on {title.lower()}.", "Nothing else is new."], 72, 680),
    ]
    with TemporaryDirectory() as folder:
        made = make_pdf(Path(folder) / "made.pdf", [PageSpec(first), PageSpec(second)], title=title)
        return made.read_bytes()


def _stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
