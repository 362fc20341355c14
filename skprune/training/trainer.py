"""From rows to a trained and pruned network, as plain arrays."""

import math
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from joblib import Memory
from numpy.typing import NDArray

from skprune.training.data import Batches, Rows
from skprune.training.factory import (
    DENSE,
    PRUNE,
    SCORE,
    generator,
    make_batches,
    make_net,
)
from skprune.training.given import collect_given
from skprune.training.levels import LevelsPhase, RecoveryPhase, epochs_a_level
from skprune.training.net import PruningNet
from skprune.training.phases import DensePhase, Phase, PruningPhase, run_phase
from skprune.training.plan import DensePlan, PrunePlan
from skprune.training.progress import Progress
from skprune.training.pruner import Pruner

Floats = NDArray[np.float32]

LIKELIHOODS = frozenset({"binary", "multiclass"})
"""Losses that are negative log likelihoods as they stand."""

RAMP_STEPS, RAMP_EPOCHS = 1000, (10, 60)
"""Optimizer steps that the ramp aims at, and its bounds in epochs."""


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
class Dense:
    """What the dense phase leaves behind.

    Attributes
    ----------
    value, early : ndarray of shape (n_parameters,)
        The weights at its end, and after the first epoch.
    movement : ndarray of shape (n_parameters,) or None
    history : list of dict
        One an epoch.
    converged, interrupted : bool
    """

    value: Floats
    early: Floats
    movement: Floats | None
    history: list[dict[str, Any]]
    converged: bool
    interrupted: bool

    @property
    def loss(self) -> float:
        """Loss of the weights: on the validation rows, where there are some."""
        last = self.history[-1]
        return self.best_validation_loss if "valid_loss" in last else last["train_loss"]

    @property
    def best_validation_loss(self) -> float:
        """Lowest validation loss, which is that of the weights."""
        return float(min(row["valid_loss"] for row in self.history))


@dataclass(frozen=True)
class Trained:
    """A network after both phases.

    Attributes
    ----------
    dense : Dense
    value : ndarray of shape (n_parameters,)
    masks : dict of parameter name to boolean ndarray
        True where an entry was kept; empty where nothing was pruned.
    keep : dict of group name to boolean ndarray
        Which units are still there.
    near_floor : tuple of str
        Groups that could hardly lose another unit.
    history : list of dict
    interrupted : bool
    """

    dense: Dense
    value: Floats
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    keep: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    near_floor: tuple[str, ...] = ()
    history: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    @property
    def sparsity(self) -> float:
        """Share of the units that are gone."""
        if not self.keep:
            return 0.0
        return float(1.0 - np.concatenate(list(self.keep.values())).mean())


@contextmanager
def one_thread() -> Any:
    """Run torch as the results need it, whatever its global settings are.

    On one thread, for sums over several depend on their number; with gradients,
    and in single precision by default.
    """
    n_threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(n_threads)


def train_dense(
    plan: DensePlan,
    rows: Rows,
    split: Split,
    start: Floats | None,
    callbacks: Any,
    progress: Progress,
    log: Callable[[str], None],
) -> Dense:
    """Train all weights.

    Parameters
    ----------
    plan : DensePlan
    rows : Rows
    split : Split
    start : ndarray of shape (n_parameters,) or None
        Weights to start from; drawn by default.
    callbacks, progress, log
        Who is told; no part of the result depends on them, unless a callback
        stops the phase.
    """
    net = make_net(plan, callbacks, DENSE, start)
    if plan.track_movement:
        net.descent_.movement = torch.zeros_like(net.flat_.grad)
    batches, valid = make_batches(plan, rows, split.train, split.valid, DENSE)
    phase = DensePhase(net, plan, batches.n_rows, keep_best=valid is not None)
    interrupted = _run(phase, batches, valid, progress, log)
    moved = net.descent_.movement
    return Dense(
        value=net.flat_.value.data.numpy(force=True).copy(),
        early=phase.early,
        movement=None if moved is None else moved.numpy(force=True),
        history=complete_epochs(net),
        converged=phase.converged,
        interrupted=interrupted,
    )


def train(
    plan: DensePlan,
    prune: PrunePlan | None,
    rows: Rows,
    split: Split,
    *,
    start: Floats | None,
    memory: Memory,
    callbacks: Any,
    progress: Progress,
    log: Callable[[str], None],
) -> Trained:
    """Train, and prune where ``prune`` is given."""
    cached = memory.cache(train_dense, ignore=["callbacks", "progress", "log"])
    with one_thread():
        dense = cached(plan, rows, split, start, callbacks, progress, log)
        if prune is None or dense.interrupted:
            return Trained(dense, dense.value, interrupted=dense.interrupted)
        return train_pruned(plan, prune, rows, split, dense, callbacks, progress, log)


