"""Asking a model's server again: after which faults, how long, and that nothing is shown or done twice."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import ollama
import openai
import pytest
from fake_library import FakeLibrary, fake_roadmap, make_passage
from rich.console import Console

from agent.answers import answer_from_dict, answer_to_dict
from agent.context import Limits
from agent.events import AnswerFinished, ModelRetry, TextDelta, ToolStarted, TurnFailed, TurnStarted
from agent.llm import ModelOptions, load_chat_model
from agent.providers.passing import PassingFault, passing_fault
from agent.retries import STALL_ATTEMPTS, Retries, RetryRules
from agent.terminal import TerminalView
from agent.tutor import Tutor
from errors import ModelMissingError
from evals.soak.fault_server import HEALTHY, MODEL, Fault, fault_server
from ui.messages import TurnMessages

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REQUEST = httpx.Request("POST", "http://127.0.0.1/api/chat")
PROVIDERS = ("ollama", "openai")


def refused():
    return httpx.ConnectError("refused")


def answered(status, headers=None, words="it went wrong"):
    """An error of httpx itself."""
    response = httpx.Response(status, headers=headers, text=words, request=REQUEST)
    return httpx.HTTPStatusError(words, request=REQUEST, response=response)


def of_ollama(status, headers=None, words="it went wrong"):
    """As Ollama's client raises it: its own error, which keeps no headers, out of that of httpx."""
    try:
        try:
            raise answered(status, headers, words)
        except httpx.HTTPStatusError:
            raise ollama.ResponseError(words, status) from None
    except ollama.ResponseError as error:
        return error


def of_openai(status, headers=None, code=None):
    response = httpx.Response(status, headers=headers, request=REQUEST)
    return openai.APIStatusError("it went wrong", response=response, body={"message": "it went wrong", "code": code})


# Which faults pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused(), "unreachable"),
        (ConnectionError("Failed to connect to Ollama."), "unreachable"),
        (httpx.ReadTimeout("nothing came"), "timeout"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "cut"),
        (answered(503), "server"),
        (of_ollama(500), "server"),
        (of_ollama(429), "busy"),
        (of_openai(502), "server"),
        (of_openai(429), "busy"),
        (of_openai(529), "server"),
    ],
)
def test_faults_that_pass(error, kind):
    assert passing_fault(error) == PassingFault(kind)


@pytest.mark.parametrize(
    "error",
    [
        of_ollama(404),
        of_ollama(400),
        of_ollama(401),
        of_ollama(500, words="model requires more system memory (9 GiB) than is available"),
        of_ollama(400, words="the input length exceeds the context length"),
        ollama.ResponseError("an error was encountered while running the model"),
        of_openai(403),
        of_openai(501),
        of_openai(429, code="insufficient_quota"),
        httpx.UnsupportedProtocol("Request URL has an unsupported protocol"),
        ModelMissingError("The model is not pulled."),
        RuntimeError("a defect of ours"),
    ],
)
def test_faults_that_stay(error):
    if isinstance(error, openai.APIStatusError):
        error.code = (error.body or {}).get("code")
    assert passing_fault(error) is None


@pytest.mark.parametrize("make", [of_ollama, of_openai, answered])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Fri, 02 Jan 2026 03:04:25 GMT", 20.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_what_the_server_asks_for_is_read(make, header, seconds):
    assert passing_fault(make(429, {"Retry-After": header}), now=NOW).asked_seconds == seconds


# How long, and how often


class Clock:
    """Time that passes only while one sleeps."""

    def __init__(self):
        self.now, self.pauses = 1000.0, []

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def rules(self, **changed):
        return RetryRules(sleep=self.sleep, clock=lambda: self.now, **changed)


def tried(clock, *errors, **changed):
    """What came of a call that fails with these errors first: its answer or last error, the retries, what was told."""
    ends_at = changed.pop("ends_at", float("inf"))
    retries, told, left = Retries(f"ollama/{MODEL}", clock.rules(**changed), ends_at), [], list(errors)

    async def attempt():
        if left:
            raise left.pop(0)
        return "Yes."

    async def run():
        try:
            return await retries.call(attempt, told.append)
        except Exception as error:
            return error

    return asyncio.run(run()), retries, told


def test_pauses_double_and_are_longer_by_chance_only():
    clock = Clock()
    answer, retries, told = tried(clock, refused(), refused(), attempts=3)
    assert answer == "Yes."
    assert (retries.count, retries.attempts) == (2, 0)
    assert [(event.attempt, event.attempts) for event in told] == [(2, 3), (3, 3)]
    first, second = clock.pauses
    assert 1.0 <= first <= 1.25
    assert 2.0 <= second <= 2.5
    assert len({tried(Clock(), refused())[2][0].seconds for _ in range(5)}) > 1


