"""Words that were taken before a process died, said again: what they did is told, not done a second time."""

from __future__ import annotations

import sqlite3

import pytest
from agent_desk import ask, said
from fake_hands import FakePython
from fake_library import FakeEmbedder, FakeLibrary, fake_roadmap
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from study_items import question

from agent.context import Limits
from agent.embedded.lore import lore_of
from agent.embedded.model import EmbeddedChatModel
from agent.hands import Hands
from agent.history import INTERRUPTED_TURN
from agent.tools.predict_output import open_exercise
from agent.tutor import Tutor
from curriculum.load import load_curriculum
from learner.store import LearnerStore
from learner.study_desk import StudyDesk

CURRICULUM = load_curriculum()
BANK = [
    question("choice", number, topics=("attention-mechanism",), prompt=f"How many heads has model {number}?")
    for number in range(3)
]


@pytest.fixture
def rooms(tmp_path):
    """Opens the tutor of one home, as often as asked."""

    def opened():
        record = LearnerStore(tmp_path / "learner.sqlite")
        model = EmbeddedChatModel(embed=FakeEmbedder().embed, lore=lore_of(CURRICULUM))
        tutor = Tutor.open(
            tmp_path,
            FakeLibrary(),
            model_loader=lambda name: model,
            default_model="fake/one",
            roadmap=fake_roadmap(),
            limits=Limits(context_tokens=32_000),
            hands=Hands(
                learner=record,
                desk=StudyDesk(record, questions=BANK),
                curriculum=CURRICULUM,
                python=FakePython(),
            ),
        )
        return tutor, record

    return opened


def talk(tutor, *messages):
    conversation = None
    for message in messages:
        conversation = ask(tutor, message, conversation_id=conversation)[-1].conversation_id
    return conversation


def cut_off_last_turn(home, *, shown=None):
    """What the death of a process leaves of a turn whose graph had come to its end."""
    with sqlite3.connect(home / "conversations.sqlite") as connection:
        connection.execute(
            "UPDATE turns SET status = 'running', process_id = 999999999, steps = '[]', finished_at = NULL,"
            " answer = CASE WHEN ? THEN answer END WHERE position = (SELECT max(position) FROM turns)",
            (bool(shown),),
        )
    connection.close()


def test_an_answer_said_again_does_not_go_to_the_next_question(rooms, tmp_path):
    tutor, _ = rooms()
    conversation = talk(tutor, "quiz me on attention, 3 questions", "four")
    cut_off_last_turn(tmp_path)
    tutor, record = rooms()
    events = ask(tutor, "four", conversation_id=conversation)
    assert "Question 2 of 3" in said(events)
    assert len(record.evidence("quiz")) == 1
    ask(tutor, "four", conversation_id=conversation)
    assert len(record.evidence("quiz")) == 2


def test_another_answer_goes_to_the_question_that_is_open(rooms, tmp_path):
    tutor, _ = rooms()
    conversation = talk(tutor, "quiz me on attention, 3 questions", "four")
    cut_off_last_turn(tmp_path)
    tutor, record = rooms()
    ask(tutor, "three", conversation_id=conversation)
    assert {act.given for act in record.evidence("quiz")} == {"four", "three"}


def test_who_saw_the_next_question_answers_it(rooms, tmp_path):
    tutor, _ = rooms()
    conversation = talk(tutor, "quiz me on attention, 3 questions", "four")
    cut_off_last_turn(tmp_path, shown=True)
    tutor, record = rooms()
    ask(tutor, "four", conversation_id=conversation)
    assert len(record.evidence("quiz")) == 2


@pytest.mark.parametrize("remembered", [True, False], ids=["after the call was remembered", "before"])
def test_a_prediction_said_again_is_one_attempt(rooms, tmp_path, remembered):
    tutor, _ = rooms()
    wish = "give me a prediction exercise on broadcasting a column and a row"
    conversation = talk(tutor, wish)
    memory = tmp_path / "checkpoints" / f"{conversation}.sqlite"
    before = memory.read_bytes()
    ask(tutor, "7", conversation_id=conversation)
    cut_off_last_turn(tmp_path)
    if not remembered:
        memory.write_bytes(before)
    tutor, record = rooms()
    events = ask(tutor, "7", conversation_id=conversation)
    assert remembered or "(3, 4)" in said(events)
    assert len(record.evidence("prediction")) == 1
    ask(tutor, wish, conversation_id=conversation)
    ask(tutor, "7", conversation_id=conversation)
    assert len(record.evidence("prediction")) == 2


def test_an_exercise_whose_result_was_cut_off_is_open_still():
    given = ToolMessage("Exercise", tool_call_id="1", artifact={"kind": "exercise", "exercise": {"id": "loops"}})
    result = ToolMessage("Wrong", tool_call_id="2", artifact={"kind": "exercise_result", "exercise_id": "loops"})
    turn = [HumanMessage("An exercise"), given, AIMessage("Predict it."), HumanMessage("7"), result]
    assert open_exercise([*turn, AIMessage(INTERRUPTED_TURN), HumanMessage("7")]) == "loops"
    assert open_exercise([*turn, AIMessage("It was 8."), HumanMessage("7")]) == ""
    assert open_exercise([*turn, AIMessage("It was 8."), HumanMessage("x"), AIMessage(INTERRUPTED_TURN)]) == ""