def train_pruned(
    plan: DensePlan,
    prune: PrunePlan,
    rows: Rows,
    split: Split,
    dense: Dense,
    callbacks: Any,
    progress: Progress,
    log: Callable[[str], None],
) -> Trained:
    """Prune a trained network and let it recover.

    Both under a Gaussian prior of unit variance on the weights: its share of the
    loss, 1 / n_rows, keeps few weights from fitting few rows too closely, and
    vanishes where rows are many. A squared error is a likelihood only in units of
    the noise, for which the dense network's own error stands.

    References
    ----------
    D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
    Computation 4, 1992.
    """
    noise = 1.0 if plan.loss in LIKELIHOODS else min(1.0, 2.0 * dense.loss)
    plan = replace(plan, prior=noise / split.n_train(rows))
    net = make_net(plan, callbacks, PRUNE, dense.value)
    batches, valid = make_batches(plan, rows, split.train, split.valid, PRUNE)
    pruner = make_pruner(net, plan, prune, batches, dense.movement)
    n_ramp, n_epochs = pruning_epochs(prune, batches.n_batches)
    run = partial(_run, batches=batches, valid=valid, progress=progress, log=log)
    if prune.tolerance is None:
        interrupted = run(
            PruningPhase(net, pruner, plan, n_ramp, n_epochs, dense.early)
        )
    else:
        limit = dense.best_validation_loss + prune.tolerance
        interrupted = _search(net, pruner, plan, batches, limit, n_epochs - n_ramp, run)
    return Trained(
        dense,
        value=net.flat_.value.data.numpy(force=True).copy(),
        masks={name: mask.numpy() for name, mask in pruner.masks.items()},
        keep=pruner.kept_by_group(),
        near_floor=pruner.near_floor(),
        history=complete_epochs(net),
        interrupted=interrupted,
    )


def _search(
    net: PruningNet,
    pruner: Pruner,
    plan: DensePlan,
    batches: Batches,
    limit: float,
    n_recovery: int,
    run: Callable[[Phase], bool],
) -> bool:
    """Go down the levels within the limit, then recover at the last good one."""
    each = epochs_a_level(batches.n_batches)
    levels = LevelsPhase(net, pruner, plan, each, limit)
    interrupted = run(levels)
    if interrupted or levels.passed is None:
        return interrupted
    return run(RecoveryPhase(net, pruner, plan, n_recovery, levels.passed))


def complete_epochs(net: PruningNet) -> list[dict[str, Any]]:
    """Return the history without an epoch that was interrupted."""
    return [row for row in net.history if "sparsity" in row]


def make_pruner(
    net: PruningNet,
    plan: DensePlan,
    prune: PrunePlan,
    batches: Batches,
    movement: Floats | None,
) -> Pruner:
    """Return the pruner of a network, with what its criterion needs in advance."""
    if movement is not None:
        net.descent_.movement = torch.from_numpy(movement.copy()).to(plan.device)
    given = collect_given(prune.criterion.needs, plan, net, batches)
    return Pruner(net, prune, batches, generator(plan.seed, SCORE), plan.loss, given)


def pruning_epochs(prune: PrunePlan, n_batches: int) -> tuple[int, int]:
    """Return the epochs of the ramp and of the whole phase.

    A cut is followed by enough steps to make up for it, so that the fewer batches
    an epoch has, the more epochs there are.
    """
    if prune.prune_iter is not None:
        return max(1, prune.prune_iter // 2), prune.prune_iter
    low, high = RAMP_EPOCHS
    n_ramp = min(max(math.ceil(RAMP_STEPS / n_batches), low), high)
    return n_ramp, 2 * n_ramp


def _run(
    phase: Any,
    batches: Batches,
    valid: Batches | None,
    progress: Progress,
    log: Callable[[str], None],
) -> bool:
    try:
        run_phase(phase, batches, valid, progress, log)
    except KeyboardInterrupt:
        warn_of_interrupt(phase)
        return True
    return False


def warn_of_interrupt(phase: Phase) -> None:
    """Tell the user who pressed Ctrl-C what is left."""
    warnings.warn(
        f"Training interrupted by user in the {phase.name} phase, after "
        f"{phase.done} epochs: the network learnt so far is kept, "
        f"{phase.sparsity():.0%} of its units removed.",
        stacklevel=3,
    )
