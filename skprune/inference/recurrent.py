"""Stacked recurrent layers that score rows, in chunks that stay in cache.

A sigmoid is a shifted tanh, ``s(x) = (tanh(x / 2) + 1) / 2``, so one call of tanh
serves all gates of a step if the weights into the sigmoids are halved. Powers of two
round nothing.

All states of a chunk lie in one block, ``[x; h_1; h_2; ...]``, of which each layer
reads a slice, its inputs and its own last state, in one product.

Of few rows the calls are what costs. The layers then run *abreast*: while one is at a
step, the next is at the step before, so that one product and one update serve all.
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

ABREAST = 1 << 17
"""Products of one step up to which layers run abreast. Beyond, those with zeros, where
a layer does not read another, would cost more than the calls."""


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
    def begin(state: Array) -> tuple[Array, Callable[[], None]]:
        """Return where the maps of cells are to be written, and what advances them.

        Parameters
        ----------
        state : ndarray of shape (n_cells, n_rows)
            Zeros, to be overwritten at each step.

        Returns
        -------
        maps : ndarray of shape (4 * n_cells, n_rows)
        step : callable
            To be called when the maps of a step are there.
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
        n_cells, (_, n_inputs, n_rows) = sum(self.widths), block.shape
        n_products = N_MAPS * n_cells * (1 + n_inputs + n_cells) * n_rows
        if block.dtype == np.float64 and n_products <= ABREAST:
            state = self._run_abreast(block)
        else:
            state = self._run_by_layer(block)
        return state * np.float32(self.state_unit)

    def _run_abreast(self, block: Array) -> Array:
        n_steps, n_inputs, n_rows = block.shape
        ends = np.cumsum(self.widths)
        states = np.zeros((1 + n_inputs + ends[-1], n_rows))
        states[0] = 1.0
        maps, step = self.begin(states[1 + n_inputs :])
        by_map = maps.reshape(N_MAPS, -1, n_rows)
        for t in range(n_steps + len(ends) - 1):
            states[1 : 1 + n_inputs] = block[min(t, n_steps - 1)]
            np.dot(self._all_layers, states, out=maps)
            # Cells whose maps are 0 stay at 0: a layer waits for those before it.
            if t < len(ends) - 1:
                by_map[:, ends[t] :] = 0.0
            step()
        return states[len(states) - self.widths[-1] :]

    @cached_property
    def _all_layers(self) -> Array:
        """The maps of all cells, of ``[1; x; h_1; h_2; ...]``, in double precision."""
        n_inputs, n_cells = len(self.channels), sum(self.widths)
        weight = np.zeros((N_MAPS, n_cells, 1 + n_inputs + n_cells))
        start, first = 1, 0
        for layer, width in zip(self._scaled, self.widths, strict=True):
            own = weight[:, first : first + width]
            own[:, :, 0] = layer.bias.reshape(N_MAPS, width)
            end = 1 + n_inputs + first + width
            own[:, :, start:end] = layer.dense.reshape(N_MAPS, width, -1)
            start, first = end - width, first + width
        return weight.reshape(N_MAPS * n_cells, -1)

    def _run_by_layer(self, block: Array) -> Array:
        n_rows, n_inputs, widths = block.shape[2], block.shape[1], self.widths
        ends = n_inputs + np.cumsum(widths)
        states = np.zeros((ends[-1], n_rows), block.dtype)
        starts = [0, n_inputs, *ends[:-1]]
        steps = []
        for layer, weight, start, end, width in zip(
            self._scaled, self._weights(block.dtype), starts, ends, widths, strict=False
        ):
            maps, step = self.begin(states[end - width : end])
            steps.append(_product(layer, weight, states[start:end], maps))
            steps.append(step)
        for x in block:
            states[:n_inputs] = x
            for step in steps:
                step()
        return states[ends[-1] - widths[-1] :]

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
        derived = ("_scaled", "_double", "_all_layers", "columns_read")
        return {k: v for k, v in self.__dict__.items() if k not in derived}


def _product(
    layer: Layer, weight: Array, block: Array, maps: Array
) -> Callable[[], None]:
    """Return what writes a layer's maps of a block, whose type ``weight`` has."""
    n_rows, n_entries = block.shape[1], weight.size
    # Where types differ, adding takes five times as long.
    bias = layer.bias.astype(block.dtype)
    # SciPy would cast the weights at every step to multiply in double precision.
    if (
        block.dtype == np.float32
        and sparse.issparse(layer.weight)
        and sparse_pays_for(n_rows, layer.n_nonzero, n_entries)
    ):
        return lambda: np.add(layer.weight @ block, bias, out=maps)

    def dense() -> None:
        # For one row np.matmul takes three times as long.
        np.dot(weight, block, out=maps)
        np.add(maps, bias, out=maps)

    return dense
