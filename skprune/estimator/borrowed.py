"""Rows of an array that are read where they are.

To learn from some rows of a table an estimator needs no copy of them: a network takes
them batch by batch, and what is left to check are the targets.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

Array = NDArray[Any]


@dataclass(frozen=True)
class Borrowed:
    """Some rows of an array of finite float32.

    Attributes
    ----------
    whole : ndarray of float32 of shape (n_rows_there, n_features)
    at : ndarray of int of shape (n_rows,)
        Where in it the rows are.
    """

    whole: NDArray[np.float32]
    at: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, and columns."""
        return len(self.at), self.whole.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""
        return self.whole.dtype

    def __getitem__(self, index: Any) -> Array:
        """Return rows, by their position among these, as a copy."""
        return self.whole[self.at[index]]

    def spread(self, values: Array) -> Array:
        """Return a value for each of these rows as one for each row there, else 0."""
        wide = np.zeros((len(self.whole), *values.shape[1:]), values.dtype)
        wide[self.at] = values
        return wide


def copied(X: Any) -> Any:
    """Return rows that anybody can read: borrowed ones as a copy."""
    return X[:] if isinstance(X, Borrowed) else X


def validated(estimator: Any, X: Any, y: Any, **checks: Any) -> tuple[Any, Any]:
    """Return valid rows and targets, as scikit-learn's ``validate_data`` does."""
    if not isinstance(X, Borrowed):
        rows, targets = validate_data(estimator, X, y, **checks)
        return rows, targets
    # Borrowed rows are valid; as many others tell of the columns what is to be learnt.
    _, targets = validate_data(estimator, X.whole[: len(X.at)], y, **checks)
    return X, targets


def lendable(X: Any) -> NDArray[np.float32] | None:
    """Return a table as networks read it; None where each estimator has to check it.

    An array in single precision, row by row, is returned as it is.
    """
    if not isinstance(X, np.ndarray) or X.ndim != 2:
        return None
    if X.dtype not in (np.float32, np.float64):
        return None
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(X, np.float32)
    # The sum tells at once where all is finite, and never wrongly that it is.
    with np.errstate(invalid="ignore"):
        is_finite = np.isfinite(single.sum(dtype=np.float64))
    return single if is_finite else None
