"""Stacked recurrent layers that score rows, in chunks that stay in cache.

A sigmoid is a shifted tanh, ``s(x) = (tanh(x / 2) + 1) / 2``, so one call of tanh
serves all gates of a step if the weights into the sigmoids are halved. Powers of two
round nothing.
"""

from abc import abstractmethod
from copy import copy
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from skprune.inference.activations import ACTIVATIONS
from skprune.inference.base import NetworkPredictor
from skprune.inference.cell_stack import N_MAPS, CellStack, Step
from skprune.inference.cost import CACHE_BYTES
from skprune.inference.layer import Layer

Array = np.ndarray[Any, np.dtype[Any]]


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
    def begin(n_cells: int, n_rows: int) -> tuple[Array, Step]:
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
        n_rows, last = X.shape[0], self.head[-1].bias
        step = 1 if self.stack.rows_go_alone(n_rows) else self._rows_at_once()
        out = np.empty((n_rows, len(last)), last.dtype)
        for start in range(0, n_rows, step):
            rows = slice(start, start + step)
            block = self._block(X[rows])
            last_state = self.stack.last_state(block) * np.float32(self.state_unit)
            out[rows] = self._dense(last_state).T
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
        floats = len(self.channels) + 2 * sum(self.widths) + N_MAPS * widest
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

    @cached_property
    def stack(self) -> CellStack:
        """The layers of cells, whose maps are of ``[inputs; 1; last state]``."""
        found: list[Layer] = []
        for layer, n_cells in zip(self.cells, self.widths, strict=True):
            weight, bias = layer.dense, layer.bias
            parts = weight[:, :-n_cells], bias, weight[:, -n_cells:]
            maps = np.concatenate(parts, axis=1).reshape(N_MAPS, n_cells, -1)
            flat = self.scaled(maps, first=not found).reshape(len(bias), -1)
            found.append(Layer(flat, np.zeros(len(bias))))
        return CellStack(found, self.begin)

    def _dense(self, x: Array) -> Array:
        act = ACTIVATIONS[self.activation]
        for layer in self.head[:-1]:
            x = act(layer(x))
        return self.head[-1](x)

    def __getstate__(self) -> dict[str, Any]:
        derived = {"stack", "columns_read"}
        return {k: v for k, v in self.__dict__.items() if k not in derived}
