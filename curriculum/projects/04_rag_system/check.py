"""Checks of project 4: made documents about made machines, questions with known evidence, a scripted model."""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from types import ModuleType
from typing import Any

SYLLABLES = ("ba", "ke", "li", "mo", "ru", "ta", "ven", "dor", "sil", "qua", "zet", "pra", "nim", "osk", "ful", "gar")
ACTS = {
    "calibration": "calibrate",
    "lubrication": "lubricate",
    "ventilation": "ventilate",
    "magnetization": "magnetize",
    "insulation": "insulate",
    "filtration": "filter",
    "compression": "compress",
    "evaporation": "evaporate",
}
FILLER = (
    "The manual describes each step in order. Keep the cover closed while it runs. Ask the workshop about spare parts."
)


def made_name(chance: random.Random) -> str:
    """A name that no other text has."""
    return "".join(chance.choices(SYLLABLES, k=3)).capitalize()


def misspelt(name: str, chance: random.Random) -> str:
    """The name with two neighbouring letters exchanged."""
    place = chance.randrange(1, len(name) - 2)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def made_corpus(document_class: Any, seed: int, count: int) -> tuple[list[Any], list[tuple[str, str, str]]]:
    """Documents, and for each a question, its id and the sentence that answers."""
    chance = random.Random(seed)
    documents, questions = [], []
    for number in range(count):
        name, subject = made_name(chance), chance.choice(list(ACTS))
        fact = f"The {subject} of the {name} takes {chance.randrange(100, 999)} minutes."
        other = f"The {name} weighs {chance.randrange(10, 99)} kilograms."
        lines = [FILLER, fact, FILLER, other]
        chance.shuffle(lines)
        documents.append(document_class(f"doc{number}", " ".join(lines)))
        written = misspelt(name, chance) if number % 2 else name
        questions.append((f"How long does it take to {ACTS[subject]} a {written}?", f"doc{number}", fact))
    return documents, questions


def reference_bm25(texts: list[str], query: str) -> list[float]:
    """BM25 as the docstring of the starter states it."""
    bags = [Counter(re.findall(r"[a-z0-9]+", text.lower())) for text in texts]
    mean = sum(sum(bag.values()) for bag in bags) / len(bags)
    scores = [0.0] * len(texts)
    for word in set(re.findall(r"[a-z0-9]+", query.lower())):
        having = sum(word in bag for bag in bags)
        idf = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
        for place, bag in enumerate(bags):
            times, length = bag[word], sum(bag.values())
            scores[place] += idf * times * 2.5 / (times + 1.5 * (0.25 + 0.75 * length / mean))
    return scores


def filled(project: Any, documents: list[Any], model: Any) -> tuple[ModuleType, Any]:
    """The learner's module and a system that holds the documents."""
    module = project.load("rag")
    system = module.RagSystem(model)
    for document in documents:
        system.add(document)
    return module, system


def no_model(prompt: str) -> str:
    """A model that must not be asked."""
    raise AssertionError("The model was asked where no model is needed; decide that before you build the prompt.")


def check_spans(project: Any) -> None:
    """Passages are exact spans of whole sentences, and no text is lost."""
    chunking = project.load("chunking")
    documents, _ = made_corpus(project.load("rag").Document, seed=41, count=12)
    long_word, spaced = "x" * 700, "First one.\n\n  Second one!   Third one?\n" + "many words " * 60
    documents += [chunking.Document("long", long_word), chunking.Document("spaced", spaced)]
    for document in documents:
        chunks = chunking.split_document(document, limit_characters=160)
        for chunk in chunks:
            seen = document.text[chunk.start : chunk.end]
            assert chunk.text == seen, (
                f"The passage {chunk.id} is {chunk.text[:40]!r} but its span holds {seen[:40]!r}: cut text by the span."
            )
            length = len(chunk.text)
            assert length <= 160, f"A passage has {length} characters with a limit of 160: cut it between words."
        lost = [p for p in range(len(document.text)) if not any(c.start <= p < c.end for c in chunks)]
        assert not "".join(document.text[p] for p in lost).strip(), (
            f"Text of {document.id} is in no passage, for instance character {lost[0]}: leave out only white space."
        )
    ids = [chunk.id for document in documents for chunk in chunking.split_document(document)]
    assert len(ids) == len(set(ids)), "Two passages share an id: build the document's id and the start into it."
    for chunk in chunking.split_document(documents[0], limit_characters=160):
        assert chunk.text[-1] in ".!?", f"A passage ends with {chunk.text[-12:]!r}, inside a sentence: join whole ones."


