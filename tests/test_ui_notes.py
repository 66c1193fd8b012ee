"""Notes written in the page: drafts outlive a reload, saving embeds what changed, earlier texts stay."""

import asyncio

import pytest
from fake_services import running
from library_services import NOTE, library_services

from ui.note_actions import NoteActions
from ui.note_files import KEPT_VERSIONS, MOST_CHARACTERS, NEW, NoteFiles, NoteText, file_name_for


@pytest.fixture
def actions(tmp_path):
    with running(library_services(tmp_path / "home")) as services:
        yield NoteActions(services)


def library(actions):
    return actions.services.rooms().library


def note_id(actions):
    return next(one.id for one in library(actions).documents() if one.kind == "markdown")


def save(actions, document_id, title, text):
    async def collect():
        return [view async for view in actions.save(document_id, title, text)]

    return asyncio.run(collect())[-1]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("# A title\n\nText.\n", NoteText("A title", "Text.\n")),
        ("No title.\n", NoteText("", "No title.\n")),
        ("## Second level\n\nText.\n", NoteText("", "## Second level\n\nText.\n")),
        ("# Only\r\n\r\nlines", NoteText("Only", "lines")),
        ("---\ntitle: x\n---\n# A\n", NoteText("", "---\ntitle: x\n---\n# A\n")),
    ],
)
def test_a_title_line_is_the_title(content, note):
    assert NoteText.of(content) == note
    assert NoteText.of(note.content).content == note.content


def test_a_note_without_a_title_gets_one():
    assert (
        NoteText("", "Momentum helps here, because **it** averages.").titled().title.startswith("Momentum helps here,")
    )
    assert NoteText("", "## Has one\n\nText.").titled().title == ""
    assert NoteText("", "   ").titled().title == ""
    assert NoteText("", "![](x)").titled().title


def test_file_names_are_plain_and_taken_once():
    assert file_name_for("Größe & Co: what?", set()) == "groe-co-what.md"
    assert file_name_for("Größe & Co: what?", {"groe-co-what.md"}) == "groe-co-what-2.md"
    assert file_name_for("注意", set()) == "note.md"
    assert NoteText("", "---\ntitle: x\n---\n\n## Warm restarts\n").name == "Warm restarts"
    assert NoteText("", "words").name == ""


def test_a_new_note_is_found_at_once(actions):
    view = save(actions, NEW, "Gradient checkpointing", "It trades compute for memory in deep networks.")
    assert "one passage of it is searched" in view.state
    found = library(actions).search("trades compute for memory")[0]
    assert (found.title, found.document_id) == ("Gradient checkpointing", view.document_id)
    assert library(actions).find_document(view.document_id).source_name == "gradient-checkpointing.md"


def test_editing_takes_the_place_of_the_former_text(actions):
    before = note_id(actions)
    opened = actions.open(before)
    assert (opened.title, opened.is_open) == ("Scaled dot products", True)
    library(actions).embedder.embedded.clear()
    view = save(actions, before, opened.title, opened.text.replace("Large products", "Great products"))
    assert len(library(actions).embedder.embedded) == 1  # the section that changed
    assert view.document_id != before
    assert [one.id for one in library(actions).documents() if one.kind == "markdown"] == [view.document_id]
    assert library(actions).check().healthy
    assert "Earlier texts (1)" in view.versions
    # And back again.
    stamp = view.versions.split(f'value="{view.document_id}/')[1].split('"')[0]
    earlier = actions.version(f"{view.document_id}/{stamp}")
    assert "Large products" in earlier.text
    assert earlier.is_unsaved
    back = save(actions, view.document_id, earlier.title, earlier.text)
    assert back.document_id == before  # the same bytes
    assert "Earlier texts (2)" in back.versions
    assert "not kept any more" in actions.version(f"{before}/../../x").state


def test_what_is_typed_outlives_a_reload(actions):
    first = note_id(actions)
    assert actions.restore().is_open is None
    typed = actions.typed(first, "Scaled dot products", "Half a sent")
    assert typed.is_unsaved
    again = NoteActions(actions.services)
    actions.services._parts.clear()
    restored = again.restore()
    assert (restored.document_id, restored.text, restored.is_unsaved) == (first, "Half a sent", True)
    assert "Not saved yet" in restored.state
    assert "earlier" not in again.discard(first).state
    assert NoteText.of(NOTE).text == again.open(first).text
    assert again.restore().is_open is None


def test_text_that_is_saved_or_empty_is_no_draft(actions):
    view = save(actions, NEW, "A", "Some text of mine.")
    assert actions.desk.notes.drafts() == []
    # A key that was under way while the note was saved.
    assert not actions.typed(NEW, "A", "Some text of mine.").is_unsaved
    assert not actions.typed(view.document_id, "A", "Some text of mine.").is_unsaved
    actions.typed(NEW, "B", "x")
    actions.typed(NEW, " ", "")
    assert actions.desk.notes.drafts() == []


def test_a_draft_of_a_note_that_was_deleted_becomes_a_new_one(actions):
    first = note_id(actions)
    actions.typed(first, "Mine", "Text to keep")
    library(actions).delete(first)
    view = actions.restore()
    assert (view.document_id, view.text) == (NEW, "Text to keep")


def test_what_cannot_be_saved_is_said_and_kept(actions, monkeypatch):
    assert "nothing to save" in save(actions, NEW, "Title", "  ").state
    assert "can be kept" in save(actions, NEW, "", "x" * (MOST_CHARACTERS + 1)).state

    def broken(*_, **__):
        raise RuntimeError("planted")

    actions.typed(NEW, "T", "Text")
    monkeypatch.setattr(library(actions), "add_now", broken)
    assert "is not saved" in save(actions, NEW, "T", "Text").state
    assert actions.desk.notes.draft(NEW).note.text == "Text"
    assert list((actions.services.home / "notes" / "saving").rglob("*.md")) == []


def test_a_note_of_the_program_is_copied_not_replaced(actions):
    first = note_id(actions)
    actions.desk.__dict__["program_notes"] = frozenset({first})
    assert "comes with the program" in actions.open(first).state
    view = save(actions, first, "Scaled dot products", "My own words about it.")
    assert {one.id for one in library(actions).documents() if one.kind == "markdown"} == {first, view.document_id}


def test_the_preview_shows_no_link_picture_or_html(actions):
    text = "![x](http://evil.example/a.png) [l](http://evil.example) <img src=x> <b>b</b> $x^2$"
    html = actions.typed(NEW, "<i>T</i>", text).preview
    for tag in ("<img", "<a ", "<b>", "<i>"):
        assert tag not in html
    assert "<math" in html or "katex" in html or "msup" in html
    assert "topics" not in actions.typed(NEW, "", "---\ntopics: a\n---\n# T\n\nText.").preview


def test_only_notes_can_be_edited(actions):
    paper = next(one.id for one in library(actions).documents() if one.kind == "pdf")
    assert "is no note" in actions.open(paper).state


def test_versions_are_bounded_and_names_cannot_leave_the_folder(tmp_path):
    notes = NoteFiles(tmp_path / "notes")
    for number in range(KEPT_VERSIONS + 3):
        notes.keep_version("../../a.md", f"text {number}")
    assert len(notes.versions("a.md")) == KEPT_VERSIONS
    notes.keep_draft("../../etc/passwd", NoteText("a", "b"))
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")} == {"notes"}
