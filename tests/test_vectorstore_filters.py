"""Filters: what they let through, that they hold before the ranking is cut, and what is said when nothing is left."""

from dataclasses import dataclass

import pytest
from toy_embedder import ToyEmbedder

from errors import DocumentNotFoundError, FilterError
from vectorstore.facts import DocumentFacts
from vectorstore.filters import SearchFilters
from vectorstore.library import Library
from vectorstore.typed_filters import read_filters


@dataclass(frozen=True)
class Shelf:
    kind: str
    id: str
    title: str
    names: tuple[str, ...]
    documents: frozenset[str]


SHELVES = (
    Shelf("part", "llms", "Large Language Models", ("3", "LLMs"), frozenset({"2106.09685", "scaling.md"})),
    Shelf("part", "agents", "AI Agents", ("4",), frozenset({"agents.md"})),
    Shelf("topic", "training-fine-tuning", "Training and fine-tuning", ("LoRA",), frozenset({"2106.09685"})),
    Shelf("topic", "scaling-laws", "Scaling laws", ("power law",), frozenset({"scaling.md"})),
    Shelf("topic", "mcp", "Model Context Protocol", ("MCP",), frozenset({"mcp.md"})),
)
LINES = "".join(f"adapters = model.adapters(rank, layer={n})\n" for n in range(12))
CODE = f"\n\n```python\n{LINES}```\n"
TEXTS = {
    "lora.md": "# LoRA adapters\n\nAdapters have a low rank.\n\n"
    "## 5 Experiments\n\nWe compare adapters on three tasks.\n\n"
    f"### 5.1 Baselines\n\nAdapters of full rank are the baseline.{CODE}",
    "scaling.md": "# Scaling laws\n\nLoss falls with model size, adapters or not.\n",
    "zeta.html": "<html><head><title>Zeta</title></head><body><p>Adapters in a web page.</p></body></html>",
}
FACTS = {
    "lora.md": DocumentFacts(arxiv_id="2106.09685", year=2021),
    "scaling.md": DocumentFacts(year=2020),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for name, text in TEXTS.items():
        (source / name).write_text(text, encoding="utf-8")
    with Library.open(source / "library", ToyEmbedder(), subjects=SHELVES) as library:
        library.add([source / name for name in TEXTS], facts={source / name: fact for name, fact in FACTS.items()})
        assert {document.year for document in library.documents()} == {2021, 2020, None}
        yield library


def titles(library, query="adapters", **filters):
    return {passage.title for passage in library.search(query, limit=50, filters=SearchFilters.of(**filters))}


LORA, SCALING, ZETA = "LoRA adapters", "Scaling laws", "Zeta"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {LORA, SCALING, ZETA}),
        ({"papers": ["2106.09685"]}, {LORA}),
        ({"papers": ["Scaling laws", "lora adapters"]}, {LORA, SCALING}),
        ({"parts": ["3"]}, {LORA, SCALING}),
        ({"parts": ["Part 3"]}, {LORA, SCALING}),
        ({"parts": ["large language models"]}, {LORA, SCALING}),
        ({"topics": ["Scaling law"]}, {SCALING}),
        ({"topics": ["topic fine tuning"]}, {LORA}),
        ({"topics": ["scaling-laws", "LoRA"]}, {LORA, SCALING}),
        ({"years": "2020"}, {SCALING}),
        ({"years": "2020-2021"}, {LORA, SCALING}),
        ({"years": "2021-"}, {LORA}),
        ({"years": "-2020"}, {SCALING}),
        ({"years": "since 2021"}, {LORA}),
        ({"years": "until 2020"}, {SCALING}),
        ({"section": "experiments"}, {LORA}),
        ({"kinds": ["code"]}, {LORA}),
        ({"types": ["note"]}, {SCALING}),
        ({"types": ["paper"]}, {LORA}),
        ({"types": ["other", "note"]}, {SCALING, ZETA}),
        ({"parts": ["llms"], "years": "2020", "types": ["notes"]}, {SCALING}),
    ],
)
def test_only_what_the_filters_let_through_is_found(library, filters, expected):
    assert titles(library, **filters) == expected


def test_a_section_holds_what_stands_below_it_and_a_kind_is_one_kind(library):
    below = library.search("adapters", limit=50, filters=SearchFilters.of(section="5 Experiments"))
    assert {passage.section.split(" > ")[-1] for passage in below} == {"5 Experiments", "5.1 Baselines"}
    found = library.search("adapters", limit=50, filters=SearchFilters.of(section="Experiment", kinds=["code"]))
    assert {passage.kind for passage in found} == {"code"}
    assert "model.adapters(rank, layer=11)" in "".join(passage.text for passage in found)


