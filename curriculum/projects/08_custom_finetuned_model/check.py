"""Checks of project 8: made general texts, made notes of a clinic, a small model trained on the first, then adapted."""

from __future__ import annotations

import copy
import math
import random
import re
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ADJECTIVES = ("small", "red", "old", "quick", "quiet", "heavy", "bright", "strange", "warm", "left")
NOUNS = ("dog", "ball", "boat", "child", "river", "house", "baker", "horse", "garden", "patient", "plan", "arm", "knee")
VERBS = ("sees", "follows", "likes", "paints", "reports", "carries", "finds", "leaves")
PLACES = ("near the hill", "in the town", "before noon", "at night", "with care", "in the rain")
DRUGS = {
    "fever": "amelin",
    "cough": "bractol",
    "pain": "corvex",
    "rash": "dulprin",
    "fatigue": "elotan",
    "chill": "fenadol",
}
DOSES = {"amelin": "50", "bractol": "100", "corvex": "200", "dulprin": "20", "elotan": "5", "fenadol": "400"}
PARTS = ("arm", "knee", "chest", "back", "neck")
ONCE: dict[str, Any] = {}
"""What was trained already, by the learner's folder: several checks look at one training."""


def general_texts(chance: random.Random, count: int) -> list[str]:
    """Plain sentences; one in ten lists words of the clinic, as a general corpus has them now and then."""
    texts = []
    rare = [*DRUGS, *DRUGS.values(), *DOSES.values(), *PARTS, "mg", "daily", ";"]
    for _ in range(count):
        one, two = (f"the {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}" for _ in range(2))
        texts.append(f"{one} {chance.choice(VERBS)} {two} {chance.choice(PLACES)}")
        if chance.random() < 0.1:
            texts[-1] = f"the words {' '.join(chance.sample(rare, 5))}"
    return texts


def clinic_texts(chance: random.Random, count: int) -> list[str]:
    """Notes in which the drug follows from the complaint and the dose from the drug."""
    texts = []
    for _ in range(count):
        complaint = chance.choice(list(DRUGS))
        drug = DRUGS[complaint]
        times = chance.choice(("daily", "at night"))
        texts.append(
            f"patient reports {complaint} in the {chance.choice(PARTS)} ; plan {drug} {DOSES[drug]} mg {times}"
        )
    return texts


def world(project: Any) -> SimpleNamespace:
    """The learner's modules, a pretrained base and ids of made texts; made once for all checks."""
    key = f"world {project.path}"
    if key not in ONCE:
        import torch

        torch.set_num_threads(1)
        data, lora, model, training = (project.load(name) for name in ("data", "lora", "model", "training"))
        chance = random.Random(80)
        general, clinic = general_texts(chance, 1500), clinic_texts(chance, 300)
        vocabulary = data.Vocabulary(general + clinic)
        torch.manual_seed(80)
        base = model.TinyLanguageModel(len(vocabulary.words))
        settings = training.Settings(steps=250, learning_rate=3e-3, seed=80)
        ids = {
            "general": vocabulary.encode(general[:1200]),
            "general test": vocabulary.encode(general[1200:]),
            "clinic": vocabulary.encode(clinic),
            "clinic test": vocabulary.encode(clinic_texts(random.Random(81), 80)),
        }
        losses = training.pretrain(base, ids["general"], settings)
        ONCE[key] = SimpleNamespace(data=data, lora=lora, model=model, training=training, vocabulary=vocabulary,
                                    base=base, ids=ids, losses=losses, torch=torch)  # fmt: skip
    return ONCE[key]


def tuned(project: Any) -> tuple[SimpleNamespace, Any, Any]:
    """The world, the model after fine-tuning and the settings; trained once for all checks."""
    key = f"tuned {project.path}"
    if key not in ONCE:
        made = world(project)
        settings = made.training.Settings(steps=200, seed=82)
        model = copy.deepcopy(made.base)
        made.training.fine_tune(model, made.ids["clinic"], made.ids["general"], settings)
        ONCE[key] = model, settings
    return world(project), *ONCE[key]


