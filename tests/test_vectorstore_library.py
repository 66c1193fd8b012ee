"""The library's promises: what is added is found, once, and what is deleted is gone."""

import sqlite3
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from toy_embedder import ToyEmbedder

from errors import (
    DamagedDocumentError,
    DocumentNotFoundError,
    EmbeddingError,
    EmptyDocumentError,
    HomeError,
    LibraryError,
)
from ingestion.document import Document
from ingestion.limits import ReadLimits
from ingestion.spans import boxes_for_span
from vectorstore.adding import relatives
from vectorstore.files import FileStore
from vectorstore.library import Library
from vectorstore.reports import DocumentSummary

TEXTS = {
    "attention.md": "# Scaled dot-product attention\n\nWe divide the dot products by the square root of d_k.\n\n"
    "## Why the scaling\n\nLarge dot products push the softmax into regions of tiny gradients.\n",
    "lora.md": "# LoRA: low-rank adapters\n\nLoRA freezes the pretrained weights and trains two low-rank matrices.\n\n"
    "## Cost\n\nThe rank r = 8 cuts the trainable parameters ten thousand times.\n",
    "bread.txt": "Knead flour, water and salt. Let the dough rest overnight, then bake it hot.\n",
}


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name, text in TEXTS.items():
        (source / name).write_text(text, encoding="utf-8")
    return source


@pytest.fixture
def library(tmp_path, folder):
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([folder])
        yield library


def sections(passages):
    return [(passage.title, passage.section) for passage in passages]


def test_a_list_of_references_has_no_vectors_and_is_found_by_its_words(tmp_path):
    source = tmp_path / "paper.md"
    source.write_text(
        "# A paper\n\nAttention weighs values.\n\n## References\n\nByron, A. Notes on the Analytical Engine. 1843.\n"
    )
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source])
        chunks = library.check().chunks
        (found,) = library.search("Byron Analytical Engine", limit=1)
        assert (found.kind, found.similarity) == ("reference", 0.0)
        report = library.check()
        assert report.healthy
        assert report.embeddings == chunks - 1
        assert not [text for text in library.embedder.embedded if "1843" in text]
    other = ToyEmbedder("toy@2")
    heard = []
    with Library.open(tmp_path / "library", other) as library:
        library.reembed(lambda done, total: heard.append((done, total)))
        assert library.check().healthy
    assert heard[-1][0] == heard[-1][1] == chunks - 1


def test_embedding_anew_keeps_the_keys_that_chunks_were_added_with(tmp_path, folder, monkeypatch):
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([folder])
    monkeypatch.setattr("ingestion.chunking._prefix", lambda title, section: "another prefix\n")
    with Library.open(tmp_path / "library", ToyEmbedder("toy@2")) as library:
        library.reembed()
        report = library.check()
        assert report.healthy
        assert report.embeddings == report.chunks
        assert all(text.startswith("another prefix") for text in library.embedder.embedded)


def test_open_makes_an_empty_library(tmp_path):
    with Library.open(tmp_path / "deep" / "library", ToyEmbedder()) as library:
        assert library.documents() == []
        assert library.search("attention") == []
        assert library.check().healthy


def test_ranking_of_a_tiny_corpus(library):
    found = library.search("Why do large dot products give tiny gradients?", limit=3)
    assert found[0].section == "Why the scaling"
    assert found[0].title == "Scaled dot-product attention"
    assert [passage.score for passage in found] == sorted((p.score for p in found), reverse=True)
    assert library.search("how many trainable parameters with rank 8")[0].section == "Cost"
    assert library.search("bake the dough")[0].title == "bread"


def test_passage_is_a_span_of_its_page(library):
    for passage in library.search("low-rank matrices"):
        page = library.page(passage.document_id, passage.page_number)
        assert page.text[passage.start : passage.end] == passage.text
        assert passage.page_label == page.label