@pytest.mark.parametrize("read_only", [False, True], ids=["chroma", "exact"])
def test_filters_hold_before_the_ranking_is_cut(tmp_path, read_only):
    source = tmp_path / "source"
    source.mkdir()
    better = "\n\n".join(f"## Part {n}\n\nadapters adapters adapters number{n}" for n in range(150))
    (source / "better.md").write_text(f"# Better\n\n{better}\n")
    (source / "worse.md").write_text(
        "# Worse\n\n## Weak spot\n\nMany other words stand here beside the one, adapters, that is asked.\n"
    )
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source])
        assert {passage.title for passage in library.search("adapters", limit=5)} == {"Better"}
    with Library.open(tmp_path / "library", ToyEmbedder(), read_only=read_only) as library:
        for wanted in (SearchFilters.of(papers=["Worse"]), SearchFilters.of(section="weak spots")):
            (found,) = library.search("adapters", limit=5, filters=wanted)
            assert found.title == "Worse"
            assert (found.similarity, found.keyword_score) > (0, 0)
        only_140 = library.search("adapters", limit=5, filters=SearchFilters.of(section="Part 140"))
        assert [passage.section.split(" > ")[-1] for passage in only_140] == ["Part 140"]


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"topics": ["MCP"]}, 'The library has nothing of the topic "Model Context Protocol".'),
        ({"years": "1990-1999"}, "The library has nothing from 1990 to 1999."),
        ({"parts": ["3"], "years": "1990-"}, ""),
        ({"topics": ["scaling-laws"], "years": "2021"}, 'Nothing of the topic "Scaling laws" is from 2021.'),
        ({"section": "Limitations"}, 'The library has nothing in a section "Limitations".'),
        ({"section": "the"}, 'The library has nothing in a section "the".'),
        (
            {"papers": ["LoRA adapters"], "section": "Baselines", "kinds": ["table", "equation"]},
            'Nothing in "LoRA adapters" and in a section "Baselines" is of the kind table or equation.',
        ),
        ({"types": ["paper"], "papers": ["Zeta"]}, 'Nothing in "Zeta" is of the type paper.'),
    ],
)
def test_what_left_nothing_is_said(library, filters, sentence):
    wanted = SearchFilters.of(**filters)
    assert library.emptied_by(wanted) == sentence
    assert bool(library.search("adapters", filters=wanted)) == (sentence == "")


@pytest.mark.parametrize(
    ("filters", "hint"),
    [
        ({"kinds": ["picture"]}, "text, caption, table, equation, reference, code"),
        ({"types": ["book"]}, "paper, note, other"),
        ({"years": "last year"}, "2019-2021"),
        ({"years": "2020 2021"}, "2019-2021"),
        ({"years": "-"}, "2019-2021"),
    ],
)
def test_a_wrong_value_is_answered_with_the_right_ones(filters, hint):
    with pytest.raises(FilterError) as fault:
        SearchFilters.of(**filters)
    assert hint in fault.value.hint


def test_an_unknown_paper_part_or_topic_is_answered_with_those_there_are(library):
    with pytest.raises(DocumentNotFoundError, match="is called"):
        library.search("adapters", filters=SearchFilters.of(papers=["Nothing like it"]))
    with pytest.raises(FilterError, match="no part '9'") as fault:
        library.search("adapters", filters=SearchFilters.of(parts=["9"]))
    assert fault.value.hint == "Its parts: llms, agents."
    with pytest.raises(FilterError) as fault:
        library.emptied_by(SearchFilters.of(topics=["cooking"]))
    assert fault.value.hint == "Its topics: training-fine-tuning, scaling-laws, mcp."


def test_a_library_without_a_roadmap_says_so(tmp_path):
    with Library.open(tmp_path / "library", ToyEmbedder()) as library, pytest.raises(FilterError, match="no topics"):
        library.search("adapters", filters=SearchFilters.of(topics=["mcp"]))


def test_filters_follow_what_is_added_and_deleted(tmp_path):
    (tmp_path / "one.md").write_text("# One\n\n## Results\n\nAdapters win.\n")
    (tmp_path / "two.md").write_text("# Two\n\n## Results\n\nAdapters lose.\n")
    results = SearchFilters.of(section="result")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        for name in ("one", "two"):
            library.add([tmp_path / f"{name}.md"])
            assert {found.title for found in library.search("adapters", filters=results)} >= {name.title()}
        library.delete(library.find_document("One").id)
        assert {found.title for found in library.search("adapters", filters=results)} == {"Two"}
        library.delete(library.find_document("Two").id)
        assert library.search("adapters", filters=results) == []


@pytest.mark.parametrize(
    ("line", "words", "filters"),
    [
        ("reward model", "reward model", {}),
        ("topic:scaling-laws loss Year:2020-", "loss", {"topics": ["scaling-laws"], "years": "2020-"}),
        ('loss section:"related work" paper:LoRA paper:"Scaling laws"', "loss", {
            "section": "related work", "papers": ["LoRA", "Scaling laws"],
        }),
        ("kind:tables", "tables", {"kinds": ["table"]}),
        ("a subtype:x type: b http://year:2020", "a subtype:x type: b http://year:2020", {}),
    ],
)  # fmt: skip
def test_filters_can_be_typed_among_the_words(line, words, filters):
    assert read_filters(line) == (words, SearchFilters.of(**filters))


def test_a_typed_filter_with_a_wrong_value_is_a_fault():
    with pytest.raises(FilterError, match="no year"):
        read_filters("loss year:2020 year:2021")


def test_a_kind_that_another_version_wrote_is_no_kind_that_is_asked_for(tmp_path):
    (tmp_path / "one.md").write_text("# One\n\nAdapters win.\n")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([tmp_path / "one.md"])
        with library._catalogue.database.transaction() as connection:
            connection.execute("UPDATE chunks SET kind = 'poem'")
        assert library.search("adapters", filters=SearchFilters.of(types=["note"]))
        assert library.emptied_by(SearchFilters.of(kinds=["text", "code"])).endswith("of the kind text or code.")
