"""What every test gets: a home of its own, no network beyond this machine, no telemetry."""

import gc
import os
import socket
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def pytest_addoption(parser):
    parser.addoption("--live", action="store_true", help="also run the tests that talk to real services")


def pytest_collection_modifyitems(items):
    """A browser test whose wait ran out is tried once more: a machine that stands still for a minute is no fault.

    Only a wait is forgiven; what is seen and is wrong fails at once.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))


def pytest_collection_finish():
    """What the tests import stays to the end: looking for garbage in it takes a part of each longer test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def browser():
    """Chromium for the tests of one file."""
    from chromium import running_browser

    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where the page that is served for the tests of one file keeps its data; nothing is there yet."""
    return tmp_path_factory.mktemp("served") / "home"


@pytest.fixture(scope="module")
def served(home):
    """The page over scripted services, for the tests of one file."""
    from served_page import free_port, serving_fakes

    with serving_fakes(home, free_port()) as served:
        yield served


@pytest.fixture
def page(browser, served):
    """The served page in a browser of a fresh reader."""
    from chromium import open_page

    with open_page(browser, served.address) as page:
        yield page


@pytest.fixture
def services(tmp_path):
    """Scripted services whose rooms are open, without a page."""
    from fake_services import fake_services, running

    with running(fake_services(tmp_path / "home")) as services:
        yield services


@pytest.fixture
def tell(record_property):
    """Say a line, such as a measured time, at the end of the run; from a worker of a shared-out run too."""

    def told(line):
        record_property("told", line)

    return told


def pytest_terminal_summary(terminalreporter):
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "when")]
    lines = [
        value for report in reports if report.when == "call" for name, value in report.user_properties if name == "told"
    ]
    if lines:
        terminalreporter.write_sep("=", "told by tests")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Point STUDY_HOME to a fresh folder and drop every other setting of the developer's shell."""
    for name in list(os.environ):
        if name.startswith("STUDY_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("STUDY_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def shared():
    """The folder with real papers and notes; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared folder here")
    return SHARED


@pytest.fixture(scope="session")
def papers(shared):
    """The folder of real papers."""
    folder = shared / "papers"
    if not folder.is_dir():
        pytest.skip("no ../shared/papers folder here")
    return folder
