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

DOUBLES = CACHE_BYTES // 2
"""Bytes of weights in double precision that stay in cache beside the states."""

Step = Callable[[Array, Array], None]
"""What turns maps into states: of (last state, where the next one is written)."""

Begin = Callable[[int, int, Any], tuple[Array, Step]]
"""Of (n_cells, n_rows, dtype): returns where maps are to be written, and a step."""


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
        block : ndarray of shape (n_steps, n_inputs, n_rows)

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
        return not any(_goes_sparse(maps, block) for maps in self.maps)

    @property
    def doubles_pay(self) -> bool:
        """Whether few rows are worth double precision.

        A row then comes to the same whatever rows are beside it. But a step reads all
        weights, and where they don't stay in cache it takes twice as long.
        """
        return 8 * self._n_weights <= DOUBLES

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
        ends, dtype = np.cumsum(self.widths), block.dtype
        weight = self._all_layers[dtype.char]
        shape = n_steps + len(ends), weight.shape[1], n_rows
        states = np.zeros(shape, dtype)
        states[:, 0] = 1.0
        states[:n_steps, 1 : 1 + n_inputs] = block
        maps, step = self.begin(ends[-1], n_rows, dtype)
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
        states = np.ones((own[-1] + widths[-1], n_rows), block.dtype)
        steps: list[tuple[Callable[[], Any], Step, Array]] = []
        for layer, weight, start, first, width in zip(
            self.maps, self._weights(block.dtype), starts, own, widths, strict=True
        ):
            state, read = states[first : first + width], states[start : first + width]
            state[:] = 0.0
            maps, step = self.begin(width, n_rows, block.dtype)
            steps.append((_product(layer, weight, read, maps), step, state))
        for x in block:
            states[:n_inputs] = x
            for product, step, state in steps:
                product()
                step(state, state)
        return states[-widths[-1] :]

    @cached_property
    def _all_layers(self) -> dict[str, Array]:
        """The maps of all cells, of ``[1; x; h_1; h_2; ...]``, by type of number."""
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
        flat = weight.reshape(N_MAPS * n_cells, -1)
        return {char: _fortran(flat, char) for char in "fd"}

    def _weights(self, dtype: Any) -> list[Array]:
        return self._double if dtype == np.float64 else [m.dense for m in self.maps]

    @cached_property
    def _double(self) -> list[Array]:
        # Kept, as a row takes a product a step, and a cast costs as much as that.
        return [_fortran(layer.dense, "d") for layer in self.maps]


def constants(dtype: Any) -> tuple[Array, Array]:
    """Return one and a half as arrays: numbers of Python's cost as much as the sums."""
    return np.full((), 1.0, dtype), np.full((), 0.5, dtype)


def _fortran(weight: Array, char: str) -> Array:
    """Return weights column by column, as a single row is mapped faster."""
    return np.asfortranarray(weight, char)


def _goes_sparse(layer: Layer, block: Array) -> bool:
    # SciPy would cast the weights at every step to multiply in double precision.
    return (
        block.dtype == np.float32
        and sparse.issparse(layer.weight)
        and sparse_pays_for(block.shape[-1], layer.n_nonzero, math.prod(layer.shape))
    )


def _product(
    layer: Layer, weight: Array, block: Array, maps: Array
) -> Callable[[], Any]:
    """Return what writes a layer's maps of a block, whose type ``weight`` has."""
    if _goes_sparse(layer, block):
        return lambda: np.copyto(maps, layer.weight @ block)
    # For one row np.matmul takes three times as long.
    return lambda: np.dot(weight, block, maps)
