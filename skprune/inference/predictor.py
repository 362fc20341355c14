"""Stacks of layers that score rows, in chunks that stay in cache."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from skprune.inference.activations import ACTIVATIONS
from skprune.inference.base import NetworkPredictor
from skprune.inference.cost import CACHE_BYTES
from skprune.inference.layer import Layer
from skprune.inference.storage import small

Array = np.ndarray[Any, np.dtype[Any]]

FEW_ROWS = 64
"""So few rows are mapped in float64: calls cost more than arithmetic, and a row's
prediction then is the same to the last digits whatever rows are beside it."""

SPARSE_ROWS = 4096
"""Rows of a sparse X at once: picking columns costs a pass over all of them."""


@dataclass
class StackPredictor(NetworkPredictor):
    """A compact multi-layer perceptron.

    Attributes
    ----------
    layers : list of Layer
    columns : ndarray of int or None
        The input columns read; None for all of them.
    activation, out_activation : str
        Keys of ``ACTIVATIONS``.
    """

    layers: list[Layer]
    columns: Array | None
    activation: str
    out_activation: str

    @property
    def arrays(self) -> list[tuple[Array, Array]]:
        """Weight (fan_out, fan_in) and bias (fan_out,) of each layer."""
        return [(layer.dense, layer.bias[:, 0]) for layer in self.layers]

    @property
    def columns_read(self) -> Array:
        """The input columns read, ascending."""
        return np.arange(self.n_features) if self.columns is None else self.columns

    @property
    def n_units(self) -> int:
        """Hidden units."""
        return sum(len(layer.bias) for layer in self.layers[:-1])

    @property
    def n_features(self) -> int:
        """Input columns read."""
        return self.layers[0].shape[1]

    def decision(self, X: Any) -> Array:
        """Return the outputs before the output activation."""
        n_rows, step = X.shape[0], self._rows_at_once(sparse.issparse(X))
        dtype = self.layers[-1].bias.dtype
        if n_rows <= step:
            block = self._block(X)
            if n_rows <= FEW_ROWS and not sparse.issparse(block):
                block = block.astype(np.float64)
            return self._forward(block).T.astype(dtype, copy=False)
        out = np.empty((n_rows, len(self.layers[-1].bias)), dtype)
        for rows in _spans(n_rows, step):
            out[rows] = self._forward(self._block(X[rows])).T
        return out

    def shifted(self, shift: float) -> "StackPredictor":
        """Return a predictor with something added to its outputs."""
        *hidden, last = self.layers
        return replace(self, layers=[*hidden, last.shifted(shift)])

    def _rows_at_once(self, is_sparse: bool) -> int:
        if is_sparse:
            return SPARSE_ROWS
        widest = max(self.n_features, *(len(layer.bias) for layer in self.layers))
        return int(max(CACHE_BYTES // (4 * widest), 64))

    def _block(self, X: Any) -> Any:
        """Return some rows' columns as (features, rows) of float32."""
        if self.columns is not None:
            X = X[:, self.columns]
        try:
            with np.errstate(over="raise"):
                if sparse.issparse(X):
                    return X.astype(np.float32).T
                return np.ascontiguousarray(X.T, np.float32)
        except FloatingPointError:
            # As scikit-learn says it when it casts.
            raise ValueError(
                "Input X contains infinity or a value too large for dtype('float32')."
            ) from None

    def _forward(self, block: Any) -> Array:
        act = ACTIVATIONS[self.activation]
        for layer in self.layers[:-1]:
            block = act(layer(block))
        return self.layers[-1](block)

    def __getstate__(self) -> dict[str, Any]:
        columns = self.columns
        if columns is not None:
            columns = small(columns, int(columns.max(initial=0)))
        return {**self.__dict__, "columns": columns}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.columns is not None:
            self.columns = self.columns.astype(np.intp)


def _spans(n_rows: int, step: int) -> Iterator[slice]:
    return (slice(i, i + step) for i in range(0, n_rows, step))
