"""Calls that wait for the learner: over restarts, beside other calls, declined, edited, passed over."""

from __future__ import annotations

import asyncio

import pytest
from agent_desk import ANSWER, ask, calls, collect, decide, desk, finished, results, said, steps, the_turn
from fake_chat_model import StreamingChatModel, calling
from fake_hands import FakePapers, FakePython
from fake_library import FakeLibrary, make_passage

from agent.context import Limits
from agent.events import ApprovalNeeded, Decision, ToolStarted, TurnStarted
from agent.history import INTERRUPTED_TOOL
from agent.middleware.approval import DECLINED
from errors import ConversationNotFoundError, QuestionError

SEARCH = ("s", "search_library", {"query": "dot products"})
ADD = ("a", "add_paper", {"arxiv_id": "2305.18290"})
CODE = ("c", "run_python", {"code": "print(40 + 2)"})


def waiting(home, *replies, **hands):
    """A tutor whose first turn searched and now wants to add a paper."""
    papers = FakePapers()
    tutor, chat = desk(home, calls(SEARCH), calls(ADD), *replies, papers=papers, **hands)
    events = ask(tutor, "Find me something on preferences")
    assert isinstance(events[-1], ApprovalNeeded), events[-1]
    return tutor, chat, papers, events[-1]


def test_an_effect_after_a_search_waits_and_is_stored_with_its_reason(tmp_path):
    tutor, _, papers, last = waiting(tmp_path)
    assert papers.added == []
    (request,) = last.requests
    assert (request.call_id, request.name, request.arguments) == ("a", "add_paper", {"arxiv_id": "2305.18290"})
    assert "does not name arXiv 2305.18290" in request.reason
    turn = the_turn(tutor)
    assert (turn.status, turn.requests, turn.finished_at, turn.answer) == ("waiting", last.requests, None, None)
    assert [step.name for step in turn.steps] == ["search_library"]


def test_a_yes_runs_it_once_and_the_turn_ends_whole(tmp_path):
    tutor, chat, papers, last = waiting(tmp_path, ANSWER)
    events = decide(tutor, last.conversation_id, a=True)
    assert isinstance(events[0], TurnStarted)
    assert events[0].turn_id == last.turn_id
    assert finished(events)
    assert papers.added == ["2305.18290"]
    assert [step.name for step in steps(events)] == ["add_paper"]
    turn = the_turn(tutor)
    assert (turn.status, turn.requests, turn.unfinished) == ("done", (), {})
    assert [step.name for step in turn.steps] == ["search_library", "add_paper"]
    assert turn.answer.citations[0].number == 1  # the passage was found before the wait
    assert [message.type for message in chat.history[-1]] == ["system", "human", "ai", "tool", "ai", "tool"]


def test_a_yes_after_a_restart_of_the_process(tmp_path):
    _, _, _, last = waiting(tmp_path)
    papers = FakePapers()
    again, _ = desk(tmp_path, ANSWER, papers=papers)
    assert the_turn(again).status == "waiting"  # a restart closes running turns only
    events = decide(again, last.conversation_id, a=True)
    assert finished(events)
    assert events[-1].answer.citations[0].number == 1
    assert papers.added == ["2305.18290"]


def test_a_no_is_told_to_the_model_which_goes_on(tmp_path):
    tutor, chat, papers, last = waiting(tmp_path, "I did not add it.")
    events = decide(tutor, last.conversation_id, a=False)
    assert said(events) == "I did not add it."
    assert papers.added == []
    assert results(chat.history[-1])["a"].startswith(DECLINED)
    assert steps(events)[0].failed
    assert steps(events)[0].summary.startswith(DECLINED)


def test_the_same_call_made_again_asks_again(tmp_path):
    tutor, _, papers, last = waiting(tmp_path, calls(("b", *ADD[1:])), "Done.")
    events = decide(tutor, last.conversation_id, a=False)
    assert isinstance(events[-1], ApprovalNeeded)
    assert [request.call_id for request in events[-1].requests] == ["b"]
    assert finished(decide(tutor, last.conversation_id, b=True))
    assert papers.added == ["2305.18290"]


