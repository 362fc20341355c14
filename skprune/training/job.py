"""What is to be trained, and on which rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.training.data import Rows
from skprune.training.plan import DensePlan, PrunePlan


@dataclass(frozen=True)
class Split:
    """Positions of the training and the validation rows.

    Attributes
    ----------
    train, valid : ndarray of int or None
        None for all rows, and for no validation.
    """

    train: NDArray[np.intp] | None = None
    valid: NDArray[np.intp] | None = None

    def n_train(self, rows: Rows) -> int:
        """Return how many rows are trained on."""
        return len(rows) if self.train is None else len(self.train)


@dataclass(frozen=True)
class Job:
    """One network to train, and to prune where ``prune`` is given.

    Attributes
    ----------
    plan : DensePlan
    prune : PrunePlan or None
    rows : Rows
    split : Split
    start : ndarray of shape (n_parameters,) or None
        Weights to start from; drawn by default.
    callbacks : list of skorch callbacks or None
    """

    plan: DensePlan
    prune: PrunePlan | None
    rows: Rows
    split: Split = Split()
    start: NDArray[np.float32] | None = None
    callbacks: Any = None

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return self.split.n_train(self.rows)