@pytest.mark.parametrize("query", ["", "   \n", "?!", "\x00"])
def test_query_without_words_does_no_harm(library, query):
    assert isinstance(library.search(query), list)
    if not query.strip():
        assert library.search(query) == []


def test_very_long_query_is_cut(library):
    assert library.search("softmax gradients " * 20_000)[0].section == "Why the scaling"


def test_rare_acronyms_are_spelled_out_and_common_ones_left(tmp_path, folder):
    meanings = {"KDR": "overnight dough", "SDP": "scaled dot-product"}
    (folder / "sdp.md").write_text("".join(f"# Part {n}\n\nSDP number{n} once more.\n\n" for n in range(12)))
    with Library.open(tmp_path / "library", ToyEmbedder(), expansions=meanings) as library:
        library.add([folder])
        assert library.search("What is KDR?")[0].title == "bread"
        assert library.search("SDP number3")[0].keyword_score == pytest.approx(
            max(passage.keyword_score for passage in library.search("SDP number3", limit=20))
        )
        assert library._searcher._expanded("KDR and SDP") == "KDR and SDP (overnight dough)"


def test_search_within_documents(library):
    bread = library.find_document("bread").id
    assert {passage.document_id for passage in library.search("low-rank matrices", document_ids=[bread])} == {bread}
    assert library.search("low-rank matrices", document_ids=[]) == []
    assert library.search("low-rank matrices", document_ids=["unknown"]) == []


def test_adding_again_renamed_or_reordered_changes_nothing(library, folder, tmp_path):
    before = [(summary, library.chunks(summary.id)) for summary in library.documents()]
    embedded = len(library.embedder.embedded)
    renamed = tmp_path / "renamed.md"
    renamed.write_bytes((folder / "lora.md").read_bytes())
    report = library.add([renamed, folder / "bread.txt", folder])
    assert {outcome.status for outcome in report.files} == {"unchanged"}
    assert report.embedded_chunks == 0
    assert len(library.embedder.embedded) == embedded
    assert [(summary, library.chunks(summary.id)) for summary in library.documents()] == before


def test_duplicates_in_one_call_are_taken_once(tmp_path, folder):
    copy = folder / "zz_copy.md"
    copy.write_bytes((folder / "lora.md").read_bytes())
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([folder, folder / "lora.md"])
        assert [outcome.status for outcome in report.files] == ["added", "added", "added", "unchanged"]
        assert report.files[-1].document_id == report.files[2].document_id


def test_a_folder_gives_known_files_sorted_without_hidden_ones_and_data(tmp_path, folder):
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "secret.md").write_text("# Secret\n\nNothing to see.")
    (folder / "data.json").write_text('{"a": 1}')
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([folder])
    assert [outcome.path.name for outcome in report.files] == ["attention.md", "bread.txt", "lora.md"]


def test_a_failed_file_stops_nobody(tmp_path, folder):
    (folder / "empty.md").write_text("")
    (folder / "nothing.pdf").mkdir()
    heard = []
    paths = [folder / "empty.md", folder / "missing.md", folder / "nothing.pdf", folder]
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add(paths, ended=heard.append)
        assert sorted(heard, key=report.files.index) == list(report.files)
        statuses = [outcome.status for outcome in report.files]
    assert statuses == ["failed", "failed", "failed", "added", "added", "added"]
    assert "without files" in str(report.files[2].error)
    assert isinstance(report.files[0].error, EmptyDocumentError)
    assert report.chunks == sum(outcome.chunks for outcome in report.files)


def test_a_defect_of_ours_is_one_line_of_the_report(tmp_path, folder, monkeypatch):
    monkeypatch.setattr("ingestion.chunking.chunk_document", lambda *_, **__: 1 / 0)
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([folder / "lora.md"])
    assert "ZeroDivisionError" in str(report.files[0].error)


