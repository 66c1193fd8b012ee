"""Messages of a conversation: repaired after an interruption, cut to the model's window."""

from __future__ import annotations

from fake_chat_model import calling
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agent.history import DROPPED, INTERRUPTED_TOOL, INTERRUPTED_TURN, estimated_tokens, fitted, repaired


def result(call: AIMessage, text: str = "found") -> ToolMessage:
    return ToolMessage(text, tool_call_id=call.tool_calls[0]["id"], name=call.tool_calls[0]["name"])


def well_formed(messages) -> bool:
    """Each tool message directly follows its call, each call has one."""
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                return False
            waiting.remove(message.tool_call_id)
        elif waiting:
            return False
        elif isinstance(message, AIMessage):
            waiting = [call["id"] for call in message.tool_calls]
    return not waiting


CALL = calling("search_library", query="x", call_id="c1")
SOUND = [HumanMessage("Q"), CALL, result(CALL), AIMessage("A")]


def test_a_sound_history_is_left_alone():
    assert repaired(SOUND) == SOUND
    assert repaired([]) == []


def test_an_orphan_call_gets_an_answer_and_the_turn_an_end():
    whole = repaired([HumanMessage("Q"), CALL])
    assert [message.content for message in whole[2:]] == [INTERRUPTED_TOOL, INTERRUPTED_TURN]
    assert well_formed(whole)


def test_an_orphan_in_the_middle_and_one_of_two_parallel_calls():
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "a", "args": {}, "id": "1"},
            {"name": "b", "args": {}, "id": "2"},
        ],
    )
    whole = repaired([HumanMessage("Q"), both, ToolMessage("one", tool_call_id="2"), HumanMessage("next")])
    assert well_formed(whole)
    assert [message.type for message in whole] == ["human", "ai", "tool", "tool", "ai", "human", "ai"]


def test_results_without_a_call_and_empty_answers_are_dropped():
    whole = repaired([ToolMessage("stray", tool_call_id="9"), HumanMessage("Q"), AIMessage("")])
    assert [message.content for message in whole] == ["Q", INTERRUPTED_TURN]


def test_repairing_twice_changes_nothing():
    once = repaired([HumanMessage("Q"), CALL, HumanMessage("R")])
    assert repaired(once) == once


def test_what_fits_is_sent_whole():
    fit = fitted(SOUND, 10_000)
    assert (fit.messages, fit.dropped_turns, fit.dropped_results) == (SOUND, 0, 0)


def test_old_searches_go_before_old_answers_and_those_before_the_question():
    old = calling("search_library", query="old", call_id="old")
    messages = [HumanMessage("old Q"), old, result(old, "x" * 4000), AIMessage("old A"), HumanMessage("new Q")]
    fit = fitted(messages, 200)
    assert [message.content for message in fit.messages] == ["old Q", "old A", "new Q"]
    assert fit.dropped_turns == 0
    tight = fitted([HumanMessage("w" * 4000), AIMessage("A"), HumanMessage("new Q")], 100)
    assert [message.content for message in tight.messages] == ["new Q"]
    assert tight.dropped_turns == 1


def test_results_of_the_current_turn_are_emptied_from_the_oldest_and_calls_keep_theirs():
    calls = [calling("search_library", query=str(n), call_id=f"c{n}") for n in range(3)]
    messages = [HumanMessage("Q")]
    for call in calls:
        messages += [call, result(call, "x" * 4000)]
    fit = fitted(messages, 1500)
    contents = [str(message.content) for message in fit.messages if isinstance(message, ToolMessage)]
    assert contents[:2] == [DROPPED.format(what="4,000 characters")] * 2
    assert contents[2].startswith("xxx")
    assert fit.dropped_results == 2
    assert well_formed(fit.messages)
    assert estimated_tokens(fit.messages) <= 1500
    assert len(str(messages[2].content)) == 4000  # the conversation itself keeps it


def test_the_last_result_is_cut_to_what_is_left():
    fit = fitted([HumanMessage("Q"), CALL, result(CALL, "y" * 40000)], 500)
    text = str(fit.messages[-1].content)
    assert text.startswith("yyy")
    assert "(Dropped to save space: 38," in text
    assert estimated_tokens(fit.messages) <= 500


def test_a_dropped_result_says_which_passages_it_held():
    found = "Begin\n" + "\n\n".join(f"[{n}] BERT, p. {n}\n" + "y" * 900 for n in range(4, 9))
    fit = fitted([HumanMessage("Q"), CALL, result(CALL, found)], 700)
    text = str(fit.messages[-1].content)
    assert "[5] BERT" in text
    assert "Dropped to save space: passages 7 to 8;" in text  # 6 began before the cut
    other = calling("search_library", query="y", call_id="c2")
    fit = fitted([HumanMessage("Q"), CALL, result(CALL, found), other, result(other, "z" * 1500)], 600)
    assert str(fit.messages[2].content) == DROPPED.format(what="passages 4 to 8")
