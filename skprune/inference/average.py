"""The mean of several predictors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class EnsemblePredictor:
    """Averages what its members predict.

    Attributes
    ----------
    members : sequence of callable
        From rows to predictions of the same shape.
    """

    members: Sequence[Callable[[Any], Array]]

    def __call__(self, X: Any) -> Array:
        """Return the mean prediction, (rows, outputs)."""
        total, *rest = (member(X) for member in self.members)
        for one in rest:
            total += one
        total /= len(self.members)
        return total
