"""The perceptron as nodes of an ONNX graph."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
INT64 = 7
"""``onnx.TensorProto.INT64``."""

ATTRIBUTES: dict[str, dict[str, Any]] = {"softmax": {"axis": 1}}


class Graph:
    """Nodes and constants, each named by its number as it is added."""

    def __init__(self, onnx: Any):
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Array) -> str:
        """Add a constant and return its name."""
        name = f"skprune_constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(value, name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any
    ) -> str:
        """Add a node and return its output's name, which may be given."""
        output = output or f"skprune_{len(self.nodes)}"
        make = self.onnx.helper.make_node
        self.nodes.append(make(operator, list(inputs), [output], **attributes))
        return output

    def first_of_two(
        self, operator: str, inputs: Sequence[str], **attributes: Any
    ) -> str:
        """Add a node of two outputs and return the first one's name."""
        outputs = [f"skprune_{len(self.nodes)}", f"skprune_{len(self.nodes)}_other"]
        make = self.onnx.helper.make_node
        self.nodes.append(make(operator, list(inputs), outputs, **attributes))
        return outputs[0]


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
    if len(network.columns) < source.n_features:
        x = graph.node("Gather", [x, graph.constant(network.columns)], axis=1)
    activations = [source.activation] * (len(network.layers) - 1)
    for (weight, bias), name in zip(
        network.layers, [*activations, source.out_activation], strict=True
    ):
        weight = np.ascontiguousarray(weight)
        product = graph.node("MatMul", [x, graph.constant(weight)])
        z = graph.node("Add", [product, graph.constant(bias.astype(np.float32))])
        n = n_sorted(name)
        x = (
            graph.node(OPERATORS[name], [z], **ATTRIBUTES.get(name, {}))
            if n is None
            else sort_outputs(graph, z, n)
        )
    return x


def sort_outputs(graph: Graph, z: str, n: int) -> str:
    """Sort each ``n`` neighbouring outputs, ascending, and return the name."""
    shape = graph.constant(np.array([0, -1, n], np.int64))  # 0: as many rows as before
    by_target = graph.node("Reshape", [z, shape])
    largest = graph.constant(np.array([n], np.int64))
    ascending = graph.first_of_two("TopK", [by_target, largest], axis=2, largest=0)
    flat = graph.constant(np.array([0, -1], np.int64))
    return graph.node("Reshape", [ascending, flat])


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
