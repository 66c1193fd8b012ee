"""The learner's own cells: run in the conversation's session, kept, and told to the model once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from agent_desk import ANSWER, ask, calls, desk, finished, the_turn
from fake_hands import FakePapers, FakePython

from agent.cells import cell_of, is_cell
from errors import ConversationNotFoundError, QuestionError, SandboxError


def run(tutor, conversation, code):
    return asyncio.run(tutor.run_code(conversation, code))


def test_a_cell_is_kept_as_a_turn_and_told_with_the_next_question(tmp_path):
    python = FakePython()
    tutor, chat = desk(tmp_path, "Hello.", "It divides by zero.", "Again.", python=python)
    conversation = ask(tutor, "Hi")[0].conversation_id
    run(tutor, conversation, "x = 0")
    cell = run(tutor, conversation, "print('so far')\n1 / x")
    assert (cell.kind, cell.status, cell.question, cell.answer) == ("code", "done", "print('so far')\n1 / x", None)
    (step,) = cell.steps
    assert (step.name, step.failed, step.details["kind"]) == ("run_python", True, "python")
    assert "ZeroDivisionError" in step.summary
    assert the_turn(tutor) == cell
    events = ask(tutor, "Why did my code fail?", conversation_id=conversation)
    assert finished(events)
    sent = chat.history[1]
    assert [message.type for message in sent] == ["system", "human", "ai", "human", "ai", "human", "ai", "human"]
    assert "1 / x" in sent[5].content
    assert "ZeroDivisionError: division by zero" in sent[5].content
    assert sent[-1].content == "Why did my code fail?"
    assert [is_cell(message) for message in sent[1:]] == [False, False, True, False, True, False, False]
    assert cell_of(sent[5])["error"].endswith("division by zero")
    ask(tutor, "And now?", conversation_id=conversation)
    assert sum(is_cell(message) for message in chat.history[2]) == 2  # told once, and remembered


def test_a_cell_shares_the_variables_of_the_tutors_code_and_can_be_reset(tmp_path):
    python = FakePython()
    tutor, _ = desk(tmp_path, calls(("c", "run_python", {"code": "x = 41"})), "Set.", python=python)
    conversation = ask(tutor, "Set x")[0].conversation_id
    assert run(tutor, conversation, "print(x + 1)").steps[0].details["text"] == "42\n"
    tutor.reset_python(conversation)
    assert "NameError" in run(tutor, conversation, "print(x)").steps[0].details["error"]


def test_a_cell_begins_a_conversation_and_its_figures_go_with_it(tmp_path):
    python = FakePython()
    tutor, _ = desk(tmp_path, python=python)
    cell = run(tutor, None, "y = 1  # plot")
    name = cell.steps[0].details["figures"][0]["file"]
    assert tutor.conversations.get(cell.conversation_id).title == "y = 1 # plot"
    assert tutor.figures.read(cell.conversation_id, name)
    tutor.delete_conversation(cell.conversation_id)
    tutor.undo_time = timedelta(0)
    tutor.purge()
    assert python.resets == [cell.conversation_id]
    with pytest.raises(SandboxError):
        tutor.figures.read(cell.conversation_id, name)
    assert list(tmp_path.rglob("*.png")) == []


def test_a_cell_leaves_a_turn_waiting_and_is_told_when_something_is_asked(tmp_path):
    search = calls(("s", "search_library", {"query": "dot products"}))
    add = calls(("a", "add_paper", {"arxiv_id": "2305.18290"}))
    tutor, chat = desk(tmp_path, search, add, ANSWER, "Ok.", python=FakePython(), papers=FakePapers())
    conversation = ask(tutor, "Go")[0].conversation_id
    run(tutor, conversation, "print(1)")
    assert [turn.status for turn in tutor.conversations.turns(conversation)] == ["waiting", "done"]
    assert finished(ask(tutor, "Other", conversation_id=conversation))
    assert any(is_cell(message) for message in chat.history[-1])


def test_a_lost_memory_is_retold_with_its_cells(tmp_path):
    tutor, chat = desk(tmp_path, "Hello.", "Well.", python=FakePython())
    conversation = ask(tutor, "Hi")[0].conversation_id
    run(tutor, conversation, "print(1)")
    (tmp_path / "checkpoints" / f"{conversation}.sqlite").unlink()
    ask(tutor, "Next", conversation_id=conversation)
    assert [is_cell(message) for message in chat.history[1][1:]] == [False, False, True, False, False]


def test_only_the_last_cells_are_told(tmp_path):
    tutor, chat = desk(tmp_path, "Hello.", "Ok.", python=FakePython())
    conversation = ask(tutor, "Hi")[0].conversation_id
    for number in range(8):
        run(tutor, conversation, f"print({number})" + "#" * 9000)
    ask(tutor, "Next", conversation_id=conversation)
    told = [str(message.content) for message in chat.history[1] if is_cell(message)]
    assert [f"print({number})" in text for number, text in enumerate(told, start=3)] == [True] * 5
    assert all(len(text) < 5000 for text in told)


def test_what_cannot_run_is_a_sentence_and_nothing_is_kept(tmp_path):
    tutor, _ = desk(tmp_path, python=FakePython())
    for code in ("", "  \n"):
        with pytest.raises(SandboxError, match="no code"):
            run(tutor, None, code)
    with pytest.raises(ConversationNotFoundError):
        run(tutor, "nope", "1")
    off, _ = desk(tmp_path, python=FakePython(), run_python="off")
    with pytest.raises(SandboxError, match="switched off"):
        run(off, None, "1")
    without, _ = desk(tmp_path)
    with pytest.raises(SandboxError, match="cannot be run here"):
        run(without, None, "1")
    without.reset_python("any")
    assert tutor.conversations.list() == []


def test_a_cell_can_be_stopped_and_the_conversation_is_busy_meanwhile(tmp_path):
    async def stop():
        task = asyncio.create_task(tutor.run_code(conversation, "forever = 1"))
        await asyncio.to_thread(python.running.wait, 5)
        with pytest.raises(QuestionError, match="still answering"):
            await tutor.run_code(conversation, "1")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    python = FakePython()
    tutor, chat = desk(tmp_path, "Hello.", "Ok.", python=python)
    conversation = ask(tutor, "Hi")[0].conversation_id
    asyncio.run(stop())
    assert python.stopped.wait(1)
    assert the_turn(tutor).status == "stopped"
    ask(tutor, "Next", conversation_id=conversation)
    assert not any(is_cell(message) for message in chat.history[1])
