"""Figures on disk: by hash, and by no other name."""

from __future__ import annotations

import pytest

from agent.figures import FigureStore
from errors import HomeError, SandboxError


def test_the_same_picture_is_kept_once_and_each_conversation_has_its_own(tmp_path):
    store = FigureStore(tmp_path / "figures")
    name = store.save("one", b"png")
    assert store.save("one", b"png") == name
    assert len(name) == 68
    assert store.read("one", name) == b"png"
    assert len(list(tmp_path.rglob("*.png"))) == 1
    with pytest.raises(SandboxError):
        store.read("two", name)
    store.forget("one")
    store.forget("one")
    with pytest.raises(SandboxError, match="no longer there"):
        store.read("one", name)


@pytest.mark.parametrize("name", ["", "x.png", "../secret", "a" * 64, f"{'g' * 64}.png", f"../{'a' * 64}.png"])
def test_no_other_name_leads_anywhere(tmp_path, name):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / f"{'a' * 64}.png").write_bytes(b"secret")
    store = FigureStore(tmp_path / "figures")
    store.save("one", b"png")
    with pytest.raises(SandboxError):
        store.read("one", name)


@pytest.mark.parametrize("conversation", ["", "..", "../figures", "a/b", "x" * 65])
def test_no_other_conversation_either(tmp_path, conversation):
    store = FigureStore(tmp_path / "figures")
    name = store.save("one", b"png")
    for act in (lambda: store.read(conversation, name), lambda: store.save(conversation, b"x")):
        with pytest.raises(SandboxError):
            act()
    assert store.read("one", name) == b"png"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "figures").write_text("a file")
    with pytest.raises(HomeError, match="cannot be kept"):
        FigureStore(tmp_path / "figures").save("one", b"png")
