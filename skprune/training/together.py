"""Several networks trained at once: an ensemble, folds, or levels of sparsity.

Those that can keep in step do, where a batched product pays; the others are trained
one after another. Either way each becomes what it would have become alone, but for
rounding: a batched product may add up in another order.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from joblib import Memory
from scipy import sparse

from skprune.training.job import Job
from skprune.training.lockstep import Lockstep
from skprune.training.outcome import Dense, Trained, dense_outcome, pruned_outcome
from skprune.training.phases import take_epoch
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
    groups: dict[Hashable, list[int]] = {}
    for i, job in enumerate(jobs):
        pace = _pace(job) if _can_join(job) else _dense_key(job)
        groups.setdefault(pace, []).append(i)
    found: dict[int, Trained] = {}
    for members in groups.values():
        some = [jobs[i] for i in members]
        if len(some) > 1 and _can_join(some[0]):
            trained = _train_joined(some, memory, progress, log)
        else:
            logs = [_numbered(log, i) if len(jobs) > 1 else log for i in members]
            trained = _train_in_turn(some, memory, progress, logs)
        found.update(zip(members, trained, strict=True))
    return [found[i] for i in range(len(jobs))]


def _train_in_turn(
    jobs: Sequence[Job], memory: Memory, progress: Progress, logs: Sequence[Log]
) -> list[Trained]:
    """Train the dense network that the jobs share, then prune it for each."""
    dense = train_first(jobs[0], memory, progress, logs[0])
    pairs = zip(jobs, logs, strict=True)
    return [train_on(job, dense, progress, log) for job, log in pairs]


def _numbered(log: Log, i: int) -> Log:
    return lambda line: log(f"network {i + 1}, {line}")


def _can_join(job: Job) -> bool:
    plan, prune = job.plan, job.prune
    if plan.architecture.kind != "mlp" or sparse.issparse(job.rows.X) or job.callbacks:
        return False
    if plan.solver == "sgd" and plan.learning_rate == "adaptive":
        return False
    if prune is not None and (prune.tolerance is not None or prune.schedule.rewinds):
        return False
    return _products(job) <= MOST_PRODUCTS


def _products(job: Job) -> int:
    widths = dict(job.plan.architecture.arguments)["layer_units"]
    n_weights = sum(a * b for a, b in zip(widths, widths[1:], strict=False))
    return int(n_weights * job.plan.batch_size)


def _pace(job: Job) -> Hashable:
    """Return what must be equal for two jobs to keep in step."""
    asked = job.prune and (job.prune.prune_iter, job.prune.n_bits)
    weighted = job.rows.weight is not None
    return replace(job.plan, seed=0, prior=0.0), job.n_train, asked, weighted


def _train_joined(
    jobs: Sequence[Job], memory: Memory, progress: Progress, log: Log
) -> list[Trained]:
    cached = memory.cache(train_dense_joined, ignore=["progress", "log"])
    with one_thread():
        alone = {_dense_key(job): replace(job, prune=None) for job in jobs}
        found = cached(list(alone.values()), progress, log)
        denses = dict(zip(alone, found, strict=True))
        dense = [denses[_dense_key(job)] for job in jobs]
        if jobs[0].prune is None or any(each.interrupted for each in dense):
            return [Trained(d, d.value, interrupted=d.interrupted) for d in dense]
        pairs = zip(jobs, dense, strict=True)
        courses = [pruning_course(job, each) for job, each in pairs]
        interrupted = _run_joined(courses, progress, log)
        return [
            pruned_outcome(each, course.phase.pruner, interrupted=interrupted)
            for each, course in zip(dense, courses, strict=True)
        ]


def _dense_key(job: Job) -> Hashable:
    same = job.rows, job.split, job.start, job.callbacks
    return job.plan, *map(id, same)


def train_dense_joined(
    jobs: Sequence[Job], progress: Progress, log: Log
) -> list[Dense]:
    """Train all weights of several networks that keep in step."""
    courses = [dense_course(job) for job in jobs]
    interrupted = _run_joined(courses, progress, log)
    return [dense_outcome(c.phase, interrupted=interrupted) for c in courses]


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
            take_epoch(*course, _numbered(log, phases.index(course.phase)), loss)
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