def reference_perplexity(made: Any, model: Any, ids: Any) -> float:
    """Perplexity in windows of the context, computed apart from the learner's code."""
    from torch.nn import functional

    was_training = model.training
    model.eval()
    total = 0.0
    with made.torch.no_grad():
        for start in range(0, len(ids) - 1, model.context):
            window = ids[start : start + model.context + 1]
            total += float(functional.cross_entropy(model(window[None, :-1])[0], window[1:], reduction="sum"))
    model.train(was_training)
    return math.exp(total / (len(ids) - 1))


def check_split(project: Any) -> None:
    """The split keeps every text, repeats itself by seed, and has no text on both sides."""
    data = project.load("data")
    chance = random.Random(83)
    texts = general_texts(chance, 200)
    texts += [text.upper() for text in texts[:60]] + [text.replace(" ", "  ") for text in texts[30:90]]
    chance.shuffle(texts)
    train, test = data.split_texts(texts, test_share=0.25, seed=5)
    assert sorted(train + test) == sorted(texts), "Training and test together are not the texts that were given."
    plain = [{" ".join(text.lower().split()) for text in side} for side in (train, test)]
    both = plain[0] & plain[1]
    assert not both, f"{len(both)} texts are on both sides, such as {sorted(both)[0]!r}: split the different texts."
    share = len(plain[1]) / len(plain[0] | plain[1])
    assert abs(share - 0.25) < 0.01, f"Of the different texts {share:.0%} are tested, expected 25%."
    again = data.split_texts(chance.sample(texts, len(texts)), test_share=0.25, seed=5)
    assert sorted(again[1]) == sorted(test), (
        "The same texts in another order gave another split: sort before shuffling."
    )
    other = data.split_texts(texts, test_share=0.25, seed=6)
    assert sorted(other[1]) != sorted(test), "Another seed gave the same split."


def check_adapter_layer(project: Any) -> None:
    """The layer is W x + b + (alpha / rank) B A x, begins as the base, and merges into a plain layer."""
    import torch

    lora = project.load("lora")
    torch.manual_seed(84)
    base = torch.nn.Linear(12, 7)
    layer = lora.LoRALinear(base, rank=3, alpha=12.0)
    values = torch.randn(5, 4, 12)
    gap = float((layer(values) - base(values)).abs().max().detach())
    assert gap == 0, f"A new adapter changes the output by {gap:.3f}: B must begin at zero."
    assert float(layer.lora_a.detach().abs().max()) > 0, "A begins at zero as well: then neither ever gets a gradient."
    shapes = (tuple(layer.lora_a.shape), tuple(layer.lora_b.shape))
    assert shapes == ((3, 12), (7, 3)), f"A and B have the shapes {shapes}, expected (3, 12) and (7, 3)."
    with torch.no_grad():
        layer.lora_b.copy_(torch.randn(7, 3))
        expected = base(values) + 4.0 * values @ layer.lora_a.T @ layer.lora_b.T
        gap = float((layer(values) - expected).abs().max())
        assert gap < 1e-4, f"The output is off by {gap:.3f}: with rank 3 and alpha 12 the update counts four times."
        before = base.weight.clone()
        merged = layer.merged()
        gap = float((merged(values) - expected).abs().max())
        assert gap < 1e-4, f"The merged layer's output is off by {gap:.3f}."
        assert torch.equal(base.weight, before), "Merging changed the base's weights: work on a copy."
    kind = type(merged).__name__
    assert kind == "Linear", f"The merged layer is a {kind}, expected a plain Linear."


