"""Thumbs in the chat: what stands under which answer, and what a press may say."""

import asyncio

import pytest

from agent.feedback import FEEDBACK, REASONS, FeedbackStore
from errors import QuestionError
from ui.bridge import ACTIONS
from ui.chat_actions import ChatActions
from ui.model_choice import ModelMemory
from ui.thumbs import REASON_LABELS, Thumb


@pytest.fixture
def actions(services, tmp_path):
    services.rooms().tutor.seconds_per_word = 0.001
    return ChatActions(services, ModelMemory(tmp_path / "page.json"))


async def answer_to(actions, question):
    return [view async for view in actions.ask(question, "", "page-1")][-1].messages


def test_a_press_is_kept_and_shown_with_the_stored_answer(actions):
    live = asyncio.run(answer_to(actions, "Why?"))[-1]["content"]
    (conversation,) = actions.services.conversations.list()
    (turn,) = actions.services.conversations.turns(conversation.id)
    assert f'value="{turn.conversation_id}.{turn.id}"' in live
    assert "pressed" not in live
    kept = actions.keep_thumb(f"{conversation.id}.{turn.id}.down.unclear", "a <b> line")
    assert (kept.notice, kept.messages) == ("", None)
    (feedback,) = FeedbackStore(actions.services.home / FEEDBACK).list()
    assert feedback.tools == ("search_library",)
    assert len(feedback.passages) == len(turn.answer.citations)
    shown = actions.open(conversation.id).messages[-1]["content"]
    assert 'class="thumb pressed" value="down"' in shown
    assert 'class="thumb-reason pressed" value="unclear"' in shown
    assert shown.count("pressed") == 2
    assert "a <b> line" not in shown
    actions.keep_thumb(f"{conversation.id}.{turn.id}.withdrawn.", "")
    assert actions.open(conversation.id).messages[-1]["content"] == live


def test_a_verdict_goes_with_a_copied_answer_until_the_copy_has_its_own(actions):
    asyncio.run(answer_to(actions, "Why?"))
    (conversation,) = actions.services.conversations.list()
    (turn,) = actions.services.conversations.turns(conversation.id)
    actions.keep_thumb(f"{conversation.id}.{turn.id}.up.", "")
    branch = actions.services.conversations.branch(conversation.id, 1)
    (copy,) = actions.services.conversations.turns(branch.id)
    assert 'class="thumb pressed" value="up"' in actions.open(branch.id).messages[-1]["content"]
    actions.keep_thumb(f"{branch.id}.{copy.id}.withdrawn.", "")
    assert "pressed" not in actions.open(branch.id).messages[-1]["content"]
    assert 'class="thumb pressed" value="up"' in actions.open(conversation.id).messages[-1]["content"]


def test_a_failed_turn_has_no_thumbs_and_cannot_be_judged(actions):
    messages = asyncio.run(answer_to(actions, "please fail"))
    assert not any("thumb" in message["content"] for message in messages)
    (conversation,) = actions.services.conversations.list()
    (turn,) = actions.services.conversations.turns(conversation.id)
    assert "Only a finished answer" in actions.keep_thumb(f"{conversation.id}.{turn.id}.up.", "").notice
    assert "not there any more" in actions.keep_thumb(f"{conversation.id}.{'0' * 32}.up.", "").notice
    assert "no conversation" in actions.keep_thumb(f"{'0' * 32}.{turn.id}.up.", "").notice


def test_a_damaged_file_of_verdicts_does_not_keep_the_chat_from_opening(actions):
    live = asyncio.run(answer_to(actions, "Why?"))
    (conversation,) = actions.services.conversations.list()
    (actions.services.home / FEEDBACK).write_bytes(b"no database at all, but long enough to be read as one" * 9)
    assert actions.open(conversation.id).messages == live


@pytest.mark.parametrize("text", ["", "x.y.up.", f"{'a' * 32}.{'b' * 32}.sideways.", f"{'a' * 32}.{'b' * 32}.down.why"])
def test_a_damaged_button_is_one_sentence(text):
    with pytest.raises(QuestionError):
        Thumb.parse(text)


def test_every_reason_has_words_and_the_page_listens():
    assert set(REASON_LABELS) == set(REASONS)
    assert "keep_thumb" in ACTIONS
