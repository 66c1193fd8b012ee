"""The settings tab without a browser: what is there, what is kept, what a variable fixed, and what goes."""

import asyncio
import gc
import io
import os
import re
import zipfile
from types import SimpleNamespace

import pytest

from agent.preferences import LANGUAGES, LEVELS, Preferences
from ui.bridge import Bridge
from ui.chat_actions import ChatActions
from ui.choices import FILE, Choices
from ui.model_choice import ModelMemory
from ui.settings_explaining import LEVEL_MENU
from ui.settings_tab import SettingsTab

pytestmark = pytest.mark.filterwarnings("ignore")  # of Gradio's own


@pytest.fixture
def services(services):
    yield services
    gc.collect()  # Gradio leaves event loops open; collected later they would be warnings of another test


def settings_of(services):
    import gradio as gr

    with gr.Blocks(analytics_enabled=False):
        return SettingsTab(services, ModelMemory(lambda: services.home / FILE, services.fixed), Bridge())


@pytest.fixture
def tab(services):
    return settings_of(services)


def shown(tab):
    """Label of a component to the update that fills it; the HTML by itself."""
    pairs = zip(tab.outputs, tab.show(), strict=True)
    return {component.label or component.elem_id: update for component, update in pairs}


def test_each_thing_shows_what_counts_now(tab):
    tab.explaining.choose_level("newcomer")
    tab.explaining.choose_language("German")
    tab.limits.keep(500, 12, 60)
    values = {name: update["value"] for name, update in shown(tab).items() if isinstance(update, dict)}
    assert values["Explain to"] == "newcomer"
    assert values["Answer in"] == "German"
    assert values["Characters of a question"] == 500
    assert values["Seconds for an answer"] == 60
    assert values["Conversations"] == 0
    assert values["Deleted conversations"] == 1
    chosen = tab._memory.read()
    assert chosen == Choices(
        explanation_level="newcomer", explanation_language="German", question_characters=500, turn_timeout_seconds=60
    ), "what equals the program's own is not kept"


def test_the_menus_name_what_the_agent_knows(tab):
    assert [value for _, value in LEVEL_MENU] == ["", *LEVELS]
    assert [value for _, value in tab.explaining.language.choices] == ["", *LANGUAGES]


def test_choices_reach_the_agent_with_the_next_question(services, tab):
    tab.explaining.choose_level("researcher")
    tab.limits.keep(8000, 3, 600)

    async def ask():
        async for _ in ChatActions(services, tab._memory).ask("Why?", "", "page"):
            pass

    asyncio.run(ask())
    preferences, limits = services.rooms().tutor.bounds[-1]
    assert preferences == Preferences(level="researcher")
    assert (limits.tool_calls, limits.question_characters) == (3, 8000)


def test_a_question_is_measured_by_the_chosen_limit(services, tab):
    tab.limits.keep(200, 12, 600)
    actions = ChatActions(services, tab._memory)
    assert "the limit is 200" in actions.check_question("x" * 201)
    assert actions.check_question("x" * 200) == ""


@pytest.mark.parametrize("wrong", [(1, 12, 600), (8000, 0, 600), (8000, 12, 1), (8000, 2.5, 600)])
def test_limits_out_of_bounds_store_nothing_and_what_was_typed_stays(tab, wrong):
    outcome, *fields = tab.limits.keep(*wrong)
    assert "none was stored" in outcome
    assert re.search(r"(Characters of|Tool calls for) a question: |Seconds for an answer: ", outcome), "which one"
    assert " to " in outcome
    assert [field["value"] for field in fields] == list(wrong)
    assert tab._memory.read() == Choices()


def test_an_empty_limit_goes_back_to_the_programs_own(tab):
    tab.limits.keep(500, 12, 600)
    _, *fields = tab.limits.keep(None, None, None)
    assert [field["value"] for field in fields] == [8000, 12, 600]
    assert tab._memory.read().question_characters is None


