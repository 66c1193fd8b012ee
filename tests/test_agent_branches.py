"""Versions and branches: what is taken over, what stays, how they are switched, what the graph remembers of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from agent_desk import ANSWER, ask, calls, desk, finished
from fake_hands import FakePapers, FakePython
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from test_agent_quiz import open_tutor as open_quiz_tutor
from test_agent_quiz import talk

from agent.branch_memory import kept_messages
from agent.conversations import ConversationStore
from agent.events import Answer
from errors import ConversationNotFoundError, QuestionError

SEARCH = calls(("s", "search_library", {"query": "dot products"}))
SAID = Answer("Yes.", (), (), False, "embedded", 0.1, 0.1)


@pytest.fixture
def store(tmp_path):
    return ConversationStore(tmp_path / "conversations.sqlite")


def say(store, conversation_id, *questions):
    for question in questions:
        store.end_turn(store.begin_turn(conversation_id, question), "done", answer=SAID)


def questions(store, conversation_id):
    return [turn.question for turn in store.turns(conversation_id)]


def branch(tutor, conversation_id, position, **options):
    return asyncio.run(tutor.branch(conversation_id, position, **options)).id


def asked(chat):
    """What the learner said, as the model read it last."""
    return [str(one.content) for one in chat.history[-1] if isinstance(one, HumanMessage)]


def test_a_version_takes_over_the_first_turns_and_leaves_the_rest(store):
    first = store.create("one").id
    say(store, first, "one", "two", "three")
    second = store.branch(first, 1, as_version=True).id
    say(store, second, "two, in other words")
    assert questions(store, first) == ["one", "two", "three"]
    assert questions(store, second) == ["one", "two, in other words"]
    copied, new = store.turns(second)
    assert copied.origin_id == store.turns(first)[0].id
    assert copied.answer == SAID
    assert new.origin_id == new.id
    assert [one.id for one in store.list()] == [second], "the list shows one of a family"
    store.show(first)
    assert [one.id for one in store.list()] == [first]


def test_the_ways_from_a_place_are_counted_and_can_be_switched(store):
    first = store.create("one").id
    say(store, first, "one", "two", "three")
    second = store.branch(first, 1, as_version=True).id
    say(store, second, "two again", "three again")
    third = store.branch(second, 2, as_version=True).id
    say(store, third, "three, a third time")
    assert {place: (way.conversation_ids, way.place) for place, way in store.versions(first).items()} == {
        1: ((first, third), 0)
    }
    assert {place: (way.conversation_ids, way.place) for place, way in store.versions(second).items()} == {
        1: ((first, second), 1),
        2: ((second, third), 0),
    }
    store.show(second)
    assert store.versions(first)[1].conversation_ids == (first, second), "of each way, what was shown last"
    say(store, other := store.create("elsewhere").id, "elsewhere")
    assert store.versions(other) == {}


def test_the_first_question_can_be_edited_and_gives_its_title(store):
    first = store.create("What is LoRA?").id
    say(store, first, "What is LoRA?")
    second = store.branch(first, 0, as_version=True, new_question="What is QLoRA?").id
    assert store.get(second).title == "What is QLoRA?"
    store.rename(first, "Adapters")
    third = store.branch(first, 0, as_version=True, new_question="What is DoRA?").id
    assert [store.get(one).title for one in (first, second, third)] == ["Adapters"] * 3


def test_a_branch_is_a_conversation_of_its_own_and_knows_where_it_comes_from(store):
    first = store.create("one").id
    say(store, first, "one", "two")
    made = store.branch(first, 1)
    assert (made.title, made.branched_from, made.turn_count) == ("one (branch)", first, 1)
    assert {one.id for one in store.list()} == {first, made.id}
    assert store.versions(first) == {}
    store.delete(first)
    assert questions(store, made.id) == ["one"]
    assert store.branch(made.id, 1).title == "one (branch)"


def test_nothing_is_branched_while_an_answer_is_written(store):
    first = store.create("one").id
    store.begin_turn(first, "one")
    with pytest.raises(QuestionError, match="still answering"):
        store.branch(first, 0)
    with pytest.raises(ConversationNotFoundError):
        store.branch("nothing", 0)


def test_a_deletion_takes_all_versions_and_can_be_undone_until_they_are_purged(store):
    first = store.create("one").id
    say(store, first, "one")
    second = store.branch(first, 0, as_version=True).id
    kept = store.create("kept").id
    store.delete(second)
    assert [one.id for one in store.list()] == [kept]
    assert store.search("one") == []
    with pytest.raises(ConversationNotFoundError):
        store.begin_turn(first, "more")
    assert store.purge(deleted_before=datetime(2020, 1, 1, tzinfo=UTC)) == ()
    store.undelete(second)
    assert {one.id for one in store.list()} == {kept, second}
    assert questions(store, first) == ["one"]
    with pytest.raises(ConversationNotFoundError):
        store.undelete(second)
    store.delete(first)
    assert set(store.purge(deleted_before=datetime.now(UTC))) == {first, second}
    with pytest.raises(ConversationNotFoundError):
        store.undelete(first)


def test_a_search_finds_the_version_that_holds_the_words(store):
    first = store.create("one").id
    say(store, first, "one", "about zebras")
    second = store.branch(first, 1, as_version=True).id
    say(store, second, "about lions")
    assert [one.id for one in store.search("zebras")] == [first]
    assert [one.id for one in store.search("lions")] == [second]
    assert [one.id for one in store.search("one")] == [second], "one of the family"


def test_a_version_remembers_what_was_found_before_it_and_nothing_of_what_is_set_aside(tmp_path):
    tutor, chat = desk(tmp_path, SEARCH, ANSWER, "Second.", "Third.", "Other.")
    first = ask(tutor, "Why?")[0].conversation_id
    ask(tutor, "And how?", conversation_id=first)
    ask(tutor, "And when?", conversation_id=first)
    second = branch(tutor, first, 1, as_version=True)
    assert finished(ask(tutor, "And where?", conversation_id=second))
    assert asked(chat) == ["Why?", "And where?"]
    results = [one for one in chat.history[-1] if isinstance(one, ToolMessage)]
    assert [one.tool_call_id for one in results] == ["s"]
    assert questions(tutor.conversations, second) == ["Why?", "And where?"]
    chat.replies.append("Fourth.")
    ask(tutor, "And who?", conversation_id=first)
    assert asked(chat) == ["Why?", "And how?", "And when?", "And who?"]


def test_the_numbers_of_passages_stay_in_a_branch(tmp_path):
    tutor, _ = desk(tmp_path, SEARCH, ANSWER, ANSWER)
    first = ask(tutor, "Why?")[0].conversation_id
    second = branch(tutor, first, 1)
    answer = ask(tutor, "Again?", conversation_id=second)[-1].answer
    assert [one.number for one in answer.citations] == [1]


def test_a_branch_of_a_branch_and_its_cells_are_told_once(tmp_path):
    tutor, chat = desk(tmp_path, "One.", "Two.", "Three.", "Four.", python=FakePython())
    first = ask(tutor, "a")[0].conversation_id
    asyncio.run(tutor.run_code(first, "x = 1"))
    ask(tutor, "b", conversation_id=first)
    second = branch(tutor, first, 2, as_version=True)
    ask(tutor, "c", conversation_id=second)
    third = branch(tutor, second, 2, as_version=True)
    ask(tutor, "d", conversation_id=third)
    said = asked(chat)
    assert (said[0], said[-1], len(said)) == ("a", "d", 3)
    assert "x = 1" in said[1]


def test_a_branch_at_a_turn_that_waits_has_no_open_call(tmp_path):
    add = calls(("a", "add_paper", {"arxiv_id": "2305.18290"}))
    tutor, chat = desk(tmp_path, SEARCH, add, "Ok.", papers=FakePapers(), python=FakePython())
    first = ask(tutor, "Go")[0].conversation_id
    assert tutor.conversations.turns(first)[0].status == "waiting"
    second = branch(tutor, first, 1)
    assert tutor.conversations.turns(second)[0].status == "stopped"
    assert finished(ask(tutor, "Other", conversation_id=second))
    called = {call["id"] for one in chat.history[-1] if isinstance(one, AIMessage) for call in one.tool_calls}
    answered = {one.tool_call_id for one in chat.history[-1] if isinstance(one, ToolMessage)}
    assert called == answered == {"s", "a"}
    assert tutor.conversations.turns(first)[0].status == "waiting", "the old one still waits"


def test_a_conversation_whose_messages_are_not_known_is_told_again(tmp_path):
    tutor, chat = desk(tmp_path, "First.", "Second.", "Third.")
    first = ask(tutor, "Why?")[0].conversation_id
    ask(tutor, "And how?", conversation_id=first)
    (turn, _) = tutor.conversations.turns(first)
    assert kept_messages([HumanMessage("Why?"), AIMessage("First.")], [turn]) == []
    tutor._checkpoints.forget(first)
    second = branch(tutor, first, 1, as_version=True)
    ask(tutor, "And where?", conversation_id=second)
    assert asked(chat) == ["Why?", "And where?"]
    assert "First." in [str(one.content) for one in chat.history[-1]]


def test_a_figure_of_a_branch_outlives_the_conversation_it_came_from(tmp_path):
    tutor, _ = desk(tmp_path, "One.", python=FakePython())
    first = ask(tutor, "a")[0].conversation_id
    cell = asyncio.run(tutor.run_code(first, "y = 1  # plot"))
    second = branch(tutor, first, 2)
    name = cell.steps[0].details["figures"][0]["file"]
    tutor.figures.forget(first)
    assert tutor.figures.read(second, name)


def test_an_open_quiz_goes_with_a_branch_and_its_graded_turns_are_not_asked_anew(tmp_path):
    tutor, desk_ = open_quiz_tutor(tmp_path)
    _, first = talk(tutor, "quiz me on attention, 2 questions")
    with pytest.raises(QuestionError, match="quiz or a lesson"):
        branch(tutor, first, 0, as_version=True)
    second = branch(tutor, first, 1)
    events, _ = talk(tutor, "four", conversation=second)
    assert finished(events)
    (attempt,) = desk_.store.evidence()
    assert attempt.conversation_id == second
