"""A walk through every tab: all is answered, and nothing is asked of another origin."""

import pytest
from chromium import open_page, open_tab, running_browser
from served_page import free_port, serving_fakes

pytestmark = pytest.mark.browser
TABS = ("Chat", "Roadmap", "Quiz", "Review", "Progress", "Library", "Evals", "Settings")


def test_all_tabs_are_walked_without_another_origin(tmp_path):
    with serving_fakes(tmp_path / "home", free_port()) as served, running_browser() as browser:
        answers = []
        with open_page(browser, served.address) as page:  # at its end it tells who else was asked
            page.on("response", lambda answer: answers.append((answer.url, answer.status)))
            for tab in TABS:
                open_tab(page, tab)
                page.wait_for_selector(f"#{tab.lower()}-tab", state="visible")
                page.wait_for_timeout(300)
        assert answers
        assert [one for one in answers if one[1] >= 400] == []
