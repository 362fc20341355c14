"""A path of sparsities, each level pruned and recovered from the one before."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from skprune.training.batches import Batches
from skprune.training.control import BestEpoch, Recovery
from skprune.training.job import DensePlan
from skprune.training.penalty import set_penalty
from skprune.training.phases import SparsePhase
from skprune.training.pruner import Pruner

LEVELS = (0.5, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.98, 0.99)
"""Each level removes about two fifths of what the one before has kept."""

LEVEL_STEPS, LEVEL_EPOCHS = 400, (4, 25)
"""Optimizer steps that a level aims at, and its bounds in epochs."""

MAX_FAILURES = 3
"""The validation loss is noisy: a level too bad may be followed by a good one."""


@dataclass(frozen=True)
class Level:
    """The best epoch at one sparsity.

    Attributes
    ----------
    sparsity : float
    loss : float
    value : Tensor of shape (n_parameters,)
    keep : list of boolean Tensor of shape (n_units,)
    """

    sparsity: float
    loss: float
    value: Tensor
    keep: list[Tensor]


class LevelsPhase(SparsePhase):
    """Down the levels for as long as the loss stays within a limit.

    Parameters
    ----------
    pruner : Pruner
        Its plan's amount is the last level.
    plan : DensePlan
    valid : Batches
    search : (int, int)
        Epochs of each level, and how many levels.
    limit : float
        The highest validation loss that is still good enough.

    Attributes
    ----------
    passed : Level or None
        The sparsest level within the limit.
    """

    def __init__(
        self,
        pruner: Pruner,
        plan: DensePlan,
        valid: Batches | None,
        search: tuple[int, int],
        limit: float,
    ):
        self.each, n_levels = search
        super().__init__(pruner, plan, valid, self.each * n_levels)
        self.limit = limit
        self.passed: Level | None = None
        self.n_failures = 0
        self.dense = self.net.flat_.value.data.clone()
        self.recovery = Recovery(self.net, plan.learning_rate_init, self.each)

    def begin_epoch(self) -> None:
        """Cut down to the next level where one begins, then recover at that level."""
        self.recovery.begin_epoch(self.done % self.each)
        if self.done % self.each == 0:
            self.best = BestEpoch()
            self.cut(LEVELS[self.done // self.each] / LEVELS[-1], last=True)

    def end_epoch(self, loss: float) -> bool:
        """Judge the level at its end; stop where the limit has been left for good."""
        super().end_epoch(loss)
        self.best.offer(loss, self.net.flat_.value.data)
        if (self.done + 1) % self.each:
            return False
        if self.best.loss > self.limit or self.best.value is None:
            self.n_failures += 1
            return self.n_failures >= MAX_FAILURES
        self.n_failures = 0
        keep = [kept.clone() for kept in self.pruner.keep]
        self.passed = Level(self.sparsity(), self.best.loss, self.best.value, keep)
        return False

    def judges(self) -> bool:
        """Return whether the weights are in the final bits, which recovery brings."""
        return self.net.n_bits_ == self.pruner.plan.n_bits

    def finish(self) -> None:
        """Return to the sparsest level within the limit, or to nothing removed."""
        if self.passed is None:
            self.pruner.keep = [torch.ones_like(kept) for kept in self.pruner.keep]
            self.net.step_.set_mask(None)
            self.net.flat_.value.data.copy_(self.dense)
            return
        self.best = BestEpoch(self.passed.loss, self.passed.value)
        self.pruner.keep = self.passed.keep
        self.net.flat_.value.data.copy_(self.passed.value)
        self.pruner.hold()


class RecoveryPhase(SparsePhase):
    """Training at the present sparsity with a falling rate, keeping the best epoch."""

    def __init__(
        self,
        pruner: Pruner,
        plan: DensePlan,
        valid: Batches | None,
        n_epochs: int,
        start: Level,
    ):
        super().__init__(pruner, plan, valid, n_epochs)
        self.net.n_bits_ = pruner.plan.n_bits
        set_penalty(self.net, plan)
        # The level's own best epoch was not in the final bits.
        if self.net.n_bits_ is None:
            self.best = BestEpoch(start.loss, start.value)
        self.recovery = Recovery(self.net, plan.learning_rate_init, n_epochs)

    def begin_epoch(self) -> None:
        """Lower the rate."""
        self.recovery.begin_epoch(self.done)

    def end_epoch(self, loss: float) -> bool:
        """Keep the epoch if it is the best."""
        self.best.offer(loss, self.net.flat_.value.data)
        return False


def search_plan(n_batches: int, n_epochs: int | None = None) -> tuple[int, int]:
    """Return the epochs of each level, and how many levels there are.

    Parameters
    ----------
    n_batches : int
        Of an epoch.
    n_epochs : int, optional
        Of the whole search, where it is given.
    """
    if n_epochs is not None:
        return max(1, n_epochs // len(LEVELS)), min(n_epochs, len(LEVELS))
    low, high = LEVEL_EPOCHS
    return min(max(math.ceil(LEVEL_STEPS / n_batches), low), high), len(LEVELS)
