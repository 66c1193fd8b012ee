"""The service as learners meet it: results that know the roadmap and the library, papers added with care."""

import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from arxiv_server import ArxivServer
from toy_embedder import ToyEmbedder

from curriculum.load import load_curriculum
from errors import ArxivError, ArxivNotFoundError, DamagedDocumentError, DownloadError, FetchStoppedError, HomeError
from papers.service import open_papers
from vectorstore.library import Library

CURRICULUM = load_curriculum()
DPO_TITLE = "Direct Preference Optimization: Your Language Model is Secretly a Reward Model"


@pytest.fixture
def server():
    with ArxivServer() as running:
        running.add_paper(
            id="2305.18290",
            title=DPO_TITLE,
            version=2,
            authors=("Rafael Rafailov", "Archit Sharma"),
            abstract="A simple loss in place of reinforcement learning.",
            published=datetime(2023, 5, 29, tzinfo=UTC),
            categories=("cs.LG", "cs.CL"),
        )
        yield running


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()) as opened:
        yield opened


@pytest.fixture
def service(server, library, tmp_path):
    return opened(server, library, tmp_path)


def opened(server, library, home):
    urls = {"api_url": server.url, "pdf_url": server.url}
    return open_papers(library, CURRICULUM, home, **urls, spacing_seconds=0.01, timeout_seconds=0.4)


def document(library):
    (only,) = library.documents()
    return only


def newer(server, version=3, **more):
    old = server.papers["2305.18290"][2]
    values = {name: getattr(old, name) for name in ("title", "authors", "abstract", "published", "categories")}
    return server.add_paper(id="2305.18290", version=version, **{**values, **more})


# Search


def test_results_say_why_and_where(service):
    (found,) = service.search("preference learning giraffe optimization", context="RLHF and reinforcement learning")
    assert found.why == (
        'Its title has "preference", "optimization"; its abstract has "learning"; neither has "giraffe"; with what '
        'you study now it shares "reinforcement", "learning"; the roadmap lists it under RLHF and alignment; its '
        "category is cs.LG."
    )
    assert (found.paper_id, found.topic_ids, found.in_library) == ("2305.18290", ("rlhf-alignment",), False)
    assert found.to_dict()["authors"] == ["Rafael Rafailov", "Archit Sharma"]


def test_a_result_knows_the_library_in_any_version(service, server):
    service.add("2305.18290v2")
    newer(server)
    (found,) = service.search("preference optimization")
    assert found.record.version == 3
    assert found.in_library


def test_a_result_knows_the_library_by_title(service, server, library, tmp_path):
    (tmp_path / "note.md").write_text("# Small models, large effects\n\nText of a copy without an id.")
    library.add([tmp_path / "note.md"])
    server.add_paper(id="2401.00002", title="Small Models: Large Effects")
    assert service.search("effects")[0].document_id == document(library).id


def test_papers_beyond_the_roadmap_get_the_nearest_topics(service, server):
    abstract = "We build on QLoRA and measure adapters."
    server.add_paper(id="2401.00003", title="Cheap low-rank adaptation", abstract=abstract)
    server.add_paper(id="2401.00004", title="Frogs of the Andes", abstract="We count frogs.")
    (lora,) = service.search("adaptation")
    assert lora.paper_id is None
    assert lora.topics[0] == "Training and fine-tuning"
    assert "it is near Training and fine-tuning in the roadmap" in lora.why
    (frogs,) = service.search("frogs")
    assert frogs.topic_ids == ()
    assert frogs.why == 'Its title has "frogs"; its category is cs.CL.'


def test_ids_and_addresses_in_the_query_are_looked_up(service, server):
    found = service.search("please look at https://arxiv.org/abs/2305.18290v2 and 2401.11111")
    assert [str(paper.record.id) for paper in found] == ["2305.18290v2"]
    assert found.notices == ("Not among what arXiv found: 2401.11111.",)
    assert server.requests[0].query["id_list"] == "2305.18290v2,2401.11111"
    with pytest.raises(ArxivError, match="is not an arXiv id"):
        service.search("", ids=["no id"])


def test_a_withdrawn_result_is_marked(service, server):
    server.add_paper(id="2401.00005", title="Wrong proof", comment="This paper has been withdrawn: gap in Lemma 1")
    found = service.search("wrong proof")
    assert found[0].record.withdrawn
    assert found.notices == ("Withdrawn, so there is no PDF: 2401.00005v1.",)


# Adding


