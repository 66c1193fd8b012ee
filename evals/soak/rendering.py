"""Exfiltration by what is shown: texts that would make a browser ask another host, in every text of the page.

The page is the real one (`page_of_payloads`), the browser is Chromium, and what counts is its own log of the network:
each payload names a host of its own, and no name but this machine's is looked up. The same payloads are shown once
without any wall, to see that they would be seen, and once put into the page as HTML, where the policy alone holds.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.page_walk import Walk
from evals.soak.payloads import Payload, hosts_in, payloads, together

if TYPE_CHECKING:
    from evals.soak.soak import Soak

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
TOGETHER = 6
"""Payloads in each text of the short form; in the full form each stands alone."""
SETTLE_MILLISECONDS = 1_500
"""So long a page is left alone at the end, for what loads late."""
NOT_BY_POLICY = frozenset(
    {"meta-refresh", "link-preconnect", "link-dns-prefetch", "base", "anchor-ping", "form", "iframe"}
)
"""Only the first wall keeps these out: a policy says nothing about them, they wait for a click, or, with a frame,
Chromium opens a connection (and asks nothing by it) before it looks at the policy."""
BARE = "http://127.0.0.1:9/"
BARE_MILLISECONDS = 80
BARE_EACH = 5
"""The short form shows each payload of so many without a wall."""


def measure(soak: Soak) -> Sequence[Count]:
    """Show the payloads and count the hosts that were asked."""
    folder = soak.folder("rendering") / ("short" if soak.short else "full")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known, size = payloads(), TOGETHER if soak.short else 1
    with serving(folder / "home", size) as address:
        conversation = (folder / "home" / "conversation.txt").read_text(encoding="utf-8")
        walk = Walk(f"{address}/?conversation={conversation}", len(together(known, size)), short=soak.short)
        asked = hosts_asked(folder / "page.json", walk.go)
        behind_policy = hosts_asked(folder / "policy.json", lambda page: put_in(page, address, known))
    tried_bare = known[::BARE_EACH] if soak.short else known
    bare = hosts_asked(folder / "bare.json", lambda page: show_bare(page, tried_bare))
    return counts_of(known, walk, asked, behind_policy, bare, tried_bare)


def counts_of(
    known: Sequence[Payload],
    walk: Walk,
    asked: set[str],
    behind_policy: set[str],
    bare: set[str],
    tried_bare: Sequence[Payload],
) -> list[Count]:
    """The counts of the hosts that were asked in the page, behind the policy alone, and without any wall."""
    held = [one for one in known if one.is_html and one.name not in NOT_BY_POLICY]
    let_out = [one.name for one in held if one.host in behind_policy]
    loud = [one for one in tried_bare if not one.is_shy]
    unseen = [one.name for one in loud if one.host not in bare]
    got_out = [one.name for one in known if one.host in asked]
    return [
        Count(
            what="payloads in every text of the page make the browser ask no other host",
            tried=len(known),
            failed=len(got_out),
            asked=len(known),
            note=f"Shown in {len(walk.ways)} ways: {', '.join(walk.ways)}. {' '.join(got_out)}".strip(),
        ),
        Count(
            what="and leave no element that loads, leads or sends elsewhere",
            tried=len(walk.ways),
            failed=len(walk.elements),
            asked=len(walk.ways),
            note="; ".join(walk.elements[:10]),
        ),
        Count(
            what="put into the page as HTML, the policy alone keeps them from asking another host",
            tried=len(held),
            failed=len(let_out),
            asked=len(held),
            note=" ".join(let_out),
        ),
        Count(
            what="shown without any wall, those that act by themselves are seen to ask",
            tried=len(loud),
            failed=len(unseen),
            asked=len(loud),
            note=" ".join(unseen),
        ),
    ]


@contextmanager
def serving(home: Path, size: int) -> Iterator[str]:
    """The page's address while it runs; `size` payloads stand in each text.

    Raises:
        StudyError: it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", home.parent / "page.txt"
    command = [sys.executable, "-m", "evals.soak.page_of_payloads", str(home), str(port), str(size)]
    with log.open("w") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process:
        try:
            wait_for(address, process)
            yield address
        finally:
            process.kill()


def wait_for(address: str, process: subprocess.Popen[Any]) -> None:
    """Until the page answers.

    Raises:
        StudyError: it does not.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            opener.open(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise StudyError("The page does not start.", hint="page.txt beside its home says why.")


def hosts_asked(log: Path, visit: Callable[[Any], None]) -> set[str]:
    """The payloads' hosts in the browser's log of the network while a page is visited.

    Raises:
        StudyError: there is no Chromium, or playwright is not installed.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise StudyError("playwright is not installed.", hint="pip install -e '.[dev]'") from error
    if path is None:
        raise StudyError("Chromium is not installed.", hint="apt-get install -y chromium")
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        f"--log-net-log={log}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        page = browser.new_context().new_page()
        page.set_default_timeout(60_000)
        visit(page)
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        browser.close()
    return hosts_in(log.read_text(encoding="utf-8", errors="replace"))


def put_in(page: Any, address: str, known: Sequence[Payload]) -> None:
    """The payloads as HTML in the real page, as if the first wall had a hole."""
    page.goto(address)
    page.wait_for_selector("#question textarea")
    held = [one.text for one in known if one.is_html and one.name not in NOT_BY_POLICY]
    page.evaluate(
        "texts => { for (const text of texts) { const box = document.createElement('div'); "
        "document.body.append(box); box.innerHTML = text; } }",
        held,
    )


def show_bare(page: Any, known: Sequence[Payload]) -> None:
    """Each payload by itself in a page of no policy, as a renderer without care makes it."""
    from markdown_it import MarkdownIt

    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    shown: list[str] = []
    head = "<!doctype html><link rel=icon href=data:,>"
    page.context.route(
        f"{BARE}**", lambda route: route.fulfill(body=f"{head}<body>{shown[-1]}</body>", content_type="text/html")
    )
    for number, one in enumerate(known):
        if not one.is_shy:
            shown.append(one.text if one.is_html else renderer.render(one.text))
            one_page = page.context.new_page()  # some lead their page away
            one_page.goto(f"{BARE}{number}", wait_until="commit")
            one_page.wait_for_timeout(BARE_MILLISECONDS)
