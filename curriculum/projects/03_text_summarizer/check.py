"""Checks of the summarizer, on news about works in invented towns, made from a seed."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

SEED = 77_310
SYLLABLES = (
    "vel",
    "mor",
    "ka",
    "tin",
    "os",
    "bra",
    "dun",
    "lee",
    "quor",
    "zan",
    "pel",
    "ith",
    "gar",
    "nom",
    "sul",
    "fe",
)
WORKS = ("bridge", "tunnel", "library", "harbour", "stadium", "observatory")
ASIDES = (
    "which critics mocked for a decade",
    "which few visitors ever noticed",
    "which older maps do not even show",
    "which bakers and tailors argue about",
)
BRACKETS = ("a tenth more than once hoped", "give or take", "as always with delays", "or so people say")
OPENERS = ("However", "Meanwhile", "Moreover", "In fact", "As expected")
COLOUR = (
    "Rain fell on empty tables all morning.",
    "A dog slept beneath somebody’s cart!",
    "Two children chased pigeons past Dr. Osk and his umbrella.",
    "Bread smelled sweet near every corner.",
    "An old clock struck eleven, then stopped.",
    "Nobody remembered when summer had last felt so cold.",
    "Fresh paint dried slowly on wooden chairs.",
    "Someone played a violin behind closed shutters.",
)
LIMIT_WORDS = 45


@dataclass(frozen=True)
class Article:
    """A text, and the plain facts that a summary should hold."""

    text: str
    facts: tuple[str, ...]
    twin: str
    """A sentence that says the first fact a second time, in almost the same words."""


def invented(chance: random.Random) -> str:
    return "".join(chance.sample(SYLLABLES, 3)).capitalize()


def made_article(seed: int) -> Article:
    chance = random.Random(seed)
    town, work, river, mayor = invented(chance), chance.choice(WORKS), invented(chance), invented(chance)
    subject = f"The new {work} of {town}"
    cost, families, year = chance.randint(12, 98), chance.randint(1100, 9900), chance.randint(2027, 2039)
    endings = [
        f"will cost {cost} million crowns",
        f"will serve {families} families along the {river} river",
        f"replaces the old {work} that {mayor} had closed",
        f"is not to open before spring {year}",
    ]
    told = []
    for ending in endings:
        sentence = f"{subject}, {chance.choice(ASIDES)}, {ending} ({chance.choice(BRACKETS)})."
        if chance.random() < 0.6:
            sentence = f"{chance.choice(OPENERS)}, {sentence[0].lower()}{sentence[1:]}"
        told.append(sentence)
    twin = f"{subject} will cost {cost} million crowns again."
    colour = chance.sample(COLOUR, 6)
    lines = [colour[0], told[0], colour[1], told[1], colour[2], twin, told[2], colour[3], colour[4], told[3], colour[5]]
    return Article("\n".join(lines), tuple(f"{subject} {ending}." for ending in endings), twin)


@cache
def articles() -> tuple[Article, ...]:
    return tuple(made_article(SEED + number) for number in range(20))


def counted(text: str) -> Counter:
    return Counter(re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", text.lower()))


def coverage(summary: str, facts: tuple[str, ...]) -> float:
    """F1 over all words of summary and facts: our own measure, so that the learner's cannot hide anything."""
    ours, theirs = counted(summary), counted(" ".join(facts))
    shared = sum((ours & theirs).values())
    return 2 * shared / (sum(ours.values()) + sum(theirs.values()))


def mean(values) -> float:
    return float(np.mean(list(values)))


def check_sentences(project):
    """Sentences are cut at their ends, not at abbreviations and numbers."""
    split = project.load("sentences").split_sentences
    text = "Dr. Vel paid 3.5 crowns.  Why?\nMrs. Osk left! St. Ith is near. No end"
    expected = ["Dr. Vel paid 3.5 crowns.", "Why?", "Mrs. Osk left!", "St. Ith is near.", "No end"]
    assert split(text) == expected, f"The sentences were {split(text)}, expected {expected}; mind ABBREVIATIONS."
    assert split(" \n ") == [], f"An empty text gave {split(' ')}, expected no sentence."


