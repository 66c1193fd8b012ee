"""The roadmap tab's HTML: state and why, what next, ticks, what opens in place, and honest words for what is broken."""

import html
import re
import sqlite3
from datetime import UTC, datetime

import pytest
from fake_services import QUOTE

from agent.assemble import LEARNER
from curriculum.curriculum import Curriculum
from curriculum.load import curriculum_folder, load_curriculum, note_paths
from curriculum.notebook_text import notebook_paths, read_cells
from curriculum.receipts.quotes import receipts_in
from curriculum.sheets import load_sheets
from errors import CurriculumError
from learner.acts import notebook_evidence
from learner.store import LearnerStore
from learner.values import Evidence
from ui.markdown_view import markdown_html
from ui.roadmap_actions import RoadmapActions
from ui.roadmap_references import QuoteReference
from ui.roadmap_state import MARKS, read_state
from ui.roadmap_topic import question_about

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def actions(services):
    return RoadmapActions(services)


@pytest.fixture
def store(services):
    return LearnerStore(services.home / LEARNER)


def topic_of(shown, topic_id):
    """The HTML of one topic of the list."""
    start = shown.index(f'id="topic-{topic_id}"')
    return shown[start : shown.index("</details>", start)]


def text_of(shown):
    return html.unescape(re.sub(r"<[^>]+>", " ", shown))


def test_a_topic_is_asked_about_by_its_subject():
    curriculum = load_curriculum()
    asked = {topic.id: question_about(curriculum, topic) for topic in curriculum.topics}
    assert asked["math"] == "Explain Linear Algebra & Calculus"
    assert asked["cnn-rnn"] == "Explain Convolutional and recurrent networks"
    assert asked["transformer-from-scratch"] == "Explain transformer from scratch"
    assert asked["gpt-architecture"] == "Explain GPT architecture"
    assert len(set(asked.values())) == len(asked)


def test_everything_of_the_roadmap_is_shown(actions):
    shown = actions.show()
    text = text_of(shown)
    curriculum = load_curriculum()
    for one in (*curriculum.parts, *curriculum.topics, *curriculum.papers, *curriculum.notes, *curriculum.projects):
        assert one.title in text, one
    for link in curriculum.links:
        assert f'href="{html.escape(link.url)}"' in shown
    for table in curriculum.tables:
        for row in table.rows:
            if row.paper_id is None:
                assert row.cells[0] in text
                assert not row.url or f'href="{html.escape(row.url)}"' in shown
                assert not row.successor or f'href="{html.escape(row.successor.url)}"' in shown
    for gap in curriculum.gaps:
        assert gap.missing in text


def test_an_empty_record_teaches_and_what_comes_next_has_its_reason(actions):
    shown = actions.show()
    assert "0 of 15 boxes" in shown
    assert "Nothing is recorded yet." in shown
    assert "is the first topic of the path that can be begun: it needs no other topic." in text_of(shown)
    assert 'name="open_material" value="lesson:01_pytorch_basics"' in shown
    assert MARKS["next"].words in topic_of(shown, "math")
    assert MARKS["later"].words in topic_of(shown, "neural-networks")


def test_a_topic_opens_the_evidence_it_rests_on(actions, store):
    curriculum = load_curriculum()
    lesson = next(notebook for notebook in curriculum.notebooks if notebook.name == "02_simple_nn")
    store.record(notebook_evidence(lesson, passed=6, total=6, at=NOW))
    shown = actions.show()
    topic = topic_of(shown, "neural-networks")
    assert MARKS["done"].words in topic
    assert "since 2026-11-25" in topic
    assert "Notebook 02_simple_nn was run with all checks passing." in topic
    assert "02_simple_nn: 6 of 6 checks passed" in text_of(topic)
    assert "tick_box" not in topic
    assert "1 of 15 boxes" in shown
    assert "6 of 6 checks passed" in text_of(actions.open("lesson:02_simple_nn"))


def test_a_tick_by_hand_and_its_undo(actions, store):
    shown = actions.tick("math")
    assert store.count("by-hand") == 1
    assert "“Linear Algebra &amp; Calculus refresher” is ticked by hand." in shown
    assert 'name="untick_box" value="math">Undo' in shown
    assert MARKS["hand"].words in topic_of(shown, "math")
    assert "You ticked it." in topic_of(shown, "math")
    assert MARKS["next"].words in topic_of(shown, "neural-networks")
    assert "1 of 15 boxes" in shown
    shown = actions.untick("math")
    assert store.count("by-hand") == 0
    assert 'name="tick_box" value="math">Undo' in shown
    assert "0 of 15 boxes" in shown
    assert 'role="status"' not in actions.untick("math")


