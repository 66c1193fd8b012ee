"""RAGAS with a judge, against a server of ours: good verdicts, NaN, chatter, a second run, and a judge that is gone."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from evals_outcomes import outcome
from judge_server import JudgeServer
from pydantic import BaseModel

from agent.llm import ModelOptions
from errors import ModelMissingError, StudyError
from evals.judge_model import Spent, UnparseableError, open_judge, parsed
from evals.judging import JUDGED, Judging, judge_outcomes, tallies

OUTCOME = outcome("q1", {"page_hit_5": 1.0})


class SameEmbedder:
    """Every text means the same."""

    def embed(self, texts, *, progress=None):
        return np.array([[1.0, 0.0] for _ in texts], dtype=np.float32)


@pytest.fixture
def server():
    with JudgeServer() as running:
        yield running


def judge_at(server, folder):
    return open_judge("openai/judge", ModelOptions(openai_base_url=server.url, timeout_seconds=5), folder)


def judged(server, folder, outcomes=(OUTCOME,)):
    model = judge_at(server, folder)
    heard = []
    scored, judgements = judge_outcomes(
        Judging(model, SameEmbedder()), outcomes, judged=lambda item, found, seconds: heard.append(item.id)
    )
    assert heard == [item.id for item in outcomes]
    return model, scored, judgements


def test_good_verdicts_become_scores_beside_the_others(server, tmp_path):
    model, scored, judgements = judged(server, tmp_path)
    assert [(item.metric, item.status) for item in judgements] == [(name, "scored") for name in JUDGED]
    assert scored[0].scores["page_hit_5"] == 1.0
    found = {name: scored[0].scores[name] for name in JUDGED}
    assert found["judge_faithfulness"] == found["judge_context_recall"] == 1.0
    assert found["judge_context_precision"] == pytest.approx(1.0)
    assert found["judge_answer_relevancy"] == pytest.approx(1.0)
    assert found["judge_noise_sensitivity"] == 0.0
    assert model.spent.calls == len(set(server.prompts))
    assert (model.spent.input_tokens, model.spent.output_tokens) == (100 * model.spent.calls, 10 * model.spent.calls)


def test_verdicts_are_held_to_their_schema_where_the_server_can(server, tmp_path):
    judged(server, tmp_path)
    assert server.schemas == ["verdict"] * len(server.prompts)


def test_a_server_without_schemas_is_asked_in_words(server, tmp_path):
    server.mood = "plain"
    assert {item.status for item in judged(server, tmp_path)[2]} == {"scored"}
    assert server.schemas == []


def test_a_verdict_in_a_fence_is_read(server, tmp_path):
    server.mood = "fenced"
    assert {item.status for item in judged(server, tmp_path)[2]} == {"scored"}


def test_a_second_run_asks_nothing(server, tmp_path):
    first, scored, _ = judged(server, tmp_path)
    asked = len(server.prompts)
    second, again, _ = judged(server, tmp_path)
    assert len(server.prompts) == asked
    assert (second.spent.calls, second.spent.input_tokens) == (0, 0)
    assert second.spent.cached == first.spent.calls + first.spent.cached
    assert again == scored


def test_another_answer_is_asked_anew(server, tmp_path):
    judged(server, tmp_path)
    asked = len(server.prompts)
    judged(server, tmp_path, [replace(OUTCOME, answer="The range is 17 metres [1].")])
    assert len(server.prompts) > asked


def test_empty_verdicts_are_counted_as_nan_and_not_averaged(server, tmp_path):
    server.mood = "empty"
    _, scored, judgements = judged(server, tmp_path)
    faithfulness = next(tally for tally in tallies(judgements) if tally.metric == "judge_faithfulness")
    assert (faithfulness.scored, faithfulness.nan, faithfulness.unparseable) == (0, 1, 0)
    assert faithfulness.share_lost == 1.0
    assert "judge_faithfulness" not in scored[0].scores


def test_chatter_is_counted_as_unparseable_and_not_averaged(server, tmp_path):
    server.mood = "chatter"
    _, scored, judgements = judged(server, tmp_path)
    assert {item.status for item in judgements} == {"unparseable"}
    assert "looks fine" in judgements[0].detail
    assert scored[0].scores == {"page_hit_5": 1.0}
    assert all(tally.unparseable == 1 for tally in tallies(judgements))


def test_a_verdict_that_is_cut_short_is_counted_as_unparseable(server, tmp_path):
    server.mood = "cut"
    _, scored, judgements = judged(server, tmp_path)
    assert {item.status for item in judgements} == {"unparseable"}
    assert scored[0].scores == {"page_hit_5": 1.0}


def test_refusals_and_unanswerable_questions_are_not_judged(server, tmp_path):
    others = [replace(OUTCOME, refused=True), replace(OUTCOME, answerable=False), replace(OUTCOME, answer="")]
    assert judged(server, tmp_path, others)[2] == []
    assert server.prompts == []


def test_a_judge_that_is_gone_is_one_sentence_and_what_it_said_is_kept(server, tmp_path):
    judged(server, tmp_path)
    kept = len(list(tmp_path.glob("*.json")))
    server.mood = "gone"
    with pytest.raises(StudyError) as caught:
        judged(server, tmp_path, [OUTCOME, replace(OUTCOME, id="q2", answer="Another answer.")])
    assert caught.value.hint
    assert len(list(tmp_path.glob("*.json"))) == kept > 0


def test_a_missing_judge_is_named_before_anything_runs(tmp_path):
    with pytest.raises(StudyError, match="needs a model that judges") as caught:
        open_judge("", ModelOptions(), tmp_path)
    assert "--judge" in caught.value.hint
    with pytest.raises(StudyError, match="quotes and cannot judge"):
        open_judge("embedded", ModelOptions(), tmp_path)
    with pytest.raises(ModelMissingError, match="no chat model named 'nobody/x'"):
        open_judge("nobody/x", ModelOptions(), tmp_path)


class Verdict(BaseModel):
    verdict: int


@pytest.mark.parametrize(
    "text", ['{"verdict": 1}', 'So: {"verdict": 1}. Done.', '```json\n{"verdict": 1}\n```', '```\n{"verdict": 1}```']
)
def test_a_verdict_is_found_in_its_wrapping(text):
    assert parsed(text, Verdict).verdict == 1


@pytest.mark.parametrize("text", ["", "1", '{"verdict": "good"}', '{"verdict": 1', "{}"])
def test_what_is_no_verdict_is_not_made_one(text):
    with pytest.raises(UnparseableError, match="no Verdict in"):
        parsed(text, Verdict)


def test_a_damaged_cache_is_asked_again(server, tmp_path):
    model = judge_at(server, tmp_path)
    prompt = 'JSON Schema:\n{"type": "object", "properties": {"verdict": {"type": "integer"}}}Do not use single quotes'
    assert asyncio.run(model.ask(prompt, Verdict)).verdict == 1
    next(tmp_path.glob("*.json")).write_text("{", encoding="utf-8")
    assert asyncio.run(model.ask(prompt, Verdict)).verdict == 1
    assert (model.spent.calls, model.spent.cached) == (2, 0)


def test_the_price_of_tokens():
    assert Spent(input_tokens=2_000_000, output_tokens=500_000).dollars(0.25, 2.0) == 1.5
