"""The welcome: shown until it was gone through or skipped, with what is really there, and kept in the data folder."""

import asyncio
import gc
import json
from types import SimpleNamespace

import pytest
from fake_services import fake_services

from errors import HomeError
from ui.bridge import ACTIONS, Bridge
from ui.choices import FILE, Choices
from ui.model_choice import ModelMemory
from ui.welcome import QUESTIONS, Welcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of Gradio's own


@pytest.fixture
def services(tmp_path):
    services = fake_services(tmp_path / "home")
    yield services
    services.close()
    gc.collect()  # Gradio leaves event loops open; collected later they would be warnings of another test


def welcome_of(services):
    import gradio as gr

    with gr.Blocks(analytics_enabled=False):
        return Welcome(services, ModelMemory(lambda: services.home / FILE, services.fixed), Bridge())


def told(views):
    async def collect():
        return [json.loads(text) if text else None async for text in views]

    return asyncio.run(collect())


def click(value=""):
    return SimpleNamespace(value=value, answer="")


def test_it_is_there_at_once_and_the_models_follow(services):
    first, second = told(welcome_of(services).show())
    assert first["models"] is None
    assert first["opening"] == second["opening"], "one welcome, told twice"
    assert [one["value"] for one in second["models"]] == ["", "embedded", "ollama/llama3.2:3b"]
    assert second["models"][2]["note"] == "2.0 GB"
    assert second["missing"] == ["Ollama: No server. Run: ollama serve"]
    assert str(services.home) in " ".join(first["about"])
    assert len(first["questions"]) >= 3


def test_it_never_comes_back_once_it_was_left_and_can_be_opened_again(services):
    welcome_of(services).done(click(json.dumps({"model": "embedded", "level": "newcomer"})))
    later = welcome_of(services)
    assert told(later.show()) == [None]
    assert later._memory.read() == Choices(model="embedded", explanation_level="newcomer", welcomed=True)
    again = told(later.open(click()))
    assert again[0]["chosen"] == {"model": "embedded", "level": "newcomer"}


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", '{"model": 3, "level": "wizard"}', '{"level": null}'])
def test_skipping_and_nonsense_choose_nothing(services, value):
    welcome = welcome_of(services)
    welcome.done(click(value))
    assert welcome._memory.read() == Choices(welcomed=True)


def test_the_first_question_is_asked_when_the_choices_are_kept(services):
    welcome = welcome_of(services)
    told = welcome.done(click(json.dumps({"model": "embedded", "ask": QUESTIONS[0]})))
    assert json.loads(told)["ask"] == QUESTIONS[0]
    assert welcome._memory.chosen() == "embedded"
    assert welcome.done(click(json.dumps({"ask": "Anything else?"}))) == ""


def test_what_a_variable_set_is_not_asked(services):
    services.fixed = {"model": "", "explanation_level": "engineer"}
    welcome = welcome_of(services)
    _, second = told(welcome.show())
    assert [one["value"] for one in second["levels"]] == ["engineer"]
    assert len(second["models"]) == 1
    assert "STUDY_MODEL" in second["models"][0]["note"]
    welcome.done(click(json.dumps({"model": "embedded", "level": "newcomer"})))
    assert json.loads((services.home / FILE).read_text(encoding="utf-8")) == {"welcomed": True, "version": 2}


def test_a_home_that_cannot_be_written_is_a_line_in_the_log(services, monkeypatch, caplog):
    welcome = welcome_of(services)

    def full(**_):
        raise HomeError("No room.", hint="Free some space.")

    monkeypatch.setattr(welcome._memory, "change", full)
    welcome.done(click("{}"))
    assert "The welcome will be shown again: No room." in caplog.text


def test_its_clicks_are_known_to_the_bridge():
    assert {"open_welcome", "welcome_done"} <= set(ACTIONS)
