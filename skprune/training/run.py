"""From jobs to trained and pruned networks, one at a time or in step."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from joblib import Memory

from skprune.training.batches import Batches
from skprune.training.caching import Witness, sources_of
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
from skprune.training.grouping import (
    dense_pace,
    grouped,
    pruning_pace,
    same_audience,
    same_dense,
)
from skprune.training.imitation import imitating
from skprune.training.job import DensePlan, Job, PrunePlan
from skprune.training.levels import LevelsPhase, RecoveryPhase, search_plan
from skprune.training.loop import Log, Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort, Floats, Outcome
from skprune.training.phases import DensePhase, PruningPhase
from skprune.training.prior import Prior
from skprune.training.pruner import Pruner
from skprune.training.rehearsal import Rehearsal, RehearsedPhase, rehearsed
from skprune.training.strength import (
    Race,
    entrants,
    is_flattered,
    penalised,
    prior_of,
)
from skprune.training.threads import one_thread

Between = Callable[[Sequence[Job], Sequence[Outcome]], Sequence[Job]]
"""From jobs and their dense networks to the jobs that the pruning phase takes."""

RAMP_STEPS, RAMP_EPOCHS = 800, (10, 60)
"""Optimizer steps that the ramp aims at, and its bounds in epochs."""

PATIENCE_SHARE = 0.15
"""Share of recovery without a better epoch after which it ends."""


def train_all(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    log: Log,
    between: Between | None = None,
) -> list[Outcome]:
    """Train one network for each job: an ensemble, folds, or levels of sparsity.

    Parameters
    ----------
    jobs : sequence of Job
        Jobs that differ in what is pruned alone share the dense network.
    memory : joblib.Memory
        Caches the dense phase.
    progress, log
        Who is told.
    between : callable, optional
        Changes the jobs before the pruning phase, all dense networks being known.

    Returns
    -------
    outcomes : list of Outcome
        In the order of ``jobs``.
    """
    logs = [named(log, i, len(jobs)) for i in range(len(jobs))]
    found: dict[int, Outcome] = {}
    with one_thread():
        for members in grouped([same_audience(job) for job in jobs]):
            some, some_logs = [jobs[i] for i in members], [logs[i] for i in members]
            outcomes = _train_together(some, memory, progress, some_logs, between)
            found.update(zip(members, outcomes, strict=True))
            _stop_if_interrupted(outcomes, len(jobs) - len(found))
    return [found[i] for i in range(len(jobs))]


def _train_together(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    between: Between | None,
) -> list[Outcome]:
    nets: list[PruningNet] = []
    dense = dense_of_all(jobs, memory, progress, logs, nets)
    if between is not None:
        jobs = between(jobs, dense)
    return _pruned_of_all(jobs, dense, progress, logs, nets)


def _stop_if_interrupted(outcomes: Sequence[Outcome], n_left: int) -> None:
    """Raise KeyboardInterrupt where networks are left that have learnt nothing."""
    if n_left and any(outcome.interrupted for outcome in outcomes):
        raise KeyboardInterrupt


def named(log: Log, i: int, n: int) -> Log:
    """Return a log whose lines say which of ``n`` networks they are about."""
    return log if n == 1 else lambda line: log(f"network {i + 1}, {line}")


def dense_of_all(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Return each job's dense network, trained once where jobs share it."""
    keys = [same_dense(job) for job in jobs]
    apart = {key: job.unpruned() for key, job in zip(keys, jobs, strict=True)}
    found = {key: as_given(job) for key, job in apart.items() if job.trained}
    distinct = [key for key in apart if key not in found]
    log_of = dict(zip(reversed(keys), reversed(logs), strict=True))
    for members in grouped([dense_pace(apart[key]) for key in distinct]):
        some = [distinct[i] for i in members]
        try:
            these, told = [apart[key] for key in some], [log_of[key] for key in some]
            outcomes = _cached(these, memory, progress, told, nets)
        except CutShort as cut:
            outcomes = cut.outcomes
            n_left = sum(key not in found for key in distinct) - len(some)
            _stop_if_interrupted(outcomes, n_left)
        found.update(zip(some, outcomes, strict=True))
    return [found[key] for key in keys]


