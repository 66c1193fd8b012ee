"""Predict, then run: an exercise is given, the next message answers it, the difference is told and kept."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from agent_desk import ask, calls, desk, said, steps
from fake_hands import FakePython
from fake_library import FakeEmbedder, FakeLibrary, fake_roadmap

from agent.context import Limits
from agent.embedded.exercise_wish import without_lead
from agent.embedded.lore import lore_of
from agent.embedded.model import EmbeddedChatModel
from agent.embedded.quiz_wish import NO_RECORD
from agent.hands import Hands
from agent.tools.check_prediction import knows_not, skips
from agent.tools.predict_output import given_exercises, open_exercise
from agent.tutor import Tutor
from curriculum.load import load_curriculum
from curriculum.predictions import find_prediction
from errors import LearnerRecordError, SandboxError
from learner.store import LearnerStore

CURRICULUM = load_curriculum()
COLUMN = "broadcast-column-and-row"
"""An exercise whose output is `(3, 4)`."""


def message(kind, identity):
    artifact = {"kind": "exercise", "exercise": {"id": identity}}
    if kind == "result":
        artifact = {"kind": "exercise_result", "exercise_id": identity}
    return SimpleNamespace(artifact=artifact)


def open_tutor(home, **hands):
    model = EmbeddedChatModel(embed=FakeEmbedder().embed, lore=lore_of(CURRICULUM))
    hands.setdefault("learner", LearnerStore(home / "learner.sqlite"))
    hands.setdefault("python", FakePython())
    hands.setdefault("curriculum", CURRICULUM)
    return Tutor.open(
        home,
        FakeLibrary(),
        model_loader=lambda name: model,
        default_model="fake/one",
        roadmap=fake_roadmap(),
        limits=Limits(context_tokens=32_000),
        hands=Hands(**hands),
    ), hands["learner"]


def give(tutor, wish="give me a prediction exercise on broadcasting a column and a row"):
    events = ask(tutor, wish)
    return events[-1].conversation_id, steps(events)[0].details["exercise"], said(events)


def test_an_exercise_shows_its_code_and_never_its_output(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    _, exercise, text = give(tutor)
    assert exercise["id"] == COLUMN
    assert exercise["code"].strip() in text
    assert find_prediction(COLUMN).expected not in text
    assert "expected" not in exercise
    assert "Type your prediction" in text


@pytest.mark.parametrize(
    ("answer", "verdict", "outcome"),
    [("(3, 4)", "right", 1.0), ("I think it prints (4, 3)", None, None), ("7", "wrong", 0.0)],
)
def test_the_next_message_is_compared_and_kept(tmp_path, answer, verdict, outcome):
    tutor, learner = open_tutor(tmp_path)
    conversation, exercise, _ = give(tutor)
    events = ask(tutor, answer, conversation_id=conversation)
    (step,) = steps(events)
    assert step.name == "check_prediction"
    (kept,) = learner.evidence(kind="prediction")
    assert (kept.item_id, kept.given, kept.expected) == (COLUMN, without_lead(answer), "(3, 4)")
    assert kept.conversation_id == conversation
    assert kept.outcome == step.details["outcome"]
    assert kept.topic_ids == tuple(exercise["topic_ids"])
    if verdict:
        assert (step.details["verdict"], kept.outcome) == (verdict, outcome)
    text = said(events)
    assert "```text\n(3, 4)\n```" in text
    assert find_prediction(COLUMN).explanation.split(".")[0] in text
    assert {check.support for check in events[-1].answer.sentences} == {"exempt"}


def test_a_known_mistake_is_explained(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    conversation, _, _ = give(tutor)
    events = ask(tutor, "ValueError", conversation_id=conversation)
    misconception = find_prediction(COLUMN).misconceptions[0]
    assert misconception.explanation in said(events)


@pytest.mark.parametrize(("answer", "kept"), [("skip", 0), ("show me", 0), ("I don't know", 1)])
def test_passing_is_no_evidence_but_not_knowing_is(tmp_path, answer, kept):
    tutor, learner = open_tutor(tmp_path)
    conversation, _, _ = give(tutor)
    events = ask(tutor, answer, conversation_id=conversation)
    assert len(learner.evidence()) == kept
    assert "(3, 4)" in said(events)
    assert "You predicted" not in said(events)
    assert ("learner's record" in said(events)) == bool(kept)


def test_an_answered_exercise_is_closed_and_another_one_is_new(tmp_path):
    tutor, learner = open_tutor(tmp_path)
    conversation, exercise, _ = give(tutor, "give me an exercise on broadcasting")
    ask(tutor, "(3, 4)", conversation_id=conversation)
    again = ask(tutor, "another one", conversation_id=conversation)
    assert steps(again)[0].details["exercise"]["id"] != exercise["id"]
    ask(tutor, "skip", conversation_id=conversation)
    after = ask(tutor, "(3, 4)", conversation_id=conversation)
    assert "check_prediction" not in {step.name for step in steps(after)}
    assert len(learner.evidence()) == 1


def test_without_a_desk_a_quiz_is_told_to_be_missing(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    assert NO_RECORD in said(ask(tutor, "quiz me on broadcasting"))


def test_a_topic_without_exercises_is_told_with_those_there_are(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    text = said(ask(tutor, "give me a prediction exercise on baroque organs"))
    assert "baroque organs" in text
    assert "There are some on" in text


class OffPython(FakePython):
    def run_once(self, code, limits=None):
        raise SandboxError("No wall can serve.", hint="Install bubblewrap.")


@pytest.mark.parametrize("hand", [{"python": OffPython()}, {"python": None}, {"run_python": "off"}])
def test_without_a_sandbox_the_known_output_stands_in_and_it_says_so(tmp_path, hand):
    tutor, learner = open_tutor(tmp_path, **hand)
    conversation, _, _ = give(tutor)
    events = ask(tutor, "(3, 4)", conversation_id=conversation)
    text = said(events)
    assert "was not run here" in text
    assert "(3, 4)" in text
    assert learner.evidence()[0].outcome == 1.0
    assert steps(events)[0].details["run"]["status"] == "stopped"


def test_a_record_that_cannot_be_written_is_a_notice_and_no_failure(tmp_path):
    class Broken:
        def evidence(self, **options):
            return []

        def record(self, evidence):
            raise LearnerRecordError("The record is full.", hint="Free some space.")

    tutor, _ = open_tutor(tmp_path, learner=Broken())
    conversation, _, _ = give(tutor)
    events = ask(tutor, "(3, 4)", conversation_id=conversation)
    assert "**Right.**" in said(events)
    assert "learner's record" not in said(events)
    assert any("The record is full" in notice for notice in events[-1].answer.notices)


def shown(home, *replies, learner):
    """A tutor of a scripted model whose first turn gave the exercise, and the conversation."""
    exercise = calls(("give", "predict_output", {"topic": "broadcasting a column and a row"}))
    tutor, _ = desk(home, exercise, "Well?", *replies, learner=learner, python=FakePython(), curriculum=CURRICULUM)
    return tutor, ask(tutor, "An exercise please")[-1].conversation_id


def test_the_same_call_is_kept_once_and_a_second_answer_again(tmp_path):
    learner = LearnerStore(tmp_path / "learner.sqlite")
    given = {"exercise": COLUMN, "prediction": "(3, 4)"}
    twice = calls(("same", "check_prediction", given), ("same", "check_prediction", given))
    tutor, conversation = shown(tmp_path, twice, "Done.", learner=learner)
    ask(tutor, "(3, 4)", conversation_id=conversation)
    assert len(learner.evidence()) == 1
    again = calls(("b", "check_prediction", {"prediction": "(3, 4)"}))
    tutor, conversation = shown(tmp_path / "two", again, "Done.", learner=learner)
    ask(tutor, "(3, 4)", conversation_id=conversation)
    assert len(learner.evidence()) == 2


def test_only_the_learner_predicts_and_only_what_was_shown_before(tmp_path):
    learner = LearnerStore(tmp_path / "learner.sqlite")
    made_up = calls(("made", "check_prediction", {"prediction": "(4, 4)"}))
    other = calls(("other", "check_prediction", {"exercise": "broadcast-offset-per-row", "prediction": "3"}))
    own = calls(("own", "check_prediction", {"prediction": "( 3,4 )"}))
    tutor, conversation = shown(tmp_path, made_up, other, own, "Right.", learner=learner)
    told = steps(ask(tutor, "I say it is (3, 4)", conversation_id=conversation))
    assert [step.failed for step in told] == [True, True, False]
    assert "did not say that" in told[0].summary
    assert [kept.given for kept in learner.evidence()] == ["( 3,4 )"]


def test_a_model_may_leave_out_which_exercise_is_open(tmp_path):
    learner = LearnerStore(tmp_path / "learner.sqlite")
    check = calls(("c", "check_prediction", {"prediction": "(3, 4)"}))
    tutor, _ = desk(tmp_path, check, "None.", learner=learner, python=FakePython(), curriculum=CURRICULUM)
    (step,) = steps(ask(tutor, "(3, 4)"))
    assert step.failed
    assert "No exercise is open" in step.summary


def test_the_open_exercise_is_the_last_without_a_result():
    assert open_exercise([]) == ""
    assert open_exercise([message("exercise", "a"), message("exercise", "b")]) == "b"
    assert open_exercise([message("exercise", "a"), message("result", "a")]) == ""
    assert given_exercises([message("exercise", "a"), message("result", "a"), message("exercise", "b")]) == ["b", "a"]


def test_passing_and_not_knowing_are_told_apart():
    assert all(skips(text) for text in ("skip", "Skip this one.", "show me the answer", "pass", "?"))
    assert all(knows_not(text) for text in ("I don't know", "dont know", "no idea!", "I'm not sure"))
    assert not any(skips(text) or knows_not(text) for text in ("3", "show me attention", "I know: 3"))
