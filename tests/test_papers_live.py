"""The real arXiv, for people with a network: `python -m pytest --live tests/test_papers_live.py`.

It asks with the real spacing, once for each question; a day's memory is not used, as the home is new.
"""

import time

import pytest
from toy_embedder import ToyEmbedder

from curriculum.load import load_curriculum
from errors import ArxivNotFoundError
from papers.service import open_papers
from settings import Settings
from vectorstore.library import Library

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(autouse=True)
def loopback_only(request):
    """Lets these tests out, which the fixture of the same name in conftest.py does not; only when asked for."""
    if not request.config.getoption("--live"):
        pytest.skip("talks to the real arXiv; ask for it with --live")


@pytest.fixture
def service(tmp_path):
    settings = Settings(home=tmp_path)
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        yield open_papers(
            library, load_curriculum(), tmp_path, api_url=settings.arxiv_url, pdf_url=settings.arxiv_pdf_url
        )


def test_search_lookup_and_spacing(service):
    started = time.monotonic()
    found = service.search("direct preference optimization", category="cs.LG", until="2023-06", limit=5)
    assert "2305.18290" in {paper.record.arxiv_id for paper in found}
    (versioned,) = service.search("", ids=["1706.03762v1"])
    assert versioned.record.version == 1
    assert time.monotonic() - started >= 3.0


def test_add_a_small_paper(service):
    added = service.add("2104.12255v1")
    assert (added.status, added.title) == ("added", "0")
    assert service.add("2104.12255v1").status == "already"
    with pytest.raises(ArxivNotFoundError):
        service.add("0808.05394")
