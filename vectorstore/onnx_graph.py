"""A BERT model's weights as an ONNX graph, made of the operations ONNX Runtime has for such models.

Built from the weights and not by `torch.onnx.export`: that writes some hundred small operations instead of the fused
ones, and its exporter without onnxscript bakes the example's attention mask into the graph (torch 2.13 with
transformers 5.23), so that every other text gets a wrong vector.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
"""int32, shape (texts, tokens)."""
OUTPUT = "rows"
"""float32, shape (texts, dimension), rows of length 1."""
FUSED = "com.microsoft"
"""Domain of ONNX Runtime's own operations."""
INT8_LIMIT = 127
NARROW_LIMIT = 63
"""Without VNNI two products of full range do not fit into the 16 bits that the processor adds them in."""
SMALLEST_SCALE = 1e-9


class NotConvertibleError(Exception):
    """The model is built otherwise than this graph; torch computes it."""


def bert_graph(folder: Path, *, int8: bool = False, narrow: bool = False) -> ModelProto:
    """The graph of the sentence-transformers model in `folder`: BERT, pooling, rows of length 1.

    With `int8` the weights of every product are rounded to 8 bits, each output channel to a scale of its own, and
    what they are multiplied with is rounded on the way; `narrow` takes 7 bits.

    Raises:
        NotConvertibleError: the model is no BERT with mean or first-token pooling, or has no safetensors weights.
    """
    configuration = _configuration(folder)
    pooling = _pooling(folder)
    weights = _weights(folder)
    try:
        limit = (NARROW_LIMIT if narrow else INT8_LIMIT) if int8 else None
        graph = _Graph(weights, configuration, limit)
        states = graph.embeddings()
        for number in range(int(configuration["num_hidden_layers"])):
            states = graph.layer(states, f"encoder.layer.{number}.")
        graph.pool(states, pooling)
        return graph.model()
    except KeyError as error:
        raise NotConvertibleError(f"the model has no {error}") from error


class _Graph:
    """Operations and their constants, in the order in which they are added."""

    def __init__(
        self, weights: Mapping[str, NDArray[Any]], configuration: Mapping[str, Any], int8_limit: int | None
    ) -> None:
        self._weights = weights
        self._heads = int(configuration["num_attention_heads"])
        self._dimension = int(configuration["hidden_size"])
        self._epsilon = float(configuration["layer_norm_eps"])
        self._int8_limit = int8_limit
        self._operations: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def embeddings(self) -> str:
        """Word, position and type of every token, added and scaled: (texts, tokens, dimension)."""
        tables = [f"embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")]
        scaling = ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
        constants = [self._constant(name, self._weights[name]) for name in tables + scaling]
        inputs = ["input_ids", "token_type_ids", *constants]
        return self._add(
            "EmbedLayerNormalization", inputs, ["embedded", "embedded.unused"], FUSED, epsilon=self._epsilon
        )

    def layer(self, states: str, prefix: str) -> str:
        """One layer: attention, then two products with a GELU between; each added to what came in, and scaled."""
        heads = [f"{prefix}attention.self.{name}." for name in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[name + "weight"] for name in heads])
        bias = np.concatenate([self._weights[name + "bias"] for name in heads])
        together = self._add_bias(self._product(states, f"{prefix}heads", matrix), f"{prefix}heads", bias)
        parts = [f"{prefix}{name}" for name in ("query", "key", "value")]
        self._add("Split", [together], parts, axis=-1, num_outputs=3)
        inputs = [*parts, "", "attention_mask"]
        attended = self._add(
            "MultiHeadAttention", inputs, [f"{prefix}attended"], FUSED, num_heads=self._heads, mask_filter_value=-1e9
        )
        states = self._add_and_scale(attended, states, f"{prefix}attention.output.")
        inner = f"{prefix}intermediate.dense."
        wide = self._product(states, inner, self._weights[inner + "weight"])
        curved = self._add(
            "BiasGelu", [wide, self._constant(inner + "bias", self._weights[inner + "bias"])], [inner + "gelu"], FUSED
        )
        return self._add_and_scale(curved, states, f"{prefix}output.")

    def pool(self, states: str, pooling: str) -> None:
        """One row a text: the mean over its tokens, or its first token. Dividing by the count is left to the length."""
        axis = self._constant("pool.axis", np.array([1], dtype=np.int64))
        if pooling == "cls":
            first = self._constant("pool.first", np.array(0, dtype=np.int64))
            pooled = self._add("Gather", [states, first], ["pooled"], axis=1)
        else:
            mask = self._add("Cast", ["attention_mask"], ["pool.mask"], to=1)
            mask = self._add("Unsqueeze", [mask, axis], ["pool.mask.row"])
            pooled = self._add("MatMul", [mask, states], ["pool.sum"])
            pooled = self._add("Squeeze", [pooled, axis], ["pooled"])
        self._add("LpNormalization", [pooled], [OUTPUT], axis=-1, p=2)

    def model(self) -> ModelProto:
        """The whole as ONNX."""
        from onnx import TensorProto, helper

        inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"]) for name in INPUTS]
        output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", self._dimension])
        graph = helper.make_graph(self._operations, "sentence-bert", inputs, [output], self._constants)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9)

    def _add_and_scale(self, states: str, skipped: str, prefix: str) -> str:
        product = self._product(states, prefix, self._weights[prefix + "dense.weight"])
        names = [prefix + name for name in ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")]
        constants = [self._constant(name, self._weights[name]) for name in names]
        inputs = [product, skipped, *constants]
        return self._add("SkipLayerNormalization", inputs, [prefix + "states"], FUSED, epsilon=self._epsilon)

    def _product(self, states: str, name: str, matrix: NDArray[Any]) -> str:
        """`states` times the transposed matrix (output channels, input channels)."""
        right = matrix.T.astype(np.float32)
        if self._int8_limit is None:
            return self._add("MatMul", [states, self._constant(name + "right", right)], [name + "product"])
        scales = np.maximum(np.abs(right).max(axis=0), SMALLEST_SCALE) / self._int8_limit
        rounded = np.round(right / scales).astype(np.int8)
        constants = [
            self._constant(name + "rounded", rounded),
            self._constant(name + "scales", scales.astype(np.float32)),
            self._constant(name + "zeros", np.zeros(len(scales), dtype=np.int8)),
        ]
        return self._add("DynamicQuantizeMatMul", [states, *constants], [name + "product"], FUSED)

    def _add_bias(self, states: str, name: str, bias: NDArray[Any]) -> str:
        return self._add("Add", [states, self._constant(name + "bias", bias)], [name + "sum"])

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        kept = values.astype(np.float32) if values.dtype.kind == "f" else values
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(kept), name))
        return name

    def _add(
        self, operation: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **attributes: Any
    ) -> str:
        """Append the operation; returns its first output."""
        from onnx import helper

        node = helper.make_node(operation, inputs, outputs, name=outputs[0], domain=domain, **attributes)
        self._operations.append(node)
        return outputs[0]


