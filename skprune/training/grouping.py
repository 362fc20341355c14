"""Which networks may be trained in step: those that differ in rows and seeds alone.

Each becomes what it would have become alone, but for rounding: a batched product may
add up in another order.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from scipy import sparse

from skprune.training.job import Job

MOST_PRODUCTS = 4_000_000
"""Multiplications of a network's step above which arithmetic costs more than calls."""


def grouped(paces: Sequence[Hashable]) -> list[list[int]]:
    """Return the positions of equal paces; None is equal to nothing."""
    groups: dict[Hashable, list[int]] = {}
    for i, pace in enumerate(paces):
        groups.setdefault(("alone", i) if pace is None else pace, []).append(i)
    return list(groups.values())


def same_audience(job: Job) -> Hashable:
    """Return what is equal for jobs that may be trained together, all in all.

    A callback follows one network from its first epoch to its last before it hears of
    the next.
    """
    return same_dense(job) if job.audience else ()


def same_dense(job: Job) -> Hashable:
    """Return what is equal for jobs that share their dense network."""
    callbacks = None if job.audience is None else job.audience.callbacks
    parts = job.rows, job.train, job.valid, job.start, callbacks, job.rehearsal
    return job.plan, *map(id, parts)


def dense_pace(job: Job) -> Hashable:
    """Return what must be equal for dense phases to keep in step, if any can."""
    plan = job.plan
    if sparse.issparse(job.rows.X) or job.audience:
        return None
    if plan.solver == "sgd" and plan.learning_rate == "adaptive":
        return None
    if plan.batch_size * plan.kind.n_products(dict(plan.arguments)) > MOST_PRODUCTS:
        return None
    return replace(plan, seed=0, prior=0.0), job.n_train, job.rows.weight is not None


def pruning_pace(job: Job) -> Hashable:
    """Return what must be equal for pruning phases to keep in step, if any can."""
    pace, prune = dense_pace(job.recovering()), job.prune
    if pace is None or prune is None:
        return None
    if prune.tolerance is not None or prune.schedule.rewinds:
        return None
    return pace, prune.prune_iter, prune.n_bits, prune.regrow == "soft"