def test_naming_the_paper_is_a_yes(tmp_path):
    papers = FakePapers()
    tutor, _ = desk(tmp_path, calls(SEARCH), calls(ADD), ANSWER, papers=papers)
    assert finished(ask(tutor, "Search for scaling, then add arXiv 2305.18290"))
    assert papers.added == ["2305.18290"]


def test_text_of_an_earlier_turn_still_asks(tmp_path):
    tutor, _ = desk(tmp_path, calls(SEARCH), ANSWER, calls(ADD), papers=FakePapers())
    first = ask(tutor)
    assert isinstance(ask(tutor, "Thanks!", conversation_id=first[0].conversation_id)[-1], ApprovalNeeded)


def test_an_answer_retold_without_its_sources_still_asks(tmp_path):
    tutor, _ = desk(tmp_path, calls(SEARCH), ANSWER, calls(ADD), papers=FakePapers())
    conversation = ask(tutor)[0].conversation_id
    (tmp_path / "checkpoints" / f"{conversation}.sqlite").unlink()
    assert isinstance(ask(tutor, "Thanks!", conversation_id=conversation)[-1], ApprovalNeeded)


def test_without_outside_text_nothing_is_asked(tmp_path):
    papers = FakePapers()
    tutor, _ = desk(tmp_path, calls(ADD), "Added.", papers=papers)
    assert finished(ask(tutor, "Add the DPO paper"))
    assert papers.added == ["2305.18290"]


# Beside other calls


class CountingLibrary(FakeLibrary):
    """Each search gives a passage of its own."""

    def search(self, query, *, limit=8, document_ids=None, filters=None):
        self.queries.append(query)
        return [make_passage(f"Passage about {query}.", title=query, arxiv_id=None)]


def test_the_neighbours_of_a_waiting_call_run_once(tmp_path):
    shelf, papers, python = CountingLibrary(), FakePapers(), FakePython()
    three = calls(("s1", "search_library", {"query": "one"}), ADD, CODE, ("s2", "search_library", {"query": "two"}))
    tutor, chat = desk(tmp_path, calls(SEARCH), three, "It is two [3].", shelf=shelf, papers=papers, python=python)
    events = ask(tutor, "Compute it")
    assert isinstance(events[-1], ApprovalNeeded)
    assert shelf.queries == ["dot products", "one", "two"]
    assert len(python.ran) == 1
    shown = decide(tutor, events[-1].conversation_id, a=True)
    assert finished(shown)
    assert shelf.queries == ["dot products", "one", "two"]
    assert (len(python.ran), papers.added) == (1, ["2305.18290"])
    assert [event.call_id for event in shown if isinstance(event, ToolStarted)] == ["a"]
    assert "[2] one" in results(chat.history[-1])["s1"]
    assert shown[-1].answer.citations[0].title == "two"  # its number was given before the wait


def test_two_waiting_calls_may_be_decided_one_by_one(tmp_path):
    python, papers = FakePython(), FakePapers()
    tutor, chat = desk(
        tmp_path, calls(SEARCH), calls(ADD, CODE), "Done.", papers=papers, python=python, run_python="ask"
    )
    events = ask(tutor, "Both")
    assert [request.call_id for request in events[-1].requests] == ["a", "c"]
    events = decide(tutor, events[-1].conversation_id, c=True)
    assert [request.call_id for request in events[-1].requests] == ["a"]
    assert "2305.18290" in events[-1].requests[0].reason
    assert (len(python.ran), papers.added) == (1, [])
    assert finished(decide(tutor, events[-1].conversation_id, a=False))
    assert (len(python.ran), papers.added) == (1, [])
    assert "42" in results(chat.history[-1])["c"]
    assert [step.name for step in the_turn(tutor).steps] == ["search_library", "run_python", "add_paper"]


def test_searches_that_end_in_a_resumed_turn_number_on(tmp_path):
    tutor, _, _, last = waiting(tmp_path, calls(("n", "search_library", {"query": "large values"})), ANSWER)
    events = decide(tutor, last.conversation_id, a=True)
    assert finished(events)
    assert steps(events)[1].summary == "1 passage from 1 document"


