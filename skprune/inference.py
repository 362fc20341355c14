"""Prediction from plain arrays: NumPy and SciPy, no torch.

Activations are kept transposed, (units, rows): a row-major CSR matrix times such
a block streams contiguous rows, and so does BLAS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit, softmax

Array = np.ndarray[Any, np.dtype[Any]]

CACHE_BYTES = 1 << 19
"""Budget of a block of activations; half of a core's usual second-level cache."""

DENSE_COST = 0.1
"""Cost of one multiply-add of BLAS in those of a CSR product, per
``benchmarks/speed.py --calibrate``: a layer is kept sparse below this density."""


def _relu(x: Array) -> Array:
    return np.maximum(x, 0, out=x)


def _identity(x: Array) -> Array:
    return x


# Each takes its argument's memory for the result; outputs run along axis 0.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": _identity,
    "logistic": lambda x: expit(x, out=x),
    "tanh": lambda x: np.tanh(x, out=x),
    "relu": _relu,
    "softmax": lambda x: softmax(x, axis=0),
}


@dataclass
class Layer:
    """One linear map, ``weight @ x + bias``, kept dense or sparse by cost.

    Attributes
    ----------
    weight : ndarray or csr_array of shape (fan_out, fan_in)
    bias : ndarray of shape (fan_out, 1)
    """

    weight: Any
    bias: Array

    @classmethod
    def from_arrays(cls, weight: Array, bias: Array) -> "Layer":
        """Choose the cheaper form for the weight."""
        sparse_pays = np.count_nonzero(weight) < DENSE_COST * weight.size
        kept = sparse.csr_array(weight) if sparse_pays else np.ascontiguousarray(weight)
        return cls(kept, np.ascontiguousarray(bias).reshape(-1, 1))

    def __call__(self, x: Array) -> Array:
        """Map a block of shape (fan_in, rows)."""
        out: Array = self.weight @ x
        out += self.bias
        return out

    @property
    def dense(self) -> Array:
        """The weight as an array of shape (fan_out, fan_in)."""
        weight = self.weight
        return weight.toarray() if sparse.issparse(weight) else weight

    @property
    def n_nonzero(self) -> int:
        """Non-zero weights, biases not counted."""
        weight = self.weight
        return weight.nnz if sparse.issparse(weight) else int(np.count_nonzero(weight))

    @property
    def n_bytes(self) -> int:
        """Bytes of the arrays."""
        w = self.weight
        parts = (w.data, w.indices, w.indptr) if sparse.issparse(w) else (w,)
        return sum(part.nbytes for part in parts) + self.bias.nbytes


@dataclass
class StackPredictor:
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
    def n_units(self) -> int:
        """Hidden units."""
        return sum(len(layer.bias) for layer in self.layers[:-1])

    @property
    def n_features(self) -> int:
        """Input columns read."""
        return int(self.layers[0].weight.shape[1])

    @property
    def n_nonzero(self) -> int:
        """Non-zero weights, biases not counted."""
        return sum(layer.n_nonzero for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiplications to score one row."""
        return sum(
            layer.n_nonzero if sparse.issparse(layer.weight) else layer.weight.size
            for layer in self.layers
        )

    @property
    def n_bytes(self) -> int:
        """Bytes of all layers."""
        return sum(layer.n_bytes for layer in self.layers)

    def __call__(self, X: Any) -> Array:
        """Return the activated outputs, (rows, outputs), for dense or CSR rows."""
        out = self.decision(X)
        return ACTIVATIONS[self.out_activation](out.T).T

    def decision(self, X: Any) -> Array:
        """Return the outputs before the output activation."""
        dtype = self.layers[0].bias.dtype
        out = np.empty((X.shape[0], len(self.layers[-1].bias)), dtype)
        for rows in self._chunks(X.shape[0]):
            out[rows] = self._forward(self._block(X[rows], dtype)).T
        return out

    def _chunks(self, n_rows: int) -> list[slice]:
        widest = max([len(layer.bias) for layer in self.layers])
        step = max(CACHE_BYTES // (4 * widest), 64)
        return [slice(i, i + step) for i in range(0, n_rows, step)]

    def _block(self, X: Any, dtype: Any) -> Any:
        if self.columns is not None:
            X = X[:, self.columns]
        if sparse.issparse(X):
            return X.astype(dtype).T
        return np.ascontiguousarray(X.T, dtype)

    def _forward(self, block: Any) -> Array:
        act = ACTIVATIONS[self.activation]
        for layer in self.layers[:-1]:
            block = act(layer(block))
        return self.layers[-1](block)
