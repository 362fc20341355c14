"""The two phases of a fit.

The *dense phase* trains all weights. The *pruning phase* follows the schedule
down to the final sparsity, recovers, and keeps its best epoch at that sparsity; a
classifier that is judged by the rows that it learns from keeps the last one.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from skprune.training.batches import Batches
from skprune.training.control import BestEpoch, Patience, Recovery, rate_rule
from skprune.training.job import DensePlan
from skprune.training.net import PruningNet
from skprune.training.outcome import Outcome
from skprune.training.penalty import n_weights, set_penalty
from skprune.training.phase import Phase, settle
from skprune.training.prior import Prior, whole_noise
from skprune.training.pruner import Pruner


class DensePhase(Phase):
    """All weights, until the loss stands still.

    Attributes
    ----------
    early : ndarray of shape (n_parameters,)
        The weights after the first epoch, for rewinding.
    converged : bool
    """

    name = "dense"

    def __init__(
        self, net: PruningNet, plan: DensePlan, batches: Batches, valid: Batches | None
    ):
        super().__init__(net, plan, batches, valid, plan.max_iter)
        self.patience = Patience(plan.tol, plan.n_iter_no_change)
        self.best = None if valid is None else BestEpoch()
        self.rate = rate_rule(plan, net, batches.n_rows)
        self.early = net.weights()
        self.converged = False
        self.prior: Prior | None = None
        if plan.precision:
            blind = whole_noise(plan.loss, *batches.targets())
            n_rows = batches.n_rows
            self.prior = Prior.over(
                n_rows,
                blind,
                plan.precision,
                is_flattered=False,
                most=plan.kind.largest_prior,
            )

    def begin_epoch(self) -> None:
        """Hold the weights by the noise that the epoch before has left."""
        if self.prior is not None:
            prior = self.prior.at(self.error)
            set_penalty(self.net, replace(self.plan, prior=prior))

    def end_epoch(self, loss: float) -> bool:
        """Stop where neither patience nor learning rate is left."""
        self.error = self.net.history[-1]["train_loss"]
        if self.done == 0:
            self.early = self.net.weights()
        if self.best is not None:
            self.best.offer(loss, self.net.flat_.value.data)
        self.converged = self.patience.exhausted(loss) and not self.rate.lower()
        if self.patience.count > self.patience.n_iter_no_change:
            self.patience.count = 0
        self.rate.end_epoch()
        return self.converged

    def scale_rate(self, share: float) -> None:
        """Scale the rate of the next epochs, and what it is derived from."""
        super().scale_rate(share)
        self.rate.initial *= share
        self.rate.rate *= share

    def finish(self) -> None:
        """Return to the best epoch, where there is a validation split."""
        if self.best is not None:
            settle(self.net, self.best)

    def outcome(self, *, interrupted: bool = False) -> Outcome:
        """Return what the phase leaves behind."""
        moved = self.net.step_.movement
        history = self.complete_epochs()
        judged = "train_loss" if self.valid is None else "valid_loss"
        losses = [row[judged] for row in history] or [math.inf]
        return Outcome(
            value=self.net.weights(),
            loss=float(losses[-1] if self.valid is None else min(losses)),
            history=history,
            early=self.early,
            movement=None if moved is None else moved.numpy(force=True).copy(),
            rate=self.net.optimizer_.param_groups[0]["lr"],
            converged=self.converged,
            interrupted=interrupted,
        )

    def position(self) -> dict[str, Any]:
        """Return how far the phase is, and how patient."""
        patience = self.patience
        known = {"best": patience.best, "count": patience.count, "rate": self.rate.rate}
        return {**super().position(), **known}

    def go_on(self, position: Mapping[str, Any]) -> None:
        """Take up the position of another dense phase."""
        super().go_on(position)
        self.patience.best = position["best"]
        self.patience.count = position["count"]
        self.rate.go_on(self.done, position["rate"])


class SparsePhase(Phase):
    """A phase in which a pruner is at work.

    Attributes
    ----------
    pruner : Pruner
    best : BestEpoch
    prior : Prior or None
        What follows the loss; None where the plan's own prior stays as it is.
    """

    name = "pruning"
    best: BestEpoch
    prior: Prior | None = None

    def __init__(
        self, pruner: Pruner, plan: DensePlan, valid: Batches | None, n_epochs: float
    ):
        super().__init__(pruner.net, plan, pruner.batches, valid, n_epochs)
        self.pruner, self.best = pruner, BestEpoch()

    def sparsity(self) -> float:
        """Share of the units that are gone."""
        return self.pruner.sparsity

    def end_epoch(self, loss: float) -> bool:
        """Take the noise from the loss that judges: from the next cut on it holds."""
        self.error = loss
        if self.prior is not None:
            # Only the flattered are held by how many weights they have.
            left = n_weights(self.net) if self.prior.is_flattered else math.inf
            self.plan = replace(self.plan, prior=self.prior.at(loss, left))
        return False

    def cut(self, share: float, *, last: bool, activity: float = 0.0) -> None:
        """Cut as :meth:`Pruner.cut` does, and hold what is left accordingly."""
        self.pruner.cut(share, activity=activity, last=last)
        set_penalty(self.net, self.plan)

    def rewind(self, early: Any) -> None:
        """Return to early weights, those that are gone at zero."""
        value = self.net.flat_.value.data
        value.copy_(value.new_tensor(np.asarray(early)))
        self.net.optimizer_.state.clear()
        self.pruner.hold()

    def finish(self) -> None:
        """Return to the best epoch."""
        settle(self.net, self.best)

    def outcome(self, dense: Outcome, *, interrupted: bool = False) -> Outcome:
        """Return what the network has become, with what it was before."""
        return Outcome(
            value=self.net.weights(),
            loss=self.best.loss,
            history=self.complete_epochs(),
            early=dense.early,
            interrupted=interrupted,
            before=dense,
            masks={name: mask.numpy() for name, mask in self.pruner.masks.items()},
            keep=self.pruner.kept_by_group(),
            near_floor=self.pruner.near_floor(),
        )


class PruningPhase(SparsePhase):
    """Down the schedule, then recovery at the final sparsity.

    Parameters
    ----------
    pruner : Pruner
    plan : DensePlan
    valid : Batches or None
    n_ramp, n_epochs : int
        Epochs of the ramp, and of the phase.
    early : ndarray of shape (n_parameters,)
        The weights to which a schedule that rewinds returns.
    patience : float
        Epochs of recovery without a better one after which the phase ends.

    Attributes
    ----------
    race : Competition or None
        The phases that it competes with.
    losses : list of float
        Those that judge, one an epoch.
    """

    race: "Competition | None" = None

    def __init__(
        self,
        pruner: Pruner,
        plan: DensePlan,
        valid: Batches | None,
        n_ramp: int,
        n_epochs: int,
        early: Any,
        patience: float = math.inf,
    ):
        super().__init__(pruner, plan, valid, n_epochs)
        self.patience, self.n_waited = patience, 0
        self.n_ramp, self.early = n_ramp, early
        self.recovery = Recovery(self.net, plan.learning_rate_init, n_epochs - n_ramp)
        self.gone = -1.0
        self.losses: list[float] = []

    def begin_epoch(self) -> None:
        """Cut where the schedule asks for more."""
        step = self.done + 1
        if step >= self.n_ramp:
            self.net.n_bits_ = self.pruner.plan.n_bits
        if step > self.n_ramp:
            self.recovery.begin_epoch(step - self.n_ramp - 1)
            return
        schedule, progress = self.pruner.plan.schedule, step / self.n_ramp
        share = 1.0 if step == self.n_ramp else schedule(progress)
        exchanging = self.pruner.plan.regrow is not None
        if share <= self.gone and not exchanging:
            return
        self.gone = share
        # Nothing comes after all is gone, but for an exchange.
        last = step == self.n_ramp or (share >= 1.0 and not exchanging)
        self.cut(share, last=last, activity=_activity(progress))
        if schedule.rewinds:
            self.rewind(self.early)

    def end_epoch(self, loss: float) -> bool:
        """Judge the epoch if it ran at the final sparsity."""
        super().end_epoch(loss)
        self.losses.append(loss)
        # Training and validation rows need not overflow in the same epoch.
        if not math.isfinite(loss):
            self.withdraws()
        if not self.judges():
            return False
        self.n_waited = 0 if loss < self.best.loss else self.n_waited + 1
        self.best.offer(loss, self.net.flat_.value.data)
        return self.n_waited >= self.patience

    def is_beaten(self) -> bool:
        """Return whether another strength of the penalty has won the race."""
        return self.race is not None and self.race.is_lost_by(self)

    def is_behind(self) -> bool:
        """Return whether the race is under way, led by another phase."""
        return self.race is not None and self.race.leader is not self

    def withdraws(self) -> bool:
        """Return whether the race goes on without this phase, which has diverged."""
        return self.race is not None and self.race.goes_on_without(self)

    def judges(self) -> bool:
        """Return whether the last cut has been made."""
        return self.done + 1 >= self.n_ramp

    def may_stop(self) -> bool:
        """Return whether all is gone that is to go, whatever the loss did."""
        return self.done >= self.n_ramp

    def scale_rate(self, share: float) -> None:
        """Scale the rate of the next epochs, those of recovery included."""
        super().scale_rate(share)
        self.recovery.initial *= share

    def finish(self) -> None:
        """Return to the best epoch at the final sparsity."""
        self.net.n_bits_ = self.pruner.plan.n_bits
        super().finish()

    def position(self) -> dict[str, Any]:
        """Return how far the phase is, of how many epochs, and what share is gone."""
        lengths = {"n_ramp": self.n_ramp, "n_epochs": self.n_epochs}
        far = {"gone": self.gone, "error": self.error}
        return {**super().position(), **lengths, **far}

    def go_on(self, position: Mapping[str, Any]) -> None:
        """Take up the position of another pruning phase, of as many epochs."""
        super().go_on(position)
        self.gone, self.error = position["gone"], position["error"]


class Competition(Protocol):
    """Decides which of several phases goes on."""

    @property
    def leader(self) -> PruningPhase:
        """The best of them so far, the first of equals."""

    def is_lost_by(self, phase: PruningPhase) -> bool:
        """Return whether another phase goes on in place of this one."""

    def goes_on_without(self, phase: PruningPhase) -> bool:
        """Take out a phase that has diverged; return False if it has no rivals."""


def _activity(progress: float) -> float:
    # Share of the survivors exchanged, from 0.3 down to nothing, after RigL.
    return 0.15 * (1.0 + math.cos(math.pi * progress))
