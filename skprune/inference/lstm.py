"""Long short-term memory cells that score rows.

States are kept doubled, ``(tanh(o / 2) + 1) * tanh(c)``, and the weights that read
them halved.
"""

from typing import Any

import numpy as np

from skprune.inference.cell_stack import HALF, N_MAPS, ONE, Step
from skprune.inference.recurrent import RecurrentPredictor

Array = np.ndarray[Any, np.dtype[Any]]

ORDER = [0, 1, 3, 2]
"""From torch's input, forget, cell, output gates to one with the sigmoids first."""


class LSTMPredictor(RecurrentPredictor):
    """A compact LSTM network with a dense head; its maps are in torch's order."""

    cell, state_unit = "lstm", 0.5

    @staticmethod
    def scaled(maps: Array, *, first: bool) -> Array:
        """Halve what enters a sigmoid, and what reads a state; sort the gates."""
        maps, n_cells = maps[ORDER], maps.shape[1]
        maps[:3] *= np.float32(0.5)
        maps[:, :, -n_cells:] *= np.float32(0.5)
        if not first:
            maps[:, :, : -n_cells - 1] *= np.float32(0.5)
        return maps

    @staticmethod
    def begin(n_cells: int, n_rows: int) -> tuple[Array, Step]:
        """Return where the maps of cells are to be written, and what advances them."""
        # The sigmoids, the candidate, and the memory.
        parts = np.zeros((N_MAPS + 1, n_cells, n_rows), np.float32)
        maps = parts[:N_MAPS].reshape(-1, n_rows)
        sigmoids, leave = parts[:3], parts[2]
        entering_and_staying, new_and_old = parts[:2], parts[3:]
        new, memory = new_and_old

        def step(old: Array, state: Array) -> None:
            np.tanh(maps, maps)
            np.add(sigmoids, ONE, sigmoids)
            # c = s(f) c + s(i) g, and both sigmoids are doubled here.
            np.multiply(new_and_old, entering_and_staying, new_and_old)
            np.add(memory, new, memory)
            np.multiply(memory, HALF, memory)
            np.tanh(memory, new)
            np.multiply(leave, new, state)

        return maps, step
