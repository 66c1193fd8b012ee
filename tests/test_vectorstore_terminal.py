"""The terminal door: what it prints, and with which exit code."""

import json

import pytest
from toy_embedder import ToyEmbedder

from vectorstore.__main__ import main


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setattr("vectorstore.__main__.load_embedder", lambda setting, **_: ToyEmbedder())


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "fox.md").write_text("# The fox\n\nA quick brown fox jumps over the dog.")
    (folder / "bread.txt").write_text("Knead flour and water.")
    return folder


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_add_search_list_delete_check_as_json(notes, capsys):
    assert main(["add", str(notes), "--json"]) == 0
    report = printed(capsys)
    assert [file["status"] for file in report["files"]] == ["added", "added"]
    assert report["pages"] == 2
    assert {"chunks", "seconds", "peak_memory_megabytes", "embedded_chunks"} <= report.keys()
    assert main(["search", "quick fox", "--json", "-k", "1"]) == 0
    (passage,) = printed(capsys)
    assert (passage["rank"], passage["title"], passage["page_number"]) == (1, "The fox", 1)
    assert main(["search", "quick fox", "--json", "--document", "bread"]) == 0
    assert [passage["title"] for passage in printed(capsys)] == ["bread"]
    assert main(["list", "--json"]) == 0
    assert [document["source_name"] for document in printed(capsys)] == ["bread.txt", "fox.md"]
    assert main(["delete", "the fox", "--json"]) == 0
    assert printed(capsys)[0]["title"] == "The fox"
    assert main(["check", "--json"]) == 0
    assert printed(capsys)["documents"] == 1


def test_the_same_for_people(notes, capsys, monkeypatch):
    monkeypatch.setattr(ToyEmbedder, "engine", "counting words", raising=False)
    assert main(["add", str(notes)]) == 0
    assert "2 of 2 files added: 2 pages, 2 chunks (2 embedded by counting words)" in " ".join(
        capsys.readouterr().out.split()
    )
    assert main(["search", "fox"]) == 0
    assert "[1] The fox, p. 1" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "bread" in capsys.readouterr().out
    assert main(["check", "--repair"]) == 0
    assert "All is well" in capsys.readouterr().out
    assert main(["reembed"]) == 0
    assert main(["delete", "bread"]) == 0


def test_documents_are_read_again(notes, capsys, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr("vectorstore.document_rows.READER_VERSIONS", {"markdown": 0, "text": 1})
        main(["add", str(notes)])
    capsys.readouterr()
    assert main(["list"]) == 0
    assert "1 of them was read by an earlier reader" in capsys.readouterr().err
    assert main(["reread", "--outdated", "--json"]) == 0
    assert [(file["path"], file["status"]) for file in printed(capsys)["files"]] == [("fox.md", "unchanged")]
    assert main(["list", "--json"]) == 0
    assert not any(document["is_outdated"] for document in printed(capsys))
    assert main(["reread", "--outdated"]) == 0
    assert "0 of 0 documents" in capsys.readouterr().out
    assert main(["reread", "bread"]) == 0
    assert "1 of 1 documents read again, 0 of them changed" in capsys.readouterr().out
    assert main(["reread", "nothing of that name"]) == 2


def test_unreadable_file_is_a_line_of_the_report(notes, capsys):
    (notes / "empty.md").write_text("")
    assert main(["add", str(notes)]) == 0
    assert "failed     empty.md" in capsys.readouterr().out
    assert main(["add", str(notes / "empty.md")]) == 2
    assert main(["add", str(notes / "missing.md"), "--json"]) == 2


def test_known_fault_is_one_line_and_the_log_has_the_rest(own_home, capsys):
    assert main(["delete", "nothing"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    assert "Traceback" in (own_home / "logs" / "vectorstore.log").read_text()


def test_home_that_is_a_file(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert main(["list", "--home", str(tmp_path / "file")]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_home_option_beats_the_variable(tmp_path, notes, own_home, capsys):
    assert main(["add", str(notes), "--home", str(tmp_path / "other"), "--json"]) == 0
    capsys.readouterr()
    assert (tmp_path / "other" / "library" / "catalogue.sqlite3").is_file()
    assert not (own_home / "library").exists()


def test_empty_library_says_so(capsys):
    assert main(["search", "anything"]) == 0
    assert "Nothing in the library fits" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "empty" in capsys.readouterr().out


def test_a_search_is_narrowed_by_its_options(notes, capsys):
    (notes / "06-lora.md").write_text("# LoRA\n\n## Cost\n\nA quick adapter of low rank.\n")
    assert main(["add", str(notes), "--json"]) == 0
    capsys.readouterr()
    for option, value in [("--part", "3"), ("--topic", "fine tuning"), ("--paper", "LoRA"), ("--section", "costs")]:
        assert main(["search", "quick", "--json", option, value]) == 0
        assert {passage["title"] for passage in printed(capsys)} == {"LoRA"}, option
    assert main(["search", "quick", "--json", "--kind", "text", "--type", "note", "--paper", "bread"]) == 0
    assert [passage["title"] for passage in printed(capsys)] == ["bread"]


def test_a_filter_that_leaves_nothing_is_named(notes, capsys):
    assert main(["add", str(notes), "--json"]) == 0
    capsys.readouterr()
    assert main(["search", "fox", "--year", "2020-"]) == 0
    assert "The library has nothing from 2020 or later." in capsys.readouterr().out
    assert main(["search", "fox", "--year", "2020-", "--json"]) == 0
    shown = capsys.readouterr()
    assert (json.loads(shown.out), shown.err.strip()) == ([], "The library has nothing from 2020 or later.")
    assert main(["search", "fox", "--kind", "picture"]) == 2
    assert "There are: text, caption, table" in capsys.readouterr().err
