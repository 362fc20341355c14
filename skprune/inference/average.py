"""The mean of several predictors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, logsumexp

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class EnsemblePredictor:
    """Averages what its members predict.

    Attributes
    ----------
    members : sequence of predictor
        From rows to predictions of the same shape.
    shift : float
        What is added to the log-odds of the mean, which is then a probability.
    """

    members: Sequence[Any]
    shift: float = 0.0

    def __call__(self, X: Any) -> Array:
        """Return the mean prediction, (rows, outputs)."""
        total, *rest = (member(X) for member in self.members)
        if self.shift:
            return expit(self.decision(X)).astype(total.dtype)
        for one in rest:
            total += one
        total /= len(self.members)
        return total

    def decision(self, X: Any) -> Array:
        """Return the log-odds of the mean of probabilities, in float64."""
        each = np.stack([member.decision(X) for member in self.members]).astype(float)
        # By logarithms, as a probability may be too near 1 to tell.
        likely, not_likely = logsumexp(log_expit([each, -each]), axis=1)
        log_odds: Array = likely - not_likely + self.shift
        return log_odds

    def shifted(self, shift: float) -> "EnsemblePredictor":
        """Return a predictor with something added to the log-odds of the mean."""
        return replace(self, shift=self.shift + shift)