def test_a_topic_without_a_box_can_be_ticked_as_well(actions):
    shown = actions.tick("scaling-laws")
    assert MARKS["hand"].words in topic_of(shown, "scaling-laws")
    assert "The tracker has no box for it." in topic_of(shown, "scaling-laws")
    assert "0 of 15 boxes" in shown


def test_a_tick_of_nothing_is_one_sentence(actions, store):
    shown = actions.tick("<b>alchemy</b>")
    assert "There is no box “&lt;b&gt;alchemy&lt;/b&gt;”." in shown
    assert store.count() == 0


def test_all_done_says_so(actions, store):
    curriculum = load_curriculum()
    for topic in curriculum.topics:
        actions.tick(topic.id)
    shown = actions.show()
    assert "Every topic of the roadmap is done." in shown
    assert "15 of 15 boxes" in shown


def test_what_a_learner_typed_is_text(actions, store):
    store.record(
        Evidence(key="k", kind="prediction", item_id="<i>x</i>", topic_ids=("math",), outcome=0.0,
                 given="<script>alert(1)</script>", expected="1", at=NOW)
    )  # fmt: skip
    for number in range(5):
        store.record(
            Evidence(key=f"q{number}", kind="quiz", item_id=f"<b>{number}</b>", topic_ids=("math",), outcome=1.0,
                     given="<img src=x>", expected="", at=NOW)
        )  # fmt: skip
    topic = topic_of(actions.show(), "math")
    assert "you said “<img src=x>”" in text_of(topic)
    assert "<img" not in topic
    assert "<script>" not in topic


@pytest.mark.parametrize("name", ["newer", "garbage"])
def test_a_record_that_cannot_be_read_is_one_sentence_and_is_left_alone(services, name):
    path = services.home / LEARNER
    if name == "newer":
        LearnerStore(path)
        with sqlite3.connect(path) as connection:
            connection.execute("INSERT INTO migrations VALUES (99, 'm099', '2027')")
        connection.close()
    else:
        path.write_bytes(b"not a database" * 100)
    before = path.read_bytes()
    actions = RoadmapActions(services)
    shown = actions.show()
    sentence = "newer version" if name == "newer" else "cannot be used"
    assert sentence in shown
    assert "Part 1: Foundations" in shown
    assert "tick_box" not in shown
    assert "Next:" not in shown
    assert sentence in actions.tick("math")
    assert path.read_bytes() == before


def test_broken_files_of_the_roadmap_are_told(actions, monkeypatch):
    def broken(folder=None):
        raise CurriculumError("The curriculum has 1 faults:\n- <roadmap.toml>", hint="Mend it.")

    monkeypatch.setattr("curriculum.load.load_curriculum", broken)
    for shown in (actions.show(), actions.open("note:06-lora"), actions.tick("math")):
        assert "The curriculum has 1 faults" in shown
        assert "<roadmap.toml>" not in shown


@pytest.mark.parametrize("value", ["", "note:", "note:../../errors", "poem:1", "paper:<b>", "lesson:99", "project:x"])
def test_what_is_not_there_is_one_sentence(actions, value):
    shown = actions.open(value)
    assert 'class="failure"' in shown
    assert "The roadmap has no" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize("path", note_paths(), ids=lambda path: path.stem)
def test_every_note_is_drawn(actions, path):
    shown = actions.open(f"note:{path.stem}")
    body = path.read_text(encoding="utf-8")
    assert 'class="failure"' not in shown
    assert "$$" not in shown
    assert shown.count("<h2") == 1
    quoted = {" ".join(receipt.quote.split()) for receipt in receipts_in(body, path.name)}
    assert {QuoteReference.parse(value).quote for value in quotes_of(shown)} == quoted


def quotes_of(shown):
    return [html.unescape(value) for value in re.findall(r'name="open_quote" value="([^"]*)"', shown)]


