"""Checks of the sentiment analyzer, on reviews whose words of praise and blame are invented anew from a seed."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

torch.set_num_threads(1)  # for a network this small, two threads wait for each other more than they work
SEED = 20_261
THINGS = ("plot", "acting", "music", "ending", "dialogue", "pace", "camera", "cast", "script", "light")
LABELS = ("negative", "positive")
ALL, KNOWN, OTHERS = range(14), range(8), range(8, 14)
SYLLABLES = (
    "bra",
    "nul",
    "tes",
    "ko",
    "lim",
    "ver",
    "pon",
    "sha",
    "dri",
    "mo",
    "gat",
    "fel",
    "zu",
    "rin",
    "cho",
    "wek",
)


@dataclass(frozen=True)
class Words:
    """The invented words of praise and blame; those of KNOWN stand in labelled reviews, those of OTHERS do not."""

    praise: tuple[str, ...]
    blame: tuple[str, ...]


@cache
def words(seed: int = SEED) -> Words:
    chance = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < 28:
        made["".join(chance.sample(SYLLABLES, 3))] = None
    return Words(tuple(made)[:14], tuple(made)[14:])


def clause(chance: random.Random, good: bool, choice: range, *, negated: bool) -> str:
    side = words().praise if good != negated else words().blame
    word = side[chance.choice(choice)]
    thing = chance.choice(THINGS)
    if negated:
        return f"the {thing} {chance.choice(('was not', 'was never', 'was not very'))} {word}"
    return chance.choice((f"the {thing} was {word}", f"the {thing} was very {word}", f"a {word} {thing}"))


def review(chance: random.Random, good: bool, choice: range, *, clauses: int, negations: float) -> str:
    parts = [clause(chance, good, choice, negated=chance.random() < negations) for _ in range(clauses)]
    return (", and ".join(parts) + ".").capitalize()


def reviews(seed: int, count: int, choice: range, *, clauses=(1, 2, 3), negations=0.3) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    labels = [chance.choice(("negative", "positive")) for _ in range(count)]
    texts = [
        review(chance, label == "positive", choice, clauses=chance.choice(clauses), negations=negations)
        for label in labels
    ]
    return texts, labels


@cache
def unlabelled() -> list[str]:
    return reviews(SEED + 1, 3000, ALL, clauses=(3, 4), negations=0.15)[0]


@cache
def labelled() -> tuple[list[str], list[str]]:
    return reviews(SEED + 2, 600, KNOWN)


@cache
def pretrained(vocabulary: ModuleType, pretraining: ModuleType):
    """The learner's vocabulary and vectors of the reviews without labels."""
    known = vocabulary.Vocabulary.of(unlabelled())
    return known, pretraining.word_vectors(unlabelled(), known)


@cache
def trained(analyzer: ModuleType, vocabulary: ModuleType, pretraining: ModuleType):
    """The learner's analyzer, trained once for all checks."""
    return analyzer.fine_tune(*pretrained(vocabulary, pretraining), *labelled(), seed=1)


def trained_by(project):
    return trained(project.load("analyzer"), project.load("vocabulary"), project.load("pretraining"))


def accuracy(predicted: list[str], labels: list[str]) -> float:
    assert len(predicted) == len(labels), (
        f"predict gave {len(predicted)} labels for {len(labels)} texts; give one for each, in their order."
    )
    strange = set(predicted) - set(LABELS)
    assert not strange, f"predict gave {sorted(map(str, strange))[:3]}; give only the names in LABELS."
    return sum(one == other for one, other in zip(predicted, labels, strict=True)) / len(labels)


def check_vocabulary(project):
    """Words become numbers: negation is kept, unknown words and padding have numbers of their own."""
    module = project.load("vocabulary")
    seen = module.tokenise("The plot wasn’t GOOD, not at all!")
    expected = ["the", "plot", "was", "n't", "good", "not", "at", "all"]
    assert seen == expected, f'tokenise gave {seen}, expected {expected}; lower the case and make "n\'t" a word.'
    vocabulary = module.Vocabulary.of(["b a", "c"])
    numbers = vocabulary.encode(["a zzz c b", "c", ""])
    assert tuple(numbers.shape) == (3, 4), (
        f"encode gave the shape {tuple(numbers.shape)}, expected (3, 4): pad to the longest."
    )
    words = [[vocabulary.words[number] for number in row] for row in numbers.tolist()]
    pad, unknown = module.PAD, module.UNKNOWN
    expected_words = [["a", unknown, "c", "b"], ["c", pad, pad, pad], [pad] * 4]
    assert words == expected_words, f"encode stands for {words}, expected {expected_words}; pad at the end."


def check_pretraining(project):
    """Vectors learned without labels tell words of praise from words of blame."""
    known, vectors = pretrained(project.load("vocabulary"), project.load("pretraining"))
    width = project.load("pretraining").WIDTH
    assert tuple(vectors.shape) == (len(known), width), (
        f"word_vectors gave the shape {tuple(vectors.shape)}, expected {(len(known), width)}."
    )
    assert torch.isfinite(vectors).all(), "word_vectors gave values that are not finite; take no logarithm of zero."
    rows = {word: vectors[known.words.index(word)] for side in (words().praise, words().blame) for word in side}
    right = 0
    for word, vector in rows.items():
        near = max(
            (other for other in rows if other != word),
            key=lambda other: torch.cosine_similarity(vector, rows[other], 0),
        )
        right += (word in words().praise) == (near in words().praise)
    assert right >= 25, (
        f"Only {right} of {len(rows)} opinion words have a nearest neighbour of their own kind, expected 25; "
        "count the words that stand in the same text, and take the pointwise mutual information."
    )
    tiny = project.load("vocabulary").Vocabulary.of(["a b"])
    few = project.load("pretraining").word_vectors(["a b"], tiny)
    assert tuple(few.shape) == (len(tiny), width), (
        f"With fewer words than WIDTH the shape was {tuple(few.shape)}, expected {(len(tiny), width)}; fill with zeros."
    )


