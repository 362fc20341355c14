"""What rows are said to be, and how wrong a prediction of it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]

SMALLEST = 1e-6
"""A probability counts as this one at least."""


@dataclass(frozen=True)
class Truth:
    """What rows are said to be, and how wrong a prediction of it is.

    Attributes
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Labels or numbers.
    classes : ndarray of shape (n_classes,) or None
        Of one label a row; None for several labels, and for numbers.
    is_label : bool
        Whether predictions are probabilities.
    """

    y: Array
    classes: Array | None
    is_label: bool

    @classmethod
    def of_targets(cls, y: Array, *, is_label: bool) -> "Truth":
        """Return what valid targets say."""
        single = is_label and y.ndim == 1
        return cls(y, np.unique(y) if single else None, is_label)

    def told(self, model: Any, X: Any) -> Floats:
        """Return what a fitted model says of rows, (n_rows, n_outputs)."""
        if not self.is_label:
            return np.asarray(model.predict(X), np.float64).reshape(-1, self.width)
        found = np.asarray(model.predict_proba(X), np.float64)
        if self.classes is None:
            return found
        # A class may be in none of the rows that the model has learnt from.
        shares = np.zeros((len(found), len(self.classes)))
        shares[:, np.searchsorted(self.classes, model.classes_)] = found
        return shares

    @property
    def width(self) -> int:
        """Columns of a prediction."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.y.ndim == 1 else self.y.shape[1]

    def numbers(self) -> Floats:
        """Return the targets as predictions are, (n_rows, n_outputs)."""
        if self.classes is not None:
            return (self.y[:, None] == self.classes).astype(np.float64)
        return np.asarray(self.y, np.float64).reshape(len(self.y), -1)

    def losses(self, told: Floats, rows: Array) -> Floats:
        """Return the loss of predictions of some rows, (n_rows,).

        Log loss of labels; of numbers squared errors in variances of the column.
        """
        y = self.y[rows]
        if self.classes is not None:
            told = told[np.arange(len(y)), np.searchsorted(self.classes, y)]
            return -np.log(np.clip(told, SMALLEST, None))
        y = y.reshape(len(y), -1)
        if self.is_label:
            of_label = np.where(y == 1, told, 1.0 - told)
            return -np.log(np.clip(of_label, SMALLEST, None)).sum(1)
        spread = self.y.reshape(len(self.y), -1).var(0)
        return ((y - told) ** 2 / np.where(spread > 0, spread, 1.0)).sum(1)