def test_a_changed_file_embeds_only_what_changed(library, folder):
    library.embedder.embedded.clear()
    path = folder / "lora.md"
    path.write_text(TEXTS["lora.md"] + "\n## Merging\n\nAt inference the matrices are merged into the weights.\n")
    report = library.add([path])
    assert [text for text in library.embedder.embedded if "merged" in text] == library.embedder.embedded
    assert report.embedded_chunks == 1
    assert report.files[0].status == "added"
    assert "another lora.md" in report.files[0].warnings[-1]
    assert len(library.documents()) == 4


def test_replace_makes_room_for_the_same_name(library, folder):
    path = folder / "lora.md"
    old = library.find_document("LoRA").id
    path.write_text(TEXTS["lora.md"] + "\n## Merging\n\nThe matrices are merged.\n")
    report = library.add([path], replace=True)
    assert "Replaced" in report.files[0].warnings[-1]
    assert old not in {summary.id for summary in library.documents()}
    assert len(library.documents()) == 3
    assert library.check().healthy


def test_cancelling_keeps_finished_documents(tmp_path, folder):
    asked = []
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        first = library.add([folder / "bread.txt"])
        report = library.add([folder], cancelled=lambda: asked.append(1) or len(asked) > 2)
        assert first.files[0].status == "added"
        assert [outcome.status for outcome in report.files].count("cancelled") >= 1
        assert [summary.title for summary in library.documents()] == ["bread"]
        assert library.check().healthy


def test_a_big_file_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    """What is embedded is kept piece by piece, through a restart; a check sees no fault in it, a repair drops it."""
    monkeypatch.setattr("vectorstore.adding.WINDOW_CHUNKS", 8)
    path = tmp_path / "big.md"
    path.write_text("".join(f"## Part {n}\n\n{f'word{n} ' * 40}\n\n" for n in range(30)))
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([path], cancelled=lambda: len(library.embedder.embedded) >= 20)
        assert report.files[0].status == "cancelled"
        assert library.documents() == []
        assert len(library.embedder.embedded) == 24
        assert library.check().healthy
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([path])
        assert report.files[0].status == "added"
        assert report.embedded_chunks == report.chunks - 16  # the third piece was in hand when it stopped
        assert len(library.search("word29")) > 0
        library.delete(library.documents()[0].id)
        library._catalogue.store_vectors("toy@1", {b"left over": np.ones(64, dtype=np.float32)})
        assert library.check().healthy
        assert "1 embeddings belong to no chunk." in library.check(repair=True).repaired
        assert library.check(repair=True).faults == ()


def test_progress_counts_up_to_the_totals(tmp_path, folder):
    heard = []
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        report = library.add([folder], progress=heard.append)
    last = heard[-1]
    assert (last.files_done, last.files_total) == (3, 3)
    assert (last.pages_done, last.chunks_done) == (last.pages_total, last.chunks_total) == (3, report.chunks)
    for one, next_one in zip(heard, heard[1:], strict=False):
        assert one.files_done <= next_one.files_done
        assert one.chunks_done <= next_one.chunks_done


def test_delete_leaves_no_trace(library, tmp_path):
    library.search("warm up the keyword index")
    doomed = library.find_document("bread")
    copy = library.file_path(doomed.id)
    chunk_ids = [chunk.id for chunk in library.chunks(doomed.id)]
    assert library.search("knead flour")[0].document_id == doomed.id
    assert library.delete(doomed.id) == doomed
    assert all(passage.document_id != doomed.id for passage in library.search("knead flour", limit=50))
    assert not copy.exists()
    assert not set(chunk_ids) & library._dense._chroma.ids()
    assert library.check().healthy
    with pytest.raises(DocumentNotFoundError):
        library.delete(doomed.id)
    with pytest.raises(DocumentNotFoundError):
        library.page(doomed.id, 1)
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        if path.is_file() and "chroma" not in path.parts:
            assert b"overnight" not in path.read_bytes(), path


