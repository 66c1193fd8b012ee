"""The searches that are measured beside ours find, on the small library, what they must."""

import pytest

from evals.assistant import open_assistant
from evals.baselines import keyword_search, run_search, tutorial_search
from evals.cases import cases_of
from evals.plan import SMALL
from evals.questions import PageReference, load_questions

PATHS = sorted(SMALL.glob("*.pdf"))
CASES = cases_of(load_questions(SMALL / "questions.toml"))


@pytest.mark.slow
def test_keywords_alone_find_the_words_and_name_the_pages(tmp_path):
    with open_assistant(tmp_path, PATHS) as (assistant, _):
        search = keyword_search(assistant.library, lambda document_id: assistant.file(document_id).stem)
        found = search("gradient of 25 per cent", 3)
        assert found[0].page == PageReference("railway", 1)
        assert "25 per cent" in found[0].text
        assert len(found) == 3
        outcomes = run_search("bm25", search, CASES)
    assert len(outcomes) == 24
    assert sum(outcome.scores["page_hit_5"] for outcome in outcomes) >= 20


@pytest.mark.slow
def test_the_tutorial_pipeline_reads_papers_and_notes(tmp_path):
    pytest.importorskip("langchain_chroma")
    note = tmp_path / "bees.md"
    note.write_text("# Bees\n\nA worker bee needs 21 days from the egg until she leaves.", encoding="utf-8")
    with tutorial_search([*PATHS, note], tmp_path / "chroma") as search:
        assert search("How many days does a worker bee need?", 5)[0].page == PageReference("bees", 1)
        assert search("What drives the clockwork of the lighthouse?", 5)[0].page == PageReference("lighthouse", 2)