def check_rouge(project):
    """ROUGE-1 counts shared words as often as they stand in both."""
    rouge = project.load("sentences").rouge_1
    cases = {
        ("bridge bridge bridge", "bridge tunnel"): (1 / 3, 1 / 2, 0.4),
        ("The Bridge of Velmora", "bridge opens"): (1 / 2, 1 / 2, 1 / 2),
        ("bridge", "tunnel"): (0.0, 0.0, 0.0),
        ("", ""): (0.0, 0.0, 0.0),
    }
    for (summary, reference), expected in cases.items():
        found = rouge(summary, reference)
        assert np.allclose(found, expected, atol=1e-6), (
            f"rouge_1({summary!r}, {reference!r}) gave {tuple(round(value, 3) for value in found)}, expected "
            f"{tuple(round(value, 3) for value in expected)}: precision, recall, F1; "
            "a word counts at most as often as in the other."
        )


def check_similarity(project):
    """Similarities are cosines in which rare words weigh more."""
    matrix = project.load("ranking").similarity_matrix
    found = np.asarray(matrix(["red bridge", "red tunnel", "red tunnel", "blue library", "amber bridge", "!"]))
    assert found.shape == (6, 6), f"The shape for 6 sentences was {found.shape}, expected (6, 6)."
    assert np.isfinite(found).all(), "A sentence without words gave a similarity that is no number; mind length zero."
    assert np.allclose(found, found.T), "The similarities are not symmetric; take the cosine of both vectors."
    assert np.allclose(np.diag(found), 0), "The diagonal is not zero; a sentence does not vote for itself."
    assert abs(found[1, 2] - 1) < 1e-9, (
        f"Two equal sentences have {found[1, 2]:.3f}, expected 1; divide by both lengths."
    )
    assert found[0, 3] == 0, f"Sentences without a common word have {found[0, 3]:.3f}, expected 0."
    assert found[0, 4] > found[0, 1], (
        f"Sharing the rarer word gives {found[0, 4]:.3f}, the frequent one {found[0, 1]:.3f}, expected more for the "
        "rarer; weigh words by the logarithm of sentences over sentences that hold them."
    )


def check_centrality(project):
    """Importance is the stationary vector of the walk over similar sentences."""
    centrality = project.load("ranking").centrality
    chance = np.random.default_rng(SEED)
    for count in (1, 2, 7):
        similarities = chance.random((count, count))
        similarities = np.triu(similarities, 1) + np.triu(similarities, 1).T
        if count == 7:
            similarities[3, :] = similarities[:, 3] = 0
        totals = similarities.sum(axis=1, keepdims=True)
        walk = np.divide(similarities, totals, out=np.full_like(similarities, 1 / count), where=totals > 0)
        expected = np.linalg.solve(np.eye(count) - 0.85 * walk.T, np.full(count, 0.15 / count))
        found = np.asarray(centrality(similarities))
        assert found.shape == (count,), f"The shape for {count} sentences was {found.shape}, expected ({count},)."
        assert np.isfinite(found).all(), (
            "A sentence that resembles no other gave no number; let it pass on to all equally."
        )
        assert abs(found.sum() - 1) < 1e-6, f"The importances sum to {found.sum():.4f}, expected 1."
        assert np.allclose(found, expected, atol=1e-4), (
            f"For {count} sentences the importances were {found.round(3).tolist()}, expected "
            f"{expected.round(3).tolist()}; "
            "divide each row by its sum, and repeat s = (1 - d) / n + d s P until it stands."
        )
    assert len(centrality(np.zeros((0, 0)))) == 0, "A text without sentences must have no importances."


def check_extract(project):
    """Extracts hold whole sentences in order, within the limit, and far more facts than the first sentences do."""
    module = project.load("summary")
    split = project.load("sentences").split_sentences
    ours, lead = [], []
    for article in articles():
        sentences = split(article.text)
        chosen = module.extract(article.text, limit_words=LIMIT_WORDS)
        places = [sentences.index(sentence) if sentence in sentences else -1 for sentence in chosen]
        assert -1 not in places, f"{chosen[places.index(-1)]!r} does not stand in the text; take sentences as they are."
        assert places == sorted(places), (
            f"The sentences came in the order {places}, expected the text's; sort by place."
        )
        length = sum(len(sentence.split()) for sentence in chosen)
        assert length <= LIMIT_WORDS, (
            f"An extract has {length} words, the limit was {LIMIT_WORDS}; skip what does not fit."
        )
        ours.append(coverage(" ".join(chosen), article.facts))
        lead.append(coverage(" ".join(article.text.split()[:LIMIT_WORDS]), article.facts))
    assert mean(ours) >= mean(lead) + 0.07, (
        f"Extracts cover the facts with F1 {mean(ours):.2f}, the first words with {mean(lead):.2f}, expected 0.07 "
        "more; choose by centrality."
    )


