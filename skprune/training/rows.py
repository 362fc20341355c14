"""The rows of a fit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class SyntheticRows:
    """Rows that nobody has a label of.

    Attributes
    ----------
    X : ndarray of float32 of shape (n_synthetic, n_features)
    opinion : ndarray of float32 of shape (n_synthetic, n_outputs)
        What a teacher makes of them, in the units of the targets.
    weight : ndarray of float32 of shape (n_synthetic,)
    """

    X: NDArray[np.float32]
    opinion: NDArray[np.float32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights of the same rows.

    Attributes
    ----------
    X : ndarray or csr_array of float32 of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, n_outputs), or of class indices (n_rows,)
    weight : ndarray of float32 of shape (n_rows,) or None
    opinion : ndarray of float32 of shape (n_rows, n_outputs) or None
        What a teacher makes of the rows, in the units of ``y``; NaN where it was not
        asked.
    series : ndarray of int of shape (n_rows,) or None
        Which series each row is of, where they are windows of several.
    trust : ndarray of float32 of shape (n_rows,) or None
        How far a row can be trusted, where some are to be masked.
    synthetic : SyntheticRows or None
        Others, of which only the teacher tells.
    """

    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None = None
    opinion: NDArray[np.float32] | None = None
    series: NDArray[np.intp] | None = None
    trust: NDArray[np.float32] | None = None
    synthetic: SyntheticRows | None = None

    @classmethod
    def weighted(
        cls,
        X: Any,
        y: NDArray[Any],
        weight: NDArray[Any] | None,
        opinion: NDArray[np.float32] | None = None,
        series: NDArray[np.intp] | None = None,
        trust: NDArray[np.float32] | None = None,
        synthetic: SyntheticRows | None = None,
    ) -> "Rows":
        """Return the rows that have a weight.

        Raises
        ------
        ValueError
            If float32 does not hold the weights.
        """
        rows = cls(X, y, weight, opinion, series, trust, synthetic)
        if weight is None:
            return rows
        if not np.all(weight > 0):
            rows = rows.take(np.flatnonzero(weight))
        with np.errstate(over="ignore"):
            single = np.asarray(rows.weight, np.float32)
        if not np.isfinite(single).all():
            raise ValueError(
                "Some value(s) of sample_weight are not finite in float32."
            )
        return replace(rows, weight=single)

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, index: NDArray[Any]) -> "Rows":
        """Return the rows at ``index``, as copies."""
        return self._with_each(self.X[index], lambda part: part[index])

    def among(self, X: NDArray[np.float32], at: NDArray[np.intp]) -> "Rows":
        """Return these rows as those at ``at`` of ``X``; the others are 0 but for X."""

        def spread(part: NDArray[Any]) -> NDArray[Any]:
            wide = np.zeros((len(X), *part.shape[1:]), part.dtype)
            wide[at] = part
            return wide

        return self._with_each(X, spread)

    def _with_each(
        self, X: Any, change: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> "Rows":
        """Return the rows over X, with each array that goes with it changed."""
        names = ("y", "weight", "opinion", "series", "trust")
        parts = {name: getattr(self, name) for name in names}
        there: dict[str, Any] = {
            name: change(p) for name, p in parts.items() if p is not None
        }
        return replace(self, X=X, **there)

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
        return replace(self.take(first), weight=total)

    def _content(self, i: int) -> bytes:
        target = self.y[i].tobytes()
        if self.opinion is not None:
            target += self.opinion[i].tobytes()
        if self.trust is not None:
            target += self.trust[i].tobytes()
        if not sparse.issparse(self.X):
            return bytes(self.X[i].tobytes() + target)
        at = slice(self.X.indptr[i], self.X.indptr[i + 1])
        places = self.X.indices[at].astype(np.int64).tobytes()
        return bytes(places + self.X.data[at].tobytes() + target)

    def shares(self) -> NDArray[np.float32]:
        """Return the targets as (n_rows, n_outputs), the label of a class being 1.

        Of several quantiles each has the target that they are of.
        """
        assert self.opinion is not None
        if self.y.ndim == 2:
            n_each = self.opinion.shape[1] // self.y.shape[1]
            return np.repeat(np.asarray(self.y, np.float32), n_each, axis=1)
        return np.eye(self.opinion.shape[1], dtype=np.float32)[self.y]

    def taught(self, share: float, index: NDArray[np.intp] | None) -> "Rows":
        """Return the rows with targets between the labels and the opinion.

        They are ``(1 - share) * y + share * opinion`` at ``index``, all rows by
        default, where there is an opinion; elsewhere the labels.
        """
        assert self.opinion is not None
        y = self.shares()
        heard = np.isfinite(self.opinion).all(1)
        if index is not None:
            heard &= np.isin(np.arange(len(self)), index)
        mixed = (1.0 - share) * y[heard] + share * self.opinion[heard]
        y = y.copy()
        y[heard] = mixed.astype(np.float32)
        return replace(self, y=y, opinion=None, synthetic=None)

    def with_synthetic(self, more: SyntheticRows) -> "Rows":
        """Return the rows, whose targets have the form of an opinion, and more."""
        own = np.ones(len(self), np.float32) if self.weight is None else self.weight
        X, y = np.vstack([self.X, more.X]), np.vstack([self.y, more.opinion])
        return replace(self, X=X, y=y, weight=np.append(own, more.weight))
