"""When a phase has done its work, and which of its epochs to keep."""

import math
from dataclasses import dataclass, field

from torch import Tensor


@dataclass
class Patience:
    """Counts the epochs without an improvement by ``tol``, as scikit-learn does.

    Attributes
    ----------
    tol : float
    n_iter_no_change : float
        May be infinite.
    """

    tol: float
    n_iter_no_change: float
    best: float = math.inf
    count: int = 0

    def exhausted(self, loss: float) -> bool:
        """Take an epoch's loss and say whether to stop."""
        self.count = self.count + 1 if loss > self.best - self.tol else 0
        self.best = min(self.best, loss)
        return self.count > self.n_iter_no_change


@dataclass
class BestEpoch:
    """The parameters of the epoch with the lowest loss.

    Attributes
    ----------
    loss : float
    value : Tensor of shape (n_parameters,) or None
        None before the first epoch.
    """

    loss: float = math.inf
    value: Tensor | None = field(default=None, repr=False)

    def offer(self, loss: float, value: Tensor) -> None:
        """Keep a copy of the parameters if the loss is lower than any before."""
        if loss < self.loss:
            self.loss, self.value = loss, value.detach().clone()
