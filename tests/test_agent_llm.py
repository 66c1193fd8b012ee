"""Names, keys and packages of chat models; no server is needed here."""

import builtins
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from ollama_server import SilentServer, free_port

from agent.llm import ModelOptions, explain_model_fault, list_models, load_chat_model, resolve_model
from errors import MissingPackageError, ModelMissingError, ModelServerError, ModelTimeoutError

NOWHERE = f"http://127.0.0.1:{free_port()}"


def options(**changed):
    return ModelOptions(ollama_url=NOWHERE, **changed)


def load(name, **changed):
    return load_chat_model(name, options(**changed), embedded=lambda: "the embedded model")


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("embedded", "embedded"),
        (" Embedded ", "embedded"),
        ("ollama/llama3.2:3b", "ollama/llama3.2:3b"),
        ("OLLAMA/hf.co/owner/model:Q4_K_M", "ollama/hf.co/owner/model:Q4_K_M"),
        ("openai/gpt-5-mini", "openai/gpt-5-mini"),
        ("anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("auto", "embedded"),
        ("", "embedded"),
    ],
)
def test_setting_resolves_to_a_name(setting, name):
    assert resolve_model(setting, options()) == name


@pytest.mark.parametrize("setting", ["llama3", "mistral/large", "ollama/", "ollama", "embedded/x", "/", "openai/ "])
def test_unknown_name_lists_what_is_allowed(setting):
    with pytest.raises(ModelMissingError) as caught:
        resolve_model(setting, options())
    assert repr(setting.strip()) in caught.value.message
    for allowed in ("auto", "embedded", "ollama/MODEL", "openai/MODEL", "anthropic/MODEL"):
        assert allowed in caught.value.hint


def test_embedded_comes_from_its_factory():
    assert load("embedded") == "the embedded model"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("openai/gpt-5-mini", "OpenAI needs a key for gpt-5-mini. Set OPENAI_API_KEY to a valid key."),
        ("anthropic/claude-x", "Anthropic needs a key for claude-x. Set ANTHROPIC_API_KEY to a valid key."),
    ],
)
def test_missing_key_is_one_sentence(name, sentence, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "of the shell, not of the settings")
    with pytest.raises(ModelMissingError) as caught:
        load(name)
    assert caught.value.as_text() == sentence


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("ollama/x", "langchain-ollama"),
        ("openai/x", "langchain-openai"),
        ("anthropic/x", "langchain-anthropic"),
    ],
)
def test_absent_package_names_its_install_command(name, package, monkeypatch):
    real = builtins.__import__

    def without(module, *rest):
        if module.partition(".")[0] == package.replace("-", "_"):
            raise ImportError(module)
        return real(module, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackageError) as caught:
        load(name, openai_api_key="k", anthropic_api_key="k")
    assert caught.value.hint == f"Run: python -m pip install {package}"


def test_hosted_models_open_without_a_request_and_with_limits():
    openai = load("openai/gpt-5-mini", openai_api_key="k", timeout_seconds=9)
    assert openai.request_timeout.read == 9
    assert openai.max_retries == 0
    anthropic = load("anthropic/claude-sonnet-4-5", anthropic_api_key="k", timeout_seconds=9)
    assert anthropic.default_request_timeout == 9
    assert anthropic.max_retries == 0


def test_menu_holds_hosted_models_only_with_their_key():
    without = [choice.name for choice in list_models(options())]
    assert without == ["embedded", "ollama"]
    with_keys = [choice.name for choice in list_models(options(openai_api_key="k", anthropic_api_key="k"))]
    assert any(name.startswith("openai/") for name in with_keys)
    assert any(name.startswith("anthropic/") for name in with_keys)


def test_keys_never_show():
    assert "secret" not in repr(options(openai_api_key="secret", anthropic_api_key="secret"))
    assert "secret" not in repr(load("openai/x", openai_api_key="secret"))


# A server that speaks OpenAI's protocol


class _Compatible(BaseHTTPRequestHandler):
    """Lists two models; answers with the status that the model's name tells."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._json(200, {"object": "list", "data": [{"id": "tiny"}, {"id": "large"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = int(body["model"])
        if status != 200:
            words = "maximum context length is 4096 tokens" if status == 400 else "it went wrong"
            self._json(status, {"error": {"message": words, "type": "fault", "code": None}})
            return
        message = {"role": "assistant", "content": "Yes."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._json(200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})

    def _json(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def compatible():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Compatible)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_compatible_server_needs_no_key(compatible):
    assert load("openai/200", openai_base_url=compatible).invoke("Is it so?").text == "Yes."


def test_menu_lists_what_a_compatible_server_offers(compatible):
    names = [choice.name for choice in list_models(options(openai_base_url=compatible))]
    assert names == ["embedded", "ollama", "openai/tiny", "openai/large"]


def test_menu_says_that_a_compatible_server_is_silent():
    line = list_models(options(openai_base_url=f"{NOWHERE}/v1"))[-1]
    assert not line.available
    assert NOWHERE in line.note


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, ModelServerError, "longer than"),
        (401, ModelMissingError, "refuses the key"),
        (404, ModelMissingError, "no model named"),
        (429, ModelServerError, "too many requests"),
        (500, ModelServerError, "it went wrong"),
    ],
)
def test_status_of_a_hosted_model_is_one_sentence(compatible, status, kind, words):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        load(f"openai/{status}", openai_base_url=compatible).invoke("Is it so?")
    fault = explain_model_fault(caught.value, f"openai/{status}")
    assert type(fault) is kind
    assert words in fault.message


def test_unreachable_and_silent_hosted_models():
    with pytest.raises(Exception) as caught:  # noqa: PT011
        load("openai/x", openai_base_url=NOWHERE).invoke("Is it so?")
    assert explain_model_fault(caught.value, "openai/x").message == "OpenAI does not answer."
    with SilentServer() as silent, pytest.raises(Exception) as caught:  # noqa: PT011
        load("openai/x", openai_base_url=silent.url, timeout_seconds=0.3).invoke("Is it so?")
    assert isinstance(explain_model_fault(caught.value, "openai/x"), ModelTimeoutError)
