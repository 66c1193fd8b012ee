"""Outcomes as a test needs them: an id, scores, and little else."""

from evals.cases import Evidence
from evals.citations import CitationOutcome
from evals.outcome import Claim, Found, Outcome
from evals.questions import PageReference

PAGE = PageReference("tides", 1)


def outcome(name, scores, **changes):
    """An answered question with those scores."""
    values = {
        "id": name,
        "split": "dev",
        "kind": "numeric",
        "question": f"What is {name}?",
        "answerable": True,
        "right_pages": (PAGE,),
        "found_pages": (PAGE,),
        "rank": 1,
        "answer": "The range is 16 metres [1].",
        "refused": False,
        "fact_stated": True,
        "fact_first": True,
        "citations": (CitationOutcome(1, "tides", 1, "at 16 metres", True, ("source",)),),
        "support": {"supported": 1},
        "model": "scripted",
        "seconds": 0.5,
        "search_seconds": 0.01,
        "reference": "16 metres",
        "evidence": (Evidence(PAGE, "at 16 metres"),),
        "found": (Found(PAGE, "c1", "The largest range is in the Bay of Fundy, at 16 metres."),),
        "claims": (Claim("The range is 16 metres [1].", (1,), "supported", 0),),
        "scores": scores,
    }
    return Outcome(**{**values, **changes})