def check_perplexity(project: Any) -> None:
    """Perplexity counts each word once, without dropout, and leaves the model as it was."""
    made = world(project)
    model = copy.deepcopy(made.base)
    for name, length in (("general test", 1001), ("clinic test", 500), ("clinic test", 33), ("clinic test", 40)):
        ids = made.ids[name][:length]
        expected = reference_perplexity(made, model, ids)
        model.train()
        seen = made.training.perplexity(model, ids)
        assert abs(seen - expected) < 1e-3 * expected, (
            f"Perplexity on {length} ids is {seen:.3f}, expected {expected:.3f}: switch dropout off, and take the mean "
            "over words, not over windows."
        )
        assert model.training, "The model was in training mode before and is not now: put the mode back."
    fresh = made.model.TinyLanguageModel(len(made.vocabulary.words))
    before, after = (made.training.perplexity(each, made.ids["general test"]) for each in (fresh, made.base))
    assert after < 0.35 * before, f"Pretraining brought the perplexity from {before:.1f} to {after:.1f}; train longer."


def check_only_adapters_train(project: Any) -> None:
    """Fine-tuning changes the adapters and nothing else, and they are less than a fifth of the parameters."""
    made, model, _ = tuned(project)
    for name, weight in made.base.state_dict().items():
        found = [value for key, value in model.state_dict().items() if key.replace(".base.", ".") == name]
        assert found, f"The base's weight {name} is not in the adapted model."
        assert made.torch.equal(found[0], weight), f"Fine-tuning changed {name}: freeze all that is not an adapter."
    linears = [name for name, layer in made.base.named_modules() if type(layer).__name__ == "Linear"]
    adapted = [name for name, layer in model.named_modules() if isinstance(layer, made.lora.LoRALinear)]
    assert sorted(adapted) == sorted(linears), f"Adapters are on {adapted}, expected all linear layers {linears}."
    state = made.lora.adapter_state(model)
    still = [name for name, weight in state.items() if "lora_b" in name and not weight.any()]
    assert not still, f"{still[0]} is still zero after training: give the optimizer the adapters' parameters."
    own = sum(weight.numel() for weight in state.values())
    share = own / sum(weight.numel() for weight in model.parameters())
    seen = made.lora.trainable_share(model)
    assert abs(seen - share) < 1e-6, (
        f"trainable_share is {seen:.3f}, but the adapters are {share:.3f} of the parameters."
    )
    assert share < 0.2, f"The adapters are {share:.0%} of the parameters, expected less than 20%."


def check_domain_and_forgetting(project: Any) -> None:
    """Perplexity on new clinic notes falls to a tenth and below 2.2; on general texts it rises by less than 40%."""
    made, model, _ = tuned(project)
    clinic, general = made.ids["clinic test"], made.ids["general test"]
    before, after = (reference_perplexity(made, each, clinic) for each in (made.base, model))
    limit = min(0.1 * before, 2.2)
    assert after < limit, (
        f"On new notes the perplexity went from {before:.2f} to {after:.2f}, expected below {limit:.2f}: "
        "look at the learning rate, the scale and which parameters the optimizer has."
    )
    before, after = (reference_perplexity(made, each, general) for each in (made.base, model))
    assert after < 1.4 * before, (
        f"On general texts the perplexity rose from {before:.2f} to {after:.2f}, allowed is {1.4 * before:.2f}: "
        "mix the replay share of general text into each batch."
    )


def check_merge(project: Any) -> None:
    """The merged model has no adapters and gives the same scores."""
    made, model, _ = tuned(project)
    model.eval()
    merged = made.lora.merge_adapters(model).eval()
    left = [name for name, layer in merged.named_modules() if isinstance(layer, made.lora.LoRALinear)]
    assert not left, f"The merged model still has adapters: {left}."
    assert set(merged.state_dict()) == set(made.base.state_dict()), "The merged model's weights have other names."
    with made.torch.no_grad():
        ids = made.ids["clinic test"][:320].view(10, 32)
        gap = float((merged(ids) - model(ids)).abs().max())
    assert gap < 1e-3, f"Merged and unmerged scores differ by up to {gap:.4f}: merge the scaled product B A."
    assert made.lora.adapter_state(model), "Merging took the adapters out of the model itself: work on a copy."


