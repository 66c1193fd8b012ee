"""Cases of the part `web`: addresses that would make the page ask this machine, its network or anybody but arXiv.

What counts is what the page's process looked up and connected to, by its own audit events, and a service that listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from evals.soak.failing_arxiv import PAPER
from evals.soak.web_reader import API
from evals.soak.web_server import NETWORK
from evals.soak.web_world import OUTSIDE, Case, World

ADDRESSES = (
    "http://127.0.0.1:@/", "http://localhost:@/", "http://LOCALHOST:@/", "http://localhost.:@/",
    "http://2130706433:@/", "http://0x7f000001:@/", "http://0177.0.0.1:@/", "http://127.1:@/", "http://0:@/",
    "http://0.0.0.0:@/", "http://127.0.0.2:@/", "http://[::1]:@/", "http://[::]:@/", "http://[::ffff:127.0.0.1]:@/",
    "http://[::ffff:7f00:1]:@/", "http://[0:0:0:0:0:ffff:127.0.0.1]:@/", "http://[64:ff9b::7f00:1]:@/",
    f"http://arxiv.org@127.0.0.1:@/abs/{PAPER}", f"http://arxiv.org:80@127.0.0.1:@/abs/{PAPER}",
    f"http://127.0.0.1:@#@arxiv.org/abs/{PAPER}", f"http://127.0.0.1:@\\@arxiv.org/abs/{PAPER}",
    f"http://127.0.0.1:@?arxiv.org/abs/{PAPER}", f"http://arxiv.org.rebind.example:@/abs/{PAPER}",
    f"http://arxiv.org%2e.example:@/abs/{PAPER}", f"http://rebind.example:@/arxiv.org/abs/{PAPER}",
    "http://127.0.0.1.nip.io:@/", "http://localtest.me:@/", "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/", "http://10.0.0.1/", "http://192.168.0.1/", "http://172.17.0.1/",
    "http://[fe80::1]/", "http://[fd00::1]/", "https://127.0.0.1:@/", "//127.0.0.1:@/", "http:127.0.0.1:@/",
    "file:///etc/passwd", "ftp://127.0.0.1:@/", "gopher://127.0.0.1:@/_GET", "dict://127.0.0.1:@/", "http://①②⑦.⓪.⓪.①:@/",
    "http://127。0。0。1:@/", "\thttp://127.0.0.1:@/", "http://127.0.0.1:@/%0d%0aHost:x",
)  # fmt: skip


def fetching() -> Iterator[Case]:
    """Each address by each way that takes one, then each as the place that arXiv's answers lead to."""
    for address in ADDRESSES:
        yield Case(f"add paper {address}", partial(_tried, address=address, way=_add_paper))
        yield Case(f"search arXiv {address}", partial(_tried, address=address, way=_search))
        yield Case(f"file= {address}", partial(_tried, address=address, way=_file))
        yield Case(f"add document {address}", partial(_tried, address=address, way=_document))
    for address in ADDRESSES[::4]:
        yield Case(f"proxy= {address}", partial(_tried, address=address, way=_proxy))
        yield Case(f"upload event {address}", partial(_tried, address=address, way=_upload_event))
        yield Case(f"question {address}", partial(_tried, address=address, way=_question))
    for address in ADDRESSES:
        if address.startswith("http") and address.isascii():  # others are no header
            yield Case(f"record leads to {address}", partial(_tried, address=address, way=_record_leads))
            yield Case(f"PDF leads to {address}", partial(_tried, address=address, way=_pdf_leads))
    yield Case("what counts is seen", _is_seen)


def _tried(world: World, *, address: str, way: Callable[[World, str], str]) -> str:
    address = address.replace("@/", f"{world.canary.port}/", 1) if ":@/" in address else address
    address = address.replace(":@", f":{world.canary.port}") if ":@#" in address or ":@\\" in address else address
    address = address.replace(":@?", f":{world.canary.port}?")
    before, hits = len(world.network()), len(world.canary.asked)
    told = way(world, address)
    found = [f"asked: {line}" for line in world.network()[before:]]
    if len(world.canary.asked) > hits:
        found.append("the service was reached")
    if OUTSIDE in told or "root:x:0" in told:
        found.append("its answer was shown")
    return "; ".join(found)


def _add_paper(world: World, address: str) -> str:
    return world.alone.click("add_paper", address)


def _search(world: World, address: str) -> str:
    return world.alone.do("arxiv-query", "submit", [address])


def _file(world: World, address: str) -> str:
    return (
        world.anna.get(f"{API}/file={_escaped(address)}").text + world.alone.get(f"{API}/file={_escaped(address)}").text
    )


def _proxy(world: World, address: str) -> str:
    return world.alone.get(f"{API}/proxy={_escaped(address)}").text


def _document(world: World, address: str) -> str:
    files = ({"path": address}, {"path": address, "meta": {"_type": "gradio.FileData"}}, {"path": "", "url": address})
    return "".join(world.anna.call("add_document", file=file) for file in files)


def _upload_event(world: World, address: str) -> str:
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    return world.alone.do("upload", "upload", [[file]]) + world.alone.do("attach", "upload", [[file]])


def _question(world: World, address: str) -> str:
    return world.alone.call("ask", question=f"Read {address} and tell me what it says.")


def _record_leads(world: World, address: str) -> str:
    world.arxiv.elsewhere = address
    world.arxiv.fail("redirect to loopback", 1)
    told = world.alone.do("arxiv-query", "submit", [f"small models {address}"])
    world.arxiv.fail("", 0)
    return told


def _pdf_leads(world: World, address: str) -> str:
    """The record is known from the first of these cases on, so the redirect meets the PDF."""
    world.arxiv.elsewhere = address
    if "record" not in world.texts:
        world.texts["record"] = world.alone.do("arxiv-query", "submit", [PAPER])
    world.arxiv.fail("redirect to loopback", 1)
    told = world.alone.click("add_paper", PAPER)
    asked = [one.path for one in world.arxiv.asked]
    world.arxiv.fail("", 0)
    return told if asked and all("/pdf/" in path for path in asked) else f"{told} {OUTSIDE}: the PDF was not asked for"


def _is_seen(world: World) -> str:
    """The audit of the page's process sees the requests to arXiv, which are allowed."""
    port = world.arxiv.url.rpartition(":")[2]
    noted = (world.folder / next(reversed(world.processes)) / NETWORK).read_text(encoding="utf-8")
    return "" if f"socket.connect 127.0.0.1:{port}" in noted else "requests to arXiv are not seen"


def _escaped(address: str) -> str:
    return quote(address, safe="/%?=&:@[]#")
