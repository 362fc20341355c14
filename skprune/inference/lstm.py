"""Long short-term memory cells that score rows.

States are kept doubled, ``(tanh(o / 2) + 1) * tanh(c)``, and the weights that read
them halved.
"""

from typing import Any

import numpy as np

from skprune.inference.layer import Layer
from skprune.inference.recurrent import N_MAPS, RecurrentPredictor, Step

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
    def stepping(state: Array) -> Step:
        """Return what advances a layer's state, (cells, rows), from its beginning."""
        n_cells = len(state)
        memory = np.zeros_like(state)

        def step(gates: Array) -> None:
            np.tanh(gates, out=gates)
            gates[: 3 * n_cells] += np.float32(1)
            enter, stay, leave, new = gates.reshape(N_MAPS, n_cells, -1)
            # c = s(f) c + s(i) g, and both sigmoids are doubled here.
            np.multiply(memory, stay, out=memory)
            np.multiply(new, enter, out=new)
            np.add(memory, new, out=memory)
            np.multiply(memory, np.float32(0.5), out=memory)
            np.tanh(memory, out=new)
            np.multiply(leave, new, out=state)

        return step
