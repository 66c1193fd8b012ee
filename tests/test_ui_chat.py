"""The chat's actions: asking, stopping, stored conversations, and no mixing of readers."""

import asyncio
import json
import time

import pytest
from fake_services import fake_services

from agent.events import Decision
from errors import StudyError
from ui.cards.approval import CallReference
from ui.chat_actions import ChatActions
from ui.chat_running import follow
from ui.conversation_list import conversation_list_html
from ui.messages import TurnMessages
from ui.model_choice import ModelMemory
from ui.services import PageLimits
from ui.turn_tools import TurnReference


@pytest.fixture
def actions(tmp_path):
    services = fake_services(tmp_path, limits=PageLimits(question_characters=100))
    services.start()
    actions = ChatActions(services, ModelMemory(tmp_path / "page.json"))
    services.rooms(timeout_seconds=10).tutor.seconds_per_word = 0.005
    return actions


async def views_of(actions, question, conversation_id="", page="page-1"):
    return [view async for view in actions.ask(question, conversation_id, page)]


def asked(view):
    """The questions of a view, without the buttons below them."""
    return [one["content"].partition("\n\n<div")[0] for one in view.messages if one["role"] == "user"]


def last_content(views):
    return [view.messages for view in views if view.messages][-1][-1]["content"]


def test_an_answer_grows_and_is_stored(actions):
    views = asyncio.run(views_of(actions, "Why?"))
    lengths = [len(view.messages[-1]["content"]) for view in views if view.messages]
    assert len(set(lengths)) > 5
    assert views[0].question == ""
    assert views[0].busy is True
    assert views[-1].busy is False
    assert views[-1].question is None
    identity = next(view.conversation_id for view in views if view.conversation_id)
    assert actions.open(identity).messages == views[-1].messages
    assert "Why?" in actions.listing(identity)


def test_a_second_question_goes_below_the_first(actions):
    first = asyncio.run(views_of(actions, "Why?"))
    identity = next(view.conversation_id for view in first if view.conversation_id)
    second = asyncio.run(views_of(actions, "And how?", identity))
    assert asked(second[-1]) == ["Why?", "And how?"]
    assert actions.last_question(identity) == "And how?"


@pytest.mark.parametrize(("question", "sentence"), [("  \n", "Type a question"), ("x" * 20_000, "20,000 characters")])
def test_a_question_that_cannot_be_asked_stays_in_the_box(actions, question, sentence):
    (view,) = asyncio.run(views_of(actions, question))
    assert sentence in view.notice
    assert view.question is None
    assert view.messages is None


def test_a_failed_turn_is_one_sentence_and_the_chat_goes_on(actions):
    views = asyncio.run(views_of(actions, "please fail"))
    assert "The model does not answer." in last_content(views)
    assert views[-1].busy is False
    assert "supports" in last_content(asyncio.run(views_of(actions, "Why?")))


def test_a_question_that_was_never_stored_comes_back_to_the_box(actions):
    async def refuse(question, **_):
        raise StudyError("The library is closed.", hint="Open it.")
        yield

    actions.services.rooms().tutor.ask = refuse
    views = asyncio.run(views_of(actions, "Why?"))
    assert views[-1].question == "Why?"
    assert "The library is closed." in last_content(views)


def test_a_defect_is_one_sentence(actions, caplog):
    async def break_down(question, **_):
        raise ZeroDivisionError
        yield

    actions.services.rooms().tutor.ask = break_down
    assert "Something went wrong" in last_content(asyncio.run(views_of(actions, "Why?")))
    assert "ZeroDivisionError" in caplog.text


def test_stopping_ends_the_turn_at_once_and_keeps_the_text(actions):
    actions.services.rooms().tutor.seconds_per_word = 0.2

    async def ask_and_stop():
        views = []
        async for view in actions.ask("Why?", "", "page-1"):
            views.append(view)
            if view.messages and "dot" in view.messages[-1]["content"]:
                actions.stop("another-page")
                actions.stop("page-1")
        return views

    began = time.monotonic()
    views = asyncio.run(ask_and_stop())
    assert time.monotonic() - began < 5
    assert "Stopped." in last_content(views)
    assert "dot" in last_content(views)
    identity = next(view.conversation_id for view in views if view.conversation_id)
    assert actions.services.conversations.turns(identity)[0].status == "stopped"


