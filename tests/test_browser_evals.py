"""The evals tab in Chromium: the empty state, then runs written while the page is open, on a phone, light and dark."""

import pytest
from chromium import PHONE, has_sideways_scroll, open_page, open_tab, running_browser
from evals_runs import write_run
from served_page import free_port, serving_fakes

pytestmark = pytest.mark.browser


def test_runs_appear_when_the_tab_is_opened_again_and_fit_a_phone(tmp_path):
    home = tmp_path / "home"
    metrics = {"page_hit_5": 0.9, "span_ndcg_10": 0.8, "ragas_context_precision": 0.7}
    with serving_fakes(home, free_port()) as served, running_browser() as browser:
        with open_page(browser, served.address, viewport=PHONE) as page:
            open_tab(page, "Evals")
            page.wait_for_selector("#evals-view >> text=No run is here yet")
            assert not has_sideways_scroll(page)
            write_run(home / "evals", "2026-11-24 10:00 UTC", metrics)
            missing = {"a": ["right page at rank none"]}
            write_run(home / "evals", "2026-11-25 10:00 UTC", {**metrics, "page_hit_5": 0.95}, missing=missing)
            open_tab(page, "Progress")
            open_tab(page, "Evals")
            page.wait_for_selector("#evals-view >> text=+5.0 points")
            assert page.locator("#evals-view svg.plot").count() == 2
            page.click("#evals-view summary")
            page.wait_for_selector("#evals-view >> text=right page at rank none")
            assert not has_sideways_scroll(page)
            write_run(home / "evals", "2026-11-25 11:00 UTC", {"page_hit_5": 0.5}, suite="retrieval")
            open_tab(page, "Progress")
            open_tab(page, "Evals")
            page.wait_for_selector("#evals-view >> text=suite retrieval")
            page.click("#evals-kind input")
            page.click("[role=option] >> text=suite answers")
            page.wait_for_selector("#evals-view >> text=+5.0 points")
            assert not has_sideways_scroll(page)
        with open_page(browser, served.address, viewport=PHONE, dark=True) as page:
            open_tab(page, "Evals")
            page.wait_for_selector("#evals-view >> text=suite retrieval")
            assert not has_sideways_scroll(page)
