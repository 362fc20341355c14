"""The mean of the rows that a network has learnt from, in few bytes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from skprune.estimator.borrowed import Borrowed

Array = NDArray[Any]


@dataclass(frozen=True)
class InputMean:
    """A weighted mean of each column.

    Attributes
    ----------
    mean : ndarray of float32 of shape (n_columns,)
        NaN where it is not known.
    weight : float
        The rows' total weight.
    """

    mean: Array
    weight: float

    @classmethod
    def of_rows(cls, X: Any, weight: Array | None) -> "InputMean":
        """Return the mean of rows, (n_rows, n_columns), dense, CSR or borrowed."""
        total = float(X.shape[0] if weight is None else np.sum(weight))
        share = (
            np.full(X.shape[0], 1 / X.shape[0]) if weight is None else weight / total
        )
        if isinstance(X, Borrowed):
            X, share = X.whole, X.spread(share)
        # A sparse array's product is with its non-zeros alone.
        mean = X.T @ share if issparse(X) else np.einsum("ij,i->j", X, share)
        return cls(mean.astype(np.float32), total)

    def with_rows(self, X: Any, weight: Array | None) -> "InputMean":
        """Return the mean after more rows."""
        new = self.of_rows(X, weight)
        total = self.weight + new.weight
        # In float64, as a difference may be beyond float32.
        step = (new.mean - self.mean.astype(np.float64)) * (new.weight / total)
        return InputMean((self.mean + step).astype(np.float32), total)

    def known_for(self, columns: Array) -> "InputMean":
        """Return the mean of some columns alone."""
        mean = np.full_like(self.mean, np.nan)
        mean[columns] = self.mean[columns]
        return replace(self, mean=mean)

    def __getstate__(self) -> dict[str, Any]:
        known = np.flatnonzero(~np.isnan(self.mean))
        places = None if len(known) == len(self.mean) else known.astype(np.int32)
        return {
            "n_columns": len(self.mean),
            "places": places,
            "values": self.mean[known],
            "weight": self.weight,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        mean = np.full(state["n_columns"], np.nan, np.float32)
        mean[slice(None) if state["places"] is None else state["places"]] = state[
            "values"
        ]
        vars(self).update(mean=mean, weight=state["weight"])


def note_inputs(estimator: Any, X: Any, weight: Array | None) -> None:
    """Note the mean of valid rows, together with those before."""
    before = vars(estimator).get("_inputs")
    estimator._inputs = (
        InputMean.of_rows(X, weight) if before is None else before.with_rows(X, weight)
    )


def forget_unread(estimators: Iterable[Any]) -> None:
    """Keep the means of the columns that are read: a pickle holds little else."""
    for one in set(estimators):
        one._inputs = one._inputs.known_for(one._columns_read())