def check_keyword_scores(project: Any) -> None:
    """The keyword index computes BM25."""
    documents, questions = made_corpus(project.load("rag").Document, seed=42, count=15)
    texts = [document.text for document in documents] + ["the the the drum"]
    index = project.load("retrieval").KeywordIndex(texts)
    for query in [question for question, _, _ in questions] + ["the the drum", "nothing-shared zzz"]:
        seen, expected = list(index.scores(query)), reference_bm25(texts, query)
        worst = max(range(len(texts)), key=lambda place: abs(seen[place] - expected[place]))
        assert abs(seen[worst] - expected[worst]) < 1e-6, (
            f"BM25 of text {worst} for {query!r} is {seen[worst]:.4f}, expected {expected[worst]:.4f}: "
            "compare idf, the length term and repeated words of the query with the docstring."
        )


def check_vectors(project: Any) -> None:
    """Vectors have length 1, see parts of words, and are the same in each process."""
    texts = ["The tokenisation of words", "A drum for the band", "Grey stones"]
    index = project.load("retrieval").VectorIndex(texts)
    length = float(sum(number**2 for number in index.embed(texts[0]))) ** 0.5
    assert abs(length - 1) < 1e-6, f"A vector has length {length:.3f}, expected 1: divide by the norm."
    similarities = list(index.similarities("How to tokenise?"))
    assert similarities[0] > max(similarities[1:]) + 0.1, (
        "“tokenise” is not clearly closer to “tokenisation” than to other texts: count n-grams inside the words."
    )
    code = f"from retrieval import VectorIndex; print(list(VectorIndex({texts!r}).embed({texts[0]!r}).nonzero()[0]))"
    outputs = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
        outputs.add(subprocess.run([sys.executable, "-c", code], cwd=project.path, env=environment, timeout=30,
                                   capture_output=True, text=True, check=False).stdout)  # fmt: skip
    assert "" not in outputs, (
        "`VectorIndex` does not work in a fresh process: look for state that another module makes."
    )
    assert len(outputs) == 1, (
        "Two processes give the same text different vectors: Python salts `hash`, so use zlib.crc32 of the bytes."
    )


def check_fusion(project: Any) -> None:
    """Rankings are fused by the sum of 1 / (k + rank)."""
    fuse = project.load("retrieval").fuse
    chance = random.Random(44)
    for _ in range(20):
        rankings = [chance.sample("abcdefghij", chance.randrange(3, 9)) for _ in range(3)]
        k = chance.choice([1, 10, 60])
        sums: dict[str, float] = {}
        for ranking in rankings:
            for rank, id_ in enumerate(ranking, start=1):
                sums[id_] = sums.get(id_, 0.0) + 1 / (k + rank)
        seen = fuse(rankings, k=k)
        assert sorted(seen) == sorted(sums), f"Fusing {rankings} gave {seen}: each id must come back exactly once."
        for better, worse in zip(seen, seen[1:], strict=False):
            assert sums[better] >= sums[worse] - 1e-12, (
                f"With k={k}, {better!r} stands before {worse!r} though its sum is smaller: ranks count from 1."
            )


def check_recall(project: Any) -> None:
    """Fused search finds the evidence for 90% of new questions, 20 points more than BM25 alone."""
    documents, questions = made_corpus(project.load("rag").Document, seed=45, count=60)
    _, system = filled(project, documents, no_model)
    texts = [document.text for document in documents]
    found = baseline = 0
    for question, document_id, fact in questions:
        found += any(
            chunk.document_id == document_id and fact in chunk.text for chunk in system.search(question, limit=5)
        )
        scores = reference_bm25(texts, question)
        best = sorted(range(len(texts)), key=lambda place: -scores[place])[:5]
        baseline += any(texts[place].count(fact) for place in best)
    share, plain = found / len(questions), baseline / len(questions)
    assert share >= max(0.9, plain + 0.2), (
        f"recall@5 is {share:.2f}, BM25 alone has {plain:.2f}; expected 0.90 and 0.20 more than BM25: "
        "half of the questions misspell the name, so let the vectors vote as well."
    )


def quoting_model(quotes: list[tuple[str, str]]) -> Any:
    """A model that answers with these (words before the passage's id is looked up, quote) pairs."""

    def model(prompt: str) -> str:
        cited = []
        for wanted, quote in quotes:
            ids = [
                i for i, text in re.findall(r"\[(\S+)\]\n(.*?)(?=\n\n\[|\n\nQuestion:)", prompt, re.S) if wanted in text
            ]
            cited.append({"passage": ids[0] if ids else "doc0:0", "quote": quote})
        return json.dumps({"answer": "It takes a while.", "quotes": cited})

    return model