@pytest.mark.parametrize("sheet", load_sheets(), ids=lambda sheet: sheet.paper_id)
def test_every_sheet_shows_its_equations_and_quotes(actions, sheet):
    shown = actions.open(f"paper:{sheet.paper_id}")
    assert shown.count('<figure class="equation"') == len(sheet.equation_ids)
    assert "{{equation" not in shown
    assert "<code>\\" not in shown, "a formula was not drawn"
    text = "\n".join(section.text for section in sheet.sections)
    assert len(quotes_of(shown)) == len(receipts_in(text, sheet.path.name))
    for section in sheet.sections:
        assert f"<h3>{section.title}</h3>" in shown
    assert shown.count("<div") == shown.count("</div>")


def test_a_paper_without_a_sheet_says_so(actions, monkeypatch):
    monkeypatch.setattr("curriculum.sheets.load_sheets", lambda folder=None: ())
    shown = actions.open("paper:1706.03762")
    assert "We have no study sheet of this paper." in shown
    assert 'href="https://arxiv.org/abs/1706.03762"' in shown


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_every_lesson_is_shown_whole_with_its_solutions_folded(actions, path):
    shown = actions.open(f"lesson:{path.stem}")
    cells = read_cells(path)
    for role, pattern in (
        ("solution", '<details class="solution">'),
        ("exercise", 'class="cell cell-exercise"'),
        ("check", 'class="cell cell-check"'),
    ):
        assert shown.count(pattern) == sum(cell.role == role for cell in cells)
    blocks = [
        html.unescape(re.sub(r"<[^>]+>", "", block)) for block in re.findall(r"<pre[^>]*>(.*?)</pre>", shown, re.S)
    ]
    for cell in cells:
        if cell.is_code:
            assert cell.source in blocks
    assert f'download="{path.stem}.ipynb"' in shown
    assert f"python -m curriculum check {path.stem} {path.stem}.ipynb" in shown


def test_every_brief_that_is_written_is_shown(actions):
    for project in load_curriculum().projects:
        shown = actions.open(f"project:{project.number}")
        briefs = list((curriculum_folder() / "projects").glob(f"{project.number:02}_*/brief.md"))
        written = any(path.read_text(encoding="utf-8").strip() for path in briefs)
        assert 'class="failure"' not in shown
        assert ("What is checked" in shown) == written
        assert (f"python -m curriculum start {project.number}" in shown) == written


def test_names_in_a_brief_open_what_they_name():
    curriculum = load_curriculum()
    from ui.roadmap_references import replacements

    shown = markdown_html("Notes: 10-rag, 12-layer. Papers: 2005.11401, `06-lora`.", replacements(curriculum))
    assert 'value="note:10-rag"' in shown
    assert 'value="paper:2005.11401"' in shown
    assert "12-layer" in shown
    assert "note:06-lora" not in shown


def test_markdown_shows_no_html_links_or_pictures_of_its_own():
    shown = markdown_html(
        "<b>x</b> [a](http://evil.example) ![b](http://evil.example/c.png)\n\n```python\nx = '<b>'\n```"
    )
    assert not re.search(r"<(a|img|b|script)\b", shown)
    assert "http://evil.example" in shown


def test_a_quote_opens_its_page_with_the_words_marked(actions):
    shown = actions.open_quote(QuoteReference("1706.03762", 1, QUOTE).as_text())
    assert "Page 2 of 3" in shown, "found on another page than the one named"
    assert "with the passage marked" in shown
    nowhere = actions.open_quote(QuoteReference("1706.03762", 3, "These words stand nowhere in it.").as_text())
    assert "Page 3 of 3" in nowhere
    assert "without a mark" in nowhere


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("2106.09685|3|anything", "is not in your library"),
        ("9999.99999|3|anything", "The roadmap has no such paper."),
        ("<b>", "This reference is damaged."),
    ],
)
def test_a_quote_that_cannot_be_opened_is_one_sentence(actions, value, sentence):
    shown = actions.open_quote(value)
    assert sentence in shown
    assert "<b>" not in shown


def test_the_state_names_what_is_free(services):
    state = read_state(services.home)
    assert isinstance(state.curriculum, Curriculum)
    marks = {topic.id: state.mark(topic) for topic in state.curriculum.topics}
    assert marks["math"] == "next"
    assert set(marks.values()) == {"next", "later"}
    RoadmapActions(services).tick("pytorch")
    state = read_state(services.home)
    marks = {topic.id: state.mark(topic) for topic in state.curriculum.topics}
    assert marks["attention-mechanism"] == "free"