def _pruned_of_all(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    for members in grouped([pruning_pace(job) for job in jobs]):
        some, before = [jobs[i] for i in members], [dense[i] for i in members]
        some_logs = [logs[i] for i in members]
        if any(outcome.interrupted for outcome in found.values()):
            outcomes = [replace(each, interrupted=True) for each in before]
        else:
            outcomes = train_pruned(some, before, progress, some_logs, nets)
        found.update(zip(members, outcomes, strict=True))
    return [found[i] for i in range(len(jobs))]


def _cached(
    jobs: Sequence[Job],
    memory: Memory,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    audience = jobs[0].audience
    sources = sources_of(None if audience is None else audience.callbacks)
    if sources is None:
        return train_dense(jobs, progress, logs, nets)
    cached = memory.cache(_train_dense, ignore=["progress", "logs", "nets"])
    return cached(jobs, sources, progress, logs, nets)


def _train_dense(
    jobs: Sequence[Job],
    sources: tuple[str, ...],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    # The callbacks' sources are part of the key in the cache, and of nothing else.
    return train_dense(jobs, progress, logs, nets)


def train_dense(
    jobs: Sequence[Job],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Train all weights of one network, or of several that keep in step.

    No part of the result depends on who is told, unless that cuts the phase short.

    Parameters
    ----------
    jobs : sequence of Job
    progress, logs
        Who is told.
    nets : list of PruningNet
        Takes in the networks that callbacks have come to know; none if what the phase
        comes to has been cached.

    Raises
    ------
    CutShort
        If the user interrupts, or who is told wants no more; it carries the result.
    """
    told = Witness(progress)
    phases = [
        dense_phase(job, rehearsed(job, told, log))
        for job, log in zip(jobs, logs, strict=True)
    ]
    interrupted = run(phases, told, logs)
    outcomes = [phase.outcome(interrupted=interrupted) for phase in phases]
    if interrupted or told.has_stopped:
        raise CutShort(outcomes)
    if jobs[0].audience is not None:
        nets.extend(phase.net for phase in phases)
    return outcomes


def train_pruned(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Outcome]:
    """Prune networks that keep in step, where that is asked for.

    The one in ``nets``, if any, goes on; the others are built anew.
    """
    if any(job.prune is None for job in jobs) or any(d.interrupted for d in dense):
        return list(dense)
    if jobs[0].prune is not None and jobs[0].prune.tolerance is not None:
        return [_search(jobs[0].recovering(), dense[0], progress, logs, nets)]
    leaders, interrupted = pruned_phases(jobs, dense, progress, logs, nets)
    return [
        leader.outcome(each, interrupted=interrupted)
        for leader, each in zip(leaders, dense, strict=True)
    ]


def pruned_phases(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> tuple[list[PruningPhase], bool]:
    """Run the pruning phases of jobs, a race for each; return the winners.

    The flag says whether the user cut them short.
    """
    races = [
        Race([pruning_phase(entrant, each, nets) for entrant in entrants(job)])
        for job, each in zip(jobs, dense, strict=True)
    ]
    phases = [phase for race in races for phase in race.phases]
    told = [log for log, race in zip(logs, races, strict=True) for _ in race.phases]
    interrupted = run(phases, progress, told)
    return [race.leader for race in races], interrupted


def dense_phase(job: Job, rehearsal: Rehearsal | None = None) -> DensePhase:
    """Return the dense phase, not begun yet."""
    net = make_net(job.plan, job.audience, DENSE, job.start)
    if job.plan.track_movement:
        net.step_.movement = torch.zeros_like(net.flat_.grad)
    batches, valid = make_batches(job, job.plan, DENSE)
    if rehearsal is not None:
        return RehearsedPhase(rehearsal, net, batches)
    plan = job.plan
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


def _search(
    job: Job,
    dense: Outcome,
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> Outcome:
    """Go down the levels within the tolerance, then recover at the last good one."""
    assert job.prune is not None and job.prune.tolerance is not None
    prior = prior_of(job)
    pruner, plan, valid = _prepared(job, prior, dense, nets)
    limit, n_batches = dense.loss + job.prune.tolerance, pruner.batches.n_batches
    n_ramp, n_epochs = pruning_epochs(job.prune, n_batches)
    n_search = None if job.prune.prune_iter is None else n_ramp
    levels = LevelsPhase(pruner, plan, valid, search_plan(n_batches, n_search), limit)
    levels.prior = prior if job.plan.loss.is_likelihood else None
    interrupted = run([levels], progress, logs)
    n_left = n_epochs - (n_ramp if n_search is None else levels.done)
    if interrupted or levels.passed is None or n_left == 0:
        return levels.outcome(dense, interrupted=interrupted)
    last = RecoveryPhase(pruner, levels.plan, valid, n_left, levels.passed)
    interrupted = run([last], progress, logs)
    outcome = last.outcome(dense, interrupted=interrupted)
    return replace(outcome, history=levels.complete_epochs())


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
