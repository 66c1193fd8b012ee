"""Deleting and bringing back, reading again, folders, what a document is: over a real library, without a browser."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from fake_services import running
from library_services import library_services

from ui.adding import FileLine
from ui.background_queue import REMEMBERED_OUTCOMES
from ui.document_about import open_document
from ui.library_actions import LibraryActions
from ui.library_desk import LibraryDesk
from ui.library_progress import SHOWN_OUTCOMES, outcomes_html
from ui.library_view import documents_html


@pytest.fixture
def actions(tmp_path):
    with running(library_services(tmp_path / "home")) as services:
        yield LibraryActions(services)


def views_of(generator):
    async def collect():
        return [view async for view in generator]

    return asyncio.run(collect())


def document(actions, title):
    return next(one for one in actions.services.rooms().library.documents() if title in one.title)


def token_of(html):
    return html.split('name="undo_delete" value="')[1].split('"')[0]


def test_each_file_has_its_line_before_the_last_one_is_done(actions, tmp_path):
    folder = tmp_path / "upload"
    folder.mkdir()
    for name, text in (("a.md", "# A\n\nFirst words."), ("b.txt", "")):
        (folder / name).write_text(text, encoding="utf-8")
    told = []
    library = actions.services.rooms().library
    add = library.add

    def add_and_look(paths, **options):
        report = add(paths, **options)
        told.extend(line.name for line in actions.adding.status().outcomes)
        return report

    library.add = add_and_look
    last = views_of(actions.add([str(folder / "a.md"), str(folder / "b.txt")]))[-1]
    assert set(told) == {"a.md", "b.txt"}
    assert "1 added, 1 failed" in last.adding
    assert last.adding.index("b.txt") < last.adding.index("a.md")  # what failed comes first


def test_what_a_folder_holds_beside_documents_is_listed(actions):
    view = actions.leave_out(json.dumps([["trip/photo.jpg", "files ending in .jpg are not read"]]))
    assert "photo.jpg</b> left out: files ending in .jpg are not read" in view.adding
    assert "1 left out" in view.adding
    many = actions.leave_out(json.dumps([[f"{number}.jpg", "no"] for number in range(250)]))
    assert "51 more are not listed" in many.adding
    assert "251 left out" in many.adding
    assert actions.leave_out("no list").adding is None
    assert actions.clear().adding == ""


def test_no_line_is_lost_without_a_word(actions):
    lines = tuple(FileLine(f"{number}.md", "added", "1 page") for number in range(SHOWN_OUTCOMES + 30))
    assert "37 more are not listed" in outcomes_html(lines, "Files", forgotten=7)
    for _ in range(3):
        actions.adding.note(*lines[:1000])
    for _ in range(REMEMBERED_OUTCOMES // 200 + 1):
        actions.adding.note(*lines[:200])
    status = actions.adding.status()
    assert len(status.outcomes) == REMEMBERED_OUTCOMES
    assert status.forgotten > 0


def test_documents_of_an_earlier_reader_are_offered_and_read_again(actions):
    html = actions.documents()
    assert "2 documents were read by an earlier reader" in html
    assert html.count("Read by an earlier reader</span>") == 2
    last = views_of(actions.reread("outdated"))[-1]
    assert "2 unchanged" in last.rereading
    assert "read again, nothing changed" in last.rereading
    assert "earlier reader" not in last.documents
    assert last.is_rereading is False


def test_one_document_is_read_again_and_an_unknown_one_is_said(actions):
    note = document(actions, "Scaled")
    views_of(actions.reread(note.id))
    assert [one.is_outdated for one in actions.services.rooms().library.documents()] == [True, False]
    assert "0123" in views_of(actions.reread("0123"))[0].rereading


def test_what_waits_stops_when_the_page_goes(actions, tmp_path):
    path = tmp_path / "upload" / "late.md"
    path.parent.mkdir()
    path.write_text("# Late\n\nWords.", encoding="utf-8")
    actions.services.closing.set()
    views_of(actions.add([str(path)]))
    assert [line.status for line in actions.adding.status().outcomes] == ["cancelled"]


def test_reading_again_can_be_stopped(actions):
    actions.rereading._cancel.set()
    actions.rereading._running = True  # as if it were under way, so that `put` does not clear the wish to stop
    actions.rereading.put(("x",))
    actions.rereading._running = False
    lines = actions.rereading.work_on(tuple(one.id for one in actions.services.rooms().library.documents()))
    assert {line.status for line in lines} == {"cancelled"}
    assert "it stays as it was" in lines[0].detail


def test_a_deleted_document_is_in_no_search_and_comes_back_after_a_new_start(actions):
    paper = document(actions, "Tiny Transformers")
    library = actions.services.rooms().library
    assert library.search("tiny models have limits")[0].document_id == paper.id
    view = actions.delete(paper.id)
    assert "was deleted" in view.undo
    assert "Deleted lately (1)" in view.deleted
    assert all(passage.document_id != paper.id for passage in library.search("tiny models have limits"))
    assert paper.id not in json.dumps(actions.documents())
    # Another start of the server: only the files are there.
    again = LibraryActions(actions.services)
    actions.services._parts.clear()
    first = views_of(again.show())[0]
    assert "was deleted" in first.undo  # a reload a moment later still offers it
    assert "Tiny Transformers" in first.deleted
    views = views_of(again.undo(token_of(first.deleted)))
    assert "Tiny Transformers" in views[-2].documents
    assert views[-1].deleted == ""
    assert library.search("tiny models have limits")[0].document_id == paper.id
    assert "can no longer be undone" in views_of(again.undo(token_of(first.deleted)))[0].undo


def test_bringing_back_that_was_stopped_loses_nothing(actions):
    paper = document(actions, "Tiny Transformers")
    deleted = actions.delete(paper.id).deleted
    actions.services.closing.set()
    last = views_of(actions.undo(token_of(deleted)))[-1]
    assert "Tiny Transformers" in last.deleted
    actions.services.closing.clear()
    assert views_of(actions.undo(token_of(last.deleted)))[-1].deleted == ""
    assert document(actions, "Tiny Transformers").authors == paper.authors


def test_a_document_can_be_removed_for_good_and_old_ones_go_by_themselves(actions):
    view = actions.delete(document(actions, "Scaled").id)
    token = token_of(view.deleted)
    assert (actions.services.home / "undo" / token).is_dir()
    assert actions.forget(token).deleted == ""
    assert not (actions.services.home / "undo" / token).exists()
    actions.delete(document(actions, "Tiny").id)
    trash = actions.desk.trash
    assert trash.drop_older(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert trash.drop_older(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert actions.deleted() == ""


def test_a_document_tells_what_is_in_it(actions):
    paper = document(actions, "Tiny Transformers")
    html = open_document(actions.services, paper.id)
    for shown in ("Page 1 of 4", "toy@1", "Outline (", "Read again", "an early reader; the present one is newer"):
        assert shown in html
    assert 'name="edit_note"' not in html
    assert "data:image/png;base64," in html
    note = open_document(actions.services, document(actions, "Scaled").id)
    assert 'name="edit_note"' in note
    assert "Large products" in note
    assert "nothing" in open_document(actions.services, "nothing")


def test_names_in_the_table_are_text(actions):
    from dataclasses import replace

    nasty = replace(document(actions, "Scaled"), title='<img src=x onerror="x">', source_name="<b>.md")
    html = documents_html([nasty])
    assert "<img" not in html
    assert "<b>.md" not in html


def test_two_homes_share_nothing(tmp_path, actions):
    other = library_services(tmp_path / "other")
    assert other.part(LibraryDesk) is other.part(LibraryDesk)
    assert other.part(LibraryDesk) is not actions.desk
    assert LibraryActions(other).adding is not actions.adding
