"""The bank as an Anki package and as a table, opened again and looked into."""

import csv
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from study_items import BODIES, NOON, options, question

from curriculum.load import load_curriculum
from curriculum.question_values import Choices, CodeOutput, Receipt
from curriculum.questions import load_questions
from errors import LearnerRecordError, QuizError
from learner.anki import export_anki, export_csv, of_topics
from learner.card_text import as_html

TITLES = {"topic_titles": {"math": "Math refresher"}, "document_titles": {"01-attention": "Attention"}}


def opened(path, folder):
    """What Anki reads: decks, note types, notes and cards."""
    folder.mkdir()
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["collection.anki2", "media"]
        assert json.loads(archive.read("media")) == {}
        archive.extract("collection.anki2", folder)
    with closing(sqlite3.connect(folder / "collection.anki2")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        decks, models = (json.loads(text) for text in connection.execute("SELECT decks, models FROM col").fetchone())
        notes = connection.execute("SELECT guid, id, mid, mod, tags, flds FROM notes ORDER BY guid").fetchall()
        cards = connection.execute("SELECT id, nid, did FROM cards ORDER BY id").fetchall()
    return decks, models, notes, cards


def fields_of(note):
    return dict(
        zip(("id", "question", "options", "answer", "explanation", "source"), note[5].split("\x1f"), strict=True)
    )


def test_each_kind_of_item_is_a_card_with_both_sides(tmp_path):
    items = [question(kind) for kind in BODIES]
    assert export_anki(items, tmp_path / "bank.apkg", **TITLES, at=NOON) == 8
    decks, models, notes, cards = opened(tmp_path / "bank.apkg", tmp_path / "open")
    assert {deck["name"] for deck in decks.values()} == {"Default", "AI Engineer Roadmap::Math refresher"}
    assert len(notes) == len(cards) == 8
    model = models[str(notes[0][2])]
    assert [field["name"] for field in model["flds"]][:2] == ["Id", "Question"]
    by_id = {fields_of(note)["id"]: fields_of(note) for note in notes}
    choice = by_id["choice-0"]
    assert choice["question"] == "<p>Why are the scores divided before the softmax?</p>"
    assert choice["options"] == "<ol><li>four</li><li>three</li><li>five</li><li>six</li></ol>"
    assert choice["answer"] == "Right is “four”."
    assert "“three”: That is a plausible mistake." in choice["explanation"]
    assert choice["source"] == "Attention: “uses the resulting weights”"
    assert "<pre><code>print(1)\nprint(2)</code></pre>" in by_id["code-output-0"]["question"]
    assert by_id["order-0"]["options"].count("<li>") == 4
    assert not by_id["order-0"]["options"].startswith("<ol><li>multiply</li><li>divide</li><li>mask</li>")
    assert "one head; there are eight" in by_id["numeric-0"]["explanation"]
    assert notes[0][4].split() == ["math", "choice", "easy", "understand"]


def test_a_later_export_has_the_same_ids_and_a_newer_time(tmp_path):
    items = [question(kind, number) for kind in BODIES for number in range(3)]
    export_anki(items, tmp_path / "a.apkg", **TITLES, at=NOON)
    changed = [replace(items[0], explanation="Better words."), *items[:0:-1]]
    export_anki(changed, tmp_path / "b.apkg", **TITLES, at=NOON + timedelta(days=1))
    first, second = (opened(tmp_path / f"{name}.apkg", tmp_path / name) for name in "ab")
    assert [note[:3] for note in first[2]] == [note[:3] for note in second[2]]
    assert first[3] == second[3]
    assert first[0].keys() == second[0].keys()
    assert all(new[3] - old[3] == 86_400 for old, new in zip(first[2], second[2], strict=True))
    assert sum(old[5] != new[5] for old, new in zip(first[2], second[2], strict=True)) == 1


def test_another_question_does_not_move_the_ids_of_the_others(tmp_path):
    export_anki([question("choice", 1)], tmp_path / "a.apkg", **TITLES, at=NOON)
    export_anki([question("choice", 0), question("choice", 1)], tmp_path / "b.apkg", **TITLES, at=NOON)
    (alone,) = opened(tmp_path / "a.apkg", tmp_path / "a")[2]
    assert alone in opened(tmp_path / "b.apkg", tmp_path / "b")[2]


def test_the_whole_bank_in_a_deck_for_each_topic(tmp_path):
    curriculum, bank = load_curriculum(), load_questions()
    titles = {str(topic.id): topic.title for topic in curriculum.topics}
    papers = {str(paper.id): paper.title for paper in curriculum.papers}
    assert export_anki(bank, tmp_path / "x.apkg", topic_titles=titles, document_titles=papers, at=NOON) == len(bank)
    decks, _, notes, cards = opened(tmp_path / "x.apkg", tmp_path / "open")
    assert len({note[0] for note in notes}) == len({card[0] for card in cards} | {note[1] for note in notes}) / 2
    assert len(notes) == len(bank)
    own = {f"AI Engineer Roadmap::{titles[one.topic_ids[0]]}" for one in bank}
    assert {deck["name"] for deck in decks.values()} - {"Default"} == own


def test_one_topic(tmp_path):
    bank = [
        question("choice", 0),
        question("choice", 1, topics=("pytorch", "math")),
        question("choice", 2, topics=("x",)),
    ]
    assert [one.id for one in of_topics(bank, ["math"])] == ["choice-0", "choice-1"]
    assert of_topics(bank, []) == bank
    with pytest.raises(QuizError, match="no question on this topic"):
        of_topics(bank, ["nothing"])
    with pytest.raises(QuizError, match="no question to export"):
        export_anki([], tmp_path / "x.apkg", **TITLES, at=NOON)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("the width $d_k$ and $$\\sum_i x_i < 1$$", "the width \\(d_k\\) and \\[\\sum_i x_i &lt; 1\\]"),
        ("it costs $5 or $6", "it costs $5 or $6"),
        ("`x < $y$` and $z$", "<code>x &lt; $y$</code> and \\(z\\)"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[sound:a.mp3] [latex]x[/latex]", "&#91;sound:a.mp3] &#91;latex]x&#91;/latex]"),
        ("one\ntwo\x1fthree", "one<br>two three"),
    ],
)
def test_texts_are_shown_and_only_formulas_are_drawn(text, wanted):
    assert as_html(text) == wanted


