"""The Ollama path over HTTP, against the scripted server of `ollama_server.py`."""

import asyncio
import time

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from ollama_server import OllamaServer, Pulled, Reply, SilentServer, free_port

from agent.context_receipt import context_notice, cut_notice
from agent.history import estimated_tokens
from agent.llm import ModelOptions, explain_model_fault, list_models, load_chat_model, resolve_model
from errors import ModelMissingError, ModelServerError, ModelTimeoutError

NAME = "ollama/llama3.2:3b"


@pytest.fixture
def server():
    with OllamaServer() as running:
        yield running


def options_for(server, **changed):
    return ModelOptions(ollama_url=getattr(server, "url", server), **{"timeout_seconds": 5.0, **changed})


def load(server, name=NAME, **changed):
    return load_chat_model(name, options_for(server, **changed), embedded=lambda: pytest.fail("not embedded"))


def fault_of(model, question="Why?"):
    """The error in words of a question that must fail."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own kinds
        list(model.stream(question))
    explained = explain_model_fault(caught.value, NAME)
    assert explained is not None, repr(caught.value)
    return explained


# Answers


def test_streams_text_piece_by_piece(server):
    server.say("Attention weighs every token.")
    pieces = [chunk.text for chunk in load(server).stream("What is attention?") if chunk.text]
    assert pieces == ["Attention ", "weighs ", "every ", "token."]


def test_invoke_carries_the_receipt(server):
    server.say(Reply(text="Four words of answer.", prompt_tokens=26))
    answer = load(server).invoke("Why?")
    assert answer.text == "Four words of answer."
    assert answer.usage_metadata == {"input_tokens": 26, "output_tokens": 4, "total_tokens": 30}
    assert answer.response_metadata["done_reason"] == "stop"


def test_request_carries_window_temperature_and_keep_alive(server):
    server.say("Yes.")
    load(server, context_tokens=6000).invoke([HumanMessage("Is it so?")])
    [body] = server.bodies()
    assert body["model"] == "llama3.2:3b"
    assert body["options"]["num_ctx"] == 6000
    assert body["options"]["temperature"] == 0.2
    assert body["keep_alive"] == "10m"
    assert body["messages"] == [{"role": "user", "content": "Is it so?"}]


def test_window_is_not_larger_than_the_model_was_made_for():
    with OllamaServer(Pulled(context_length=2048)) as server:
        server.say("Yes.")
        load(server, context_tokens=8192).invoke("Is it so?")
        assert server.bodies()[0]["options"]["num_ctx"] == 2048


def test_thoughts_stay_apart_from_the_answer():
    with OllamaServer(Pulled("qwen3:4b", capabilities=("completion", "tools", "thinking"))) as server:
        server.say(Reply(thinking="Let me see.", text="Forty-two."))
        answer = load(server, "ollama/qwen3:4b").invoke("How many?")
        assert server.bodies()[0]["think"] is True
    assert answer.text == "Forty-two."
    assert answer.additional_kwargs["reasoning_content"] == "Let me see."


def test_schema_is_passed_as_format(server):
    schema = {
        "title": "Verdict",
        "description": "A verdict.",
        "type": "object",
        "properties": {"score": {"type": "integer"}},
        "required": ["score"],
    }
    server.say('{"score": 7}')
    answer = load(server).with_structured_output(schema, method="json_schema").invoke("Score it.")
    assert answer == {"score": 7}
    assert server.bodies()[0]["format"]["required"] == ["score"]


def test_one_model_serves_several_event_loops(server):
    server.say("One.", "Two.")
    model = load(server)
    answers = [asyncio.run(model.ainvoke(question)).text for question in ("First?", "Second?")]
    assert answers == ["One.", "Two."]


# Tool calls: the independent server drops them, so they are tested here alone


@tool
def count_pages(title: str) -> str:
    """Count the pages of a paper."""
    return f"{title} has 15 pages."


def run_agent(server, question):
    return create_agent(load(server), [count_pages]).invoke({"messages": [HumanMessage(question)]})["messages"]


def test_tool_is_called_and_its_result_answered(server):
    server.say(Reply(calls=[("count_pages", {"title": "Attention"})]), "It has 15 pages.")
    messages = run_agent(server, "How long is it?")
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[2].content == "Attention has 15 pages."
    assert messages[3].text == "It has 15 pages."
    first, second = server.bodies()
    assert first["tools"][0]["function"]["name"] == "count_pages"
    assert first["tools"][0]["function"]["parameters"]["required"] == ["title"]
    call, result = second["messages"][1:]
    assert call["tool_calls"][0]["function"] == {"name": "count_pages", "arguments": {"title": "Attention"}}
    assert result["role"] == "tool"
    assert result["content"] == "Attention has 15 pages."


def test_two_calls_of_one_message_both_run(server):
    calls = [("count_pages", {"title": title}) for title in ("Attention", "BERT")]
    server.say(Reply(calls=calls), "Both have 15 pages.")
    messages = run_agent(server, "How long are they?")
    assert [m.content for m in messages if isinstance(m, ToolMessage)] == [
        "Attention has 15 pages.",
        "BERT has 15 pages.",
    ]


@pytest.mark.parametrize("call", [("count_pages", {"name": "Attention"}), ("no_such_tool", {"title": "BERT"})])
def test_wrong_call_becomes_a_message_to_the_model(server, call):
    server.say(Reply(calls=[call]), "I could not count them.")
    messages = run_agent(server, "How long is it?")
    [refusal] = [message for message in messages if isinstance(message, ToolMessage)]
    assert refusal.status == "error"
    assert messages[-1].text == "I could not count them."


# Which models there are


def test_auto_takes_the_largest_comfortable_model_that_calls_tools():
    models = [
        Pulled("nomic-embed-text:latest", 974_000_000, ("embedding",)),
        Pulled("gemma:7b", 9_000_000_000, ("completion",)),
        Pulled("llama3.1:70b", 40_000_000_000),
        Pulled("qwen2.5:0.5b", 397_000_000),
        Pulled("llama3.2:3b", 2_019_000_000),
        Pulled("qwen3:8b", 5_200_000_000, ("completion", "tools", "thinking")),
        Pulled("gpt-oss:120b-cloud", 5_300_000_000, remote_host="https://ollama.com"),
    ]
    with OllamaServer(*models) as server:
        assert resolve_model("auto", options_for(server)) == "ollama/qwen3:8b"


@pytest.mark.parametrize(
    "model", [Pulled("gemma:7b", capabilities=("completion",)), Pulled("qwen2.5:0.5b", 397_000_000)]
)
def test_auto_without_a_fitting_model_is_embedded(model):
    with OllamaServer(model) as server:
        assert resolve_model("auto", options_for(server)) == "embedded"


def test_auto_without_a_server_is_embedded_at_once():
    started = time.monotonic()
    assert resolve_model("auto", options_for(f"http://127.0.0.1:{free_port()}")) == "embedded"
    with SilentServer() as silent:
        assert resolve_model("auto", options_for(silent)) == "embedded"
    assert time.monotonic() - started < 2


def test_auto_is_embedded_where_another_program_listens(server):
    server.models = [Pulled()]
    assert resolve_model("auto", options_for(f"{server.url}/elsewhere")) == "embedded"


def test_menu_lists_what_is_pulled_with_sizes():
    with OllamaServer(Pulled(), Pulled("gemma:7b", 5_000_000_000, ("completion",))) as server:
        built_in, llama, gemma = list_models(options_for(server))
    assert (built_in.name, built_in.available) == ("embedded", True)
    assert (llama.name, llama.available, llama.note) == ("ollama/llama3.2:3b", True, "2.0 GB")
    assert llama.size_bytes == 2_019_393_189
    assert (gemma.available, gemma.note) == (False, "5.0 GB, cannot call tools")


def test_menu_says_how_to_start_a_server():
    url = f"http://127.0.0.1:{free_port()}"
    [_, line] = list_models(options_for(url))
    assert not line.available
    assert line.note == f"No Ollama server answers at {url}."
    assert "ollama serve" in line.hint


def test_menu_says_how_to_pull_the_first_model():
    with OllamaServer() as server:
        server.models = []
        [_, line] = list_models(options_for(server))
    assert line.hint == "Run: ollama pull llama3.2:3b"


def test_name_without_tag_means_latest():
    with OllamaServer(Pulled("mistral:latest")) as server:
        server.say("Yes.")
        assert load(server, "ollama/mistral").invoke("Is it so?").text == "Yes."


@pytest.mark.parametrize("written", ["127.0.0.1:{port}", "http://0.0.0.0:{port}", "http://127.0.0.1:{port}/"])
def test_address_may_be_written_as_the_server_prints_it(server, written):
    address = written.format(port=server.url.rsplit(":", 1)[1])
    assert resolve_model("auto", options_for(address)) == NAME


def test_proxy_of_the_shell_does_not_stand_before_this_machine(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    server.say("Yes.")
    assert load(server).invoke("Is it so?").text == "Yes."


# Faults


def test_model_that_is_not_pulled_names_the_command(server):
    with pytest.raises(ModelMissingError) as caught:
        load(server, "ollama/mistral")
    assert caught.value.as_text() == "The model mistral is not pulled. Run: ollama pull mistral"


def test_model_without_tools_is_refused_before_the_first_question():
    with (
        OllamaServer(Pulled("gemma:2b", capabilities=("completion",))) as server,
        pytest.raises(ModelMissingError, match="cannot call tools"),
    ):
        load(server, "ollama/gemma:2b")


def test_old_server_that_names_no_capabilities_refuses_tools_by_itself():
    with OllamaServer(Pulled("gemma:2b", capabilities=None)) as server:
        model = load(server, "ollama/gemma:2b").bind_tools([count_pages])
        server.models[0].capabilities = ("completion",)
        assert isinstance(fault_of(model), ModelMissingError)


def test_server_down_names_the_command():
    with pytest.raises(ModelServerError) as caught:
        load(f"http://127.0.0.1:{free_port()}")
    assert caught.value.message == "Ollama does not answer."
    assert "ollama serve" in caught.value.hint


def test_server_that_stops_between_turns(server):
    model = load(server)
    server.__exit__()
    assert fault_of(model).message == "Ollama does not answer."


def test_model_deleted_between_turns(server):
    model = load(server)
    server.models = []
    assert fault_of(model).hint == "Run: ollama pull llama3.2:3b"


@pytest.mark.parametrize("reply", [Reply("late", wait_before=30), Reply("late or never", wait_within=30)])
def test_silence_ends_at_the_limit(server, reply):
    server.say(reply)
    model = load(server, timeout_seconds=0.4)
    started = time.monotonic()
    assert isinstance(fault_of(model), ModelTimeoutError)
    assert time.monotonic() - started < 3


def test_slow_but_steady_answer_is_not_cut(server):
    server.say(Reply("one two three", wait_before=0.3, wait_within=0.3))
    assert load(server, timeout_seconds=0.5).invoke("Count.").text == "one two three"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            Reply(status=500, error="llama runner process has terminated"),
            "llama runner process has terminated",
        ),
        (Reply(status=503, error="server busy, please try again"), "server busy"),
        (Reply(status=429, error="too many requests"), "too many requests"),
        (
            Reply("It is", error="an error was encountered while running the model"),
            "an error was encountered",
        ),
        (Reply(status=500, error="model requires more system memory (9 GiB) than is available"), "memory"),
        (Reply(status=400, error="prompt exceeds the context length of 4096 tokens"), "longer than"),
        (Reply("It is", cut="json"), "broke off"),
        (Reply("It is", cut="reset"), "broke off"),
    ],
)
def test_fault_of_the_server_is_one_sentence(server, reply, message):
    server.say(reply)
    fault = fault_of(load(server))
    assert isinstance(fault, ModelServerError)
    assert message in fault.message
    assert fault.hint
    assert "\n" not in fault.as_text()


@pytest.mark.parametrize("reply", [Reply(status=500, error="boom"), Reply("It is", cut="reset")])
def test_faults_are_the_same_when_awaited(server, reply):
    server.say(reply)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        asyncio.run(load(server).ainvoke("Why?"))
    assert isinstance(explain_model_fault(caught.value, NAME), ModelServerError)


def test_defect_of_ours_is_not_blamed_on_the_model():
    assert explain_model_fault(KeyError("messages"), NAME) is None
    assert explain_model_fault(ValueError("not enough values"), NAME) is None


# Receipts


def test_prompt_above_the_window_is_noticed(server):
    question = HumanMessage("word " * 4000)
    server.say("Yes.")
    answer = load(server, context_tokens=2048).invoke([question])
    estimated = estimated_tokens([question])
    assert answer.usage_metadata["input_tokens"] == 1026
    notice = context_notice(answer, estimated_tokens=estimated, context_tokens=2048)
    assert "reads 2,048" in notice
    assert "STUDY_CONTEXT_TOKENS" in notice


def test_prompt_that_fits_needs_no_notice(server):
    question = HumanMessage("word " * 1000)
    server.say("Yes.")
    answer = load(server, context_tokens=2048).invoke([question])
    assert context_notice(answer, estimated_tokens=estimated_tokens([question]), context_tokens=2048) is None


@pytest.mark.parametrize(
    ("read", "estimated", "is_cut"),
    [
        (1500, 1700, False),  # fits
        (2048, 1700, True),  # the window was full
        (1026, 2300, True),  # cut to half the window
        (1026, 1100, False),  # the same count by chance
        (900, 4000, True),  # whole messages were dropped
        (2000, 2300, False),  # a high estimate
        (0, 1700, False),  # no count: an old server with a cached prompt
        (0, 4000, True),
    ],
)
def test_receipt_tells_a_cut_prompt(read, estimated, is_cut):
    usage = {"input_tokens": read, "output_tokens": 1, "total_tokens": read + 1} if read else None
    answer = AIMessage("Yes.", usage_metadata=usage)
    notice = context_notice(answer, estimated_tokens=estimated, context_tokens=2048)
    assert (notice is not None) is is_cut


def test_answer_that_ran_into_its_limit_is_noticed(server):
    server.say(Reply("It goes on and", done_reason="length"), "It ends.")
    model = load(server)
    assert cut_notice(model.invoke("Tell.")) == "The answer stops early: the model reached its longest answer."
    assert cut_notice(model.invoke("Tell.")) is None
