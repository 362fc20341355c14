"""Networks as nodes of an ONNX graph."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skprune.export.nodes import INT64, Graph
from skprune.export.recurrent import last_state
from skprune.export.source import Network, Source
from skprune.inference.activations import n_sorted

Array = NDArray[Any]

OPERATORS = {
    "identity": "Identity",
    "logistic": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "softmax": "Softmax",
    "exp": "Exp",
}
ATTRIBUTES: dict[str, dict[str, Any]] = {"softmax": {"axis": 1}}


class Outputs(NamedTuple):
    """Names that the graph's outputs get."""

    label: str
    score: str


def write(graph: Graph, source: Source, x: str, outputs: Outputs) -> None:
    """Write the network that reads ``x``, and its outputs."""
    scores = [_network(graph, source, network, x) for network in source.networks]
    score = scores[0] if len(scores) == 1 else graph.node("Mean", scores)
    _OUTPUTS[source.kind](graph, source, score, outputs)


def label_values(source: Source) -> Array:
    """Return the labels in the first type of ONNX that holds them as they are.

    Raises
    ------
    TypeError
        If they are neither text, numbers nor booleans.
    ValueError
        If a text holds a NUL character, where ONNX has it end, or is no Unicode.
    """
    classes = np.asarray(source.classes)
    labels = np.array(classes.tolist()) if classes.dtype == object else classes
    if labels.dtype.kind == "U" and all(isinstance(one, str) for one in classes):
        for label in classes:
            _demand_writable(label)
        return classes.astype(object)
    for dtype in _LABEL_TYPES.get(labels.dtype.kind, ()):
        with np.errstate(over="ignore"):
            cast: Array = labels.astype(dtype)
        if cast.tolist() == classes.tolist():
            return cast
    raise TypeError(
        f"Labels of dtype {classes.dtype} can't be exported to ONNX: it knows text, "
        "numbers and booleans."
    )


def _demand_writable(label: str) -> None:
    if "\0" in label or label != label.encode(errors="ignore").decode():
        raise ValueError(
            f"The label {label!r} can't be exported to ONNX, whose texts end at a NUL "
            "character and are Unicode."
        )


_LABEL_TYPES: dict[str, tuple[type, ...]] = {
    "b": (np.int64,),
    "i": (np.int64,),
    "u": (np.int64, np.uint64),
    "f": (np.float32, np.float64),
}


def _network(graph: Graph, source: Source, network: Network, x: str) -> str:
    if not np.array_equal(network.columns, np.arange(source.n_features)):
        x = graph.node("Gather", [x, graph.constant(network.columns)], axis=1)
    if network.recurrent is not None:
        x = last_state(graph, network.recurrent, len(network.columns), x)
    activations = [source.activation] * (len(network.layers) - 1)
    for (weight, bias), name in zip(
        network.layers, [*activations, source.out_activation], strict=True
    ):
        weight = np.ascontiguousarray(weight)
        product = graph.node("MatMul", [x, graph.constant(weight)])
        z = graph.node("Add", [product, graph.constant(bias.astype(np.float32))])
        x = _activated(graph, name, z)
    return x


def _activated(graph: Graph, name: str, z: str) -> str:
    n = n_sorted(name)
    if n is None:
        return graph.node(OPERATORS[name], [z], **ATTRIBUTES.get(name, {}))
    return _sorted(graph, z, n)


def _sorted(graph: Graph, z: str, n: int) -> str:
    """Sort each ``n`` neighbouring outputs, ascending."""
    by_target = graph.node("Reshape", [z, graph.whole(0, -1, n)])  # 0: as many rows
    ascending, _ = graph.outputs("TopK", [by_target, graph.whole(n)], 2, largest=0)
    return graph.node("Reshape", [ascending, graph.whole(0, -1)])


def _regressor(graph: Graph, source: Source, score: str, outputs: Outputs) -> None:
    graph.node("Identity", [score], outputs.score)


def _binary(graph: Graph, source: Source, score: str, outputs: Outputs) -> None:
    one = graph.constant(np.ones(1, np.float32))
    other = graph.node("Sub", [one, score])
    graph.node("Concat", [other, score], outputs.score, axis=1)
    _most_probable(graph, source, outputs)


def _multiclass(graph: Graph, source: Source, score: str, outputs: Outputs) -> None:
    graph.node("Identity", [score], outputs.score)
    _most_probable(graph, source, outputs)


def _most_probable(graph: Graph, source: Source, outputs: Outputs) -> None:
    best = graph.node("ArgMax", [outputs.score], axis=1, keepdims=0)
    labels = graph.constant(label_values(source))
    graph.node("Gather", [labels, best], outputs.label)


def _multilabel(graph: Graph, source: Source, score: str, outputs: Outputs) -> None:
    graph.node("Identity", [score], outputs.score)
    half = graph.constant(np.full(1, 0.5, np.float32))
    above = graph.node("Greater", [score, half])
    graph.node("Cast", [above], outputs.label, to=INT64)


_OUTPUTS = {
    "regressor": _regressor,
    "binary": _binary,
    "multiclass": _multiclass,
    "multilabel": _multilabel,
}
