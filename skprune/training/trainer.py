"""From rows to a trained and pruned network, one network at a time."""

import math
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from joblib import Memory

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
from skprune.training.job import Job, Split
from skprune.training.levels import LevelsPhase, RecoveryPhase, epochs_a_level
from skprune.training.net import PruningNet
from skprune.training.outcome import (
    Dense,
    Floats,
    Trained,
    dense_outcome,
    pruned_outcome,
)
from skprune.training.phases import DensePhase, Phase, PruningPhase, run_phase
from skprune.training.plan import DensePlan, PrunePlan
from skprune.training.progress import Progress
from skprune.training.pruner import Pruner

LIKELIHOODS = frozenset({"binary", "multiclass"})
"""Losses that are negative log likelihoods as they stand."""

RAMP_STEPS, RAMP_EPOCHS = 1000, (10, 60)
"""Optimizer steps that the ramp aims at, and its bounds in epochs."""

Log = Callable[[str], None]


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


class Course(NamedTuple):
    """A phase, and the rows that it runs over."""

    phase: Any
    batches: Batches
    valid: Batches | None


def train(job: Job, memory: Memory, progress: Progress, log: Log) -> Trained:
    """Train one network, and prune it where that is asked for."""
    dense = train_first(job, memory, progress, log)
    return train_on(job, dense, progress, log)


def train_first(job: Job, memory: Memory, progress: Progress, log: Log) -> Dense:
    """Train all weights, unless ``memory`` knows the outcome."""
    cached = memory.cache(train_dense, ignore=["callbacks", "progress", "log"])
    with one_thread():
        dense: Dense = cached(
            job.plan, job.rows, job.split, job.start, job.callbacks, progress, log
        )
    return dense


def train_on(job: Job, dense: Dense, progress: Progress, log: Log) -> Trained:
    """Go on from the dense network: prune it where that is asked for."""
    if job.prune is None or dense.interrupted:
        return Trained(dense, dense.value, interrupted=dense.interrupted)
    with one_thread():
        return train_pruned(job, dense, progress, log)


def train_dense(
    plan: DensePlan,
    rows: Rows,
    split: Split,
    start: Floats | None,
    callbacks: Any,
    progress: Progress,
    log: Log,
) -> Dense:
    """Train all weights; see :class:`Job`.

    No part of the result depends on who is told, unless a callback stops the phase.
    """
    course = dense_course(Job(plan, None, rows, split, start, callbacks))
    interrupted = _run(course, progress, log)
    return dense_outcome(course.phase, interrupted=interrupted)


def dense_course(job: Job) -> Course:
    """Return the dense phase, not begun yet."""
    net = make_net(job.plan, job.callbacks, DENSE, job.start)
    if job.plan.track_movement:
        net.descent_.movement = torch.zeros_like(net.flat_.grad)
    split = job.split
    batches, valid = make_batches(job.plan, job.rows, split.train, split.valid, DENSE)
    phase = DensePhase(net, job.plan, batches.n_rows, keep_best=valid is not None)
    return Course(phase, batches, valid)


def train_pruned(job: Job, dense: Dense, progress: Progress, log: Log) -> Trained:
    """Prune a trained network and let it recover."""
    assert job.prune is not None
    if job.prune.tolerance is not None:
        return _search(job, dense, progress, log)
    course = pruning_course(job, dense)
    interrupted = _run(course, progress, log)
    return pruned_outcome(dense, course.phase.pruner, interrupted=interrupted)


def pruning_course(job: Job, dense: Dense) -> Course:
    """Return the pruning phase, not begun yet."""
    assert job.prune is not None
    plan, pruner, valid = _make_pruner(job, dense)
    n_ramp, n_epochs = pruning_epochs(job.prune, pruner.batches.n_batches)
    phase = PruningPhase(pruner.net, pruner, plan, n_ramp, n_epochs, dense.early)
    return Course(phase, pruner.batches, valid)


def _search(job: Job, dense: Dense, progress: Progress, log: Log) -> Trained:
    """Go down the levels within the tolerance, then recover at the last good one."""
    assert job.prune is not None and job.prune.tolerance is not None
    plan, pruner, valid = _make_pruner(job, dense)
    batches, limit = pruner.batches, dense.best_validation_loss + job.prune.tolerance
    each = epochs_a_level(batches.n_batches)
    levels = LevelsPhase(pruner.net, pruner, plan, each, limit)
    interrupted = _run(Course(levels, batches, valid), progress, log)
    if not interrupted and levels.passed is not None:
        n_ramp, n_epochs = pruning_epochs(job.prune, batches.n_batches)
        n_recovery = n_epochs - n_ramp
        last = RecoveryPhase(pruner.net, pruner, plan, n_recovery, levels.passed)
        interrupted = _run(Course(last, batches, valid), progress, log)
    return pruned_outcome(dense, pruner, interrupted=interrupted)


def _make_pruner(job: Job, dense: Dense) -> tuple[DensePlan, Pruner, Batches | None]:
    """Return the plan under the prior, the pruner, and the validation rows.

    Pruning and recovery are under a Gaussian prior of unit variance on the weights:
    its share of the loss, 1 / n_rows, keeps few weights from fitting few rows too
    closely, and vanishes where rows are many. A squared error is a likelihood only
    in units of the noise, for which the dense network's own error stands.

    References
    ----------
    D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
    Computation 4, 1992.
    """
    assert job.prune is not None
    noise = 1.0 if job.plan.loss in LIKELIHOODS else min(1.0, 2.0 * dense.loss)
    plan = replace(job.plan, prior=noise / job.n_train)
    net = make_net(plan, job.callbacks, PRUNE, dense.value)
    split = job.split
    batches, valid = make_batches(plan, job.rows, split.train, split.valid, PRUNE)
    return plan, make_pruner(net, plan, job.prune, batches, dense.movement), valid


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


def _run(course: Course, progress: Progress, log: Log) -> bool:
    try:
        run_phase(*course, progress, log)
    except KeyboardInterrupt:
        warn_of_interrupt(course.phase)
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
