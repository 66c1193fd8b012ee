"""Episodic and semantic memory as tools: what the learner did is recalled, and what a topic rests on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from agent_desk import ask, said
from test_agent_quiz import CURRICULUM, open_tutor, talk

from agent.embedded.lesson_wish import read_lesson
from agent.study.plan_weeks import needed_for
from agent.tools.recall import span_of

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("period", "inside", "outside"),
    [
        ("today", NOW.replace(hour=1), NOW - timedelta(days=1)),
        ("yesterday", NOW - timedelta(days=1), NOW),
        ("last week", datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        ("this week", datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)),
        ("last month", datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
        ("", datetime(2020, 1, 1, tzinfo=UTC), NOW + timedelta(hours=1)),
    ],
)
def test_a_period_is_read(period, inside, outside):
    since, until = span_of(period, NOW)
    assert since <= inside < until
    assert not since <= outside < until


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("what did I get wrong last week?", "recall_attempts", {"topic": "", "period": "last week"}),
        ("how did I do on LoRA?", "recall_attempts", {"topic": "LoRA", "period": ""}),
        ("what did I get wrong on attention today?", "recall_attempts", {"topic": "attention", "period": "today"}),
        ("what have we talked about?", "recall_attempts", {"topic": "", "period": ""}),
        ("what do I need before DPO?", "prerequisites", {"topic": "DPO"}),
        ("prerequisites of RLHF", "prerequisites", {"topic": "RLHF"}),
        ("what does DPO rest on?", "prerequisites", {"topic": "DPO"}),
    ],
)
def test_the_wish_to_remember_is_read(text, tool, arguments):
    wish = read_lesson(text)
    assert wish is not None
    assert (wish.tool, dict(wish.arguments)) == (tool, arguments)


def test_attempts_and_sessions_are_recalled_in_another_conversation(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    talk(tutor, "quiz me on attention, 2 questions", "three", "four")
    text = said(ask(tutor, "what did I get wrong today?"))
    assert "2 answers" in text
    assert "right: 1" in text
    assert "you said “three”" in text
    assert "Right is “four”" in text
    assert "quiz me on attention" in text, "the earlier conversation is named"


def test_only_the_topic_that_was_asked_for_is_recalled(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    talk(tutor, "quiz me on attention, 1 question", "three")
    assert "has 1 answer on" in said(ask(tutor, "how did I do on attention?"))
    assert "has no answers" in said(ask(tutor, "how did I do on containers?"))
    assert "has no answers" in said(ask(tutor, "what did I get wrong last week?"))


def test_the_graph_of_concepts_tells_what_a_paper_rests_on_in_order(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    text = said(ask(tutor, "what do I need before DPO?"))
    assert "Training language models to follow instructions" in text
    titles = [topic.title for topic in CURRICULUM.topics if topic.title in text]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert len(titles) >= 5


def test_what_a_topic_needs_is_closed_under_needing():
    for topic in CURRICULUM.topics:
        needed = needed_for(CURRICULUM, [topic.id])
        assert topic.id in needed
        for one in needed:
            assert set(CURRICULUM.topic(one).prerequisite_ids) <= needed
