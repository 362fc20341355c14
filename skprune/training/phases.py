"""The loop over epochs, and the two phases that run in it.

The *dense phase* trains all weights. The *pruning phase* follows the schedule
down to the final sparsity, recovers, and keeps its best epoch at that sparsity.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from skprune.training.data import Batches
from skprune.training.net import PhaseEnd, PruningNet
from skprune.training.plan import DensePlan
from skprune.training.progress import Progress
from skprune.training.pruner import Pruner
from skprune.training.rates import Recovery, rate_rule
from skprune.training.stopping import BestEpoch, Patience


class Phase:
    """One phase's epochs; the base is a phase that only counts.

    Attributes
    ----------
    name : str
    n_epochs : int
        At most.
    done : int
        Epochs run so far.
    """

    name = "phase"

    def __init__(self, net: PruningNet, n_epochs: float):
        self.net, self.n_epochs, self.done = net, n_epochs, 0

    def begin_epoch(self) -> None:
        """Prepare the network for the next epoch."""

    def end_epoch(self, loss: float) -> bool:
        """Take the epoch's loss; return True where the phase has converged."""
        return False

    def may_stop(self) -> bool:
        """Return whether the phase may end before its last epoch."""
        return True

    def judges(self) -> bool:
        """Return whether the present epoch's network may be the one that stays."""
        return True

    def sparsity(self) -> float:
        """Share of the units that are gone."""
        return 0.0

    def finish(self) -> None:
        """Leave the network as the phase wants it left."""

    def position(self) -> dict[str, Any]:
        """Return how far the phase is, in a few plain numbers."""
        return {"done": self.done}

    def go_on(self, position: Mapping[str, Any]) -> None:
        """Take up the position of another phase of the kind."""
        self.done = position["done"]


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
        self, net: PruningNet, plan: DensePlan, n_rows: int, *, keep_best: bool
    ):
        super().__init__(net, plan.max_iter)
        self.patience = Patience(plan.tol, plan.n_iter_no_change)
        self.best = BestEpoch() if keep_best else None
        self.rate = rate_rule(plan, net, n_rows)
        self.early = net.flat_.value.data.numpy(force=True).copy()
        self.converged = False

    def end_epoch(self, loss: float) -> bool:
        """Stop where neither patience nor learning rate is left."""
        if self.done == 0:
            self.early = self.net.flat_.value.data.numpy(force=True).copy()
        if self.best is not None:
            self.best.offer(loss, self.net.flat_.value.data)
        self.converged = self.patience.exhausted(loss) and not self.rate.lower()
        if self.patience.count > self.patience.n_iter_no_change:
            self.patience.count = 0
        self.rate.end_epoch()
        return self.converged

    def finish(self) -> None:
        """Return to the best epoch, where there is a validation split."""
        if self.best is not None:
            settle(self.net, self.best)

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


class PruningPhase(Phase):
    """Down the schedule, then recovery at the final sparsity.

    Parameters
    ----------
    net : PruningNet
    pruner : Pruner
    plan : DensePlan
    n_ramp, n_epochs : int
        Epochs of the ramp, and of the phase.
    early : ndarray of shape (n_parameters,)
        The weights to which a schedule that rewinds returns.
    """

    name = "pruning"

    def __init__(
        self,
        net: PruningNet,
        pruner: Pruner,
        plan: DensePlan,
        n_ramp: int,
        n_epochs: int,
        early: Any,
    ):
        super().__init__(net, n_epochs)
        self.pruner, self.n_ramp, self.early = pruner, n_ramp, early
        self.best = BestEpoch()
        self.recovery = Recovery(net, plan.learning_rate_init, n_epochs - n_ramp)
        self.gone = -1.0

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
        self.pruner.cut(share, activity=_activity(progress), last=last)
        if schedule.rewinds:
            self._rewind()

    def _rewind(self) -> None:
        value = self.net.flat_.value.data
        value.copy_(value.new_tensor(np.asarray(self.early)))
        self.net.optimizer_.state.clear()
        self.pruner.hold()

    def end_epoch(self, loss: float) -> bool:
        """Judge the epoch if it ran at the final sparsity."""
        if self.judges():
            self.best.offer(loss, self.net.flat_.value.data)
        return False

    def judges(self) -> bool:
        """Return whether the last cut has been made."""
        return self.done + 1 >= self.n_ramp

    def may_stop(self) -> bool:
        """Return whether all is gone that is to go, whatever the loss did."""
        return self.done >= self.n_ramp

    def sparsity(self) -> float:
        """Share of the units that are gone."""
        return self.pruner.sparsity

    def finish(self) -> None:
        """Return to the best epoch at the final sparsity."""
        self.net.n_bits_ = self.pruner.plan.n_bits
        settle(self.net, self.best)

    def position(self) -> dict[str, Any]:
        """Return how far the phase is, of how many epochs, and what share is gone."""
        lengths = {"n_ramp": self.n_ramp, "n_epochs": self.n_epochs}
        return {**super().position(), **lengths, "gone": self.gone}

    def go_on(self, position: Mapping[str, Any]) -> None:
        """Take up the position of another pruning phase, of as many epochs."""
        super().go_on(position)
        self.gone = position["gone"]


