"""Recurrent layers as nodes of an ONNX graph."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from skprune.export.nodes import Graph
from skprune.export.source import Array, Recurrent, WeightAndBias
from skprune.inference.cell_stack import N_MAPS


class Layer(NamedTuple):
    """One layer, by the maps of its cells: (4, n_cells, ...).

    Attributes
    ----------
    inputs, state : ndarray of shape (4, n_cells, n_inputs) and (4, n_cells, n_cells)
    bias : ndarray of shape (4, n_cells)
    """

    inputs: Array
    state: Array
    bias: Array

    @property
    def n_cells(self) -> int:
        """Cells of the layer."""
        return self.bias.shape[1]


def last_state(graph: Graph, recurrent: Recurrent, n_columns: int, x: str) -> str:
    """Add the layers over the steps of rows ``x``; return the last one's last state.

    No size of a batch is written down: states begin at 0 where none are given.
    """
    n_steps = len(recurrent.factors)
    shape = graph.whole(-1, n_steps, n_columns // n_steps)
    by_step = graph.node("Reshape", [x, shape])
    steps = graph.node("Transpose", [by_step], perm=[1, 0, 2])
    if not np.all(recurrent.factors == 1):
        factors = graph.constant(recurrent.factors.reshape(-1, 1, 1))
        steps = graph.node("Mul", [steps, factors])
    *others, last = recurrent.cells
    write = WRITERS[recurrent.cell]
    for layer in others:
        # (steps, directions, rows, cells), of one direction.
        states, _ = write(graph, _by_map(layer), steps)
        steps = graph.node("Squeeze", [states, graph.whole(1)])
    _, state = write(graph, _by_map(last), steps)
    return graph.node("Squeeze", [state, graph.whole(0)])


def _by_map(layer: WeightAndBias) -> Layer:
    bias = layer[1].reshape(N_MAPS, -1)
    weight = layer[0].T.reshape(*bias.shape, -1)
    n_cells = bias.shape[1]
    return Layer(weight[:, :, :-n_cells], weight[:, :, -n_cells:], bias)


def _lstm(graph: Graph, layer: Layer, steps: str) -> list[str]:
    """Add a layer; return the names of its states at all steps, and at the last."""
    gates = [0, 3, 1, 2]  # ONNX's order: input, output, forget, cell
    inputs, state, bias = (part[gates] for part in layer)
    parts = _constants(graph, inputs, state, [bias, np.zeros_like(bias)])
    return graph.outputs("LSTM", [steps, *parts], 2, hidden_size=layer.n_cells)


def _gru(graph: Graph, layer: Layer, steps: str) -> list[str]:
    """Add a layer; return the names of its states at all steps, and at the last."""
    inputs, state = layer.inputs[[1, 0, 2]], layer.state[[1, 0, 3]]  # update, reset
    update, reset, new, part = layer.bias[[1, 0, 2, 3]]
    none = np.zeros_like(update)
    biases = [update, reset, new, none, none, part]
    return graph.outputs(
        "GRU",
        [steps, *_constants(graph, inputs, state, biases)],
        2,
        hidden_size=layer.n_cells,
        # The reset gate multiplies the state's part of the candidate, bias included.
        linear_before_reset=1,
    )


def _constants(
    graph: Graph, inputs: Array, state: Array, biases: Sequence[Array]
) -> list[str]:
    """Add a layer's matrices, (directions, gates * cells, ...), and its biases."""
    bias = np.concatenate([part.ravel() for part in biases])
    parts = [part.reshape(-1, part.shape[2]) for part in (inputs, state)]
    return [
        graph.constant(np.ascontiguousarray(part[None], np.float32))
        for part in (*parts, bias)
    ]


WRITERS: dict[str, Callable[[Graph, Layer, str], list[str]]] = {
    "lstm": _lstm,
    "gru": _gru,
}
"""What adds a layer, by the kind of cells."""
