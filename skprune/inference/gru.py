"""Gated recurrent units that score rows."""

from typing import Any

import numpy as np

from skprune.inference.cell_stack import HALF, N_MAPS, ONE, Step
from skprune.inference.recurrent import RecurrentPredictor

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
    def scaled(maps: Array, *, first: bool) -> Array:
        """Halve what enters a sigmoid, and what the reset gate multiplies."""
        maps[INTO_SIGMOIDS] *= np.float32(0.5)
        return maps

    @staticmethod
    def begin(n_cells: int, n_rows: int) -> tuple[Array, Step]:
        """Return where the maps of cells are to be written, and what advances them."""
        parts = np.zeros((N_MAPS, n_cells, n_rows), np.float32)
        gates, (reset, update, new, part) = parts[:2], parts

        def step(old: Array, state: Array) -> None:
            np.tanh(gates, gates)
            np.add(gates, ONE, gates)
            np.multiply(part, reset, part)
            np.add(new, part, new)
            np.tanh(new, new)
            # h = n + z (h - n), and z is doubled here.
            np.subtract(old, new, state)
            np.multiply(state, update, state)
            np.multiply(state, HALF, state)
            np.add(state, new, state)

        return parts.reshape(-1, n_rows), step
