"""What the page tells while the program's notes come into a new library."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest
from fake_services import fake_services

from agent.note_filling import FillingStatus
from ui import library_actions, page
from ui.first_notes import notes_html, notes_line, notes_of
from ui.library_actions import LibraryActions


class Filling:
    """Twelve notes more each time that somebody looks."""

    def __init__(self, last):
        self.statuses = [FillingStatus(done, 46, running=True) for done in (0, 12, 24)]
        self.last = last

    def status(self):
        return self.statuses.pop(0) if self.statuses else self.last

    def close(self):
        pass


@pytest.fixture
def services(tmp_path, monkeypatch):
    """Of a home whose notes are on their way."""
    monkeypatch.setattr(library_actions, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(library_actions, "TABLE_SECONDS", 0.01)
    monkeypatch.setattr(page, "NOTES_SECONDS", 0.01)
    services = fake_services(tmp_path / "home")
    rooms = services.open_rooms()
    services.open_rooms = lambda: replace(rooms, filling=Filling(FillingStatus(46, 46, running=False)))
    assert not notes_of(services).running, "before the library is open"
    services.start()
    services.rooms(timeout_seconds=30)
    return services


async def all_of(views):
    return [view async for view in views]


def test_the_library_tab_shows_how_far_they_are_and_the_table_as_it_grows(services):
    views = asyncio.run(all_of(LibraryActions(services).follow()))
    bars = [view.adding for view in views if view.adding]
    assert "being added: 0 of 46." in bars[0]
    assert 'aria-valuenow="26"' in bars[1]
    assert any(view.documents and view.adding is None for view in views)
    assert views[-1].adding == ""
    assert views[-1].documents
    assert all(view.busy is not True for view in views), "there is nothing of the learner's to stop"


def test_a_library_without_a_document_yet_is_not_called_empty(services, monkeypatch):
    monkeypatch.setattr(services.rooms().library, "documents", list)
    actions = LibraryActions(services)
    assert "on their way" in actions.documents()
    services.rooms().filling.statuses.clear()
    assert "Your library is empty" in actions.documents()


def test_the_line_below_the_chat_tells_of_them_beside_the_model(services):
    shown = SimpleNamespace(_services=services, _memory=SimpleNamespace(chosen=lambda: ""))
    lines = asyncio.run(all_of(page.Page.show_model(shown)))
    assert [line.count("You can already ask.") for line in lines] == [1, 1, 1, 0]
    assert "12 of 46" in lines[1]
    assert all("model-note" in line for line in lines)


def test_what_could_not_be_added_is_said():
    left_out = FillingStatus(44, 46, running=False, failed=2)
    assert "2 of the 46 notes that come with this program could not be added" in notes_html(left_out)
    assert notes_line(left_out) == ""
    assert notes_html(FillingStatus(46, 46, running=False)) == ""