def check_probabilities(project):
    """Probabilities sum to one, agree with the labels, and do not depend on the texts beside them."""
    model = trained_by(project)
    texts = [*reviews(SEED + 3, 20, KNOWN)[0], "", "?!", "zyzzy"]
    together = model.probabilities(texts)
    assert tuple(together.shape) == (len(texts), 2), (
        f"The shape for {len(texts)} texts was {tuple(together.shape)}, expected ({len(texts)}, 2); keep empty texts."
    )
    assert torch.isfinite(together).all(), (
        "A text without known words gave a probability that is no number; divide by at least 1."
    )
    sums = together.sum(dim=1)
    assert torch.allclose(sums, torch.ones_like(sums), atol=1e-5), (
        f"A row sums to {sums[(sums - 1).abs().argmax()]:.4f}, expected 1; take the softmax over the two scores."
    )
    assert ((together >= 0) & (together <= 1)).all(), "A probability lies outside 0 to 1; take the softmax."
    alone = torch.cat([model.probabilities([text]) for text in texts])
    off = (together - alone).abs().max().item()
    assert off < 1e-4, (
        f"The probability of a text changes by {off:.4f} when longer texts stand beside it, expected no change; "
        "keep padding out of the sum and the length."
    )
    labels = [LABELS[column] for column in together.argmax(dim=1).tolist()]
    assert model.predict(texts) == labels, (
        "predict does not give the label of the larger probability; use the order of LABELS."
    )


def check_accuracy(project):
    """New reviews are judged right in at least 93 of 100 cases."""
    texts, labels = reviews(SEED + 4, 500, KNOWN)
    share = accuracy(trained_by(project).predict(texts), labels)
    assert share >= 0.93, f"{share:.0%} of new reviews are right, expected 93%; look at the loss, and train longer."


def check_negation(project):
    """Negation is understood: at least 90 of 100 right, and 20 more than with a bag of words."""
    texts, labels = reviews(SEED + 5, 400, KNOWN, clauses=(1,), negations=1.0)
    counter = CountVectorizer()
    bag = LogisticRegression(max_iter=1000).fit(counter.fit_transform(labelled()[0]), labelled()[1])
    without_order = accuracy(list(bag.predict(counter.transform(texts))), labels)
    share = accuracy(trained_by(project).predict(texts), labels)
    assert share >= max(0.9, without_order + 0.2), (
        f"{share:.0%} of negated reviews are right, a bag of words has {without_order:.0%}, expected 90% "
        "and 20 points more; a feature must see the negation and the word that it negates at once."
    )


def check_transfer(project):
    """Opinion words that no labelled review held are judged by their pretrained vectors."""
    texts, labels = reviews(SEED + 6, 500, OTHERS)
    share = accuracy(trained_by(project).predict(texts), labels)
    assert share >= 0.85, (
        f"{share:.0%} of reviews with words that have no label are right, expected 85%; "
        "start from the pretrained vectors and let them learn far slower than the rest."
    )


def check_seed(project):
    """The seed alone decides: same seed, same model, and the pretrained vectors stay as they were."""
    analyzer = project.load("analyzer")
    vocabulary, vectors = pretrained(project.load("vocabulary"), project.load("pretraining"))
    before = vectors.clone()
    texts, labels = labelled()
    tries = []
    for seed, state in ((5, 1), (5, 2), (6, 1)):
        torch.manual_seed(state)
        random.seed(state)
        model = analyzer.fine_tune(vocabulary, vectors, texts[:96], labels[:96], seed=seed, epochs=2)
        tries.append(model.probabilities(texts[:20]))
    assert torch.equal(vectors, before), "fine_tune changed the vectors it was given; copy them into the network."
    assert torch.allclose(tries[0], tries[1], atol=1e-6), (
        "Two runs with the same seed differ; draw the first weights and the order of the texts from the seed."
    )
    assert not torch.allclose(tries[0], tries[2], atol=1e-6), "Another seed gives the same model; use the seed."


def check_saved(project):
    """A saved analyzer is read in a new process and gives the same labels, one a line."""
    model = trained_by(project)
    texts = [*reviews(SEED + 7, 12, KNOWN)[0], "", "Zyzzy."]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.pt"
        model.save(file)
        assert file.is_file(), "save wrote no file at the path it was given; write one file with words and weights."
        again = project.load("analyzer").SentimentAnalyzer.load(file).probabilities(texts)
        done = project.run(["predict.py", str(file)], "".join(f"{text}\n" for text in texts))
    before = model.probabilities(texts)
    assert torch.allclose(before, again, atol=1e-6), (
        "The loaded analyzer gives other probabilities; save all weights and the words."
    )
    assert done.returncode == 0, (
        f"predict.py ended with {done.returncode}: {(done.errors.strip().splitlines() or [''])[-1]}"
    )
    expected = [f"{label} {max(row):.2f}" for label, row in zip(model.predict(texts), before.tolist(), strict=True)]
    printed = done.output.splitlines()
    assert len(printed) == len(expected), (
        f"predict.py printed {len(printed)} lines for {len(expected)} texts; an empty line is a text."
    )
    differ = [pair for pair in zip(printed, expected, strict=True) if pair[0] != pair[1]]
    assert not differ, (
        f"predict.py printed {differ[0][0]!r}, expected {differ[0][1]!r}: the label, a space, two decimals."
    )