def test_the_learner_and_the_log_are_told(caplog):
    with caplog.at_level(logging.WARNING, logger="agent.retries"):
        _, _, [told] = tried(Clock(), refused(), first_seconds=2.0)
    assert told.text == "Ollama does not answer. Trying again in 2 s (2 of 3)."
    assert [record.getMessage() for record in caplog.records] == [
        f"The model ollama/{MODEL} failed (unreachable): {told.text}"
    ]


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_the_last_error_comes_when_the_tries_are_used_up(attempts):
    clock, errors = Clock(), [refused() for _ in range(9)]
    last, retries, _ = tried(clock, *errors, attempts=attempts)
    assert last is errors[attempts - 1]
    assert (retries.count, retries.attempts, len(clock.pauses)) == (attempts - 1, attempts, attempts - 1)


def test_a_server_that_asks_for_a_pause_gets_it_and_no_more_than_the_longest():
    clock = Clock()
    answer, _, _ = tried(clock, of_ollama(429, {"Retry-After": "12"}), longest_seconds=30)
    assert answer == "Yes."
    assert 12.0 <= clock.pauses[0] <= 12.25
    clock = Clock()
    last, _, _ = tried(clock, of_ollama(429, {"Retry-After": "31"}), longest_seconds=30)
    assert isinstance(last, ollama.ResponseError)
    assert clock.pauses == []


def test_all_pauses_of_a_call_are_bounded_together():
    clock = Clock()
    last, _, _ = tried(clock, *(refused() for _ in range(20)), attempts=20, longest_seconds=30)
    assert isinstance(last, httpx.ConnectError)
    assert 1 + 2 + 4 + 8 <= sum(clock.pauses) <= 30


def test_no_pause_goes_beyond_the_end_of_the_turn():
    clock = Clock()
    last, _, told = tried(clock, refused(), refused(), ends_at=clock.now + 2.0)
    assert isinstance(last, httpx.ConnectError)
    assert len(told) == 1
    assert clock.now < 1002.0


def test_silence_is_tried_once_more_only():
    clock = Clock()
    last, retries, told = tried(clock, *(httpx.ReadTimeout("nothing came") for _ in range(9)), attempts=5)
    assert isinstance(last, httpx.ReadTimeout)
    assert retries.attempts == STALL_ATTEMPTS == 2
    assert told[0].text.endswith("(2 of 2).")


def test_an_answer_that_has_begun_is_not_asked_for_again():
    clock = Clock()
    retries, calls = Retries("ollama/x", clock.rules()), []

    async def attempt():
        calls.append(1)
        retries.has_begun = True
        raise httpx.RemoteProtocolError("peer closed connection")

    with pytest.raises(httpx.RemoteProtocolError):
        asyncio.run(retries.call(attempt, calls.append))
    assert (calls, clock.pauses) == ([1], [])


# Whole turns, with a server that fails


@pytest.fixture(scope="module")
def failing():
    with fault_server() as running:
        yield running


class Desk:
    """A tutor before the failing server; a pause takes no time, and may change the server."""

    def __init__(self, home, server, **rules):
        self.server, self.pauses, self.during = server, [], None
        self.silence_seconds = 30.0
        self.rules = RetryRules(sleep=self._sleep, **rules)
        self.library = FakeLibrary([make_passage("The fox is described here, at some length.")])
        self.tutor = Tutor.open(
            home,
            self.library,
            model_loader=self._load,
            default_model=f"ollama/{MODEL}",
            roadmap=fake_roadmap(),
            limits=Limits(retries=self.rules, turn_timeout_seconds=60.0),
        )

    async def _sleep(self, seconds):
        self.pauses.append(seconds)
        if self.during is not None:
            await self.during()

    def _load(self, name):
        url = f"http://127.0.0.1:{self.server.port}"
        options = ModelOptions(ollama_url=url, openai_base_url=f"{url}/v1", timeout_seconds=self.silence_seconds)
        return load_chat_model(name, options, embedded=lambda: pytest.fail("not embedded"))

    async def events(self, provider="ollama"):
        return [event async for event in self.tutor.ask("What of the fox?", model=f"{provider}/{MODEL}")]

    def ask(self, fault, provider="ollama"):
        self.server.arm(fault)
        if fault.kind.startswith("stall"):  # the try after it must be in time on a busy machine too
            self.silence_seconds = 1.0 if fault.times == 1 else 0.2
        return asyncio.run(self.events(provider))


@pytest.fixture
def desk(tmp_path, failing):
    return Desk(tmp_path, failing)


def kinds(events, *wanted):
    return [event for event in events if isinstance(event, wanted)]


PASSING = ("status-500", "status-429", "stall-before", "cut-before")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_is_overcome_on_the_second_try(desk, kind, provider):
    events = desk.ask(Fault(kind=kind, times=1, variant=1), provider)
    assert isinstance(events[-1], AnswerFinished), events[-1]
    assert events[-1].answer.text == HEALTHY
    assert events[-1].answer.retries == len(kinds(events, ModelRetry)) == len(desk.pauses) == 1
    assert len(desk.server.calls) == 2
    assert "".join(event.text for event in kinds(events, TextDelta)) == HEALTHY


@pytest.mark.parametrize("kind", ["status-500", "status-429", "cut-before"])
def test_a_fault_while_the_model_is_looked_up_is_overcome_too(desk, kind):
    events = desk.ask(Fault(kind=kind, times=1, is_loading=True, variant=1))
    assert isinstance(events[-1], AnswerFinished), events[-1]
    assert events[-1].answer.retries == 1


