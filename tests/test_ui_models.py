"""The choice of model: kept in the data folder, shown with what is really there."""

import os

import pytest
from fake_services import list_models

from errors import HomeError
from ui.model_choice import ModelMemory, menu, missing_html


def test_a_choice_outlives_the_process(tmp_path):
    path = tmp_path / "page.json"
    assert ModelMemory(path).chosen() == ""
    ModelMemory(path).choose("ollama/llama3.2:3b")
    assert ModelMemory(path).chosen() == "ollama/llama3.2:3b"
    ModelMemory(path).choose("")
    assert ModelMemory(path).chosen() == ""


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"model": 3}'])
def test_a_damaged_file_is_no_choice(tmp_path, content):
    (tmp_path / "page.json").write_text(content, encoding="utf-8")
    assert ModelMemory(tmp_path / "page.json").chosen() == ""


def test_a_choice_that_cannot_be_stored_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HomeError, match="cannot be stored"):
        ModelMemory(tmp_path / "file" / "page.json").choose("embedded")


def test_the_menu_offers_what_is_there_and_tells_how_to_get_the_rest():
    entries = menu(list_models(), "auto")
    assert [value for _, value in entries] == ["", "embedded", "ollama/llama3.2:3b"]
    assert "2.0 GB" in entries[2][0]
    assert "ollama serve" in missing_html(list_models())
    assert menu([], "openai/gpt-5")[0][0] == "As set: openai/gpt-5"
    assert os.linesep not in missing_html(list_models())
