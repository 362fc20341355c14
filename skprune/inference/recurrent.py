"""Stacked recurrent layers that score rows, in chunks that stay in cache.

A sigmoid is a shifted tanh, ``s(x) = (tanh(x / 2) + 1) / 2``, so one call of tanh
serves all gates of a step if the weights into the sigmoids are halved. Powers of two
round nothing.

All states of a chunk lie in one block, ``[x; h_1; h_2; ...]``, of which each layer
reads a slice, its inputs and its own last state, in one product.
"""

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

Step = Callable[[Array], None]
"""Advances a layer's state in place, given the values of its maps, which it may use."""


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
    def scaled(layer: Layer, n_cells: int, *, first: bool) -> Layer:
        """Return a layer whose maps are as its steps take them.

        The first reads inputs as they are, any other the states of the one before.
        """

    @staticmethod
    @abstractmethod
    def stepping(state: Array) -> Step:
        """Return what advances a layer's state, (cells, rows), from its beginning."""

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
        floats = len(self.channels) + 2 * sum(self.widths) + N_MAPS * max(self.widths)
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
        n_rows, n_inputs, widths = block.shape[2], block.shape[1], self.widths
        ends = n_inputs + np.cumsum(widths)
        states = np.zeros((ends[-1], n_rows), block.dtype)
        starts = [0, n_inputs, *ends[:-1]]
        seen = [states[a:b] for a, b in zip(starts, ends, strict=False)]
        layers = [
            (
                _product(layer, weight, n_rows, block.dtype),
                inputs,
                self.stepping(inputs[len(inputs) - width :]),
            )
            for layer, weight, inputs, width in zip(
                self._scaled, self._weights(block.dtype), seen, widths, strict=True
            )
        ]
        for x in block:
            states[:n_inputs] = x
            for maps, inputs, step in layers:
                step(maps(inputs))
        return states[ends[-1] - widths[-1] :] * np.float32(self.state_unit)

    def _weights(self, dtype: Any) -> list[Array]:
        return self._double if dtype == np.float64 else [w.dense for w in self._scaled]

    @cached_property
    def _double(self) -> list[Array]:
        # Kept, as a row takes a product a step, and a cast costs as much as that.
        return [layer.dense.astype(np.float64) for layer in self._scaled]

    @cached_property
    def _scaled(self) -> list[Layer]:
        pairs = zip(self.cells, self.widths, strict=True)
        return [
            self.scaled(layer, n_cells, first=i == 0)
            for i, (layer, n_cells) in enumerate(pairs)
        ]

    def _dense(self, x: Array) -> Array:
        act = ACTIVATIONS[self.activation]
        for layer in self.head[:-1]:
            x = act(layer(x))
        return self.head[-1](x)

    def __getstate__(self) -> dict[str, Any]:
        derived = ("_scaled", "_double", "columns_read")
        return {k: v for k, v in self.__dict__.items() if k not in derived}


def _product(
    layer: Layer, weight: Array, n_rows: int, dtype: Any
) -> Callable[[Array], Array]:
    """Return the layer's map of blocks of so many rows, one at a time."""
    n_out, n_in = layer.shape
    # SciPy would cast the weights at every step to multiply in double precision.
    if (
        dtype == np.float32
        and sparse.issparse(layer.weight)
        and sparse_pays_for(n_rows, layer.n_nonzero, n_out * n_in)
    ):
        return layer
    bias = layer.bias
    maps = np.empty((n_out, n_rows), dtype)

    def dense(block: Array) -> Array:
        np.matmul(weight, block, out=maps)
        return np.add(maps, bias, out=maps)

    return dense
