"""Packed layers compute what the layers did, and only where torch can."""

import pytest


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def bert_layer(torch):
    """A widening layer as BERT has it, followed by one that narrows again."""
    from torch import nn
    from transformers.activations import GELUActivation

    class Wide(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(32, 64)
            self.intermediate_act_fn = GELUActivation()

        def forward(self, rows):
            return self.intermediate_act_fn(self.dense(rows))

    torch.manual_seed(0)
    return nn.Sequential(Wide(), nn.Linear(64, 16, bias=False)).eval()


def test_packed_layers_give_the_same_rows(torch, bert_layer):
    from vectorstore.packed_linear import pack_linear_layers

    model = bert_layer.to(torch.bfloat16)
    rows = torch.randn(2, 5, 32, dtype=torch.bfloat16)
    with torch.inference_mode():
        before = model(rows)
        count = pack_linear_layers(model)
        if count == 0:
            pytest.skip("torch cannot pack bf16 layers on this processor")
        after = model(rows)
    assert count == 2
    assert not any(isinstance(module, torch.nn.Linear) for module in model.modules())
    assert after.shape == before.shape == (2, 5, 16)
    assert torch.allclose(before.float(), after.float(), atol=0.02)


def test_layers_in_fp32_stay_as_they_are(torch, bert_layer):
    from vectorstore.packed_linear import pack_linear_layers

    assert pack_linear_layers(bert_layer) == 0
    assert type(bert_layer[0].dense) is torch.nn.Linear


def test_a_torch_that_cannot_pack_leaves_the_model_alone(torch, bert_layer, monkeypatch):
    from vectorstore import packed_linear

    def refuse(*_args, **_named):
        raise RuntimeError("no oneDNN")

    monkeypatch.setattr(packed_linear, "packed_linear", refuse)
    model = bert_layer.to(torch.bfloat16)
    assert packed_linear.pack_linear_layers(model) == 0
    assert type(model[0].dense) is type(model[1]) is torch.nn.Linear