def test_hostile_words_of_a_generated_item_stay_words(tmp_path):
    body = Choices(options("<img src=x>", "$x<y$", "three", "four"))
    item = replace(question("choice", body=body), id="a\x1fb", prompt="{{c1::x}} <b>", provenance="generated")
    code = question("code-output", body=CodeOutput("print('<b>')", "<b>", ()), receipt=Receipt("x\x1fy", 3, "<i>"))
    export_anki([item, code], tmp_path / "x.apkg", **TITLES, at=NOON)
    for note in opened(tmp_path / "x.apkg", tmp_path / "open")[2]:
        assert "<b>" not in note[5].replace("<p><b>", "")
        assert "<img" not in note[5]
        assert len(note[5].split("\x1f")) == 6


def test_a_table_for_spreadsheets(tmp_path):
    items = [question(kind) for kind in BODIES] + [question("choice", 9, prompt="=1+1, “quoted”\nand more?")]
    assert export_csv(items, tmp_path / "bank.csv", document_titles={}) == 9
    with (tmp_path / "bank.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert rows[0]["options"] == "four\nthree\nfive\nsix"
    assert rows[0]["source"] == "01-attention: “uses the resulting weights”"
    assert rows[8]["question"] == "'=1+1, “quoted”\nand more?"
    assert all(row["answer"] and row["explanation"] and row["id"] for row in rows)


@pytest.mark.parametrize(
    "export",
    [lambda path: export_anki([question()], path, **TITLES, at=NOON)]
    + [lambda path: export_csv([question()], path, document_titles={})],
)
def test_a_file_is_never_written_over(tmp_path, export):
    path = tmp_path / "mine"
    path.write_text("precious")
    with pytest.raises(LearnerRecordError, match="already"):
        export(path)
    assert path.read_text() == "precious"
    with pytest.raises(LearnerRecordError, match="cannot be written"):
        export(tmp_path / "no folder" / "x")
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
