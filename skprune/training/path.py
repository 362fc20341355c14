"""A path: one dense phase, then a level of sparsity after the other.

The first level is pruned as a fit to it would be, race of strengths included. Each
level after that sets out from the one before, under the strength that was found. It is
cut on the schedule's way down and recovers, in epochs by the logarithm of what is kept:
what is left of the network has to make up for no more than the step between the two.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from joblib import Memory

from skprune.training.caching import Witness, sources_of
from skprune.training.grouping import grouped, pruning_pace, same_audience
from skprune.training.held_out import with_held_out_losses
from skprune.training.job import Job
from skprune.training.levels import Leg, PathPhase
from skprune.training.loop import Log, Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort, Outcome
from skprune.training.phases import PruningPhase
from skprune.training.run import Between, dense_of_all, named, pruned_phases
from skprune.training.threads import one_thread

HALVING_STEPS, HALVING_SHARES = 160, (0.1, 0.2)
"""Optimizer steps that halving what is left aims at after the first level, and its
bounds as shares of a pruning phase's epochs, of which no level takes more."""

RAMP_SHARE = 0.5
"""Share of a level's epochs that begin with a cut."""

HASTE = 2.0
"""Rate of these levels in those of the first: in fewer epochs weights have as far."""

Course = list[Outcome]
"""What one network was at each level."""


def train_path(
    jobs: Sequence[Job],
    levels: Sequence[float],
    memory: Memory,
    progress: Progress,
    log: Log,
    between: Between | None = None,
) -> list[Course]:
    """Prune one network for each job, level by level.

    Parameters
    ----------
    jobs : sequence of Job
        Whose own sparsity is the first level; without one they stay dense.
    levels : sequence of float
        The levels after that, ascending.
    memory : joblib.Memory
        Caches the dense phase, and the levels of networks that keep in step.
    progress, log
        Who is told; interrupts are theirs to raise.
    between : callable, optional
        Changes the jobs before the first level, all dense networks being known.

    Returns
    -------
    courses : list of list of Outcome
        In the order of ``jobs``: an outcome for each level.
    """
    logs = [named(log, i, len(jobs)) for i in range(len(jobs))]
    found: dict[int, Course] = {}
    with one_thread():
        for members in grouped([same_audience(job) for job in jobs]):
            some, some_logs = [jobs[i] for i in members], [logs[i] for i in members]
            nets: list[PruningNet] = []
            dense = dense_of_all(some, memory, progress, some_logs, nets)
            if between is not None:
                some = list(between(some, dense))
            dense = with_held_out_losses(some, dense, memory, progress)
            how = levels, memory, progress
            courses = _levels_of_all(some, dense, how, some_logs, nets)
            found.update(zip(members, courses, strict=True))
    return [found[i] for i in range(len(jobs))]


def _levels_of_all(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    how: tuple[Sequence[float], Memory, Progress],
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Course]:
    found: dict[int, Course] = {}
    for members in grouped([pruning_pace(job) for job in jobs]):
        some, before = [jobs[i] for i in members], [dense[i] for i in members]
        some_logs = [logs[i] for i in members]
        try:
            courses = _cached(some, before, how, some_logs, nets)
        except CutShort as cut:
            courses = cut.outcomes
        found.update(zip(members, courses, strict=True))
    return [found[i] for i in range(len(jobs))]


def _cached(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    how: tuple[Sequence[float], Memory, Progress],
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Course]:
    levels, memory, progress = how
    prune = jobs[0].prune
    if prune is None:
        return [[each] for each in dense]
    sources = sources_of((prune.criterion, prune.schedule))
    # Who listens to a network may change it, and has heard of its dense phase.
    if jobs[0].audience is not None or sources is None:
        return _down(jobs, dense, levels, (), progress, logs, nets)
    cached = memory.cache(_down, ignore=["progress", "logs", "nets"])
    return cached(jobs, dense, levels, sources, progress, logs, nets)


def _down(
    jobs: Sequence[Job],
    dense: Sequence[Outcome],
    levels: Sequence[float],
    sources: tuple[str, ...],
    progress: Progress,
    logs: Sequence[Log],
    nets: list[PruningNet],
) -> list[Course]:
    """Go down the levels with networks that keep in step.

    The sources of criterion and schedule are part of the key in the cache, and of
    nothing else.

    Raises
    ------
    CutShort
        If who is told wants no more of the first level; it carries the result.
    """
    told = Witness(progress)
    first, _ = pruned_phases(jobs, dense, told, logs, nets)
    courses = [[phase.outcome(each)] for phase, each in zip(first, dense, strict=True)]
    if levels:
        later = [_further(phase, levels) for phase in first]
        run(later, told, logs)
        for course, phase in zip(courses, later, strict=True):
            course.extend(phase.outcomes(course[0]))
    if told.has_stopped:
        raise CutShort(courses)
    return courses


def _further(phase: PruningPhase, levels: Sequence[float]) -> PathPhase:
    """Return the phase that goes on to the levels after the first, not begun yet."""
    # Phases may have ended after different numbers of steps.
    phase.net.optimizer_.state.clear()
    plan = replace(phase.plan, learning_rate_init=_rate(phase))
    ways = legs(phase, levels)
    further = PathPhase(phase.pruner, plan, phase.valid, ways, phase.early)
    # It learns from what the first level was taught by, under the prior that holds it,
    # and is judged likewise.
    further.batches, further.prior = phase.batches, phase.prior
    further.best = phase.best.anew()
    return further


def _rate(phase: PruningPhase) -> float:
    """Return the rate of the levels after the first, in the terms of a plan."""
    plan = phase.plan
    # Steps of plain gradient descent grow with the gradient, and may come to diverge.
    hurries = plan.solver != "sgd" and not phase.pruner.plan.schedule.rewinds
    return plan.learning_rate_init * (HASTE if hurries else 1.0)


def legs(phase: PruningPhase, levels: Sequence[float]) -> list[Leg]:
    """Return the ways down the levels, given the phase that pruned to the first.

    A level that is rewound to early weights takes as long as a whole recovery.
    """
    n_epochs, plan = int(phase.n_epochs), phase.pruner.plan
    if plan.schedule.rewinds:
        n_recovery = max(1, n_epochs - phase.n_ramp)
        return [Leg(level, 1, n_recovery) for level in levels]
    assert plan.sparsity is not None
    low, high = (share * n_epochs for share in HALVING_SHARES)
    halving = min(max(HALVING_STEPS / phase.batches.n_batches, low), high)
    found = []
    for above, level in pairwise([plan.sparsity, *levels]):
        n_halvings = math.log2((1.0 - above) / (1.0 - level))
        n = max(1, round(min(halving * n_halvings, n_epochs)))
        found.append(Leg(level, math.ceil(RAMP_SHARE * n), n))
    return found
