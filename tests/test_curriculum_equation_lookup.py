"""Finding an equation by what a learner would write."""

from __future__ import annotations

import pytest

from curriculum.equations import find_equation, load_equations
from errors import ExerciseError


@pytest.mark.parametrize(
    ("reference", "paper", "expected"),
    [
        ("equation 1 of the attention paper", "", "attention-scaled-dot-product"),
        ("explain equation 1 of Attention Is All You Need", "", "attention-scaled-dot-product"),
        ("Attention Equation", "", "attention-scaled-dot-product"),
        ("the scaled dot-product attention formula", "", "attention-scaled-dot-product"),
        ("scaled dot produkt attenton", "", "attention-scaled-dot-product"),
        ("attention-scaled-dot-product", "", "attention-scaled-dot-product"),
        ("multi-head attention", "", "attention-multi-head"),
        ("the complexity of self-attention", "", "attention-layer-complexity"),
        ("learning rate schedule", "AIAYN", "attention-learning-rate"),
        ("(2)", "the transformer paper", "attention-feed-forward"),
        ("eq. 7 of the DPO paper", "", "dpo-loss"),
        ("eq 7", "direct preference optimization", "dpo-loss"),
        ("EQUATION (7)", "arXiv:2305.18290v2", "dpo-loss"),
        ("equation number 18 in 2305.18290", "", "dpo-plackett-luce"),
        ("DPO loss", "", "dpo-loss"),
        ("the gradient of DPO", "", "dpo-gradient"),
        ("dpo", "", "dpo-loss"),
        ("LoRA equation", "", "lora-forward-pass"),
        ("equation 4 of the lora paper", "", "lora-subspace-similarity"),
        ("alpha over r", "LoRA", "lora-scaling"),
        ("L3 of the GPT paper", "", "gpt-combined-objective"),
        ("equation L2", "GPT", "gpt-fine-tuning-objective"),
        ("equation 1 of GPT-2", "", "gpt2-factorisation"),
        ("masked LM", "BERT", "bert-masked-lm-loss"),
        ("80/10/10", "", "bert-masking-procedure"),
        ("18", "", "dpo-plackett-luce"),
    ],
)
def test_an_equation_is_found(reference: str, paper: str, expected: str):
    assert find_equation(reference, paper).id == expected


def test_every_equation_is_found_by_its_id_names_and_number():
    for equation in load_equations():
        assert find_equation(equation.id) is equation
        for name in equation.names:
            assert find_equation(name) is equation, name
            if not name.startswith("equation "):
                assert find_equation(name.upper(), equation.paper_id) is equation, name
        if equation.number:
            assert find_equation(f"eq. {equation.number}", equation.paper_id) is equation


@pytest.mark.parametrize(
    ("reference", "paper", "message", "hint"),
    [
        ("equation 1", "", "Equation 1 stands in several papers.", "Attention Is All You Need; "),
        ("equation 99 of the DPO paper", "", "no equation 99 of Direct Preference", "DPO loss (equation 7)"),
        ("equation 99", "", "no equation 99", "It has: "),
        ("navier stokes", "", "The catalogue has no such equation.", "It has: "),
        ("navier stokes", "LoRA", "no such equation of LoRA", "LoRA forward pass (equation 3)"),
        ("equation 3", "the paper about bread", "The roadmap has no paper 'the paper about bread'.", "Nearest are: "),
        ("equation 3 of AutoGen", "", "no equation of AutoGen", "It has equations of: Attention"),
        ("", "", "The catalogue has no such equation.", "It has: "),
        ("DPO loss", "LoRA", "no such equation of LoRA", "LoRA forward pass"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(reference: str, paper: str, message: str, hint: str):
    with pytest.raises(ExerciseError) as caught:
        find_equation(reference, paper)
    assert message in caught.value.message
    assert hint in caught.value.hint
