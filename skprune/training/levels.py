"""A path of sparsities, each level pruned and recovered from the one before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from skprune.training.batches import Batches
from skprune.training.control import BestEpoch, Recovery
from skprune.training.job import DensePlan
from skprune.training.outcome import Outcome
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


class PathPhase(SparsePhase):
    """Down some levels, each cut from the one before and recovered from.

    Parameters
    ----------
    pruner : Pruner
    plan : DensePlan
    valid : Batches or None
    each : int
        Epochs of a level.
    levels : sequence of float
        Shares of the units that are to go, ascending.
    early : ndarray of shape (n_parameters,), optional
        The weights to which a schedule that rewinds returns.

    Attributes
    ----------
    reached : list of Level
        Those whose epochs are over.
    """

    def __init__(
        self,
        pruner: Pruner,
        plan: DensePlan,
        valid: Batches | None,
        each: int,
        levels: Sequence[float],
        early: Any = None,
    ):
        super().__init__(pruner, plan, valid, each * len(levels))
        self.each, self.levels, self.early = each, levels, early
        self.reached: list[Level] = []
        self.recovery = Recovery(self.net, plan.learning_rate_init, each)

    def begin_epoch(self) -> None:
        """Cut down to the next level where one begins, then recover at that level."""
        self.recovery.begin_epoch(self.done % self.each)
        if self.done % self.each == 0:
            self.best = BestEpoch()
            level = self.levels[self.done // self.each]
            self.pruner.plan = replace(self.pruner.plan, sparsity=level)
            self.cut(1.0, last=True)
            if self.early is not None and self.pruner.plan.schedule.rewinds:
                self.rewind(self.early)

    def end_epoch(self, loss: float) -> bool:
        """Judge the level at its end; return True to go no further."""
        super().end_epoch(loss)
        self.best.offer(loss, self.net.flat_.value.data)
        return (self.done + 1) % self.each == 0 and self.end_level()

    def end_level(self) -> bool:
        """Keep the best epoch of a level."""
        value = self.best.value
        if value is None:
            value = self.net.flat_.value.data.clone()
        keep = [kept.clone() for kept in self.pruner.keep]
        self.reached.append(Level(self.sparsity(), self.best.loss, value, keep))
        return False

    def may_stop(self) -> bool:
        """Return False: the levels were asked for."""
        return False

    def outcomes(self, before: Outcome) -> list[Outcome]:
        """Return what the network was at each level.

        Parameters
        ----------
        before : Outcome
            What it was before these levels, pruned too.
        """
        epochs = self.complete_epochs()
        found = []
        for i, level in enumerate(self.reached, start=1):
            self.pruner.keep, self.best = level.keep, BestEpoch(level.loss, level.value)
            self.net.flat_.value.data.copy_(level.value)
            history = [*before.history, *epochs[: i * self.each]]
            found.append(replace(self.outcome(before.dense), history=history))
        return found


class LevelsPhase(PathPhase):
    """Down the levels for as long as the loss stays within a limit.

    Parameters
    ----------
    pruner : Pruner
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
        each, n_levels = search
        super().__init__(pruner, plan, valid, each, LEVELS[:n_levels])
        self.limit = limit
        self.n_failures = 0
        self.dense = self.net.flat_.value.data.clone()

    @property
    def passed(self) -> Level | None:
        return self.reached[-1] if self.reached else None

    def end_level(self) -> bool:
        """Keep a level within the limit; stop where it has been left for good."""
        if self.best.loss > self.limit or self.best.value is None:
            self.n_failures += 1
            return self.n_failures >= MAX_FAILURES
        self.n_failures = 0
        return super().end_level()

    def may_stop(self) -> bool:
        """Return True: sparser levels would be worse."""
        return True

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