def test_a_paper_is_fetched_read_and_linked(service, server, library, tmp_path):
    heard = []
    added = service.add("https://arxiv.org/abs/2305.18290", progress=heard.append)
    assert (added.status, added.record.version, added.pages) == ("added", 2, 2)
    assert added.topics == ("RLHF and alignment",)
    assert [(paper.paper_id, paper.in_library) for paper in added.prerequisites] == [("2203.02155", False)]
    assert [step for step in dict.fromkeys(state.stage for state in heard)] == ["metadata", "download", "ingest"]
    assert all(state.sentence for state in heard)
    assert {state.paper for state in heard} == {"2305.18290", DPO_TITLE}
    shown = document(library)
    assert (shown.title, shown.authors) == (DPO_TITLE, "Rafael Rafailov, Archit Sharma")
    assert (shown.arxiv_id, shown.year, shown.source_name) == ("2305.18290", 2023, "2305.18290v2.pdf")
    pdf = tmp_path / "arxiv" / "pdf" / "2305.18290v2.pdf"
    assert pdf.read_bytes() == server.papers["2305.18290"][2].pdf
    (record,) = service.fetched()
    assert (record.record.version, record.document_id, record.size_bytes) == (2, shown.id, pdf.stat().st_size)
    assert record.fetched_from == f"{server.url}/pdf/2305.18290v2"
    assert record.added_at
    assert library.search("simple loss")[0].arxiv_id == "2305.18290"


def test_an_old_style_id(service, server, library, tmp_path):
    server.add_paper(id="hep-th/9901001", title="Strings", published=datetime(1999, 1, 1, tzinfo=UTC))
    assert service.add("hep-th/9901001").status == "added"
    assert (document(library).arxiv_id, document(library).year) == ("hep-th/9901001", 1999)
    assert (tmp_path / "arxiv" / "pdf" / "hep-th_9901001v1.pdf").is_file()
    assert service.add("hep-th/9901001v1").status == "already"


def test_a_roadmap_name_is_enough_and_one_not_on_arxiv_is_told(service):
    assert service.add("dpo").record.arxiv_id == "2305.18290"
    with pytest.raises(ArxivError, match="is not on arXiv") as caught:
        service.add("GPT-2")
    assert "cdn.openai.com" in caught.value.hint


def test_what_is_there_is_left_alone(service, server):
    first = service.add("2305.18290")
    count = server.count()
    again = service.add("2305.18290v2")
    assert (again.status, again.document_id) == ("already", first.document_id)
    assert service.add("2305.18290").status == "already"
    assert server.count() == count


def test_a_newer_version_takes_the_place_of_the_older(service, server, library, tmp_path):
    old = service.add("2305.18290v2")
    newer(server)
    added = service.add("2305.18290")
    assert (added.status, added.record.version) == ("updated", 3)
    assert document(library).id == added.document_id
    kept = tmp_path / "arxiv" / "replaced" / f"{old.document_id}-2305.18290v2.pdf"
    assert kept.read_bytes() == server.papers["2305.18290"][2].pdf
    assert f"Version 3 took the place of version 2; the former file is kept: {kept}." in added.notices
    assert "To go back, add 2305.18290v2." in added.notices
    back = service.add("2305.18290v2")
    assert (back.status, document(library).id) == ("updated", old.document_id)


def test_a_shorter_newer_version_does_not_stand_beside_the_older(service, server, library, tmp_path):
    from make_pdf import make_paper

    long = make_paper(tmp_path / "long.pdf").read_bytes()
    server.papers["2305.18290"][2].pdf = long
    service.add("2305.18290")
    assert document(library).pages == 4
    newer(server)
    assert service.add("2305.18290v3").status == "updated"
    assert document(library).pages == 2


def test_the_learners_own_copy_stays(service, server, library, tmp_path):
    own = tmp_path / "my copy of dpo.pdf"
    own.write_bytes(server.papers["2305.18290"][2].pdf)
    library.add([own])
    newer(server)
    added = service.add("2305.18290")
    assert added.status == "already"
    assert "your own copy (my copy of dpo.pdf), whose version is not known; it stays" in added.notices[0]
    assert not (tmp_path / "arxiv" / "pdf").exists()
    changed = service.add("2305.18290v3")
    assert changed.status == "updated"
    (kept,) = (tmp_path / "arxiv" / "replaced").iterdir()
    assert kept.read_bytes() == own.read_bytes()
    assert f"To go back, add the file {kept}." in changed.notices


def test_the_same_bytes_under_another_name_are_recognised(service, server, library, tmp_path):
    from make_pdf import PageSpec, Text, make_pdf

    own = make_pdf(tmp_path / "download(3).pdf", [PageSpec([Text(72, 700, "A paper without a stamp.")])])
    library.add([own])
    server.papers["2305.18290"][2].pdf = own.read_bytes()
    added = service.add("2305.18290")
    assert added.status == "already"
    assert added.notices == ("This very file is there already, as download(3).pdf.",)
    assert document(library).source_name == "download(3).pdf"


