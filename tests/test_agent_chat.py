"""`python -m agent chat`: questions that go on, conversations, studying in between, and every fault as a sentence."""

import io

import pytest
from agent_desk import desk, masking
from fake_chat_model import StreamingChatModel, calling
from fake_hands import FakePapers, FakePython
from rich.console import Console

from agent.terminal_chat import ChatSession, Surroundings
from agent.terminal_study import StudyCommands
from errors import ModelServerError, QuizError
from learner.store import LearnerStore

ANSWER = "BERT masks fifteen percent of all tokens at random [1]."


@pytest.fixture
def model():
    return StreamingChatModel()


@pytest.fixture
def papers():
    return FakePapers()


@pytest.fixture
def tutor(tmp_path, model, papers):
    return desk(tmp_path, model=model, name="embedded", shelf=masking(), papers=papers, python=FakePython())[0]


class Typed:
    """A learner whose lines are known; a line that is an exception is what the keyboard sent."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.prompts = []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        if isinstance(line, type) and issubclass(line, BaseException):
            raise line
        return line


def session(tutor, *lines, study=None, **options):
    """What was shown over all lines."""
    console = Console(file=io.StringIO(), width=100, color_system=None)
    around = Surroundings(
        read=Typed(*lines),
        study=study or (lambda words: None),
        models=lambda: [("embedded", "built in"), ("ollama/small", "pulled")],
    )
    ChatSession(tutor, console, around, **options).run()
    return console.file.getvalue()


def test_questions_go_on_in_one_conversation_until_a_new_one_is_begun(tutor, model):
    model.replies = [calling("search_library", query="mask tokens"), ANSWER, "It is a share [1].", "Hello."]
    shown = session(tutor, "How many tokens are masked?", "And what is that?", "/new", "Hello", "/list", "/quit")
    assert "15% of all tokens" in shown
    assert "--conversation" not in shown
    assert [(one.title, one.turn_count) for one in tutor.conversations.list()] == [
        ("Hello", 1),
        ("How many tokens are masked?", 2),
    ]
    assert "here" in shown.split("/list", 1)[-1]


def test_an_earlier_conversation_is_found_opened_renamed_deleted_and_brought_back(tutor, model):
    model.replies = ["One.", "Two."]
    session(tutor, "About masks", "/new", "About ranks")
    shown = session(tutor, "/list masks", "/open 1", "/rename Masking", "/delete", "/undelete", "/list")
    assert shown.count("you> About masks") == 2
    assert "One." in shown
    assert "Deleted; /undelete brings it back." in shown
    assert {one.title for one in tutor.conversations.list()} == {"Masking", "About ranks"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/nonsense", "There is no command /nonsense."),
        ("/open 7", "There is no conversation 7 in the list."),
        ("/retry", "Nothing was asked yet."),
        ("/rename x", "This conversation has not begun."),
        ("/undelete", "Nothing was deleted in this session."),
        ("/model gone/x", "The model gone/x cannot be used now."),
        ('/quiz "attention', "The line cannot be read"),
    ],
)
def test_a_line_that_is_off_is_one_sentence_and_the_session_goes_on(tutor, line, sentence):
    shown = session(tutor, line, "/help")
    assert sentence in shown
    assert "/undelete" in shown
    assert "Until next time." in shown


def test_a_failed_turn_can_be_asked_again_in_the_same_conversation(tutor, model):
    model.replies = [ModelServerError("It is gone."), "Here it is."]
    shown = session(tutor, "What is masked?", "/retry")
    assert "Here it is." in shown
    [one] = tutor.conversations.list()
    assert [turn.status for turn in tutor.conversations.turns(one.id)] == ["failed", "done"]


def test_lines_that_end_in_a_backslash_are_one_question_and_a_break_empties_the_line(tutor, model):
    model.replies = ["Yes."]
    session(tutor, KeyboardInterrupt, "First line\\", "second line")
    [one] = tutor.conversations.list()
    [turn] = tutor.conversations.turns(one.id)
    assert turn.question == "First line\nsecond line"


@pytest.mark.parametrize(("reply", "added"), [("y", ["2305.18290"]), ("", [])])
def test_what_asks_first_waits_for_the_learner(tutor, model, papers, reply, added):
    model.replies = [
        calling("search_arxiv", query="preferences"),
        calling("add_paper", arxiv_id="2305.18290"),
        "Done.",
    ]
    shown = session(tutor, "Look for something on preferences", reply)
    assert "add_paper waits for your yes" in shown
    assert papers.added == added


def test_another_model_answers_once_it_is_chosen(tutor, model):
    model.replies = ["Hello."]
    shown = session(tutor, "/model", "/model ollama/small", "Hello", "/model")
    first, last = shown.split("Hello.", 1)
    assert "* embedded" in first
    assert "* ollama/small" in last


def test_study_commands_run_over_the_record(tmp_path):
    console = Console(file=io.StringIO(), width=100, color_system=None)
    study = StudyCommands(LearnerStore(tmp_path / "learner.sqlite"), console)
    study(["due"])
    assert "0 due now" in console.file.getvalue()
    with pytest.raises(QuizError, match="no topic"):
        study(["quiz", "astrology"])
    with pytest.raises(QuizError, match="invalid choice"):
        study(["quiz", "--difficulty", "absurd"])


def test_a_study_command_gets_its_words_and_a_missing_record_is_told(tutor):
    heard = []
    session(tutor, '/quiz "scaling laws" --count 3', study=heard.append)
    assert heard == [["quiz", "scaling laws", "--count", "3"]]
    shown = session(tutor, "/due", study=StudyCommands(None, Console(file=io.StringIO())))
    assert "There is no record to study with" in shown