def settle(net: PruningNet, best: BestEpoch) -> None:
    """Return to the best epoch, if there is one, and to the final bits."""
    if best.value is not None:
        net.flat_.value.data.copy_(best.value)
    if net.n_bits_ is not None:
        net.round_weights()


def _activity(progress: float) -> float:
    # Share of the survivors exchanged, from 0.3 down to nothing, after RigL.
    return 0.15 * (1.0 + math.cos(math.pi * progress))


def run_phase(
    phase: Phase,
    batches: Batches,
    valid: Batches | None,
    progress: Progress,
    log: Callable[[str], None],
) -> None:
    """Run the epochs of a phase, or what is left of them.

    Raises
    ------
    ValueError
        If the loss is no longer finite.
    KeyboardInterrupt
        If the user interrupts; the phase has then been finished.
    """
    progress.begin_phase(phase.name, phase.n_epochs)
    phase.net.notify("on_train_begin", X=None, y=None)
    try:
        while phase.done < phase.n_epochs:
            progress.begin_epoch()
            stop = run_epoch(phase, batches, valid, log)
            stop = progress.end_epoch([phase.net]) or stop
            if stop and phase.may_stop():
                break
    finally:
        phase.finish()
        phase.net.notify("on_train_end", X=None, y=None)
        progress.end_phase()


def run_epoch(
    phase: Phase,
    batches: Batches,
    valid: Batches | None,
    log: Callable[[str], None],
) -> bool:
    """Run one epoch of a phase; return True where the phase is over."""
    phase.begin_epoch()
    return take_epoch(phase, batches, valid, log)


def take_epoch(
    phase: Phase,
    batches: Batches,
    valid: Batches | None,
    log: Callable[[str], None],
    loss: float | None = None,
) -> bool:
    """Train and judge an epoch that has begun.

    Where its steps were taken elsewhere, ``loss`` is their mean loss.
    """

    def record(history: Any) -> None:
        history.record("phase", phase.name)
        history.record("sparsity", phase.sparsity())
        history.record("judged", phase.judges())

    try:
        phase.net.run_epoch(batches, valid, record, loss)
        stop = False
    except PhaseEnd:
        stop = True
    row = phase.net.history[-1]
    _check_finite(row["train_loss"])
    judged = row["train_loss"] if valid is None else row["valid_loss"]
    log(_line(phase, row))
    stop = phase.end_epoch(judged) or stop
    phase.done += 1
    return stop


def _check_finite(loss: float) -> None:
    if not math.isfinite(loss):
        raise ValueError(
            "Training produced a loss that is not finite. Scale the inputs (for "
            "example with StandardScaler or QuantileTransformer), or lower "
            "learning_rate_init."
        )


def _line(phase: Phase, row: Any) -> str:
    text = f"{phase.name} {phase.done + 1}, loss = {row['train_loss']:.8f}"
    if "valid_loss" in row:
        text += f", validation loss = {row['valid_loss']:.8f}"
    return f"{text}, sparsity = {row['sparsity']:.4f}"