def test_two_readers_get_their_own_answers(actions):
    async def both():
        return await asyncio.gather(
            views_of(actions, "First question", page="page-1"), views_of(actions, "Second question", page="page-2")
        )

    first, second = asyncio.run(both())
    for views, question in ((first, "First question"), (second, "Second question")):
        for view in views:
            for message in view.messages or []:
                assert message["role"] != "user" or message["content"].startswith(question)


def test_a_slow_event_does_not_hold_up_the_stop():
    async def silent():
        await asyncio.sleep(60)
        yield

    async def run():
        turn, stop = TurnMessages("Why?"), asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        async for _ in follow(turn, silent(), stop):
            pass
        return turn

    assert "Stopped." in asyncio.run(run()).as_messages()[-1]["content"]


def test_conversations_are_renamed_and_deleted_and_brought_back(actions):
    identity, _ = answered(actions)
    assert "A better name" in actions.rename(identity, "A better name", identity).conversations
    assert "cannot be empty" in actions.rename(identity, "  ", identity).notice
    emptied = actions.delete(identity, identity)
    assert emptied.messages == []
    assert emptied.conversation_id == ""
    assert "“A better name” was deleted." in emptied.conversations
    assert "A better name" not in actions.listing("")
    assert "no conversation" in actions.open(identity).notice
    assert "no conversation" in actions.delete(identity, "").notice
    assert actions.undelete(identity, "").conversation_id == identity
    assert "no conversation" in actions.undelete(identity, "").notice


def answered(actions, question="Why?", conversation_id=""):
    """The conversation and its last turn after a question was answered."""
    views = asyncio.run(views_of(actions, question, conversation_id))
    identity = conversation_id or next(view.conversation_id for view in views if view.conversation_id)
    return identity, actions.services.conversations.turns(identity)[-1]


def button_of(turn):
    return TurnReference(turn.conversation_id, turn.id).as_text()


def test_a_question_asked_again_is_a_version_and_looks_so_at_once(actions):
    first, _ = answered(actions)
    _, turn = answered(actions, "And how?", first)
    views = asyncio.run(collected(actions.retry(button_of(turn), "page-1")))
    second = views[0].conversation_id
    assert second not in ("", first)
    assert asked(views[0]) == asked(views[-1]) == ["Why?", "And how?"]
    assert "2 of 2" in contents(views[-1])
    assert views[-1].messages == actions.open(second).messages
    assert actions.listing(second).count("<li") == 1
    (back,) = asyncio.run(collected(actions.show_version(first, "page-1")))
    assert "1 of 2" in contents(back)
    assert f'value="{second}"' in contents(back)


def test_an_edited_question_leaves_the_later_ones_in_the_version_before(actions):
    first, turn = answered(actions)
    answered(actions, "And how?", first)
    views = asyncio.run(collected(actions.edit(button_of(turn), "Why not?", "page-1")))
    assert asked(views[-1]) == ["Why not?"]
    assert "Why not?" in views[0].conversations
    assert asked(actions.open(first)) == ["Why?", "And how?"]


@pytest.mark.parametrize(
    ("value", "question", "sentence"),
    [("x", "Why?", "damaged"), (f"{'a' * 32}.{'b' * 32}", "Why?", "no conversation"), ("", "  ", "Type a question")],
)
def test_what_cannot_be_edited_is_one_sentence(actions, value, question, sentence):
    _, turn = answered(actions)
    (view,) = asyncio.run(collected(actions.edit(value or button_of(turn), question, "page-1")))
    assert sentence in view.notice
    assert view.messages is None
    assert len(actions.services.conversations.list()) == 1