def test_what_a_variable_set_cannot_be_changed_and_says_so(services):
    services.fixed = {"model": "", "explanation_level": "engineer", "question_characters": 300, "keep_logs_days": 9}
    values = shown(settings_of(services))
    for label, variable in (
        ("Model", "STUDY_MODEL"),
        ("Explain to", "STUDY_EXPLANATION_LEVEL"),
        ("Characters of a question", "STUDY_QUESTION_CHARACTERS"),
        ("Logs of the program", "STUDY_KEEP_LOGS_DAYS"),
    ):
        assert values[label]["interactive"] is False, label
        assert f"Set by the variable {variable}," in values[label]["info"]
    assert values["Logs of the program"]["value"] == 9
    assert ("9 days", 9) in values["Logs of the program"]["choices"]
    assert values["Answer in"]["interactive"] is True


def test_what_would_go_is_shown_before_anything_goes(services, tab):
    services.conversations.create("Old <b>question</b>")
    menus = [30, 1, 0, 0, 0]
    assert "nothing would go now" in tab.data.foresee(*menus)
    log = services.home / "logs" / "study.log.1"
    log.parent.mkdir(exist_ok=True)
    log.write_text("x", encoding="utf-8")
    os.utime(log, (0, 0))
    assert "1 log file (0.0 MB)" in tab.data.foresee(30, 1, 7, 0, 0)
    assert log.exists()
    assert tab._memory.read().keep_logs_days is None, "nothing is stored yet"
    assert "1 log file" in tab.data.keep(30, 1, 7, 0, 0)
    assert not log.exists()
    assert tab._memory.read().keep_logs_days == 7
    assert len(services.conversations.list()) == 1


def test_everything_is_deleted_by_the_typed_words_alone(services, tab):
    services.conversations.create("Why?")
    for typed in ("", "yes", "delete"):
        told = tab.data.delete_everything(SimpleNamespace(value="", answer=typed))
        assert "Nothing was removed" in told
    assert len(services.conversations.list()) == 1
    told = tab.data.delete_everything(SimpleNamespace(value="", answer=" Delete everything "))
    assert "Removed: 1 conversation, 2 documents" in told
    assert services.conversations.list() == []


def test_the_file_of_everything_has_an_address(services):
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from ui.own_data_file import own_data_route

    services.conversations.create("Why?")
    app = Starlette(routes=[own_data_route(services)])
    app.auth = app.auth_dependency = None
    answer = TestClient(app).get("/my-data.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "conversations.sqlite" in archive.namelist()
    assert not list((services.home / "uploads").iterdir()), "no copy is left"
    app.auth_dependency = lambda request: None
    assert TestClient(app).get("/my-data.zip").status_code == 401


def test_a_file_that_cannot_be_written_is_a_sentence(services, monkeypatch):
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from errors import HomeError
    from ui import own_data_file

    def full(*_):
        raise HomeError("Your data cannot be written.", hint="Free some space.")

    monkeypatch.setattr(own_data_file, "write_export", full)
    app = Starlette(routes=[own_data_file.own_data_route(services)])
    app.auth = app.auth_dependency = None
    answer = TestClient(app).get("/my-data.zip")
    assert (answer.status_code, answer.text) == (503, "Your data cannot be written. Free some space.")
    assert not list((services.home / "uploads").iterdir())


def test_a_model_that_breaks_in_the_test_is_a_sentence(services, tab):
    def broken(name):
        raise RuntimeError("secret")

    services.test_model = broken
    told = tab.try_model("ollama/x")
    assert "could not be tested" in told
    assert "secret" not in told


def test_a_memory_belongs_to_the_reader_who_asks(tmp_path):
    homes = {"home": tmp_path / "a"}
    memory = ModelMemory(lambda: homes["home"] / "page.json")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    memory.choose("embedded")
    homes["home"] = tmp_path / "b"
    assert memory.chosen() == ""
