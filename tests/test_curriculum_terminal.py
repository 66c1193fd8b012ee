"""The roadmap in the terminal."""

import json

from curriculum.__main__ import main
from curriculum.load import load_curriculum


def test_the_whole_roadmap_is_listed(capsys):
    assert main([]) == 0
    printed = capsys.readouterr().out
    curriculum = load_curriculum()
    for part in curriculum.parts:
        assert f"Part {part.number}: {part.title}" in printed
    words = " ".join(printed.replace("│", " ").replace("├──", " ").replace("└──", " ").split())
    for topic in curriculum.topics:
        assert topic.title in words
    for notebook in curriculum.notebooks:
        assert notebook.name in words


def test_one_topic_is_told_in_full(capsys):
    assert main(["scaling", "laws"]) == 0
    printed = capsys.readouterr().out
    assert printed == load_curriculum().describe("scaling laws") + "\n"
    assert "2001.08361" in printed


def test_other_programs_get_all_of_it(capsys):
    assert main(["--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (len(values["parts"]), len(values["topics"]), len(values["notebooks"]), len(values["projects"])) == (
        5,
        25,
        13,
        9,
    )
    assert len(values["boxes"]) == 20
