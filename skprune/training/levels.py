"""A path of sparsities, each level pruned and recovered from the one before."""

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
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


@dataclass(frozen=True)
class Leg:
    """The way to a level from the one before.

    Attributes
    ----------
    level : float
        The share of the units that are to go.
    n_ramp : int
        Epochs that begin with a cut.
    n_epochs : int
        All epochs, the rest of which is recovery.
    """

    level: float
    n_ramp: int
    n_epochs: int


class PathPhase(SparsePhase):
    """Down some levels, each cut from the one before and recovered from.

    Parameters
    ----------
    pruner : Pruner
    plan : DensePlan
    valid : Batches or None
    legs : sequence of Leg
        Their levels ascending.
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
        legs: Sequence[Leg],
        early: Any = None,
    ):
        super().__init__(pruner, plan, valid, sum(leg.n_epochs for leg in legs))
        self.legs, self.early = legs, early
        self.ends = list(accumulate(leg.n_epochs for leg in legs))
        self.reached: list[Level] = []

    def begin_epoch(self) -> None:
        """Cut on the way down to a level, then recover there."""
        leg, epoch = self._position()
        n_left = leg.n_epochs - leg.n_ramp + 1
        if epoch == 0:
            self.best, self.share, self.above = self.best.anew(), 0.0, self.sparsity()
            self.recovery = Recovery(self.net, self.plan.learning_rate_init, n_left)
        if epoch < leg.n_ramp:
            self._descend(leg, (epoch + 1) / leg.n_ramp)
        if self._is_down():
            self.recovery.begin_epoch(epoch - leg.n_ramp + 1)

    def _position(self) -> tuple[Leg, int]:
        """Return the present leg, and how many of its epochs are over."""
        i = bisect(self.ends, self.done)
        return self.legs[i], self.done - (self.ends[i - 1] if i else 0)

    def _is_down(self) -> bool:
        """Return whether the last cut to the present level has been made."""
        leg, epoch = self._position()
        return epoch + 1 >= leg.n_ramp

    def _descend(self, leg: Leg, progress: float) -> None:
        """Cut where the schedule asks for more."""
        schedule = self.pruner.plan.schedule
        share = 1.0 if progress == 1.0 else schedule(progress)
        if share <= self.share:
            return
        self.share = share
        sparsity = (
            leg.level if share == 1.0 else self.above + share * (leg.level - self.above)
        )
        self.pruner.plan = replace(self.pruner.plan, sparsity=sparsity)
        self.cut(1.0, last=True)
        if self.early is not None and schedule.rewinds:
            self.rewind(self.early)

    def judges(self) -> bool:
        """Return whether the network is at a level that was asked for."""
        return self._is_down()

    def end_epoch(self, loss: float) -> bool:
        """Judge the level at its end; return True to go no further."""
        super().end_epoch(loss)
        if self._is_down():
            self.best.offer(loss, self.net.flat_.value.data)
        return self.done + 1 in self.ends and self.end_level()

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
            history = [*before.history, *epochs[: self.ends[i - 1]]]
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
        legs = [Leg(level, 1, each) for level in LEVELS[:n_levels]]
        super().__init__(pruner, plan, valid, legs)
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