def test_a_branch_is_open_at_once_and_can_be_gone_on_with(actions):
    first, turn = answered(actions)
    answered(actions, "And how?", first)
    view = asyncio.run(actions.branch(button_of(turn)))
    assert asked(view) == ["Why?"]
    assert "This is a branch with 1 turn" in view.notice
    assert view.is_news, "nothing went wrong"
    assert "Why? (branch)" in view.conversations
    assert "damaged" in asyncio.run(actions.branch("x")).notice
    views = asyncio.run(views_of(actions, "And when?", view.conversation_id))
    assert asked(views[-1]) == ["Why?", "And when?"]
    assert asked(actions.open(first)) == ["Why?", "And how?"]


def test_a_search_shows_where_the_words_stand(actions):
    identity, _ = answered(actions, "About <b>zebras</b> and more")
    answered(actions, "Another")
    found = actions.open(identity, "ZEBRAS").conversations
    assert found.count("<li") == 1
    assert "&lt;b&gt;<mark>zebras</mark>&lt;/b&gt;" in found
    assert "No conversation holds “lions &amp; tigers”." in actions.listing("", "lions & tigers")


def test_an_export_is_a_file_with_a_name_that_leads_nowhere(actions):
    identity, _ = answered(actions, "../../Why? <b>")
    file = json.loads(actions.export(identity).download)
    assert file["name"] == "Why-b.md"
    assert file["text"].startswith("# ../../Why? <b>\n")
    assert "no conversation" in actions.export("nothing").notice


def test_a_page_that_left_an_answer_finds_it_growing_or_done(actions):
    actions.services.rooms().tutor.seconds_per_word = 0.02

    async def leave_and_come_back():
        growing = actions.ask("Why?", "", "page-1")
        async for view in growing:
            if view.messages and "dot" in view.messages[-1]["content"]:
                break
        await growing.aclose()  # as when the page is loaded again
        (identity,) = [one.id for one in actions.services.conversations.list()]
        (elsewhere,) = await collected(actions.open_and_watch("", "page-1"))
        again = await collected(actions.open_and_watch(identity, "page-2"))
        return identity, elsewhere, again

    identity, elsewhere, again = asyncio.run(leave_and_come_back())
    assert elsewhere.messages == []
    assert again[0].busy is True
    assert "dot" in contents(again[0])
    assert again[-1].busy is False
    assert again[-1].messages == actions.open(identity).messages
    assert actions.services.conversations.turns(identity)[0].status == "done"


def test_a_page_asks_one_question_at_a_time(actions):
    actions.services.rooms().tutor.seconds_per_word = 0.02

    async def ask_twice():
        async for view in actions.ask("Why?", "", "page-1"):
            if view.messages and "dot" in view.messages[-1]["content"]:
                return await collected(actions.ask("And how?", "", "page-1"))
        return []

    (refused,) = asyncio.run(ask_twice())
    assert "still being answered" in refused.notice
    assert refused.question is None


def test_titles_in_the_list_are_text(actions):
    conversation = actions.services.conversations.create("<img src=x> ' \"")
    html = conversation_list_html([conversation], conversation.family)
    assert "<img" not in html
    assert 'aria-current="true"' in html


def test_a_question_may_come_before_the_models_are_there(tmp_path):
    services = fake_services(tmp_path, loading_seconds=0.5)
    actions = ChatActions(services, ModelMemory(tmp_path / "page.json"))
    services.start()
    views = asyncio.run(views_of(actions, "Why?"))
    assert "models are loading" in views[1].messages[-1]["content"]
    assert "2 sources" in last_content(views)


def test_a_burst_of_text_is_shown_in_several_steps(actions):
    actions.services.rooms().tutor.seconds_per_word = 0
    views = asyncio.run(views_of(actions, "Why?"))
    last = [view.messages[-1] for view in views if view.messages]
    growing = [one["content"] for one in last if "metadata" not in one and "waiting-line" not in one["content"]]
    lengths = [len(content) for content in growing]
    assert len(set(lengths)) > 5
    assert lengths == sorted(lengths)
    assert "2 sources" in growing[-1]


