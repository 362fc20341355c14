"""Stacked recurrent layers that score rows, in chunks that stay in cache.

A sigmoid is a shifted tanh, ``s(x) = (tanh(x / 2) + 1) / 2``, so one call of tanh
serves all gates of a step if the weights into the sigmoids are halved. Powers of two
round nothing.

All states of a chunk lie in one block, ``[x; 1; h_1; 1; h_2; ...]``, of which each
layer reads a slice, its inputs, a one for the bias, and its own last state, in one
product.

Of few rows the calls are what costs. The layers then run *abreast*: while one is at a
step, the next is at the step before, so that one product and one update serve all. Each
step has a block of its own, ``[1; x; h_1; h_2; ...]``: the inputs of all steps are
written at once, and the states by the step before.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skprune.inference.activations import ACTIVATIONS
from skprune.inference.base import FEW_ROWS, NetworkPredictor
from skprune.inference.cost import CACHE_BYTES, sparse_pays_for
from skprune.inference.layer import Layer

Array = np.ndarray[Any, np.dtype[Any]]

N_MAPS = 4
"""A cell's maps of its layer's inputs and states: an LSTM's gates; a GRU's gates, the
candidate's two parts apart, as the reset gate is between them."""

ABREAST = 1 << 18
"""Bytes of products with zeros in a step, where a layer does not read another, up to
which layers run abreast. More would cost more than the calls."""

Step = Callable[[Array, Array], None]
"""What turns maps into states: of (last state, where the next one is written)."""