def _configuration(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = _read_json(folder / "config.json")
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    defaults = {"hidden_act": "gelu", "position_embedding_type": "absolute"}
    for name, value in wanted.items():
        if values.get(name, defaults.get(name)) != value:
            raise NotConvertibleError(f"{name} is {values.get(name)!r}, not {value!r}")
    if values.get("is_decoder") or values.get("add_cross_attention"):
        raise NotConvertibleError("it is a decoder")
    values.setdefault("layer_norm_eps", 1e-12)
    return values


def _pooling(folder: Path) -> str:
    """`mean` or `cls`."""
    modules = _read_json(folder / "modules.json")
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules] if modules else []
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise NotConvertibleError(f"its modules are {', '.join(kinds) or 'not listed'}")
    if _read_json(folder / "config_sentence_transformers.json", missing={}).get("default_prompt_name"):
        raise NotConvertibleError("it puts a prompt before every text")
    values = _read_json(folder / modules[1]["path"] / "config.json")
    named = {key.removeprefix("pooling_mode_").removesuffix("_token").removesuffix("_tokens"): values[key]
             for key in values if key.startswith("pooling_mode_")}  # fmt: skip
    modes = [name for name, used in named.items() if used] or [values.get("pooling_mode")]
    if modes not in (["mean"], ["cls"]):
        raise NotConvertibleError(f"it pools by {modes}")
    return str(modes[0])


def _weights(folder: Path) -> dict[str, NDArray[Any]]:
    from safetensors.numpy import load_file

    path = folder / "model.safetensors"
    if not path.is_file():
        raise NotConvertibleError("it has no model.safetensors")
    try:
        loaded = load_file(path)
    except Exception as error:  # e.g. bf16 weights, which numpy does not know
        raise NotConvertibleError(f"its weights cannot be read ({error})") from error
    return {name.removeprefix("bert."): values for name, values in loaded.items()}


def _read_json(path: Path, missing: Any = None) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        if missing is not None:
            return missing
        raise NotConvertibleError(f"{path.name} cannot be read") from error
