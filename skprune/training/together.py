"""Several networks trained at once: an ensemble, folds, or levels of sparsity.

Those that can keep in step do, where a batched product pays; the others are trained
one after another. Either way each becomes what it would have become alone, but for
rounding: a batched product may add up in another order.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from joblib import Memory
from scipy import sparse

from skprune.training.job import Job
from skprune.training.lockstep import Lockstep
from skprune.training.outcome import Dense, Trained, dense_outcome, pruned_outcome
from skprune.training.phases import take_epoch
from skprune.training.plan import DensePlan
from skprune.training.progress import Progress
from skprune.training.trainer import (
    Course,
    Log,
    dense_course,
    one_thread,
    pruning_course,
    train_first,
    train_on,
    warn_of_interrupt,
)

MOST_PRODUCTS = 4_000_000
"""Multiplications of a network's step above which arithmetic costs more than calls."""


def train_all(
    jobs: Sequence[Job], memory: Memory, progress: Progress, log: Log
) -> list[Trained]:
    """Train one network for each job.

    Parameters
    ----------
    jobs : sequence of Job
        Jobs that differ in what is pruned alone share the dense network.
    memory : joblib.Memory
        Caches the dense phase.
    progress, log
        Who is told.

    Returns
    -------
    trained : list of Trained
        In the order of ``jobs``.
    """
    dense = _dense_of_all(jobs, memory, progress, log)
    found: dict[int, Trained] = {}
    for members in _grouped([_prune_pace(job) for job in jobs]):
        some, before = [jobs[i] for i in members], [dense[i] for i in members]
        if len(some) > 1 and not any(each.interrupted for each in before):
            trained = _prune_joined(some, before, progress, log)
        else:
            named = [_named(log, i, len(jobs)) for i in members]
            trained = [
                train_on(job, each, progress, line)
                for job, each, line in zip(some, before, named, strict=True)
            ]
        found.update(zip(members, trained, strict=True))
    return [found[i] for i in range(len(jobs))]


def _dense_of_all(
    jobs: Sequence[Job], memory: Memory, progress: Progress, log: Log
) -> list[Dense]:
    keys = [_dense_key(job) for job in jobs]
    apart = dict(zip(keys, jobs, strict=True))
    found: dict[Hashable, Dense] = {}
    distinct = list(apart)
    for members in _grouped([_dense_pace(apart[key]) for key in distinct]):
        some = [distinct[i] for i in members]
        if len(some) == 1:
            line = _named(log, members[0], len(apart))
            found[some[0]] = train_first(apart[some[0]], memory, progress, line)
            continue
        cached = memory.cache(train_dense_joined, ignore=["progress", "log"])
        alone = [replace(apart[key], prune=None) for key in some]
        found.update(zip(some, cached(alone, progress, log), strict=True))
    return [found[key] for key in keys]


def _grouped(paces: Sequence[Hashable]) -> list[list[int]]:
    """Return the positions of equal paces; None is equal to nothing."""
    groups: dict[Hashable, list[int]] = {}
    for i, pace in enumerate(paces):
        groups.setdefault(("alone", i) if pace is None else pace, []).append(i)
    return list(groups.values())


def _named(log: Log, i: int, n: int) -> Log:
    if n == 1:
        return log
    return lambda line: log(f"network {i + 1}, {line}")


def _dense_key(job: Job) -> Hashable:
    same = job.rows, job.split, job.start, job.callbacks
    return job.plan, *map(id, same)


def _dense_pace(job: Job) -> Hashable:
    """Return what must be equal for dense phases to keep in step, if any can."""
    plan = job.plan
    if plan.architecture.kind != "mlp" or sparse.issparse(job.rows.X) or job.callbacks:
        return None
    if plan.solver == "sgd" and plan.learning_rate == "adaptive":
        return None
    if _products(plan) > MOST_PRODUCTS:
        return None
    return replace(plan, seed=0, prior=0.0), job.n_train, job.rows.weight is not None


def _prune_pace(job: Job) -> Hashable:
    """Return what must be equal for pruning phases to keep in step, if any can."""
    pace, prune = _dense_pace(job), job.prune
    if pace is None or prune is None:
        return None
    if prune.tolerance is not None or prune.schedule.rewinds:
        return None
    return pace, prune.prune_iter, prune.n_bits, prune.regrow == "soft"


def _products(plan: DensePlan) -> int:
    widths = dict(plan.architecture.arguments)["layer_units"]
    return int(plan.batch_size * sum(a * b for a, b in pairwise(widths)))


def train_dense_joined(
    jobs: Sequence[Job], progress: Progress, log: Log
) -> list[Dense]:
    """Train all weights of several networks that keep in step."""
    with one_thread():
        courses = [dense_course(job) for job in jobs]
        interrupted = _run_joined(courses, progress, log)
        return [dense_outcome(c.phase, interrupted=interrupted) for c in courses]


def _prune_joined(
    jobs: Sequence[Job], dense: Sequence[Dense], progress: Progress, log: Log
) -> list[Trained]:
    """Prune several networks that keep in step, and let them recover."""
    with one_thread():
        courses = [pruning_course(*pair) for pair in zip(jobs, dense, strict=True)]
        interrupted = _run_joined(courses, progress, log)
        return [
            pruned_outcome(each, course.phase.pruner, interrupted=interrupted)
            for each, course in zip(dense, courses, strict=True)
        ]


def _run_joined(courses: Sequence[Course], progress: Progress, log: Log) -> bool:
    """Run all phases to their ends; return whether the user interrupted them."""
    phases = [course.phase for course in courses]
    progress.begin_phase(phases[0].name, max(phase.n_epochs for phase in phases))
    running = list(courses)
    try:
        while running:
            running = _run_until_one_ends(running, phases, progress, log)
    except KeyboardInterrupt:
        warn_of_interrupt(running[0].phase)
        return True
    finally:
        for course in running:
            course.phase.finish()
        progress.end_phase()
    return False


def _run_until_one_ends(
    running: Sequence[Course], phases: Sequence[Any], progress: Progress, log: Log
) -> list[Course]:
    """Run epochs until a phase is over; return the courses that go on."""
    nets = [course.phase.net for course in running]
    lockstep = Lockstep(nets, [course.batches for course in running])
    over: list[Course] = []
    while not over:
        progress.begin_epoch()
        for course in running:
            course.phase.begin_epoch()
        losses = lockstep.run_epoch()
        ends = [
            take_epoch(
                *course, _named(log, phases.index(course.phase), len(phases)), loss
            )
            for course, loss in zip(running, losses, strict=True)
        ]
        asked = progress.end_epoch([phase.net for phase in phases])
        over = [
            course
            for course, end in zip(running, ends, strict=True)
            if _is_over(course.phase, end or asked)
        ]
    for course in over:
        course.phase.finish()
    return [course for course in running if course not in over]


def _is_over(phase: Any, stop: bool) -> bool:
    return phase.done >= phase.n_epochs or (stop and phase.may_stop())