def contents(view):
    return "\n".join(message["content"] for message in view.messages)


async def collected(views):
    return [view async for view in views]


def waiting_conversation(actions):
    views = asyncio.run(views_of(actions, "Do it with my permission"))
    identity = next(view.conversation_id for view in views if view.conversation_id)
    return identity, views


def test_code_is_shown_while_it_runs_and_its_figure_when_it_ended(actions):
    views = asyncio.run(views_of(actions, "plot something"))
    running = [contents(view) for view in views if view.messages]
    assert any("running …" in text and "np.arange(3)" in text for text in running)
    assert "data:image/png;base64," in running[-1]
    identity = next(view.conversation_id for view in views if view.conversation_id)
    assert contents(actions.open(identity)) == running[-1]


def test_a_turn_that_waits_asks_and_goes_on_when_it_is_allowed(actions):
    identity, views = waiting_conversation(actions)
    assert "Run this code?" in contents(views[-1])
    assert "You asked to see code first." in contents(views[-1])
    assert contents(actions.open(identity)) == contents(views[-1])
    reference = CallReference(identity, "call-9")
    changed = Decision(approved=True, arguments={"code": "print('changed')"})
    after = asyncio.run(collected(actions.decide(reference, changed, "page-1")))
    assert "print('changed')" in contents(after[-1])
    assert "Run this code?" not in contents(after[-1])
    assert after[-1].busy is False
    again = asyncio.run(collected(actions.decide(reference, changed, "page-1")))
    assert contents(again[-1]) == contents(after[-1]), "a second click decides nothing"


def test_a_declined_call_is_not_run(actions):
    identity, _ = waiting_conversation(actions)
    after = asyncio.run(collected(actions.decide(CallReference(identity, "call-9"), Decision(approved=False), "p")))
    assert "```python" not in contents(after[-1])
    assert "Here it is." in contents(after[-1])


def test_the_learners_own_code_runs_and_is_kept_but_is_no_question(actions):
    views = asyncio.run(views_of(actions, "Why?"))
    identity = next(view.conversation_id for view in views if view.conversation_id)
    shown = asyncio.run(collected(actions.run_code(identity, "print(2)")))
    assert "running …" in contents(shown[0])
    assert "print(2)" in contents(shown[-1])
    assert contents(actions.open(identity)) == contents(shown[-1])
    assert asked(shown[-1]) == ["Why?"]
    assert actions.last_question(identity) == "Why?"


def test_empty_code_is_a_sentence(actions):
    (view,) = asyncio.run(collected(actions.run_code("x", "  ")))
    assert view.notice == "There is no code to run."


def test_variables_are_forgotten_on_request(actions):
    view = asyncio.run(actions.reset_python("c1"))
    assert "forgotten" in view.notice
    assert actions.services.rooms().tutor.resets == ["c1"]


def test_the_learners_choice_about_code_goes_with_the_question(actions):
    actions.memory.choose_run_python("ask")
    actions.memory.choose("embedded")
    asyncio.run(views_of(actions, "Why?"))
    assert actions.services.rooms().tutor.asked_with == ["ask"]
    assert actions.memory.chosen() == "embedded", "one choice does not forget the other"


def test_a_picture_that_changes_the_buttons_has_a_moment_for_itself(monkeypatch):
    from ui import chat_tab
    from ui.chat_view import ChatView

    told = []

    async def pause(seconds):
        told.append("pause")

    async def views():
        for busy in (True, None, None, False):
            yield ChatView(busy=busy)

    async def listen():
        async for updates in chat_tab.shown(views()):
            told.append([update.get("visible") for update in updates[-2:]])

    monkeypatch.setattr(chat_tab.asyncio, "sleep", pause)
    asyncio.run(listen())
    still = [None, None]
    assert told == [[False, True], "pause", still, still, [True, False], "pause", still]