def test_a_fault_while_the_model_is_looked_up_that_stays_is_a_sentence(desk):
    events = desk.ask(Fault(kind="status-500", is_loading=True))
    assert isinstance(events[-1], TurnFailed), events[-1]
    assert events[-1].message.startswith("Ollama reported a fault: ")
    assert desk.server.asked == 3


@pytest.mark.parametrize(("provider", "after"), [("ollama", 0), ("ollama", 1), ("openai", 0), ("openai", 1)])
def test_a_server_that_starts_up_meanwhile_is_found(desk, provider, after):
    async def start():
        desk.server.listen()

    desk.during = start
    events = desk.ask(Fault(kind="refused", after=after, times=0), provider)
    assert isinstance(events[-1], AnswerFinished), events[-1]
    assert [event.attempt for event in kinds(events, ModelRetry)] == [2]
    assert len(kinds(events, ToolStarted)) == after


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("kind", "tries", "words"),
    [
        ("status-500", 3, "reported a fault"),
        ("status-429", 3, "too many requests"),
        ("stall-before", 2, "took longer than the limit"),
        ("cut-before", 3, ""),
        ("refused", 3, "does not answer"),
    ],
)
def test_a_fault_that_stays_ends_in_its_sentence(desk, kind, tries, words, provider):
    events = desk.ask(Fault(kind=kind, after=1 if kind == "refused" else 0), provider)
    assert isinstance(events[-1], TurnFailed), events[-1]
    assert words in events[-1].message
    assert events[-1].hint.endswith(f"It was tried {tries} times.")
    assert len(kinds(events, ModelRetry)) == len(desk.pauses) == tries - 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", ["missing", "overlong", "stall-within", "cut-json"])
def test_what_stays_or_was_begun_is_asked_for_once(desk, kind, provider):
    events = desk.ask(Fault(kind=kind, after=1 if kind == "missing" else 0), provider)
    assert kinds(events, ModelRetry) == []
    assert desk.pauses == []
    assert len(desk.server.calls) <= 2
    if isinstance(events[-1], TurnFailed):
        assert "It was tried" not in events[-1].hint


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_tool_that_ran_before_the_fault_is_not_run_again(desk, provider):
    events = desk.ask(Fault(kind="status-500", after=1, times=2), provider)
    assert isinstance(events[-1], AnswerFinished), events[-1]
    assert events[-1].answer.retries == 2
    assert len(kinds(events, ToolStarted)) == 1
    assert len(desk.library.queries) == 1
    [stored] = desk.tutor.conversations.turns(events[0].conversation_id)
    assert len(stored.steps) == 1


def test_stop_ends_a_pause_at_once(desk):
    async def stopped():
        paused = asyncio.Event()

        async def forever():
            paused.set()
            await asyncio.Event().wait()

        desk.during = forever
        running = asyncio.create_task(desk.events())
        await paused.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    desk.server.arm(Fault(kind="status-500"))
    asyncio.run(asyncio.wait_for(stopped(), 30))
    [conversation] = desk.tutor.conversations.list()
    [turn] = desk.tutor.conversations.turns(conversation.id)
    assert turn.status == "stopped"
    assert len(desk.server.calls) == 1


# What is shown


RETRY = ModelRetry("Ollama does not answer.", 2.0, 2, 3)


def test_the_chat_shows_the_pause_until_something_comes():
    turn = TurnMessages("Why?")
    turn.apply(TurnStarted("c", "t", "ollama/x"))
    turn.apply(RETRY)
    assert "Ollama does not answer. Trying again in 2 s (2 of 3) …" in turn.as_messages()[-1]["content"]
    turn.apply(TextDelta("Because."))
    assert "Trying again" not in str(turn.as_messages())
    turn.apply(RETRY)
    assert "Trying again" in turn.as_messages()[-1]["content"]
    turn.stop()
    assert "Trying again" not in str(turn.as_messages())


def test_the_receipt_says_how_often_and_older_answers_say_nothing(desk):
    answer = desk.ask(Fault(kind="status-500", times=2))[-1].answer
    turn = TurnMessages("Why?")
    turn.apply(AnswerFinished("c", "t", answer))
    assert "the model was asked again 2 times" in str(turn.as_messages())
    turn.apply(AnswerFinished("c", "t", replace(answer, retries=0)))
    assert "asked again" not in str(turn.as_messages())
    kept = answer_to_dict(answer)
    assert answer_from_dict(kept).retries == 2
    del kept["retries"]
    assert answer_from_dict(kept).retries == 0


def test_the_terminal_shows_it_too(desk):
    console = Console(record=True, width=200)
    view = TerminalView(console)
    for event in desk.ask(Fault(kind="status-500", times=1)):
        view.show(event)
    text = console.export_text()
    assert "… Ollama reported a fault: llama runner process has terminated. Trying again in 1 s (2 of 3)." in text
    assert ", calls made again: 1; go on" in text