def check_checkpoint(project: Any) -> None:
    """A checkpoint holds the adapters only, comes back exactly, and is refused by another base."""
    made, model, settings = tuned(project)
    with tempfile.TemporaryDirectory() as folder:
        path, whole = Path(folder) / "adapters.pt", Path(folder) / "base.pt"
        made.training.save_checkpoint(path, model, settings)
        made.torch.save(made.base.state_dict(), whole)
        part = path.stat().st_size / whole.stat().st_size
        assert part < 0.5, f"The checkpoint is {part:.0%} of the base model's file: write the adapters, not the base."
        back = copy.deepcopy(made.base)
        loaded = made.training.load_checkpoint(path, back)
        assert loaded == settings, f"The settings came back as {loaded}, expected {settings}."
        with made.torch.no_grad():
            ids = made.ids["clinic test"][:320].view(10, 32)
            same = made.torch.equal(back.eval()(ids), model.eval()(ids))
        assert same, "The loaded model's scores differ from those of the model that was saved."
        other = copy.deepcopy(made.base)
        with made.torch.no_grad():
            other.head.weight[0, 0] += 0.01
        try:
            made.training.load_checkpoint(path, other)
        except ValueError:
            return
    raise AssertionError("Adapters of one base were loaded onto another: compare fingerprints and raise ValueError.")


def check_seeds(project: Any) -> None:
    """The same seed gives the same losses and adapters, another seed others."""
    made = world(project)
    results = []
    for seed in (3, 3, 4):
        model = copy.deepcopy(made.base)
        settings = made.training.Settings(steps=6, seed=seed)
        losses = made.training.fine_tune(model, made.ids["clinic"], made.ids["general"], settings)
        made.torch.rand(seed)
        results.append((losses, made.lora.adapter_state(model)))
    assert len(results[0][0]) == 6, f"Six steps gave {len(results[0][0])} losses."
    assert results[0][0] == results[1][0], "The same seed gave other losses: seed before adapters and batches are made."
    equal = all(made.torch.equal(weight, results[1][1][name]) for name, weight in results[0][1].items())
    assert equal, "The same seed gave other adapters: seed before they are made."
    assert results[0][0] != results[2][0], "Another seed gave the same losses: use the seed of the settings."


def check_card(project: Any) -> None:
    """The model card has its sections, tells the facts, and is refused without limits."""
    training, chance = project.load("training"), random.Random(88)
    numbers = [round(chance.uniform(1, 90), 2) for _ in range(4)]
    settings = training.Settings(
        steps=chance.randrange(100, 999), rank=chance.randrange(2, 9), seed=chance.randrange(99)
    )
    share = chance.uniform(0.02, 0.2)
    counts = chance.sample(range(1000, 9999), 2)
    facts = training.CardFacts(
        "Clinic notes", "Writes notes.", *counts, share, *numbers, "Made-up drugs only.", settings
    )
    card = training.model_card(facts)
    sections = {title: body for title, body in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", card, re.M | re.S)}
    expected = ["Purpose", "Data", "Training", "Results", "Limits"]
    assert list(sections) == expected, f"The sections of the card are {list(sections)}, expected {expected}."
    assert card.startswith("# Clinic notes\n"), "The card does not begin with the model's name as its title."
    wanted = {
        "Purpose": ["Writes notes."],
        "Data": [str(count) for count in counts],
        "Training": [f"{100 * share:.1f}%", str(settings.steps), str(settings.rank), str(settings.seed)],
        "Results": [f"{number:.2f}" for number in numbers],
        "Limits": ["Made-up drugs only."],
    }
    for title, words in wanted.items():
        missing = [word for word in words if word not in sections[title]]
        assert not missing, f"The section {title} lacks {missing}: tell these facts."
    try:
        training.model_card(training.CardFacts("Clinic", "Notes.", 1, 1, share, *numbers, "  ", settings))
    except ValueError:
        return
    raise AssertionError("A card without limits was written: raise ValueError.")
