"""How long things are kept: for ever unless the learner says otherwise; what goes is what was shown before."""

import logging
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_services import NOTE

from agent.conversations import ConversationStore
from errors import ConversationNotFoundError, SettingsError
from settings import Settings
from ui.choices import Choices
from ui.library_actions import LibraryActions
from ui.retention import Retention, find_old, keep_removing, remove_old, retention_of
from ui.services import build_services
from ui.settings_view import removal_html

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=40)
"""Forty days on: what was just made is old then."""
FOR_EVER = Retention(keep_deleted_hours=8760)
A_MONTH = Retention(
    keep_conversations_days=30, keep_deleted_hours=24, keep_logs_days=30, keep_traces_days=30, keep_uploads_days=30
)


@pytest.fixture
def home(services):
    """Old files of each kind, and one of yesterday."""
    ages = {"logs/study.log": 90, "logs/study.log.1": 90, "logs/study.log.2": 1, "logs/traces.jsonl": 90}
    for name, days in {**ages, "uploads/a1/old.pdf": 90, "uploads/b2/new.pdf": 1}.items():
        path = services.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    return services.home


def names(home, paths):
    return [str(path.relative_to(home)) for path in paths]


def test_by_default_nothing_is_too_old(services, home):
    services.conversations.create("Why?")
    found = find_old(home, services.conversations, Retention(), NOW + timedelta(days=9999))
    assert (found.conversations, found.deleted, found.files) == ([], 0, [])


def test_what_is_shown_is_what_goes(services, home):
    old = services.conversations.create("Why?")
    shown = find_old(home, services.conversations, A_MONTH, NOW)
    assert names(home, shown.files) == ["logs/study.log.1", "logs/traces.jsonl", "uploads/a1/old.pdf"]
    assert list(shown.conversations) == []
    assert [one.id for one in find_old(home, services.conversations, A_MONTH, LATER).conversations] == [old.id]
    removed = remove_old(services.rooms(), home, A_MONTH, LATER)
    assert [one.id for one in removed.conversations] == [old.id]
    left = [path for path in home.rglob("*") if path.is_file() and path.parent.name in ("logs", "a1", "b2")]
    assert names(home, left) == ["logs/study.log"], "the log that is being written stays"
    assert not (home / "uploads" / "a1").exists()


def test_a_conversation_that_was_too_old_can_be_brought_back(services):
    old = services.conversations.create("Why?")
    remove_old(services.rooms(), services.home, A_MONTH, LATER)
    assert list(services.conversations.list()) == []
    services.conversations.undelete(old.id)
    assert services.conversations.get(old.id).id == old.id


def test_files_of_deleted_documents_go_as_it_was_shown(services):
    actions = LibraryActions(services)
    actions.delete(NOTE)
    keep = find_old(services.home, services.conversations, A_MONTH, NOW + timedelta(hours=23))
    assert list(keep.documents) == []
    found = find_old(services.home, services.conversations, A_MONTH, NOW + timedelta(hours=25))
    assert [one.title for one in found.documents] == ["LoRA: a note"]
    assert "1 deleted document, for good" in removal_html(found)
    assert list((services.home / "undo").iterdir())
    remove_old(services.rooms(), services.home, A_MONTH, NOW + timedelta(hours=25))
    assert not list((services.home / "undo").iterdir())


def test_deleted_ones_go_for_good_when_their_hours_are_over(services):
    gone = services.conversations.create("Why?")
    services.conversations.delete(gone.id)
    assert find_old(services.home, services.conversations, A_MONTH, NOW + timedelta(hours=23)).deleted == 0
    assert find_old(services.home, services.conversations, A_MONTH, NOW + timedelta(hours=25)).deleted == 1
    services.rooms().tutor.purge()
    services.conversations.undelete(gone.id)
    services.conversations.delete(gone.id)
    services.rooms().tutor.undo_time = timedelta(0)
    services.rooms().tutor.purge()
    with pytest.raises(ConversationNotFoundError):
        services.conversations.undelete(gone.id)


def test_the_learners_choice_comes_before_the_setting():
    choices = Choices(keep_logs_days=0, keep_traces_days=7)
    kept = retention_of(choices, Retention(keep_logs_days=30, keep_uploads_days=90))
    assert kept == Retention(keep_logs_days=0, keep_traces_days=7, keep_uploads_days=90)


def test_it_is_applied_at_the_start_and_again_until_the_page_closes(services, home, caplog):
    services.retention = replace(FOR_EVER, keep_logs_days=30)
    with caplog.at_level(logging.INFO, logger="ui.retention"):
        thread = threading.Thread(target=keep_removing, args=(services, services.rooms(), 0.01))
        thread.start()
        while (home / "logs" / "study.log.1").exists():
            thread.join(0.01)
        old = home / "logs" / "study.log.3"
        old.write_text("x", encoding="utf-8")
        os.utime(old, (0, 0))
        while old.exists():
            thread.join(0.01)
        services.closing.set()
        thread.join(10)
    assert not thread.is_alive()
    told = "0 conversations, 0 deleted ones and 0 deleted documents for good, 1 files."
    assert f"Too old and removed: {told}" in caplog.text


def test_a_home_that_cannot_be_read_stops_nothing(services, monkeypatch, caplog):
    def broken(self):
        raise RuntimeError("no")

    monkeypatch.setattr(ConversationStore, "list", broken)
    services.retention = A_MONTH
    services.closing.set()
    keep_removing(services, services.rooms())
    assert "What is too old was not removed" in caplog.text


def test_variables_of_the_environment_are_fixed_for_the_page(tmp_path):
    variables = {"STUDY_HOME": str(tmp_path), "STUDY_MODEL": "embedded", "STUDY_KEEP_LOGS_DAYS": "9"}
    services = build_services(Settings.from_environment({**variables, "STUDY_EXPLANATION_LANGUAGE": "german"}))
    assert services.fixed == {"model": "", "keep_logs_days": 9, "explanation_language": "German"}
    assert services.retention == Retention(keep_logs_days=9)
    with pytest.raises(SettingsError, match="no language 'klingon'"):
        build_services(Settings.from_environment({**variables, "STUDY_EXPLANATION_LANGUAGE": "klingon"}))
