"""Layers of cells that run over the steps of some rows.

All states of a chunk lie in one block, ``[x; 1; h_1; 1; h_2; ...]``, of which each
layer reads a slice, its inputs, a one for the bias, and its own last state, in one
product.

Of few rows the calls are what costs. The layers then run *abreast*: while one is at a
step, the next is at the step before, so that one product and one update serve all. Each
step has a block of its own, ``[1; x; h_1; h_2; ...]``: the inputs of all steps are
written at once, and the states by the step before.
"""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from skprune.inference.cost import CACHE_BYTES, sparse_pays_for
from skprune.inference.layer import Layer

Array = np.ndarray[Any, np.dtype[Any]]

N_MAPS = 4
"""A cell's maps of its layer's inputs and states: an LSTM's gates; a GRU's gates, the
candidate's two parts apart, as the reset gate is between them."""

ABREAST = 1 << 18
"""Bytes of products with zeros in a step, where a layer does not read another, up to
which layers run abreast. More would cost more than the calls."""

FEW_ROWS = 32
ALONE = CACHE_BYTES // 4
"""Bytes of weights up to which so few rows are mapped one by one."""

Step = Callable[[Array, Array], None]
"""What turns maps into states: of (last state, where the next one is written)."""

Begin = Callable[[int, int], tuple[Array, Step]]
"""Of (n_cells, n_rows): returns where maps are to be written, and a step."""

ONE, HALF = np.full((), 1.0, np.float32), np.full((), 0.5, np.float32)
"""As arrays, because numbers of Python's cost as much as the sums."""


class CellStack:
    """Recurrent layers, one on the other.

    Parameters
    ----------
    maps : list of Layer
        Of each layer, of ``[inputs; 1; last state]``, without biases.
    begin : callable
        See :meth:`RecurrentPredictor.begin`.
    """

    def __init__(self, maps: list[Layer], begin: Begin):
        self.maps, self.begin = maps, begin
        self.widths = [layer.shape[0] // N_MAPS for layer in maps]
        self.n_cells = sum(self.widths)
        self.n_inputs = maps[0].shape[1] - 1 - self.widths[0]

    def last_state(self, block: Array) -> Array:
        """Run all steps; return the last layer's state.

        Parameters
        ----------
        block : ndarray of float32 of shape (n_steps, n_inputs, n_rows)

        Returns
        -------
        state : ndarray of shape (n_cells, n_rows)
            In the units in which cells keep it.
        """
        abreast = self._runs_abreast(block)
        return self.run_abreast(block) if abreast else self.run_by_layer(block)

    def _runs_abreast(self, block: Array) -> bool:
        n_steps, n_inputs, n_rows = block.shape
        n_bytes, n_read = block.itemsize * n_rows, 1 + n_inputs + self.n_cells
        if n_bytes * self._n_zeros > ABREAST:
            return False
        if n_bytes * n_read * (n_steps + len(self.maps)) > CACHE_BYTES:
            return False
        return not any(_goes_sparse(maps, n_rows) for maps in self.maps)

    def rows_go_alone(self, n_rows: int) -> bool:
        """Return whether rows are worth a product each, in place of one for all.

        A row then comes to the same bits whatever rows are beside it. But each product
        reads all weights, and where there are many that is what takes the time.
        """
        return n_rows <= FEW_ROWS and 4 * self._n_weights <= ALONE

    @cached_property
    def _n_weights(self) -> int:
        return sum(math.prod(maps.shape) for maps in self.maps)

    @cached_property
    def _n_zeros(self) -> int:
        """Zeros in the maps of all cells, where a layer does not read another."""
        n_read = 1 + self.n_inputs + self.n_cells
        return N_MAPS * self.n_cells * n_read - self._n_weights

    def run_abreast(self, block: Array) -> Array:
        n_steps, n_inputs, n_rows = block.shape
        ends, weight = np.cumsum(self.widths), self._all_layers
        shape = n_steps + len(ends), weight.shape[1], n_rows
        states = np.zeros(shape, np.float32)
        states[:, 0] = 1.0
        states[:n_steps, 1 : 1 + n_inputs] = block
        maps, step = self.begin(ends[-1], n_rows)
        by_map = maps.reshape(N_MAPS, -1, n_rows)
        cells = states[:, 1 + n_inputs :]
        n_waits = len(ends) - 1
        for t, (read, old, new) in enumerate(
            zip(states, cells, cells[1:], strict=False)
        ):
            np.dot(weight, read, maps)
            # Cells whose maps are 0 stay at 0: a layer waits for those before it.
            if t < n_waits:
                by_map[:, ends[t] :] = 0.0
            step(old, new)
        return states[-1, -self.widths[-1] :]

    def run_by_layer(self, block: Array) -> Array:
        n_inputs, n_rows = block.shape[1:]
        widths = self.widths
        # Where each layer's states begin, and where what it reads does.
        own = n_inputs + 1 + np.cumsum([0, *(width + 1 for width in widths[:-1])])
        starts = [0, *own[:-1]]
        states = np.ones((own[-1] + widths[-1], n_rows), np.float32)
        steps: list[tuple[Callable[[], Any], Step, Array]] = []
        for layer, start, first, width in zip(
            self.maps, starts, own, widths, strict=True
        ):
            state, read = states[first : first + width], states[start : first + width]
            state[:] = 0.0
            maps, step = self.begin(width, n_rows)
            steps.append((_product(layer, read, maps), step, state))
        for x in block:
            states[:n_inputs] = x
            for product, step, state in steps:
                product()
                step(state, state)
        return states[-widths[-1] :]

    @cached_property
    def _all_layers(self) -> Array:
        """The maps of all cells, of ``[1; x; h_1; h_2; ...]``."""
        n_inputs, n_cells = self.n_inputs, sum(self.widths)
        weight = np.zeros((N_MAPS, n_cells, 1 + n_inputs + n_cells), np.float32)
        start, first = 1, 0
        for layer, width in zip(self.maps, self.widths, strict=True):
            maps = layer.dense.reshape(N_MAPS, width, -1)
            end, one = 1 + n_inputs + first, maps.shape[2] - width - 1
            own = weight[:, first : first + width]
            own[:, :, start:end] = maps[:, :, :one]
            own[:, :, 0] = maps[:, :, one]
            own[:, :, end : end + width] = maps[:, :, one + 1 :]
            start, first = end, first + width
        # Column by column, as a single row is mapped faster.
        return np.asfortranarray(weight.reshape(N_MAPS * n_cells, -1))


def _goes_sparse(layer: Layer, n_rows: int) -> bool:
    return sparse.issparse(layer.weight) and sparse_pays_for(
        n_rows, layer.n_nonzero, math.prod(layer.shape)
    )


def _product(layer: Layer, block: Array, maps: Array) -> Callable[[], Any]:
    """Return what writes a layer's maps of a block."""
    if _goes_sparse(layer, block.shape[1]):
        return lambda: np.copyto(maps, layer.weight @ block)
    weight = layer.dense
    # For one row np.matmul takes three times as long.
    return lambda: np.dot(weight, block, maps)
