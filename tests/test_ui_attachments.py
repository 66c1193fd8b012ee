"""Files attached in the chat: read with progress, asked about with the next question, and honest when they fail."""

import asyncio

import pytest
from fake_services import fake_services

from ui.chat_actions import ChatActions
from ui.model_choice import ModelMemory
from vectorstore.reports import AddReport, FileOutcome


@pytest.fixture
def actions(tmp_path):
    return made(tmp_path)


def made(tmp_path, **options):
    services = fake_services(tmp_path / "home", **options)
    services.start()
    rooms = services.rooms(timeout_seconds=10)
    rooms.tutor.seconds_per_word = 0.001
    return ChatActions(services, ModelMemory(tmp_path / "page.json"))


def upload(tmp_path, name, text):
    """A file in a folder of its own, as Gradio keeps uploads."""
    folder = tmp_path / "uploads" / name
    folder.mkdir(parents=True)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


async def collected(views):
    return [view async for view in views]


def asked(view):
    return [one["content"].partition("\n\n<div")[0] for one in view.messages if one["role"] == "user"]


def test_a_file_is_read_with_progress_and_asked_about_with_the_next_question(actions, tmp_path):
    path = upload(tmp_path, "zebras.txt", "Zebras have stripes.")
    views = asyncio.run(collected(actions.attach([path], "page-1")))
    assert any("Reading zebras.txt: " in view.attached and 'role="progressbar"' in view.attached for view in views)
    assert "Asked about next: <b>zebras</b> (1 page)" in views[-1].attached
    assert not (tmp_path / "uploads" / "zebras.txt").exists(), "the library has its own copy"
    answers = asyncio.run(collected(actions.ask("What do they have?", "", "page-1")))
    assert answers[0].attached == ""
    assert asked(answers[-1]) == ["What do they have? (in “zebras”)"]
    again = asyncio.run(collected(actions.ask("And lions?", answers[-1].conversation_id, "page-1")))
    assert asked(again[-1])[-1] == "And lions?"


def test_an_empty_question_asks_what_the_files_are_about(actions, tmp_path):
    paths = [upload(tmp_path, "one.txt", "One."), upload(tmp_path, "two.txt", "Two.")]
    asyncio.run(collected(actions.attach(paths, "page-1")))
    (elsewhere,) = asyncio.run(collected(actions.ask("", "", "page-2")))
    assert "Type a question" in elsewhere.notice
    answers = asyncio.run(collected(actions.ask("", "", "page-1")))
    assert asked(answers[-1]) == ["What are “one” and “two” about?"]


def test_a_question_waits_for_the_file(actions, tmp_path):
    actions.services.rooms().library.seconds_per_file = 0.8

    async def attach_and_ask():
        path = upload(tmp_path, "zebras.txt", "Zebras have stripes.")
        reading = asyncio.create_task(collected(actions.attach([path], "page-1")))
        await asyncio.sleep(0.05)
        views = await collected(actions.ask("What do they have?", "", "page-1"))
        await reading
        return views

    views = asyncio.run(attach_and_ask())
    assert "Reading zebras.txt" in views[0].notice
    assert asked(views[-1]) == ["What do they have? (in “zebras”)"]


def test_a_file_that_fails_is_one_sentence_and_no_part_of_the_question(actions, tmp_path):
    views = asyncio.run(collected(actions.attach([upload(tmp_path, "empty.txt", " ")], "page-1")))
    assert "⚠ empty.txt: empty.txt holds no text." in views[-1].attached
    assert "Add a file with text in it." in views[-1].attached
    assert "Type a question" in asyncio.run(collected(actions.ask("", "", "page-1")))[0].notice
    answers = asyncio.run(collected(actions.ask("Why?", "", "page-1")))
    assert asked(answers[-1]) == ["Why?"]


def test_a_file_that_is_there_already_is_asked_about_too(actions, tmp_path):
    library = actions.services.rooms().library
    known = library.documents()[0]

    def add(paths, **_):
        return AddReport((FileOutcome(paths[0], "unchanged", known.id, 3, 12, None, ()),), 0.1, 0)

    library.add = add
    views = asyncio.run(collected(actions.attach([upload(tmp_path, "a.pdf", "x")], "page-1")))
    assert f"<b>{known.title}</b> (already in the library, 3 pages)" in views[-1].attached


def test_a_defect_is_one_sentence(actions, tmp_path, caplog):
    actions.services.rooms().library.add = None
    views = asyncio.run(collected(actions.attach([upload(tmp_path, "a.txt", "x")], "page-1")))
    assert "Something went wrong." in views[-1].attached
    assert "TypeError" in caplog.text


def test_files_can_be_let_go_of_and_stay_in_the_library(actions, tmp_path):
    asyncio.run(collected(actions.attach([upload(tmp_path, "one.txt", "One.")], "page-1")))
    assert actions.clear_attached("page-1").attached == ""
    answers = asyncio.run(collected(actions.ask("Why?", "", "page-1")))
    assert asked(answers[-1]) == ["Why?"]
    assert "one" in [one.title for one in actions.services.rooms().library.documents()]


def test_a_library_that_is_only_read_says_so(tmp_path):
    actions = made(tmp_path, read_only="Another program writes to it.")
    views = asyncio.run(collected(actions.attach([upload(tmp_path, "one.txt", "One.")], "page-1")))
    assert "Another program writes to it." in views[-1].attached