# Code


def test_code_that_asks_runs_as_the_learner_changed_it(tmp_path):
    python = FakePython()
    tutor, chat = desk(tmp_path, calls(CODE), "It prints 7.", python=python, run_python="ask")
    events = ask(tutor, "Compute")
    assert events[-1].requests[0].arguments == {"code": "print(40 + 2)"}
    events = decide(tutor, events[-1].conversation_id, c={"code": "print(7)"})
    assert [code for _, code in python.ran] == ["print(7)"]
    told = results(chat.history[-1])["c"]
    assert "The learner changed the code" in told
    assert "print(7)" in told
    assert steps(events)[0].details["code"] == "print(7)"


def test_a_setting_changed_meanwhile_does_not_run_what_was_declined(tmp_path):
    python = FakePython()
    tutor, _ = desk(tmp_path, calls(CODE), "Well.", python=python, run_python="ask")
    conversation = ask(tutor, "Compute")[0].conversation_id
    again, _ = desk(tmp_path, "Well.", python=python, run_python="auto")
    assert finished(decide(again, conversation, c=False))
    assert python.ran == []


def test_code_that_a_text_may_have_asked_for_waits_and_runs_on_a_yes_only(tmp_path):
    python = FakePython()
    tutor, _ = desk(tmp_path, calls(SEARCH), calls(CODE), "42.", python=python)
    events = ask(tutor, "What does it say about scaling?")
    assert "does not ask to compute" in events[-1].requests[0].reason
    assert python.ran == []
    assert finished(decide(tutor, events[-1].conversation_id, c=True))
    assert len(python.ran) == 1


def test_the_setting_of_one_question_goes_before_the_general_one(tmp_path):
    tutor, _ = desk(tmp_path, calls(CODE), "42.", python=FakePython(), run_python="ask")
    assert finished(ask(tutor, "Compute", run_python="auto"))


def test_a_papers_id_cannot_be_changed_on_approval(tmp_path):
    tutor, _, papers, last = waiting(tmp_path, "Done.")
    decide(tutor, last.conversation_id, a={"arxiv_id": "2401.00001", "code": "x"})
    assert papers.added == ["2305.18290"]


# Going on, otherwise


def test_a_new_question_closes_the_waiting_turn_and_repairs_the_thread(tmp_path):
    shelf, papers = CountingLibrary(), FakePapers()
    both = calls(("s1", "search_library", {"query": "one"}), ADD)
    tutor, chat = desk(tmp_path, calls(SEARCH), both, "Well.", "And on.", shelf=shelf, papers=papers)
    conversation = ask(tutor, "Do it")[0].conversation_id
    assert said(ask(tutor, "Something else", conversation_id=conversation)) == "Well."
    stored = [(turn.status, turn.requests) for turn in tutor.conversations.turns(conversation)]
    assert stored == [("stopped", ()), ("done", ())]
    kinds = [message.type for message in chat.history[-1]]
    assert kinds == ["system", "human", "ai", "tool", "ai", "tool", "tool", "ai", "human"]
    told = results(chat.history[-1])
    assert told["a"] == INTERRUPTED_TOOL
    assert "Passage about one" in told["s1"]
    assert papers.added == []
    with pytest.raises(QuestionError, match="Nothing waits"):
        decide(tutor, conversation, a=True)
    assert finished(ask(tutor, "More", conversation_id=conversation))


def test_what_cannot_be_decided_is_refused_and_the_turn_waits_on(tmp_path):
    tutor, _, _, last = waiting(tmp_path, "Done.")
    with pytest.raises(ConversationNotFoundError):
        decide(tutor, "nope", a=True)
    with pytest.raises(QuestionError, match="Nothing waits"):
        decide(tutor, last.conversation_id, other=True)
    assert the_turn(tutor).status == "waiting"
    assert finished(decide(tutor, last.conversation_id, a=False))
    with pytest.raises(QuestionError, match="Nothing waits"):
        decide(tutor, last.conversation_id, a=False)