def test_a_copy_with_the_same_title_is_mentioned(service, library, tmp_path):
    (tmp_path / "dpo.md").write_text(f"# {DPO_TITLE}\n\nMy notes.")
    library.add([tmp_path / "dpo.md"])
    assert service.add("2305.18290").notices == ("The library also holds dpo.md with the same title; both stay.",)
    assert len(library.documents()) == 2


def test_withdrawn_unknown_and_missing_papers(service, server, library):
    server.add_paper(id="2401.00005", title="Wrong proof", pdf=None, version=2, comment="Withdrawn by the author: gap")
    with pytest.raises(DownloadError, match=r"'Wrong proof' \(2401.00005v2\) has been withdrawn") as caught:
        service.add("2401.00005")
    assert "2401.00005v1" in caught.value.hint
    with pytest.raises(ArxivNotFoundError, match="arXiv knows no paper 2401.99999"):
        service.add("2401.99999")
    server.add_paper(id="2401.00006", title="No PDF", pdf=None)
    with pytest.raises(DownloadError, match="has no PDF of 2401.00006v1"):
        service.add("2401.00006")
    with pytest.raises(ArxivError, match="is not an arXiv id"):
        service.add("an unknown name")
    assert library.documents() == []


def test_a_newest_version_that_is_withdrawn_leaves_the_library_alone(service, server, library):
    service.add("2305.18290")
    newer(server, pdf=None, comment="This paper has been withdrawn")
    service = opened(server, library, library.folder.parent / "other")
    added = service.add("2305.18290")
    assert added.status == "already"
    assert "is withdrawn; the library keeps version 2" in added.notices[0]


def test_without_arxiv_what_is_there_is_still_there(service, server, library, tmp_path):
    service.add("2305.18290v2")
    shutil.rmtree(tmp_path / "arxiv" / "answers")
    server.fail_next("drop", times=10)
    added = service.add("2305.18290")
    assert added.status == "already"
    assert "a newer version was not looked for" in added.notices[0]


def test_a_pdf_that_cannot_be_read_is_fetched_anew_next_time(service, server, library):
    good = server.papers["2305.18290"][2].pdf
    server.papers["2305.18290"][2].pdf = b"%PDF-1.7\n" + b"rubbish " * 100
    with pytest.raises(DamagedDocumentError):
        service.add("2305.18290")
    server.papers["2305.18290"][2].pdf = good
    assert service.add("2305.18290").status == "added"


def test_an_add_stopped_before_reading_keeps_the_pdf(service, server, library):
    stop = threading.Event()

    def follow(state):
        if state.stage == "ingest":
            stop.set()

    with pytest.raises(FetchStoppedError, match="reading it was stopped"):
        service.add("2305.18290", progress=follow, cancelled=stop.is_set)
    assert library.documents() == []
    count = server.count()
    assert service.add("2305.18290").status == "added"
    assert server.count() == count


def test_a_crash_between_pdf_and_record_is_made_good(service, server, library, tmp_path):
    folder = tmp_path / "arxiv" / "pdf"
    folder.mkdir(parents=True)
    (folder / "2305.18290v2.pdf").write_bytes(server.papers["2305.18290"][2].pdf)
    (folder / "2305.18290v2.1234.part").write_text("{")
    assert service.add("2305.18290").status == "added"
    assert server.count("pdf") == 0
    (folder / "2305.18290v2.json").write_text("{")
    assert service.fetched() == []
    assert service.add("2305.18290").status == "already"


def test_a_library_for_reading_only_is_told_before_the_download(server, library, tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder(), read_only=True) as reader:
        with pytest.raises(HomeError, match="for reading only"):
            opened(server, reader, tmp_path).add("2305.18290")
        assert server.count("pdf") == 0


def test_two_wishes_for_one_paper_fetch_it_once(service, server, library):
    added = []
    threads = [threading.Thread(target=lambda: added.append(service.add("2305.18290"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(paper.status for paper in added) == ["added", "already", "already"]
    assert server.count("pdf") == 1


# Prerequisites


def test_prerequisites_of_papers_beyond_the_roadmap(service, server):
    abstract = "We extend LoRA and InstructGPT; Llama 2 is our base."
    server.add_paper(id="2401.00007", title="Adapters", abstract=abstract)
    (found,) = service.search("adapters")
    names = [paper.id for paper in service._fitting.prerequisites_of(found.record)]
    assert names == ["2106.09685", "2203.02155", "2307.09288"]
    early = replace(found.record, published=datetime(2021, 12, 1, tzinfo=UTC))
    assert [paper.id for paper in service._fitting.prerequisites_of(early)] == ["2106.09685"]