def check_citations(project: Any) -> None:
    """A citation is kept when its quote stands in the passage it names, with the span in the document."""
    documents, questions = made_corpus(project.load("rag").Document, seed=46, count=10)
    question, document_id, fact = questions[0]
    others = questions[2][2]
    _, system = filled(project, documents, quoting_model([(fact, fact), (fact, fact[:-4] + " years."), (fact, others)]))
    answer = system.answer(question)
    assert not answer.refused, "An answer with a true quote was refused: keep it and drop only the quotes that fail."
    quotes = [citation.quote for citation in answer.citations]
    assert quotes == [fact], f"The citations quote {quotes}; only {fact!r} stands in the passage that was named."
    citation = answer.citations[0]
    text = next(document.text for document in documents if document.id == document_id)
    seen = (citation.document_id, text[citation.start : citation.end])
    assert seen == (document_id, fact), (
        f"The span {citation.start}-{citation.end} of {citation.document_id} is not the quote: "
        "add the passage's start to the place in the passage."
    )


def check_refusal(project: Any) -> None:
    """Without evidence it refuses: before the model is asked, or when no quote holds."""
    documents, questions = made_corpus(project.load("rag").Document, seed=47, count=10)
    _, system = filled(project, documents, no_model)
    _, empty = filled(project, [], no_model)
    for asked in (system, empty):
        answer = asked.answer("Who wrote the opera Xyloquist?")
        assert (answer.refused, answer.citations) == (True, ()), (
            "A question on nothing that the documents hold was answered: refuse below the minimum similarity."
        )
    replies = {
        "an invented quote": json.dumps(
            {"answer": "Yes.", "quotes": [{"passage": "doc0:0", "quote": "pure invention"}]}
        ),
        "no quotes": json.dumps({"answer": "Yes.", "quotes": []}),
        "an empty quote": json.dumps({"answer": "Yes.", "quotes": [{"passage": "doc0:0", "quote": ""}]}),
        "text that is not JSON": "Yes, certainly!",
        "a JSON list": "[1, 2]",
    }
    for what, reply in replies.items():
        _, system = filled(project, documents, lambda prompt, reply=reply: reply)
        answer = system.answer(questions[0][0])
        assert answer.refused, f"A reply with {what} was accepted as an answer: refuse when no quote holds."


def strings_in(value: Any, seen: set[int]) -> list[str]:
    """All texts that can be reached from a value."""
    if id(value) in seen or isinstance(value, (type, ModuleType)):
        return []
    seen.add(id(value))
    if isinstance(value, str):
        return [value]
    children: list[Any] = []
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        children = list(value)
    elif hasattr(value, "__dict__"):
        children = list(vars(value).values())
    return [text for child in children for text in strings_in(child, seen)]


def check_deletion(project: Any) -> None:
    """After a deletion or a replacement nothing of the old text is left, and results are as if it had never been."""
    documents, questions = made_corpus(project.load("rag").Document, seed=48, count=14)
    _, system = filled(project, documents, no_model)
    question, gone, fact = questions[0]
    name = fact.split(" takes")[0].split()[-1].lower()
    assert system.search(question, limit=3), "A search in 14 documents found nothing: check `add` and `search`."
    system.delete(gone)
    assert all(chunk.document_id != gone for chunk in system.search(question, limit=50)), (
        "A search finds a passage of the deleted document: take its passages out of the indexes."
    )
    left = [text for text in strings_in(system, set()) if name in text.lower()]
    assert not left, f"{left[0][:60]!r} of the deleted document is still kept: rebuild counts, texts and caches."
    _, fresh = filled(project, documents[1:], no_model)
    for asked, _, _ in questions:
        seen, expected = ([chunk.id for chunk in each.search(asked, limit=8)] for each in (system, fresh))
        assert seen == expected, f"For {asked!r} the results differ from those of a system that never had the document."
    replaced = project.load("chunking").Document(documents[1].id, "A new text on quartz.")
    system.add(replaced)
    old = questions[1][2].split(" takes")[0].split()[-1].lower()
    assert not [text for text in strings_in(system, set()) if old in text.lower()], (
        "A document was added again under its id and the old text is still kept: an id has one text."
    )
