"""A process that asks an arXiv again and again, or fetches a PDF from it: for `arxiv_faults`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from evals.soak.failing_arxiv import PAPER
from papers.client import ArxivClient
from papers.download import PdfSource, download_pdf


def ask(folder: Path, url: str, spacing_seconds: float, name: str, times: int) -> None:
    """Search for other words each time, so that no memory answers."""
    client = ArxivClient(folder, api_url=url, pdf_url=url, spacing_seconds=spacing_seconds)
    for number in range(times):
        client.search(f"models {name}{number}")


def fetch(folder: Path, url: str) -> None:
    """Fetch the PDF, or the rest of it."""
    client = ArxivClient(folder, api_url=url, pdf_url=url, spacing_seconds=0.01)
    address = f"{url}/pdf/{PAPER}v1"
    download_pdf(client.transport, PdfSource(url=address, name=PAPER, page_url=address), folder / "paper.pdf")


def main(what: str, folder: str, url: str, *more: str) -> None:
    """`ask FOLDER URL SPACING NAME THREADS TIMES` or `fetch FOLDER URL`."""
    if what == "fetch":
        fetch(Path(folder), url)
        return
    spacing, name, threads, times = more
    arguments = [(Path(folder), url, float(spacing), f"{name}{number}x", int(times)) for number in range(int(threads))]
    workers = [threading.Thread(target=ask, args=each) for each in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
