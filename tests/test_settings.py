"""Settings come from STUDY_ variables, and all faults are told at once."""

import dataclasses
from pathlib import Path

import pytest

from errors import SettingsError
from settings import Settings


def test_defaults_need_no_variable():
    settings = Settings.from_environment({})
    assert settings.home == Path.home() / ".study-assistant"
    assert (settings.model, settings.embedding_model, settings.host) == ("auto", "packaged", "127.0.0.1")


def test_values_have_their_kinds(tmp_path):
    settings = Settings.from_environment(
        {"STUDY_HOME": str(tmp_path / "x"), "STUDY_PORT": "9000", "STUDY_MODEL_TIMEOUT_SECONDS": "1.5"}
    )
    assert (settings.home, settings.port, settings.model_timeout_seconds) == (tmp_path / "x", 9000, 1.5)


def test_all_faults_are_told_at_once():
    faulty = {"STUDY_PORT": "eighty", "STUDY_MODLE": "x", "STUDY_CONTEXT_TOKENS": "-1", "STUDY_LOG_LEVEL": "loud"}
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(faulty)
    text = caught.value.as_text()
    assert all(name in text for name in (*faulty, "STUDY_HOME", "whole number", "WARNING"))


def test_a_log_level_may_be_in_small_letters():
    assert Settings.from_environment({"STUDY_LOG_LEVEL": "debug"}).log_level == "DEBUG"


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "x", ""])
def test_numbers_must_be_positive_and_finite(text):
    with pytest.raises(SettingsError):
        Settings.from_environment({"STUDY_TURN_TIMEOUT_SECONDS": text})


def test_keys_fall_back_to_the_providers_variables_and_are_never_shown():
    settings = Settings.from_environment({"OPENAI_API_KEY": "sk-secret", "STUDY_ANTHROPIC_API_KEY": "other"})
    assert (settings.openai_api_key, settings.anthropic_api_key) == ("sk-secret", "other")
    assert "sk-secret" not in repr(settings)
    assert "other" not in repr(settings)


def test_settings_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_environment({}).port = 1


def test_settings_that_a_variable_named_are_told_apart_from_defaults(tmp_path):
    settings = Settings.from_environment({"STUDY_HOME": str(tmp_path), "STUDY_MODEL": "auto", "OPENAI_API_KEY": "x"})
    assert settings.named == {"home", "model"}
    with pytest.raises(SettingsError, match="STUDY_NAMED is not a setting"):
        Settings.from_environment({"STUDY_NAMED": "model"})
