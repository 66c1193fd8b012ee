"""RAGAS's metrics without a judge, on values worked out by hand, and whether its pin is still needed."""

import builtins
import sys
from importlib.metadata import requires, version
from pathlib import Path

import numpy as np
import pytest

from errors import MissingPackageError
from evals.ragas_scores import RagasScores, load_metric

ROOT = Path(__file__).resolve().parent.parent


class LengthEmbedder:
    """A text's vector points along its number of words, so that a similarity can be written by hand."""

    def embed(self, texts, *, progress=None):
        angles = [np.pi / 2 * (len(text.split()) - 1) for text in texts]
        return np.array([[np.cos(angle), np.sin(angle)] for angle in angles], dtype=np.float32)


@pytest.fixture(scope="module")
def scores():
    return RagasScores(LengthEmbedder())


def test_contexts_by_hand(scores):
    retrieved = {"a#1": "the queen lays eggs", "b#1": "sourdough bread", "c#1": "bees swarm in May"}
    reference = {"c#1": "bees swarm in May", "d#1": "quite another text, longer than all"}
    found = scores.of_contexts(retrieved, reference)
    assert found["ragas_id_recall"] == 0.5
    assert found["ragas_id_precision"] == pytest.approx(1 / 3)
    assert found["ragas_context_recall"] == 0.5
    assert found["ragas_context_precision"] == pytest.approx(1 / 3)


def test_nothing_found_is_0_and_nothing_to_find_is_no_score(scores):
    assert set(scores.of_contexts({}, {"a": "x"}).values()) == {0.0}
    assert scores.of_contexts({"a": "x"}, {}) == {}
    assert scores.of_text("an answer", "") == {}


def test_texts_by_hand(scores):
    same = scores.of_text("eight heads", "eight heads")
    assert same == pytest.approx({"ragas_string": 1.0, "ragas_rouge": 1.0, "ragas_semantic": 1.0})
    other = scores.of_text("heads", "eight heads")
    assert other["ragas_string"] == pytest.approx(5 / 11)
    assert other["ragas_rouge"] == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert other["ragas_semantic"] == pytest.approx(0.0, abs=1e-6)


def test_without_ragas_the_install_command_is_named(monkeypatch):
    inner = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("ragas"):
            raise ImportError("No module named 'ragas'")
        return inner(name, *rest, **more)

    for name in [name for name in sys.modules if name.split(".")[0] == "ragas"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ragas", None)
    with pytest.raises(MissingPackageError) as caught:
        RagasScores()
    assert "evals" in caught.value.hint
    assert "constraints.txt" in caught.value.hint


def test_ragas_counts_no_use_and_leaves_no_file(scores):
    analytics = load_metric("ragas", "_analytics")
    assert analytics.do_not_track() is True
    assert analytics.get_userid().startswith("anonymous-")


def test_a_metric_that_ragas_no_longer_has_is_one_sentence():
    with pytest.raises(MissingPackageError, match="RAGAS cannot be used here"):
        load_metric("ragas.metrics._string", "NoSuchMetric")


def test_the_pin_of_langchain_community_can_go_when_this_fails():
    """RAGAS imports a module that langchain-community dropped after 0.4.1; without that import the pin can go."""
    llms = Path(load_metric("ragas.llms.base", "__file__")).read_text(encoding="utf-8")
    needs = "langchain_community.chat_models.vertexai" in llms
    assert needs, (
        f"ragas {version('ragas')} no longer imports langchain_community.chat_models.vertexai: "
        "take the pin of langchain-community out of the extra `evals` (and out of `bench`, if nothing else needs it)."
    )
    assert version("langchain-community") == "0.4.1"
    assert any(need.startswith("langchain-community") for need in requires("ragas"))


def test_the_extra_pins_what_was_found_to_work():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for pin in ("ragas==0.4.3", "instructor==1.17.0", "langchain-community==0.4.1"):
        assert f'"{pin}"' in lines
        assert pin in (ROOT / "constraints.txt").read_text(encoding="utf-8")