def test_find_document_by_every_name(library):
    summary = library.find_document("LoRA: low-rank adapters")
    for reference in (summary.id, "lora.md", "lora", "the LoRA paper", "low rank adapters"):
        assert library.find_document(reference) == summary
    with pytest.raises(DocumentNotFoundError) as caught:
        library.find_document("quantum chromodynamics")
    assert "Nearest: " in caught.value.hint


def test_pages_and_their_limits(library):
    summary = library.find_document("bread")
    assert library.page_count(summary.id) == 1
    assert library.page(summary.id, 1).text.startswith("Knead")
    with pytest.raises(DocumentNotFoundError, match="no page 2"):
        library.page(summary.id, 2)
    with pytest.raises(LibraryError, match="no PDF"):
        library.render_page(summary.id, 1)


def test_read_only_ranks_like_the_writer(library):
    with Library.open(library.folder, ToyEmbedder(), read_only=True) as reader:
        for query in ("dot products", "low-rank matrices of weights", "flour", "rank 8"):
            mine = [(p.chunk_id, round(p.score, 4)) for p in library.search(query)]
            assert [(p.chunk_id, round(p.score, 4)) for p in reader.search(query)] == mine
        with pytest.raises(HomeError, match="reading only"):
            reader.add([])
        assert reader.check().healthy


def test_read_only_sees_what_the_writer_adds(library, tmp_path):
    with Library.open(library.folder, ToyEmbedder(), read_only=True) as reader:
        path = tmp_path / "wine.txt"
        path.write_text("Grapes ferment to wine in oak barrels.")
        library.add([path])
        assert reader.search("oak barrels")[0].title == "wine"
        library.delete(library.find_document("wine").id)
        assert all(passage.title != "wine" for passage in reader.search("oak barrels"))


def test_read_only_needs_a_library(tmp_path):
    with pytest.raises(LibraryError, match="empty"):
        Library.open(tmp_path / "nothing", ToyEmbedder(), read_only=True)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_home_that_cannot_be_written(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HomeError, match="cannot be"):
        Library.open(tmp_path / place, ToyEmbedder())


def test_full_disk_is_one_sentence_and_loses_nothing(library, folder):
    library._catalogue.database.connection.execute("PRAGMA max_page_count = 60")
    path = folder / "big.md"
    path.write_text("\n\n".join(f"# Part {n}\n\nWord{n} " + f"filler{n} " * 150 for n in range(200)))
    report = library.add([path])
    assert report.files[0].status == "failed"
    assert "full" in str(report.files[0].error)
    assert len(library.documents()) == 3
    assert library.check().healthy


def test_embedding_fault_fails_the_files_and_keeps_the_library(library, folder, monkeypatch):
    def fail(*_, **__):
        raise EmbeddingError("The model is gone.", hint="Start it.")

    (folder / "new.md").write_text("# New\n\nSomething new.")
    monkeypatch.setattr(library.embedder, "embed", fail)
    report = library.add([folder])
    assert [outcome.status for outcome in report.files].count("failed") == 1
    monkeypatch.undo()
    assert library.add([folder / "new.md"]).files[0].status == "added"


def test_oversized_file_is_refused_unread(tmp_path):
    big = tmp_path / "big.txt"
    big.write_text("word " * 300_000)
    with Library.open(tmp_path / "library", ToyEmbedder(), limits=ReadLimits(file_megabytes=1)) as library:
        assert type(library.add([big]).files[0].error).__name__ == "OversizedDocumentError"


def test_searching_while_adding(library, folder):
    for number in range(30):
        (folder / f"more{number}.md").write_text(f"# More {number}\n\nTopic{number} is about softmax and bread.")
    faults = []

    def ask():
        try:
            for _ in range(40):
                assert library.search("softmax gradients")
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    report = library.add([folder])
    for thread in threads:
        thread.join()
    assert not faults
    assert len(report.with_status("added")) == 30
    assert library.check().healthy


