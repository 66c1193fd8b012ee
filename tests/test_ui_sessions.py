"""What Gradio remembers of pages that were opened, and of events that ended, has a bound."""

import os

import pytest
from fake_services import fake_services
from served_page import free_port

from ui import user_page
from ui.launch import REMEMBERED_EVENTS, prepare_environment, serve
from ui.page import CONCURRENT_EVENTS
from ui.user_page import build_user_page


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data folder whose environment is prepared."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GRADIO_ANALYTICS_MAX_EVENTS", "GRADIO_ANALYTICS_CACHE_FREQUENCY", "GRADIO_TEMP_DIR"):
            patch.setitem(os.environ, name, "")  # put back at the end
        prepare_environment(folder)
        yield folder


@pytest.fixture(scope="module")
def page(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(user_page, "MOST_SESSIONS", 3)
        yield build_user_page(fake_services(home), "anna").routes[-1].app


def test_of_more_pages_than_are_remembered_the_oldest_is_forgotten(page):
    sessions = page.state_holder
    for name in ("a", "b", "c", "a", "d", "e"):
        assert sessions[name] is sessions[name]
    assert set(sessions.session_data) == {"a", "d", "e"}
    assert set(sessions.time_last_used) == {"a", "d", "e"}


def test_times_of_events_are_bounded_and_never_summed_up(page, monkeypatch):
    queue = page.blocks._queue
    assert queue.ANALYTICS_MAX_EVENTS == REMEMBERED_EVENTS
    monkeypatch.setattr(queue, "_get_df", lambda records: pytest.fail("a table was made"))
    queue.events_recorded = 10_000
    queue.compute_analytics_summary([{"function": "ask", "status": "success", "process_time": 1.0}])


def test_more_answers_grow_at_once_than_gradio_lets_by_itself(home):
    page, _ = serve(fake_services(home), "127.0.0.1", free_port())
    try:
        assert len(page._queue.active_jobs) == CONCURRENT_EVENTS > 50
    finally:
        page.close(verbose=False)
