"""arXiv in the library tab: searching, fetching one paper or the roadmap's, stopping, faults in a sentence."""

import asyncio

import pytest
from fake_services import fake_services

from ui.arxiv_actions import ArxivActions
from ui.arxiv_view import fetch_label, fetching_sentence
from ui.library_actions import LibraryActions


@pytest.fixture
def actions(tmp_path):
    return opened(tmp_path)


def opened(folder, **options):
    services = fake_services(folder, **options)
    services.start()
    rooms = services.rooms(timeout_seconds=10)
    rooms.tutor.papers.seconds_per_paper = 0.2
    return ArxivActions(services, LibraryActions(services).documents)


async def collected(views):
    return [view async for view in views]


def test_found_papers_can_be_added_or_opened(actions):
    shown = actions.search("preference optimization")
    assert 'name="add_paper" value="2305.18290"' in shown
    assert "in your library" in shown
    assert actions.search("  ") == ""


@pytest.mark.parametrize(("query", "sentence"), [("nothing", "arXiv has nothing"), ("broken", "Try again in a minute")])
def test_a_search_without_results_or_with_a_fault_is_a_sentence(actions, query, sentence):
    assert sentence in actions.search(query)


def test_a_paper_is_fetched_with_progress_and_stands_in_the_table(actions):
    views = asyncio.run(collected(actions.add("2305.18290")))
    shown = [view.fetching for view in views if view.fetching]
    assert any("of 2.0 MB" in html for html in shown)
    assert "9 pages, 80 passages" in shown[-1]
    assert "Paper 2305.18290" in views[-1].documents
    assert views[-1].busy is False
    assert "Paper 2305.18290: 9 pages" in fetching_sentence(actions.fetching.status())


def test_an_unknown_paper_is_a_sentence_and_the_next_one_still_comes(actions):
    actions.fetching.put("0000.00009")
    views = asyncio.run(collected(actions.add("2305.18290")))
    assert "arXiv knows no paper 0000.00009." in views[-1].fetching
    assert "Check the id." in views[-1].fetching
    assert actions.services.rooms().tutor.papers.added == ["2305.18290"]


def test_the_roadmaps_papers_are_fetched_in_one_go_and_counted(actions):
    before = actions.roadmap_view()
    assert "1 of the" in before.roadmap
    assert 'name="add_paper" value="2210.03629"' in before.roadmap
    views = asyncio.run(collected(actions.add_roadmap()))
    assert "Paper 2303.11366" in views[-1].documents
    assert "3 of the" in views[-1].roadmap
    assert views[-1].missing == before.missing - 2
    assert 'name="add_paper" value="2210.03629"' not in views[-1].roadmap
    assert f"Fetch the {views[-1].missing} missing papers" == fetch_label(views[-1].missing)
    assert "All of" in fetch_label(0)


def test_fetching_can_be_stopped(actions):
    async def stopped():
        views = []
        async for view in actions.add_roadmap():
            actions.cancel()
            views.append(view)
        return views

    views = asyncio.run(stopped())
    assert "cancelled" in views[-1].fetching or "stopped" in views[-1].fetching
    assert len(actions.services.rooms().tutor.papers.added) < 2


def test_one_paper_is_not_queued_twice(actions):
    for _ in range(3):
        actions.fetching.put("2305.18290")
    asyncio.run(collected(actions.follow()))
    assert len(actions.services.rooms().tutor.papers.added) <= 2


def test_nothing_is_fetched_into_a_library_that_is_held_by_another_process(tmp_path):
    actions = opened(tmp_path, read_only="Process 7 writes to it.")
    views = asyncio.run(collected(actions.add("2305.18290")))
    assert "Process 7" in views[-1].fetching
    assert actions.services.rooms().tutor.papers.added == []