def test_cost_of_a_chunk_does_not_grow_with_the_library(tmp_path, folder, monkeypatch):
    """Counts statements and rows instead of seconds: a late document must not cost more than an early one."""
    counts = []
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        for number in range(40):
            path = folder / f"doc{number:02}.md"
            path.write_text(f"# Doc {number}\n\nTopic{number} and softmax.\n\n## More\n\nFurther words{number}.")
            statements = []
            library._catalogue.database.connection.set_trace_callback(statements.append)
            before = len(library.embedder.embedded)
            library.add([path])
            counts.append((len(statements), len(library.embedder.embedded) - before))
    assert counts[-1] == counts[5]


def test_summary_holds_what_was_read(library):
    summary = library.find_document("lora.md")
    assert (summary.kind, summary.pages, summary.source_name) == ("markdown", 1, "lora.md")
    assert summary.chunks == len(library.chunks(summary.id))
    assert summary.added_at.tzinfo is not None
    assert summary.to_dict()["added_at"].endswith("+00:00")
    assert library.file_path(summary.id).read_text(encoding="utf-8") == TEXTS["lora.md"]


def test_another_file_of_the_same_paper_takes_its_place(library):
    paper = make_document("a" * 16, "1706.03762", "v1.pdf")
    earlier = [make_summary("b" * 16, "1706.03762", "v7.pdf"), make_summary("c" * 16, None, "v1.pdf")]
    replaced, sentences = relatives(paper, earlier, replace=False)
    assert replaced == ["b" * 16]
    assert "arXiv 1706.03762 (v7.pdf)" in sentences[0]
    assert "another v1.pdf" in sentences[1]
    assert relatives(paper, earlier, replace=True)[0] == ["b" * 16, "c" * 16]
    assert relatives(make_document("a" * 16, None, "x.pdf"), earlier, replace=True) == ([], [])
    longer = [make_summary("b" * 16, "1706.03762", "v7.pdf", pages=15)]
    replaced, sentences = relatives(paper, longer, replace=False)
    assert replaced == []
    assert "longer copy" in sentences[0]


def make_document(document_id, arxiv_id, name):
    return Document(document_id, "pdf", "Title", "", arxiv_id, None, name, "", (), ())


def make_summary(document_id, arxiv_id, name, pages=0):
    return DocumentSummary(document_id, "pdf", "Title", "", arxiv_id, None, name, pages, 1, datetime.now(UTC), ())


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    source = tmp_path / "note.md"
    source.write_text("changed")
    store = FileStore(tmp_path / "files")
    with pytest.raises(DamagedDocumentError, match="changed while"):
        store.keep(source, "0" * 16)
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.slow
def test_a_real_paper_is_found_and_its_page_is_drawn(tmp_path, papers):
    with Library.open(tmp_path / "library", ToyEmbedder(max_tokens=200)) as library:
        report = library.add([papers / "1706.03762.pdf"])
        summary = library.find_document("1706.03762")
        assert (report.files[0].pages, summary.title) == (15, "Attention Is All You Need")
        found = library.search("In the attention paper, how many parallel attention layers, or heads?")
        assert 5 in {passage.page_number for passage in found[:5]}
        page = library.page(summary.id, found[0].page_number)
        marks = boxes_for_span(page.words, found[0].start, found[0].end)
        picture = library.render_page(summary.id, page.number, marks=marks, scale=1.0)
        assert marks
        assert picture.startswith(b"\x89PNG")
        assert picture != library.render_page(summary.id, page.number, scale=1.0)
        assert library.add([papers / "1706.03762.pdf"]).files[0].status == "unchanged"


def test_newer_catalogue_is_refused(library):
    library.close()
    with sqlite3.connect(library.folder / "catalogue.sqlite3") as connection:
        connection.execute("INSERT INTO migrations VALUES (999, 'm999_future', '2030-01-01')")
    connection.close()
    with pytest.raises(LibraryError, match="newer version"):
        Library.open(library.folder, ToyEmbedder())
