"""Long short-term memory cells that score rows.

States are kept doubled, ``(tanh(o / 2) + 1) * tanh(c)``, and the weights that read
them halved.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from skprune.inference.layer import Layer
from skprune.inference.recurrent import N_MAPS, RecurrentPredictor

Array = np.ndarray[Any, np.dtype[Any]]

ORDER = [0, 1, 3, 2]
"""From torch's input, forget, cell, output gates to one with the sigmoids first."""


class LSTMPredictor(RecurrentPredictor):
    """A compact LSTM network with a dense head; its maps are in torch's order."""

    cell, state_unit = "lstm", 0.5

    @staticmethod
    def scaled(layer: Layer, n_cells: int, *, first: bool) -> Layer:
        """Halve what enters a sigmoid, and what reads a state; sort the gates."""
        weight = layer.dense.reshape(N_MAPS, n_cells, -1)[ORDER].copy()
        bias = layer.bias.reshape(N_MAPS, n_cells)[ORDER].copy()
        weight[:3] *= np.float32(0.5)
        bias[:3] *= np.float32(0.5)
        weight[:, :, -n_cells if first else 0 :] *= np.float32(0.5)
        return Layer(weight.reshape(N_MAPS * n_cells, -1), bias.ravel())

    @staticmethod
    def begin(state: Array) -> tuple[Array, Callable[[], None]]:
        """Return where the maps of cells are to be written, and what advances them."""
        # The sigmoids, the candidate, and the memory.
        parts = np.zeros((N_MAPS + 1, *state.shape), state.dtype)
        maps = parts[:N_MAPS].reshape(-1, state.shape[1])
        sigmoids, leave = parts[:3], parts[2]
        entering_and_staying, new_and_old = parts[:2], parts[3:]
        new, memory = new_and_old

        def step() -> None:
            np.tanh(maps, out=maps)
            np.add(sigmoids, 1.0, out=sigmoids)
            # c = s(f) c + s(i) g, and both sigmoids are doubled here.
            np.multiply(new_and_old, entering_and_staying, out=new_and_old)
            np.add(memory, new, out=memory)
            np.multiply(memory, 0.5, out=memory)
            np.tanh(memory, out=new)
            np.multiply(leave, new, out=state)

        return maps, step
