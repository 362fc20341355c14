"""What leads a phase: learning rates, patience, and which epoch to keep.

A user's scheduler goes before every rule here: the network then sets no other rate.
"""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from skprune.training.job import DensePlan
from skprune.training.net import PruningNet

SMALLEST_RATE = 1e-6
"""Below this, ``learning_rate="adaptive"`` gives up, as in scikit-learn."""

PRUNING_SHARE = 2.0
"""Rate of the pruning phase in initial ones: fewer weights have further to go."""

LAST_SHARE = 0.05
"""Share of the initial learning rate that is left when recovery ends."""


class Constant:
    """The initial rate throughout."""

    def __init__(self, net: PruningNet, initial: float, n_rows: int):
        self.net, self.initial, self.rate = net, initial, initial
        self.n_rows, self.n_epochs = n_rows, 0

    def end_epoch(self) -> None:
        """Take note that an epoch of ``n_rows`` rows is over."""
        self.n_epochs += 1

    def go_on(self, n_epochs: int, rate: float) -> None:
        """Take up what another rule had come to after so many epochs."""
        self.n_epochs = n_epochs

    def lower(self) -> bool:
        """Lower the rate because the loss stands still; False if that is the end."""
        return False


class InverseScaling(Constant):
    """The initial rate over the square root of the rows seen."""

    def end_epoch(self) -> None:
        """Shrink the rate."""
        super().end_epoch()
        self._shrink()

    def go_on(self, n_epochs: int, rate: float) -> None:
        """Shrink the rate as far as after so many epochs."""
        super().go_on(n_epochs, rate)
        self._shrink()

    def _shrink(self) -> None:
        self.net.set_rate(self.initial / math.sqrt(1 + self.n_epochs * self.n_rows))


class Adaptive(Constant):
    """A fifth of the rate whenever the loss stands still."""

    def lower(self) -> bool:
        """Divide by five, unless nothing is left to divide."""
        if self.rate <= SMALLEST_RATE:
            return False
        self.rate /= 5.0
        self.net.set_rate(self.rate)
        return True

    def go_on(self, n_epochs: int, rate: float) -> None:
        """Go on at the rate."""
        super().go_on(n_epochs, rate)
        self.rate = rate
        self.net.set_rate(rate)


RULES = {"constant": Constant, "invscaling": InverseScaling, "adaptive": Adaptive}


def rate_rule(plan: DensePlan, net: PruningNet, n_rows: int) -> Constant:
    """Return the rule of a plan; only plain gradient descent has a choice."""
    rule = RULES[plan.learning_rate] if plan.solver == "sgd" else Constant
    return rule(net, plan.learning_rate_init, n_rows)


class Recovery:
    """A raised rate during the ramp, then half a cosine down to a small share.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm
    restarts", ICLR, 2017.
    """

    def __init__(self, net: PruningNet, initial: float, n_epochs: int):
        self.net, self.n_epochs = net, n_epochs
        self.initial = PRUNING_SHARE * initial
        net.set_rate(self.initial)

    def begin_epoch(self, epoch: int) -> None:
        """Set the rate of an epoch, counted from 0 when recovery begins."""
        along = (epoch + 1) / self.n_epochs
        falling = (1.0 + math.cos(math.pi * along)) / 2.0
        self.net.set_rate(self.initial * (LAST_SHARE + (1 - LAST_SHARE) * falling))


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
    ranks : bool
        Whether it is the loss that says which epoch stays.
    """

    ranks: ClassVar[bool] = True

    loss: float = math.inf
    value: Tensor | None = field(default=None, repr=False)

    def offer(self, loss: float, value: Tensor) -> None:
        """Keep a copy of the parameters if the loss is lower than any before."""
        if loss < self.loss:
            self.loss, self.value = loss, value.detach().clone()

    def anew(self) -> "BestEpoch":
        """Return one of the same kind to which no epoch has been offered."""
        return type(self)()


class LastEpoch(BestEpoch):
    """The parameters of the last epoch with a finite loss.

    For losses that judge nothing: that of the rows learnt from is lowest where the
    weights have been held for the shortest time.
    """

    ranks = False

    def offer(self, loss: float, value: Tensor) -> None:
        """Keep a copy of the parameters."""
        if math.isfinite(loss):
            self.loss, self.value = loss, value.detach().clone()
