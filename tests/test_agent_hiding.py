"""Keys of models stand in no sentence, log or memory, also when a server repeats what it was sent."""

import asyncio
import json
import logging

import pytest

from agent.llm import list_models, load_chat_model
from agent.providers.faults import detail
from agent.providers.hiding import hidden, learn_keys
from agent.providers.options import ModelOptions
from agent.tutor import Tutor
from curriculum.load import load_curriculum
from evals.soak.small_library import WordEmbedder
from evals.soak.web_starts import repeating
from settings import Settings
from ui.logs import start_log
from vectorstore.library import Library

KEY, WORD = "sk-of-the-tests-1234567890", "word-in-an-address"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr("agent.providers.hiding._known", set())


def test_known_keys_and_users_in_addresses_are_hidden():
    assert hidden(f"key {KEY} at http://reader:{WORD}@host/v1") == f"key {KEY} at http://***@host/v1"
    learn_keys(ModelOptions(openai_api_key=KEY, anthropic_api_key="short", ollama_url=f"http://reader:{WORD}@host"))
    assert (
        hidden(f"key {KEY}, word {WORD}, Basic cmVhZGVyOndvcmQtaW4tYW4tYWRkcmVzcw==") == "key ***, word ***, Basic ***"
    )
    assert hidden("a short word; https://medium.com/@name and me@host.example") == (
        "a short word; https://medium.com/@name and me@host.example"
    )
    assert detail(ValueError(f"Wrong: {KEY}")) == "Wrong: ***"


def test_menus_and_representations_hold_no_password():
    options = ModelOptions(
        openai_base_url=f"http://reader:{WORD}@127.0.0.1:9/v1", ollama_url=f"http://reader:{WORD}@127.0.0.1:9"
    )
    assert WORD not in str(list_models(options))
    assert "No server answers at http://***@127.0.0.1:9/v1." in str(list_models(options))
    settings = Settings.from_environment({"STUDY_OLLAMA_URL": f"http://reader:{WORD}@127.0.0.1:9"})
    assert WORD not in f"{options!r} {settings!r}"
    assert settings.ollama_url.endswith("@127.0.0.1:9")


@pytest.mark.parametrize("as_json", [False, True])
def test_logs_hold_no_key_also_in_tracebacks(tmp_path, as_json):
    learn_keys(ModelOptions(openai_api_key=KEY))
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        path = start_log(tmp_path, "INFO", as_json=as_json)
        try:
            raise ValueError(f"refused: {KEY}")
        except ValueError:
            logging.getLogger("agent").exception("It failed with %s", KEY)
    finally:
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    text = path.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert KEY not in text
    if as_json:
        assert json.loads(text)["message"] == "It failed with ***"


def test_a_server_that_repeats_the_key_leaves_it_nowhere(tmp_path):
    async def ask(tutor):
        return [event async for event in tutor.ask("What is attention?")]

    with repeating() as port, Library.open(tmp_path / "library", WordEmbedder()) as library:
        options = ModelOptions(openai_api_key=KEY, openai_base_url=f"http://127.0.0.1:{port}/v1")
        tutor = Tutor.open(
            tmp_path,
            library,
            model_loader=lambda name: load_chat_model(name, options, embedded=lambda: None),
            default_model="openai/gpt-x",
            roadmap=load_curriculum(),
        )
        last = asyncio.run(ask(tutor))[-1]
    assert last.message == "OpenAI refuses the key for gpt-x."
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("checkpoints" in path.parts for path in files)
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