def test_a_decision_whose_memory_was_lost_fails_with_a_sentence(tmp_path):
    tutor, _, _, last = waiting(tmp_path, "On.")
    (tmp_path / "checkpoints" / f"{last.conversation_id}.sqlite").unlink()
    events = decide(tutor, last.conversation_id, a=True)
    assert "no longer" in events[-1].message
    assert the_turn(tutor).status == "failed"
    assert finished(ask(tutor, conversation_id=last.conversation_id))


def test_stopping_a_resumed_turn_keeps_its_steps(tmp_path):
    async def run():
        events = tutor.decide(last.conversation_id, {"a": Decision(True)})
        async for event in events:
            if isinstance(event, ToolStarted):
                await asyncio.to_thread(papers.hanging.wait, 5)
                break
        await asyncio.wait_for(events.aclose(), 2)

    tutor, _, papers, last = waiting(tmp_path, "On.")
    papers.hang = True
    asyncio.run(run())
    assert papers.was_cancelled.wait(2)
    turn = the_turn(tutor)
    assert (turn.status, [step.name for step in turn.steps]) == ("stopped", ["search_library"])
    assert finished(ask(tutor, conversation_id=last.conversation_id))


def test_limits_hold_over_a_wait(tmp_path):
    replies = [calling("search_library", query=f"dot {n}", call_id=f"c{n}") for n in range(9)]
    papers = FakePapers()
    tutor, chat = desk(
        tmp_path, calls(SEARCH), calls(ADD), *replies, papers=papers, limits=Limits(tool_calls=4, model_calls=9)
    )
    conversation = ask(tutor, "Go")[0].conversation_id
    events = decide(tutor, conversation, a=True)
    assert finished(events)
    assert len(steps(events)) == 3  # the paper and two searches: two calls went before, of four
    assert "No more tools" in chat.history[4][0].content


def test_beyond_the_limit_nothing_is_asked(tmp_path):
    tutor, _ = desk(tmp_path, calls(SEARCH, ADD), calls(ADD), "Done.", papers=FakePapers(), limits=Limits(tool_calls=1))
    events = ask(tutor, "Go")
    assert finished(events)
    assert "limit of 1 tool calls" in {step.call_id: step.summary for step in steps(events)}["a"]


def test_text_tokens_and_notices_of_before_the_wait_are_in_the_answer(tmp_path):
    preamble = "First I look for passages that fit, then I would like to add a paper to your library. " * 2
    adding = calls(ADD)
    adding.content = preamble
    adding.usage_metadata = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    tutor, _ = desk(tmp_path, calls(SEARCH), adding, "Done now.", papers=FakePapers())
    events = ask(tutor, "Go")
    assert said(events).startswith("First I look")
    assert the_turn(tutor).answer.text == said(events)
    answer = decide(tutor, events[0].conversation_id, a=True)[-1].answer
    assert answer.text == f"{said(events)}\n\nDone now."
    assert (answer.input_tokens, answer.output_tokens) == (10, 5)
    assert 0 < answer.first_token_seconds <= answer.seconds


def test_ten_conversations_wait_and_go_on_side_by_side(tmp_path):
    async def run():
        first = await asyncio.gather(*(collect(tutor.ask(f"question {n}")) for n in range(10)))
        waiting = [events[-1] for events in first]
        assert all(isinstance(event, ApprovalNeeded) for event in waiting)
        return await asyncio.gather(
            *(collect(tutor.decide(one.conversation_id, {"a": Decision(True)})) for one in waiting)
        )

    def answer(messages):
        return ANSWER if messages[-1].type == "tool" and messages[-1].name == "add_paper" else calls(ADD)

    def reply(messages):
        return calls(SEARCH) if messages[-1].type == "human" else answer(messages)

    papers = FakePapers()
    tutor, _ = desk(tmp_path, *[reply] * 40, model=StreamingChatModel(), papers=papers)
    assert all(finished(events) for events in asyncio.run(run()))
    assert len(papers.added) == 10
