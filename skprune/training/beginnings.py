"""From a job to its phases, not begun yet: network, rows, penalty and length."""

import math
from dataclasses import replace

import torch

from skprune.training.annealing import AnnealedPhase
from skprune.training.batches import Batches
from skprune.training.callback_net import CallbackNet
from skprune.training.constant_evidence import collect_constant
from skprune.training.control import LastEpoch
from skprune.training.factory import (
    DENSE,
    PRUNE,
    SCORE,
    generator,
    make_batches,
    make_net,
    prepared,
)
from skprune.training.imitation import imitating
from skprune.training.job import DensePlan, Job, PrunePlan
from skprune.training.levels import LevelsPhase, search_plan
from skprune.training.net import PruningNet
from skprune.training.outcome import Floats, Outcome
from skprune.training.phases import DensePhase, PruningPhase
from skprune.training.prior import Prior
from skprune.training.pruner import Pruner
from skprune.training.rehearsal import Rehearsal, RehearsedPhase
from skprune.training.strength import is_flattered, penalised, prior_of

RAMP_STEPS, RAMP_EPOCHS = 800, (10, 60)
"""Optimizer steps that the ramp aims at, and its bounds in epochs."""

PATIENCE_SHARE = 0.15
"""Share of recovery without a better epoch after which it ends."""


def dense_phase(job: Job, rehearsal: Rehearsal | None = None) -> DensePhase:
    """Return the dense phase, not begun yet."""
    net = make_net(job.plan, job.audience, DENSE, job.start)
    if job.plan.track_movement:
        net.step_.movement = torch.zeros_like(net.flat_.grad)
    batches, valid = make_batches(job, job.plan, DENSE)
    if rehearsal is not None:
        return RehearsedPhase(rehearsal, net, batches)
    plan = job.plan
    if plan.anneals:
        return AnnealedPhase(net, plan, batches)
    if plan.loss.is_likelihood:
        # Held as where all is noise, a classifier may never leave its best constant;
        # only a rehearsal tells whether it does.
        plan = replace(plan, precision=0.0)
    return DensePhase(net, plan, batches, valid)


def as_given(job: Job) -> Outcome:
    """Return the network that a job starts from, judged as a dense phase would.

    It is as it is: to what is asked of its weights they are held from the first cut on.
    """
    net = make_net(replace(job.plan, monotonic=None), None, DENSE, job.start)
    net.module_.eval()
    batches, valid = make_batches(job, job.plan, DENSE)
    value = net.weights()
    return Outcome(value, net.loss_on(valid or batches), history=[], early=value)


def pruning_phase(job: Job, dense: Outcome, nets: list[PruningNet]) -> PruningPhase:
    """Return the pruning phase, not begun yet."""
    assert job.prune is not None
    prior = prior_of(job)
    if prior is not None:
        prior = replace(prior, held_out=dense.held_out)
    pruner, plan, valid = _prepared(job, prior, dense, nets)
    n_ramp, n_epochs = pruning_epochs(job.prune, pruner.batches.n_batches)
    patience = math.inf
    if valid is not None and job.prune.prune_iter is None:
        patience = math.ceil(PATIENCE_SHARE * (n_epochs - n_ramp))
    phase = PruningPhase(pruner, plan, valid, n_ramp, n_epochs, dense.early, patience)
    if is_flattered(job):
        phase.best = LastEpoch()
    if job.prune.imitates:
        # Criteria go on reading the labels.
        taught = replace(job, rows=imitating(job, dense.value))
        phase.batches, _ = make_batches(taught, plan, PRUNE)
    elif job.plan.loss.is_likelihood:
        phase.prior = prior
    return phase


def search_phase(job: Job, dense: Outcome, nets: list[PruningNet]) -> LevelsPhase:
    """Return the phase that looks for the sparsity, not begun yet."""
    prune = job.prune
    assert prune is not None and prune.tolerance is not None
    prior = prior_of(job)
    pruner, plan, valid = _prepared(job, prior, dense, nets)
    n_batches = pruner.batches.n_batches
    n_ramp, _ = pruning_epochs(prune, n_batches)
    each = search_plan(n_batches, None if prune.prune_iter is None else n_ramp)
    phase = LevelsPhase(pruner, plan, valid, each, dense.loss + prune.tolerance)
    phase.prior = prior if job.plan.loss.is_likelihood else None
    return phase


def _prepared(
    job: Job, prior: Prior | None, dense: Outcome, nets: list[PruningNet]
) -> tuple[Pruner, DensePlan, Batches | None]:
    """Return the pruner, the plan under the prior, and the validation rows."""
    assert job.prune is not None
    # A dense network has learnt its own rows' noise.
    flattered = prior is not None and prior.is_flattered
    plan = penalised(job, prior, math.inf if flattered else dense.loss)
    net = _net_to_prune(job, plan, dense, nets)
    batches, valid = make_batches(job, plan, PRUNE)
    return make_pruner(net, plan, job.prune, batches, dense.movement), plan, valid


def _net_to_prune(
    job: Job, plan: DensePlan, dense: Outcome, nets: list[PruningNet]
) -> PruningNet:
    # To callbacks both phases are the training of one network.
    if nets:
        return prepared(nets.pop(), plan, PRUNE, dense.value)
    net = make_net(plan, job.audience, PRUNE, dense.value)
    if isinstance(net, CallbackNet):
        net.take_up(dense.history, dense.rate)
    return net


def make_pruner(
    net: PruningNet,
    plan: DensePlan,
    prune: PrunePlan,
    batches: Batches,
    movement: Floats | None,
) -> Pruner:
    """Return the pruner of a network, with what its criterion needs in advance."""
    if movement is not None:
        net.step_.movement = torch.from_numpy(movement.copy()).to(plan.device)
    constant = collect_constant(prune.criterion.needs, plan, net, batches)
    return Pruner(net, prune, batches, generator(plan.seed, SCORE), constant)


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
