"""How the embedded model chooses what to search, what it quotes first, and when it refuses."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from fake_library import FakeEmbedder, make_passage

from agent.claims import plain_formula
from agent.embedded.compose import Reader, answer_text, quoted
from agent.embedded.evidence import collect, remembering, understand
from agent.embedded.hops import next_paper
from agent.embedded.intent import recognise
from agent.embedded.lore import Lore
from agent.embedded.pieces import pieces_of
from agent.embedded.plan import make_plan
from agent.embedded.question import counted_noun, names_in, pointed_places
from agent.embedded.shelf import NamedPaper, asked_of, inside, shelf_of
from agent.embedded.spelling import mended
from agent.embedded.study_wish import study_wish
from agent.embedded.support import are_apart
from agent.embedded.told import about_text
from agent.embedded.turn_view import Done, Memory
from agent.quantities import missing
from agent.refusal import is_refusal

EMBED = FakeEmbedder().embed
READER = Reader(EMBED)
ALIASES = {"BERT": "1810.04805", "GPT": "Generative Pre-Training", "the transformer paper": "1706.03762"}
PAPERS = (
    ("1810", "BERT: Deep Transformers", "1810.04805", "pdf"),
    ("gpt", "Generative Pre-Training", None, "pdf"),
    ("1706", "Attention Is All You Need", "1706.03762", "pdf"),
    ("gpt2", "Llama 2: Open Models", None, "pdf"),
    ("llama", "Llama: Foundation Models", None, "pdf"),
    ("note", "BERT and GPT compared", None, "markdown"),
)
CURRICULUM = SimpleNamespace(
    papers=[
        SimpleNamespace(title="Attention Is All You Need", arxiv_id="1706.03762", authors="Vaswani et al.", year=2017)
    ]
)


class Document(SimpleNamespace):
    """A document that can be a key."""

    __hash__ = object.__hash__


DOCUMENTS = [Document(id=one, title=title, arxiv_id=arxiv, kind=kind) for one, title, arxiv, kind in PAPERS]
SHELF = shelf_of(lambda: DOCUMENTS, ALIASES, CURRICULUM)


def passage(text, number, *, kind="text", position=0, **options):
    made = replace(make_passage(text, **options), kind=kind, position=position)
    return {"number": number, **made.to_dict()}


# Which papers a question names


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("How many layers have GPT and BERT?", ["gpt", "1810"]),
        ("What is attention?", []),
        ("Which authors wrote arXiv 1810.04805?", ["1810"]),
        ("Why did the Transformer's authors choose sinusoids?", ["1706"]),
        ("What do Transformers do?", []),
        ("as others did (Vaswani et al., 2017)", ["1706"]),
        ("How large is Llama 2?", ["gpt2"]),
        ("How large is Llama beside Llama 2?", ["llama", "gpt2"]),
        ("What does RoBERTa change?", []),
    ],
)
def test_the_papers_that_a_text_names(text, ids):
    assert [paper.document_id for paper in SHELF(text)] == ids


def test_each_of_several_papers_is_asked_by_itself():
    question = "Over how many steps do GPT, BERT and Llama warm up?"
    papers = SHELF(question)
    gpt, bert, _ = papers
    assert asked_of(question, bert, papers) == "Over how many steps do BERT warm up?"
    assert inside(asked_of(question, gpt, papers), gpt) == "Over how many steps do it warm up?"
    alone = "How much text was BERT trained on and how much GPT?"
    assert asked_of(alone, SHELF(alone)[0], SHELF(alone)) == alone


def test_two_papers_are_searched_by_themselves_and_one_is_not():
    lore = Lore(shelf=SHELF)
    calls = study_wish("Which tokens do BERT and GPT mask?", lore=lore).calls((), Memory())
    assert [call.arguments for call in calls] == [
        {"query": "Which tokens do BERT and GPT mask?"},
        {"query": "Which tokens do BERT mask?", "document": "BERT: Deep Transformers"},
        {"query": "Which tokens do GPT mask?", "document": "Generative Pre-Training"},
    ]
    assert len(study_wish("Which tokens does BERT mask?", lore=lore).calls((), Memory())) == 1


def test_a_bare_comparison_still_asks_what_each_side_is():
    calls = study_wish("What is the difference between BERT and GPT?", lore=Lore(shelf=SHELF)).calls((), Memory())
    assert [call.arguments["query"] for call in calls][1:] == ["What is BERT?", "What is GPT?"]


def test_each_named_paper_has_its_own_line_in_the_lead():
    question = "How many heads have BERT and GPT?"
    bert = make_passage("The model has twelve attention heads in each layer.", title="BERT: Deep Transformers")
    gpt = make_passage("We use sixteen attention heads in every layer.", title="Generative Pre-Training")
    papers = [NamedPaper(bert.document_id, bert.title, ("BERT",)), NamedPaper(gpt.document_id, gpt.title, ("GPT",))]
    found = [{"number": place, **one.to_dict()} for place, one in enumerate((bert, gpt), 1)]
    lead = answer_text(question, found, READER, papers=papers).split("\n\n")[0].split("\n")
    assert lead == [
        "- **BERT**: “The model has twelve attention heads in each layer.” [1]",
        "- **GPT**: “We use sixteen attention heads in every layer.” [2]",
    ]


# From one paper to another


HOP = "The paper that Llama takes its width from: what width did that paper use for its base model?"


def test_a_question_that_points_to_another_paper_leads_to_a_search_there():
    source = make_passage("The width of Llama is taken from (Vaswani et al., 2017).", title="Llama: Foundation Models")
    values = {"number": 1, **source.to_dict(), "document_id": "llama"}
    wish = study_wish(HOP, lore=Lore(shelf=SHELF))
    found = Done("search_library", {}, {"passages": [values]}, "", False)
    [call] = wish.calls((found,), Memory())
    assert call.arguments["document"] == "Attention Is All You Need"
    target = make_passage("The base model has a width of 512 in every layer that paper describes.")
    second = Done("search_library", call.arguments, {"passages": [{"number": 2, **target.to_dict()}]}, "", False)
    assert wish.calls((found, second), Memory()) == []


def test_the_answer_has_both_ends_of_the_way():
    source = make_passage("Llama takes its width from that paper (Vaswani et al., 2017).", title="Llama")
    target = make_passage("That paper uses a width of 512 for its base model.")
    papers = [NamedPaper(source.document_id, "Llama", ("Llama",))]
    led = NamedPaper(target.document_id, target.title, ("Vaswani et al., 2017",))
    found = [{"number": 1, **source.to_dict()}, {"number": 2, **target.to_dict()}]
    lead = answer_text(HOP, found, READER, papers=papers, led_to=led).split("\n\n")[0]
    assert "- **Llama**: “Llama takes its width from that paper (Vaswani et al., 2017).” [1]" in lead
    assert "- **Attention Is All You Need**: “That paper uses a width of 512 for its base model.” [2]" in lead


@pytest.mark.parametrize(
    "question", ["What does the Llama paper say?", "Which method does Llama use?", "What is LoRA?"]
)
def test_an_ordinary_question_leads_nowhere_else(question):
    found = [passage("Llama builds on what Vaswani et al., 2017 did in that paper.", 1)]
    assert next_paper(question, SHELF(question), found, SHELF) is None


# Slips of the learner


KNOWN = {"values": 0.3, "attention": 0.2, "parallel": 0.5, "optimizer": 0.6, "which": 0.0, "model": 0.1, "valves": 0.9}


def rarity(words):
    return [KNOWN.get(word, 1.0) for word in words]


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("wich vlaues has atention", "which values has attention"),
        ("paralel optimzer of the modle", "parallel optimizer of the model"),
        ("What is awkward about values?", "What is awkward about values?"),
        ("Does Atention or ATENTION count?", "Does Atention or ATENTION count?"),
        ("an unknown tokenizer", "an unknown tokenizer"),
        ("vales", "values"),
    ],
)
def test_a_slip_is_read_as_the_commonest_word_beside_it(question, read):
    assert mended(question, rarity) == read


def test_the_search_is_for_the_mended_question_and_the_title_as_written():
    wish = study_wish("wich vlaues has atention", lore=Lore(mend=lambda text: mended(text, rarity)))
    assert wish.calls((), Memory())[0].arguments["query"] == "which values has attention"
    assert wish.title == "wich vlaues has atention"


def test_a_pasted_text_is_not_searched_for():
    pasted = 'Here is a mail: "We study attention and a great many other things that nobody asked about." What is LoRA?'
    assert study_wish(pasted).intent.queries == ("What is LoRA?",)


# What can be quoted


TABLE = "Model Accuracy\nBERT large 72.0 76.6\nRoBERTa 83.2 86.5"


def test_rows_of_a_table_are_read_with_its_caption_and_only_where_asked_for():
    passages = [
        passage(TABLE, 1, kind="table", position=4),
        passage("Table 7: Results on the RACE test set.", 2, kind="caption", position=5, start=900),
    ]
    rows = [piece for piece in pieces_of(passages, rows=True) if piece.kind == "row"]
    assert [row.text for row in rows] == ["BERT large 72.0 76.6", "RoBERTa 83.2 86.5"]
    assert rows[1].compared == "Table 7: Results on the RACE test set. RoBERTa 83.2 86.5"
    assert [piece.kind for piece in pieces_of(passages)] == ["sentence"]
    text = answer_text("What accuracy does RoBERTa reach on the RACE test set?", passages, READER)
    assert "“RoBERTa 83.2 86.5” [1]." in text.split("\n\n")[0]


def test_a_formula_is_quoted_with_the_sentence_before_it():
    text = "This leads to the following formula for the tons of carbon emissions:\n\ntCO2eq = MWh × 0.385"
    pieces = pieces_of([passage(text, 1)], formulas=True)
    assert pieces[-1].sentences[-1] == "tCO2eq = MWh × 0.385"
    assert pieces[-1].first == 0
    answer = answer_text("With which formula are tons of carbon emissions computed?", [passage(text, 1)], READER)
    assert "“tCO2eq = MWh × 0.385” [1]." in answer


def test_what_does_not_end_like_a_sentence_gets_a_full_stop_behind_its_number():
    assert quoted("RoBERTa 83.2", 3) == "“RoBERTa 83.2” [3]."
    assert quoted("It works.", 3) == "“It works.” [3]"
    assert quoted("It works.12", 3) == "“It works.12” [3]"
    assert quoted("as follows:", 3) == "“as follows:” [3]."


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("What does Figure 4 plot?", {"figure 4"}),
        ("Reflexion's fourth figure", {"figure 4"}),
        ("Fig. 2 and the first table", {"figure 2", "table 1"}),
        ("figures of speech", set()),
    ],
)
def test_figures_and_tables_that_a_question_points_to(text, places):
    assert pointed_places(text) == places


def test_the_caption_that_is_pointed_to_comes_first():
    passages = [
        passage("Figure 3: The scores of all models as a function of their size.", 1, kind="caption"),
        passage("Figure 4: Perplexity as a function of size.", 2, kind="caption", start=900),
    ]
    asked = understand("What does the fourth figure say of the scores of all models?")
    best = max(collect(asked, passages, embed=EMBED).evidence, key=lambda item: item.score)
    assert best.text.startswith("Figure 4")
    assert best.pointed


def test_a_sentence_that_only_announces_is_followed_by_what_it_announces():
    text = "Our training procedure consists of two stages. The first stage learns a language model on a large corpus."
    lead = answer_text("What are the two stages of the training procedure?", [passage(text, 1)], READER)
    assert lead.startswith("“Our training procedure consists of two stages.” [1] “The first stage learns")


def test_a_fragment_does_not_stand_behind_another_quote():
    text = "Heads attend to positions of the input."
    cut = "and heads attend to positions of the input in parallel layers of the model."
    lead = answer_text("What do heads attend to?", [passage(text, 1), passage(cut, 2, start=900)], READER)
    assert lead.split("\n\n")[0] == "“Heads attend to positions of the input.” [1]"


# Refusals


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which rank do they recommend for Stable Diffusion?", ("Stable", "Diffusion")),
        ("What speed does FlashAttention-3 reach on an H100?", ("FlashAttention-3", "H100")),
        ("How many heads are there? Where?", ()),
        ("What is attention?", ()),
    ],
)
def test_names_in_a_question(question, names):
    assert names_in(question) == names


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("On how many tokens was it trained?", "tokens"),
        ("What learning rate was used?", "learning"),
        ("Why are there tokens?", ""),
    ],
)
def test_what_is_counted(question, noun):
    assert counted_noun(question) == noun


def test_a_name_that_no_passage_has_is_refused_where_the_rest_would_do():
    told = passage("We recommend a rank of four for the attention matrices of the large model.", 1)
    assert not is_refusal(answer_text("Which rank is recommended for the attention matrices?", [told], READER))
    assert is_refusal(answer_text("Which rank is recommended for Stable Diffusion matrices?", [told], READER))


def test_what_is_counted_must_be_spoken_of():
    told = passage("The Mistral model was trained on many sequences with a window of 4096.", 1)
    assert not is_refusal(answer_text("On how many sequences was the Mistral model trained?", [told], READER))
    assert is_refusal(answer_text("On how many tokens was the Mistral model trained?", [told], READER))


# Small talk, and reading on


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi there", "greeting"),
        ("Hello, what can you do?", "greeting"),
        ("hey, how are you doing today?", "greeting"),
        ("Thanks, that helps.", "thanks"),
        ("ok, great, thank you so much!", "thanks"),
        ("got it", "thanks"),
        ("Thanks. What is LoRA?", "search"),
        ("great results of BERT", "search"),
        ("ok what is attention", "search"),
    ],
)
def test_small_talk_needs_no_tool(text, kind):
    assert recognise(text).kind == kind
    calls = make_plan(text, "", Memory(), Lore()).next_calls((), Memory(), frozenset({"search_library"}))
    assert bool(calls) == (kind == "search")


def test_the_next_page_is_the_one_behind_the_last_that_was_read():
    first = study_wish("What does page 4 of the LoRA paper say about the initialisation?")
    read = {"document": "the LoRA paper", "first_page": 4, "last_page": 4}
    assert [call.arguments for call in first.calls((), Memory())] == [read]
    following = study_wish("Go on to the next page.", first.subject)
    assert following.calls((), Memory())[0].arguments == {**read, "first_page": 5, "last_page": 5}
    third = study_wish("next page", following.subject)
    assert third.calls((), Memory())[0].arguments["first_page"] == 6
    assert recognise("Go on to the next page.", "What is LoRA?").kind == "search"


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Put BERT, GPT and RoBERTa side by side.", "compare_papers"),
        ("How do ReAct and chain-of-thought differ? Compare the two papers.", "compare_papers"),
        ("Which quiz questions did I get wrong before?", "recall_attempts"),
    ],
)
def test_a_wish_in_other_words_still_finds_its_tool(text, tool):
    calls = make_plan(text, "", Memory(), Lore()).next_calls((), Memory(), frozenset({tool, "search_library"}))
    assert [call.name for _, call in calls] == [tool]


# Pieces of machinery


def test_one_answer_embeds_no_text_twice():
    asked = []

    def embed(texts):
        asked.extend(texts)
        return EMBED(texts)

    once = remembering(embed)
    assert (once(["a b", "c d"])[1] == once(["c d"])[0]).all()
    assert asked == ["a b", "c d"]


def test_a_power_of_ten_keeps_its_exponent_where_formulas_lose_single_digits():
    formula = r"$6 \cdot 65.2 \cdot 10^9 \cdot 1.4 \cdot 10^{12} = 5.5 \cdot 10^{23}$"
    assert "10^9" in plain_formula(formula)
    assert missing(plain_formula(formula), formula).numbers == 0
    assert missing(plain_formula(formula), formula.replace("10^9", "10^8")).numbers == 1


def test_an_alias_tells_whose_authors_are_asked_for_and_the_roadmap_knows_them():
    documents = [
        {"kind": kind, "title": title, "arxiv_id": arxiv, "year": None, "authors": ""}
        for _, title, arxiv, kind in PAPERS
    ]
    told = about_text("Transformer", documents, SHELF("Who wrote the Transformer paper?"))
    assert told == "*Attention Is All You Need* (arXiv 1706.03762) is by Vaswani et al."
    assert about_text("BERT", documents, SHELF("Who wrote BERT?")).endswith("Its file names no authors.")


@pytest.mark.parametrize(
    ("told", "apart"),
    [
        ("GPT-4 was asked. Our model has 7 billion parameters.", True),
        ("GPT-4 has 8 billion parameters, says nobody.", False),
    ],
)
def test_a_count_must_be_told_of_the_name_that_is_asked_about(told, apart):
    asked = understand("How many parameters does GPT-4 have?")
    found = [passage(told, 1, title="Llama: Foundation Models")]
    assert are_apart(asked, collect(asked, found, embed=EMBED), found) is apart


def test_a_paper_that_was_found_need_not_name_itself():
    question = "How many parameters does Llama have?"
    found = [passage("Our smallest model has 7 billion parameters.", 1, title="Llama: Foundation Models")]
    asked = understand(question, papers=SHELF(question))
    assert not are_apart(asked, collect(asked, found, embed=EMBED), found)


def test_the_head_of_a_table_is_no_answer():
    table = passage(
        "| Tasks | MNLI-m (Acc) | SQuAD (F1) |\n| BERT base | 84.4 | 88.5 |\n| No NSP | - | ±87.9 |\n| N | d_k |",
        1,
        kind="table",
    )
    rows = [piece.text for piece in pieces_of([table], rows=True)]
    assert rows == ["| BERT base | 84.4 | 88.5 |", "| No NSP | - | ±87.9 |"]
    costs = passage("| Layer Type | Complexity |\n| Self-Attention | O(n² · d) |", 1, kind="table")
    assert [piece.text for piece in pieces_of([costs], rows=True)] == ["| Self-Attention | O(n² · d) |"]
