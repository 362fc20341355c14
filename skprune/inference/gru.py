"""Gated recurrent units that score rows."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skprune.inference.layer import Layer
from skprune.inference.recurrent import N_MAPS, RecurrentPredictor

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
    def begin(state: Array) -> tuple[Array, Callable[[], None]]:
        """Return where the maps of cells are to be written, and what advances them."""
        parts = np.zeros((N_MAPS, *state.shape), state.dtype)
        gates, (reset, update, new, part) = parts[:2], parts

        def step() -> None:
            np.tanh(gates, out=gates)
            np.add(gates, 1.0, out=gates)
            np.multiply(part, reset, out=part)
            np.add(new, part, out=new)
            np.tanh(new, out=new)
            # h = n + z (h - n), and z is doubled here.
            np.subtract(state, new, out=state)
            np.multiply(state, update, out=state)
            np.multiply(state, 0.5, out=state)
            np.add(state, new, out=state)

        return parts.reshape(-1, state.shape[1]), step
