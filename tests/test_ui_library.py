"""The library tab: adding in the background, deleting with a way back, searching."""

import asyncio
import time

import pytest
from fake_services import NOTE, PAPER, fake_services

from errors import LibraryError
from ui.adding import Adding, AddStatus, FileLine
from ui.library_actions import LibraryActions
from ui.library_view import adding_html, documents_html, passages_html
from vectorstore.filters import SearchFilters
from vectorstore.reports import AddProgress


@pytest.fixture
def actions(services):
    services.rooms().library.seconds_per_file = 0.1
    return LibraryActions(services)


def upload(folder, name, text="Some text."):
    path = folder / f"upload-{name}" / name
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return str(path)


async def views_of(generator):
    return [view async for view in generator]


def test_files_are_added_with_progress_and_a_line_each(actions, tmp_path):
    paths = [upload(tmp_path, "good.txt"), upload(tmp_path, "empty.txt", " ")]
    actions.services.rooms().library.seconds_per_file = 0.8
    views = asyncio.run(views_of(actions.add(paths)))
    assert any("Adding good.txt" in (view.adding or "") for view in views)
    assert views[0].busy is True
    assert views[-1].busy is False
    assert "good.txt</b> added: 1 page, 2 passages" in views[-1].adding
    assert "empty.txt holds no text." in views[-1].adding
    assert "Add a file with text in it." in views[-1].adding
    assert "good" in views[-1].documents


def test_uploads_do_not_stay_where_every_reader_can_get_them(actions, tmp_path):
    path = upload(tmp_path, "good.txt")
    asyncio.run(views_of(actions.add([path])))
    assert not (tmp_path / "upload-good.txt").exists()


def test_adding_goes_on_without_a_page_that_follows_it(actions, tmp_path):
    from pathlib import Path

    actions.adding.add([Path(upload(tmp_path, "one.txt"))])
    actions.adding.add([Path(upload(tmp_path, "two.txt", "Other text."))])
    deadline = time.monotonic() + 10
    while actions.adding.status().running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [line.status for line in actions.adding.status().outcomes] == ["added", "added"]
    (view,) = asyncio.run(views_of(actions.follow()))
    assert "two.txt" in view.adding


def test_adding_can_be_stopped(actions, tmp_path):
    paths = [upload(tmp_path, f"{number}.txt", f"Text {number}.") for number in range(4)]

    async def add_and_stop():
        views = []
        async for view in actions.add(paths):
            views.append(view)
            actions.cancel()
        return views

    last = asyncio.run(add_and_stop())[-1]
    assert "cancelled: not added" in last.adding


def test_a_library_that_breaks_is_said_for_each_file(tmp_path):
    class Broken:
        def add(self, *_, **__):
            raise LibraryError("The catalogue is damaged.", hint="Repair it.")

    from pathlib import Path

    adding = Adding(Broken)
    adding.add([Path(upload(tmp_path, "a.txt"))])
    while adding.status().running:
        time.sleep(0.01)
    assert adding.status().outcomes == (FileLine("a.txt", "failed", "The catalogue is damaged.", "Repair it."),)


def test_a_deleted_document_can_be_brought_back(actions):
    view = actions.delete(NOTE)
    assert "LoRA: a note" in view.undo
    assert "LoRA: a note" not in view.documents
    token = view.undo.split('value="')[1].split('"')[0]
    views = asyncio.run(views_of(actions.undo(token)))
    assert "lora" in views[-2].documents
    assert "can no longer be undone" in asyncio.run(views_of(actions.undo("another")))[0].undo


def test_a_document_that_is_gone_cannot_be_deleted(actions):
    assert "not in the library" in actions.delete("nothing").undo


def test_filters_are_typed_among_the_words(actions, monkeypatch):
    library = actions.services.rooms().library
    asked = []

    def search(query, *, limit, filters):
        asked.append((query, filters))
        return []

    monkeypatch.setattr(library, "search", search)
    monkeypatch.setattr(library, "emptied_by", lambda filters: "Nothing <b> is from 1999.", raising=False)
    assert "Nothing &lt;b&gt; is from 1999." in actions.search('reward model year:1999 section:"related work"')
    assert asked == [("reward model", SearchFilters.of(years="1999", section="related work"))]
    assert "Nothing in the library fits" in actions.search("reward model")
    assert "There is no kind of passage" in actions.search("reward kind:picture")
    assert "text, caption, table" in actions.search("reward kind:picture")


def test_search_shows_passages_that_lead_to_their_pages(actions):
    html = actions.search("attention")
    assert f'value="{PAPER}.2.' in html
    assert "p. 2" in html
    assert "Nothing in the library fits" in actions.search("zebra")
    assert actions.search("  ") == ""


def test_another_writer_makes_the_page_read_only(tmp_path):
    services = fake_services(tmp_path, read_only="Process 12 is writing to this library.")
    services.start()
    actions = LibraryActions(services)
    html = actions.documents()
    assert "Process 12 is writing" in html
    assert "delete_document" not in html
    (view,) = asyncio.run(views_of(actions.add([upload(tmp_path, "a.txt")])))
    assert "not added or deleted" in view.adding


def test_an_empty_library_teaches():
    assert "Add a paper or your own notes" in documents_html([])


def test_progress_tells_files_pages_passages_rate_and_time():
    progress = AddProgress(1, 4, 20, 60, 100, 300, 45.0, 130.0, "a <b>.pdf")
    html = adding_html(AddStatus(True, progress, 2, False, (), 0))
    for shown in ("1 of 6 files", "20 of 60 pages", "100 of 300 passages", "45 passages/s", "about 2 min left"):
        assert shown in html
    assert "<b>.pdf" not in html
    assert 'aria-valuenow="33"' in html


def test_names_and_warnings_of_files_are_text():
    line = FileLine("<img src=x>.pdf", "added", "1 page", "", ("<b>page 2</b> is empty",))
    html = adding_html(AddStatus(False, None, 0, False, (line,), 1))
    assert "<img" not in html
    assert "<b>page 2" not in html


def test_nothing_asked_nothing_shown():
    assert passages_html(" ", []) == ""
