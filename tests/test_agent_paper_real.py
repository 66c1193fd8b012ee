"""Walk-throughs and comparisons of real papers: every quote stands in the page it cites."""

from __future__ import annotations

import asyncio

import pytest

from agent.assemble import assemble
from agent.assembly_plan import AssemblyPlan
from agent.context import Limits
from agent.events import AnswerFinished
from agent.llm import ModelOptions
from ingestion.limits import ReadLimits

NAMES = ("2106.09685", "2305.18290", "2310.06825")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tutor(papers, tmp_path_factory):
    home = tmp_path_factory.mktemp("papers")
    plan = AssemblyPlan(
        home=home,
        model="embedded",
        embedding_model="packaged",
        options=ModelOptions(),
        limits=Limits(),
        read_limits=ReadLimits(),
    )
    with assemble(plan) as assembly:
        assembly.library.add([papers / f"{name}.pdf" for name in NAMES])
        yield assembly.tutor


def answer(tutor, question):
    async def last():
        event = None
        async for event in tutor.ask(question):  # noqa: B007
            pass
        return event

    event = asyncio.run(last())
    assert isinstance(event, AnswerFinished)
    return event.answer


@pytest.mark.parametrize(
    ("paper", "idea"),
    [("LoRA", "Low-Rank Adaptation"), ("DPO", "closed form"), ("Mistral", "7–billion-parameter")],
)
def test_a_real_paper_is_walked_through(tutor, paper, idea):
    told = answer(tutor, f"walk me through the {paper} paper")
    for heading in ("Problem", "Idea", "Method", "Evidence", "What came after"):
        assert f"**{heading}**" in told.text
        part = told.text.split(f"**{heading}**")[1].split("**")[0]
        assert "[" in part or heading == "What came after", part
    assert idea in told.text.split("**Idea**")[1].split("**Method**")[0]
    assert {check.support for check in told.sentences} <= {"supported", "exempt"}


def test_a_newcomer_to_lora_reads_the_study_note_first(tutor):
    told = answer(tutor, "explain the LoRA paper to a newcomer")
    part = told.text.split("**In plain words**")[1].split("**")[0]
    assert "freezes the pretrained weights" in part
    assert {check.support for check in told.sentences} <= {"supported", "exempt"}


def test_real_papers_are_compared_with_a_citation_in_each_cell(tutor):
    told = answer(tutor, "compare the LoRA, DPO and Mistral papers")
    rows = [line for line in told.text.splitlines() if line.startswith("|")]
    assert len(rows) == 8
    filled = sum(row.count("” [") for row in rows)
    assert filled >= 14
    assert {check.support for check in told.sentences} <= {"supported", "exempt"}
    assert all(citation.supported == "supported" for citation in told.citations)
