"""Recurrent layers as nodes of an ONNX graph."""

import numpy as np

from skprune.export.nodes import Graph
from skprune.export.source import Array, Recurrent, WeightAndBias

GATES = [0, 3, 1, 2]
"""From torch's input, forget, cell, output gates to ONNX's input, output, forget,
cell."""


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
    for layer in others:
        # (steps, directions, rows, cells), of one direction.
        states, _ = _layer(graph, layer, steps)
        steps = graph.node("Squeeze", [states, graph.whole(1)])
    _, state = _layer(graph, last, steps)
    return graph.node("Squeeze", [state, graph.whole(0)])


def _layer(graph: Graph, layer: WeightAndBias, steps: str) -> list[str]:
    """Add a layer; return the names of its states at all steps, and at the last."""
    weight, bias = layer
    n_cells = len(bias) // len(GATES)
    both = _by_gate(weight.T, n_cells)
    inputs, own = both[:, :-n_cells], both[:, -n_cells:]
    biases = np.concatenate([_by_gate(bias, n_cells), np.zeros_like(bias)])
    constants = [
        graph.constant(np.ascontiguousarray(part[None], np.float32))
        for part in (inputs, own, biases)
    ]
    return graph.outputs("LSTM", [steps, *constants], 2, hidden_size=n_cells)


def _by_gate(rows: Array, n_cells: int) -> Array:
    by_gate = rows.reshape(len(GATES), n_cells, *rows.shape[1:])
    return by_gate[GATES].reshape(rows.shape)
