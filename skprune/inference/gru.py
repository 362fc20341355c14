"""Gated recurrent units that score rows."""

from typing import Any

import numpy as np

from skprune.inference.layer import Layer
from skprune.inference.recurrent import N_MAPS, RecurrentPredictor, Step

Array = np.ndarray[Any, np.dtype[Any]]

INTO_SIGMOIDS = [0, 1, 3]
"""Maps that are halved: of the gates, and of what the doubled reset gate multiplies."""


class GRUPredictor(RecurrentPredictor):
    """A compact GRU network with a dense head.

    A cell's maps are the reset gate, the update gate, and the candidate's parts of the
    inputs and of the state.
    """

    cell, state_unit = "gru", 1.0

    @staticmethod
    def scaled(layer: Layer, n_cells: int, *, first: bool) -> Layer:
        """Halve what enters a sigmoid, and what the reset gate multiplies."""
        weight = layer.dense.reshape(N_MAPS, n_cells, -1).copy()
        bias = layer.bias.reshape(N_MAPS, n_cells).copy()
        weight[INTO_SIGMOIDS] *= np.float32(0.5)
        bias[INTO_SIGMOIDS] *= np.float32(0.5)
        return Layer(weight.reshape(N_MAPS * n_cells, -1), bias.ravel())

    @staticmethod
    def stepping(state: Array) -> Step:
        """Return what advances a layer's state, (cells, rows), from its beginning."""
        n_cells = len(state)

        def step(maps: Array) -> None:
            gates, (new, part) = (
                maps[: 2 * n_cells],
                maps[2 * n_cells :].reshape(2, n_cells, -1),
            )
            np.tanh(gates, out=gates)
            np.add(gates, np.float32(1), out=gates)
            reset, update = gates.reshape(2, n_cells, -1)
            np.multiply(part, reset, out=part)
            np.add(new, part, out=new)
            np.tanh(new, out=new)
            # h = n + z (h - n), and z is doubled here.
            np.subtract(state, new, out=state)
            np.multiply(state, update, out=state)
            np.multiply(state, np.float32(0.5), out=state)
            np.add(state, new, out=state)

        return step
