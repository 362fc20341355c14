"""The mean of several predictors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, logit

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class EnsemblePredictor:
    """Averages what its members predict.

    Attributes
    ----------
    members : sequence of callable
        From rows to predictions of the same shape.
    shift : float
        What is added to the log-odds of the mean, which is then a probability.
    """

    members: Sequence[Callable[[Any], Array]]
    shift: float = 0.0

    def __call__(self, X: Any) -> Array:
        """Return the mean prediction, (rows, outputs)."""
        total, *rest = (member(X) for member in self.members)
        for one in rest:
            total += one
        total /= len(self.members)
        if self.shift:
            total = expit(logit(total) + total.dtype.type(self.shift))
        return total

    def shifted(self, shift: float) -> "EnsemblePredictor":
        """Return a predictor with something added to the log-odds of the mean."""
        return replace(self, shift=self.shift + shift)
