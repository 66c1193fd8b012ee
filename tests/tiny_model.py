"""A sentence-transformers folder with a BERT of random weights: 2 layers, 32 dimensions, words as word pieces."""

import json

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

WORDS = [
    *("the", "of", "a", "attention", "softmax", "query", "key", "value", "model", "learns", "low", "rank", "update"),
    *("bread", "oven", "7", "8", ".", ",", "$", "注", "意"),
]
MAX_TOKENS = 24
"""With the two special tokens."""


def write_tiny_model(folder, *, pooling="mean", seed=0, **configuration):
    """Write the model; `configuration` changes its config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = {piece: place for place, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    torch.manual_seed(seed)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    BertModel(
        BertConfig(vocab_size=len(pieces), max_position_embeddings=32, initializer_range=0.4, **shape)
    ).save_pretrained(folder)
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, **configuration}))
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **special})
    _write(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    kinds = ("Transformer", "Pooling", "Normalize")
    _write(
        folder / "modules.json",
        [
            {"idx": place, "name": str(place), "path": f"{place}_{kind}" if place else "", "type": f"{MODULES}.{kind}"}
            for place, kind in enumerate(kinds)
        ],
    )
    (folder / "1_Pooling").mkdir(exist_ok=True)
    modes = {f"pooling_mode_{mode}": mode.startswith(pooling) for mode in ("mean_tokens", "cls_token", "max_tokens")}
    _write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **modes})
    (folder / "2_Normalize").mkdir(exist_ok=True)
    return folder


MODULES = "sentence_transformers.models"


def _write(path, values):
    path.write_text(json.dumps(values))