class RecurrentPredictor(NetworkPredictor):
    """A compact recurrent network with a dense head.

    Parameters
    ----------
    cells : list of Layer
        For each recurrent layer the maps of its inputs and its own last state, side by
        side.
    head : list of Layer
    n_channels : int
        Channels of a full row: ``n_timesteps * n_channels`` columns.
    steps, channels : ndarray of int
        The time steps and channels that are read.
    factors : ndarray of float32 of shape (n_steps,)
        What each step's values are multiplied by.
    activation, out_activation : str
        Keys of ``ACTIVATIONS``.
    order : ndarray of int of shape (n_timesteps * n_channels,), optional
        Where in a full row the columns of the steps are, oldest step first; by default
        in that order.

    Attributes
    ----------
    cell : str
        The kind of cells, as the estimators name it.
    state_unit : float
        What states are kept in multiples of.
    """

    cell: ClassVar[str]
    state_unit: ClassVar[float]

    @staticmethod
    @abstractmethod
    def scaled(maps: Array, *, first: bool) -> Array:
        """Return a layer's maps as its steps take them.

        Parameters
        ----------
        maps : ndarray of shape (4, n_cells, n_read + 1 + n_cells)
            Of what it reads, of one, and of its own last state.
        first : bool
            Whether it reads inputs, or states of the layer before.
        """

    @staticmethod
    @abstractmethod
    def begin(n_cells: int, n_rows: int, dtype: Any) -> tuple[Array, Step]:
        """Return where the maps of cells are to be written, and what advances them.

        Returns
        -------
        maps : ndarray of shape (4 * n_cells, n_rows)
        step : callable
            To be called when the maps of a step are there. The states before the first
            are zeros.
        """

    def __init__(
        self,
        cells: list[Layer],
        head: list[Layer],
        n_channels: int,
        steps: Array,
        channels: Array,
        factors: Array,
        activation: str,
        out_activation: str,
        order: Array | None = None,
    ):
        self.cells, self.head, self.layers = cells, head, [*cells, *head]
        self.n_channels = n_channels
        self.steps, self.channels, self.factors = steps, channels, factors
        self.activation, self.out_activation = activation, out_activation
        self.order = order

    @property
    def widths(self) -> list[int]:
        """Cells of each recurrent layer."""
        return [len(layer.bias) // N_MAPS for layer in self.cells]

    @property
    def n_units(self) -> int:
        """Cells, and hidden units of the head."""
        return sum(self.widths) + sum(len(layer.bias) for layer in self.head[:-1])

    @property
    def n_features(self) -> int:
        """Input columns read."""
        return len(self.steps_read) * len(self.channels_read)

    @property
    def steps_read(self) -> Array:
        """The time steps read, ascending."""
        return self.steps[self.factors != 0]

    @property
    def channels_read(self) -> Array:
        """The channels read, ascending."""
        inputs = self.cells[0].dense[:, : len(self.channels)]
        return self.channels[inputs.any(0)]

    @property
    def multiply_adds(self) -> int:
        """Multiplications to score one row."""
        each_step = sum(layer.multiply_adds for layer in self.cells)
        head = sum(layer.multiply_adds for layer in self.head)
        return len(self.steps) * each_step + head

    def decision(self, X: Any) -> Array:
        """Return the outputs before the output activation."""
        n_rows, step = X.shape[0], self._rows_at_once()
        last = self.head[-1].bias
        out = np.empty((n_rows, len(last)), last.dtype)
        for start in range(0, n_rows, step):
            rows = slice(start, start + step)
            block = self._block(X[rows])
            if n_rows <= FEW_ROWS:
                block = block.astype(np.float64)
            out[rows] = self._dense(self._last_state(block)).T
        return out

    def shifted(self, shift: float) -> "RecurrentPredictor":
        """Return a predictor with something added to its outputs."""
        *hidden, last = self.head
        other = copy(self)
        other.head = [*hidden, last.shifted(shift)]
        return other

    def _rows_at_once(self) -> int:
        # Inputs, states, memories and the maps of a row.
        widest = max(self.widths)
        floats = len(self.channels) + 2 * self._n_cells + N_MAPS * widest
        return int(max(CACHE_BYTES // (4 * floats), 64))

    def _block(self, X: Array) -> Array:
        """Return what is read of some rows: (steps, channels, rows) of float32."""
        if self.order is not None or len(self.columns_read) < X.shape[1]:
            X = X[:, self.columns_read]
        try:
            with np.errstate(over="raise"):
                block = np.ascontiguousarray(X.T, np.float32)
        except FloatingPointError:
            # As scikit-learn says it when it casts.
            raise ValueError(
                "Input X contains infinity or a value too large for dtype('float32')."
            ) from None
        block = block.reshape(len(self.steps), len(self.channels), -1)
        if np.all(self.factors == 1):
            return block
        return block * self.factors[:, None, None]

    @cached_property
    def columns_read(self) -> Array:
        """The columns read of a full row, those of the oldest step first."""
        columns: Array = (self.steps[:, None] * self.n_channels + self.channels).ravel()
        return columns if self.order is None else self.order[columns]

    def _last_state(self, block: Array) -> Array:
        """Run all steps; return the last layer's state: (cells, rows)."""
        run = self._run_abreast if self._runs_abreast(block) else self._run_by_layer
        return run(block) * np.float32(self.state_unit)

    def _runs_abreast(self, block: Array) -> bool:
        n_steps, n_inputs, n_rows = block.shape
        n_bytes, n_read = block.itemsize * n_rows, 1 + n_inputs + self._n_cells
        if n_bytes * self._n_zeros > ABREAST:
            return False
        if n_bytes * n_read * (n_steps + len(self.cells)) > CACHE_BYTES:
            return False
        return not any(_goes_sparse(maps, block) for maps in self._maps)

    @cached_property
    def _n_cells(self) -> int:
        return sum(self.widths)

    @cached_property
    def _n_zeros(self) -> int:
        """Zeros in the maps of all cells, where a layer does not read another."""
        n_weights = sum(math.prod(maps.shape) for maps in self._maps)
        n_read = 1 + len(self.channels) + self._n_cells
        return N_MAPS * self._n_cells * n_read - n_weights

    def _run_abreast(self, block: Array) -> Array:
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

    def _run_by_layer(self, block: Array) -> Array:
        n_inputs, n_rows = block.shape[1:]
        widths = self.widths
        # Where each layer's states begin, and where what it reads does.
        own = n_inputs + 1 + np.cumsum([0, *(width + 1 for width in widths[:-1])])
        starts = [0, *own[:-1]]
        states = np.ones((own[-1] + widths[-1], n_rows), block.dtype)
        steps: list[tuple[Callable[[], Any], Step, Array]] = []
        for layer, weight, start, first, width in zip(
            self._maps, self._weights(block.dtype), starts, own, widths, strict=True
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
        n_inputs, n_cells = len(self.channels), sum(self.widths)
        weight = np.zeros((N_MAPS, n_cells, 1 + n_inputs + n_cells), np.float32)
        start, first = 1, 0
        for layer, width in zip(self._maps, self.widths, strict=True):
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
        return self._double if dtype == np.float64 else [m.dense for m in self._maps]

    @cached_property
    def _double(self) -> list[Array]:
        # Kept, as a row takes a product a step, and a cast costs as much as that.
        return [_fortran(layer.dense, "d") for layer in self._maps]

    @cached_property
    def _maps(self) -> list[Layer]:
        """Each layer's maps of ``[inputs; 1; last state]``, as its steps take them."""
        found: list[Layer] = []
        for layer, n_cells in zip(self.cells, self.widths, strict=True):
            weight, bias = layer.dense, layer.bias
            parts = weight[:, :-n_cells], bias, weight[:, -n_cells:]
            maps = np.concatenate(parts, axis=1).reshape(N_MAPS, n_cells, -1)
            flat = self.scaled(maps, first=not found).reshape(len(bias), -1)
            found.append(Layer(flat, np.zeros(len(bias))))
        return found

    def _dense(self, x: Array) -> Array:
        act = ACTIVATIONS[self.activation]
        for layer in self.head[:-1]:
            x = act(layer(x))
        return self.head[-1](x)

    def __getstate__(self) -> dict[str, Any]:
        derived = {"_maps", "_double", "_all_layers", "_n_cells", "_n_zeros"}
        derived.add("columns_read")
        return {k: v for k, v in self.__dict__.items() if k not in derived}


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