def check_redundancy(project):
    """Nothing is said twice."""
    module = project.load("summary")
    for article in articles():
        times = module.summarize(article.text, limit_words=80).count("million crowns")
        assert times <= 1, (
            f"The cost is told {times} times, expected once; leave out what is too alike to what is chosen."
        )
    twice = "The dam leaks. Rain fell. The dam leaks."
    found = module.extract(twice, limit_words=20)
    assert sorted(found) == ["Rain fell.", "The dam leaks."], (
        f"Of {twice!r} it took {found}, expected each sentence once."
    )
    assert mean("million crowns" in module.summarize(article.text, limit_words=80) for article in articles()) > 0.8, (
        "With room for 80 words the cost is mostly missing, expected one of the two sentences that tell it."
    )


def check_compress(project):
    """Compression takes out brackets, clauses in commas and openers, and nothing else."""
    compress = project.load("rewriting").compress
    cases = {
        "However, the dam, which leaks, is not safe (again).": "The dam is not safe.",
        "Vel, who paid 3.5 crowns, left.": "Vel left.",
        "It cost 40,000 crowns, which is dear.": "It cost 40,000 crowns.",
        "Tea, bread and salt are not cheap.": "Tea, bread and salt are not cheap.",
        "The man who left is back!": "The man who left is back!",
        "In fact, nobody (not one) asked why?": "Nobody asked why?",
    }
    for sentence, expected in cases.items():
        found = compress(sentence)
        assert found == expected, f"compress({sentence!r}) gave {found!r}, expected {expected!r}."
    fuse = project.load("rewriting").fuse
    pairs = {
        (
            "The dam of Vel will cost 4 crowns.",
            "The dam of Vel will not last.",
        ): "The dam of Vel will cost 4 crowns and not last.",
        ("The dam is old.", "The road is new."): None,
        ("Is the dam old?", "Is the dam open?"): None,
        ("The dam is old.", "The dam is old."): None,
    }
    for (first, second), expected in pairs.items():
        found = fuse(first, second)
        assert found == expected, f"fuse({first!r}, {second!r}) gave {found!r}, expected {expected!r}."


def check_faithful(project):
    """Summaries invent no number and no name, drop no negation, and keep the order."""
    summarize = project.load("summary").summarize
    for article in articles():
        for limit in (15, 30, 60):
            told = summarize(article.text, limit_words=limit)
            strange = set(re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", told.lower())) - set(counted(article.text)) - {"and"}
            assert not strange, f"The summary holds {sorted(strange)}, which the text does not; invent nothing."
            opening = re.search(r"\bopen before\b", told)
            assert not opening or "not to open before" in told, (
                "A summary lost the word not; never drop a negation alone."
            )
            numbers = re.findall(r"\d+", told)
            places = [article.text.index(number) for number in dict.fromkeys(numbers)]
            assert places == sorted(places), (
                f"The facts come in another order than in the text: {told!r}; sort by place."
            )
    told = summarize("The cost is 40 crowns. The cost is 30 crowns less than feared.", limit_words=50)
    assert "40 crowns" in told, f"The summary {told!r} lost the number 40, which fits; keep what fits."


def check_limits(project):
    """A summary keeps any limit, in whole sentences, and covers more facts than an extract of the same length."""
    module = project.load("summary")
    for text in ("", " \n"):
        assert module.summarize(text, limit_words=20) == "", "An empty text must have an empty summary."
    for article in articles()[:6]:
        for limit in (0, 1, 5, 12, 25, 60):
            told = module.summarize(article.text, limit_words=limit)
            assert len(told.split()) <= limit, (
                f"{len(told.split())} words were told, the limit was {limit}; count words."
            )
            assert not told or told.endswith((".", "!", "?")), f"{told!r} ends in the middle; take whole sentences."
    ours = mean(coverage(module.summarize(one.text, limit_words=LIMIT_WORDS), one.facts) for one in articles())
    plain = mean(coverage(" ".join(module.extract(one.text, limit_words=LIMIT_WORDS)), one.facts) for one in articles())
    assert ours >= plain + 0.1, (
        f"Summaries cover the facts with F1 {ours:.2f}, extracts with {plain:.2f}, expected 0.10 more; "
        "compress before you choose."
    )
