import json

from make_pdf import make_paper

from ingestion.__main__ import main


def test_a_table_shows_what_would_be_stored(tmp_path, capsys):
    make_paper(tmp_path / "paper.pdf")
    (tmp_path / "note.md").write_text("# A Note\n\nwith words")
    assert main([str(tmp_path), "--show", "1"]) == 0
    output = capsys.readouterr().out
    assert "A Small Study of Tiny Transformers" in output
    assert "2401.01234" in output
    assert "2 files, 5 pages" in output
    assert "with words" in output


def test_json_has_one_object_a_file_and_failures_set_the_exit_code(tmp_path, capsys):
    make_paper(tmp_path / "paper.pdf")
    (tmp_path / "empty.pdf").write_bytes(b"")
    assert main([str(tmp_path / "paper.pdf"), str(tmp_path / "empty.pdf"), "--json", "--show", "2"]) == 1
    good, bad = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (good["kind"], good["pages"], len(good["first_chunks"])) == ("pdf", 4, 2)
    assert "empty" in bad["error"]
    assert bad["hint"]
