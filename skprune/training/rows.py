"""The rows of a fit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights of the same rows.

    Attributes
    ----------
    X : ndarray or csr_array of float32 of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, n_outputs), or of class indices (n_rows,)
    weight : ndarray of float32 of shape (n_rows,) or None
    """

    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None = None

    @classmethod
    def weighted(cls, X: Any, y: NDArray[Any], weight: NDArray[Any] | None) -> "Rows":
        """Return the rows that have a weight.

        Raises
        ------
        ValueError
            If float32 does not hold the weights.
        """
        if weight is None:
            return cls(X, y)
        if not np.all(weight > 0):
            some = np.flatnonzero(weight)
            X, y, weight = X[some], y[some], weight[some]
        with np.errstate(over="ignore"):
            weight = weight.astype(np.float32)
        if not np.isfinite(weight).all():
            raise ValueError(
                "Some value(s) of sample_weight are not finite in float32."
            )
        return cls(X, y, weight)

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, index: NDArray[Any]) -> "Rows":
        """Return the rows at ``index``, as copies."""
        weight = None if self.weight is None else self.weight[index]
        return Rows(self.X[index], self.y[index], weight)

    def merged(self) -> "Rows":
        """Merge equal rows, adding up their weights, and sort them by content.

        Trained in one batch, a network depends neither on the order of its rows
        nor on whether a row of weight two is written once or twice; this makes
        the two equal to the last bit.
        """
        weight = np.ones(len(self)) if self.weight is None else self.weight
        contents = np.array([self._content(i) for i in range(len(self))], dtype=object)
        _, first, group = np.unique(contents, return_index=True, return_inverse=True)
        total = np.bincount(group, weights=weight).astype(np.float32)
        return Rows(self.X[first], self.y[first], total)

    def _content(self, i: int) -> bytes:
        target = self.y[i].tobytes()
        if not sparse.issparse(self.X):
            return bytes(self.X[i].tobytes() + target)
        at = slice(self.X.indptr[i], self.X.indptr[i + 1])
        places = self.X.indices[at].astype(np.int64).tobytes()
        return bytes(places + self.X.data[at].tobytes() + target)
