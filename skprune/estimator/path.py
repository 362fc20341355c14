"""Estimators of one network at several sparsities, trained as one path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from joblib import Memory
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from skprune.estimator.borrowed import Borrowed
from skprune.estimator.ensemble import shallow_copy
from skprune.estimator.listening import train_taught
from skprune.estimator.targets import Targets
from skprune.estimator.telling import warn_unless_converged
from skprune.training.grouping import pruning_pace
from skprune.training.job import Job
from skprune.training.loop import Log, Progress
from skprune.training.path import Course, train_path
from skprune.training.rows import Rows

Array = NDArray[Any]


@dataclass(frozen=True)
class Start:
    """An estimator that has learnt of its data, and what it wants trained.

    Attributes
    ----------
    estimator : estimator
    members : list of estimator
        One for each of its networks; itself where it has one.
    jobs : list of Job
        One a member; their sparsity is the first that prunes.
    targets : Targets
    sparsities : tuple of float
        The levels asked for, ascending.
    """

    estimator: Any
    members: list[Any]
    jobs: list[Job]
    targets: Targets
    sparsities: tuple[float, ...]

    @classmethod
    def of_data(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        sparsities: Sequence[float],
        sample_weight: Any = None,
        series: Any = None,
    ) -> "Start":
        """Return what a clone of an estimator makes of some rows.

        Parameters
        ----------
        estimator : estimator
        X, y, sample_weight
            As its ``fit`` takes them; ``X`` may be borrowed.
        sparsities : sequence of float
            The levels, ascending.
        series : array-like, default=None
            The series of each row, where its ``fit`` takes them.

        Raises
        ------
        TypeError
            If ``series`` are given to an estimator that takes none.
        ValueError
            If parameters or rows are unusable.
        """
        if series is not None and not has_fit_parameter(estimator, "series"):
            raise TypeError(f"{type(estimator).__name__}.fit takes no series.")
        levels = tuple(sparsities)
        pruned = [s for s in levels if s > 0 or estimator.n_bits is not None]
        first = pruned[0] if pruned else 0.0
        one = clone(estimator).set_params(sparsity=first)
        one._validate_params()
        members, jobs, targets = one._jobs(X, y, sample_weight, series, again=False)
        return cls(one, members, _in_place(jobs), targets, levels)

    @property
    def later(self) -> tuple[float, ...]:
        """The levels after the first that prunes."""
        first = self.estimator.sparsity
        return tuple(s for s in self.sparsities if s > first)

    def rows_judged(self, sample_weight: Any) -> tuple[Array | None, Array | None]:
        """Return the positions of training and validation rows among those given.

        None stands for all rows, and for none. Networks that share no validation rows
        have none here.
        """
        job = self.jobs[0]
        if job.valid is None or job.train is None or len(self.jobs) > 1:
            return None, None
        if sample_weight is None:
            return job.train, job.valid
        weighted = np.flatnonzero(np.asarray(sample_weight))
        return weighted[job.train], weighted[job.valid]

    def models(self, courses: Sequence[Course]) -> Iterator[Any]:
        """Yield the fitted estimator of each level, its report postponed."""
        n_dense = len(self.sparsities) - len(courses[0])
        for i, sparsity in enumerate(self.sparsities):
            jobs = self.jobs
            if self.jobs[0].prune is None or i < n_dense:
                jobs = [replace(job, prune=None) for job in self.jobs]
                outcomes = [course[0].dense for course in courses]
            else:
                outcomes = [course[i - n_dense] for course in courses]
            model = _at_level(self.estimator, sparsity)
            members = [model]
            if len(self.members) > 1:
                members = [_at_level(member, sparsity) for member in self.members]
            model._adopt_all(members, jobs, self.targets, outcomes)
            yield model


def _in_place(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs over the array that their rows are borrowed of, if they are.

    So several folds hold one array. Jobs of the same rows go on sharing them.
    """
    whole: dict[int, Rows] = {}
    found = []
    for job in jobs:
        lent = job.rows.X
        if isinstance(lent, Borrowed):
            key = id(job.rows)
            whole[key] = whole.get(key) or job.rows.among(lent.whole, lent.at)
            job = job.among(whole[key], lent.at)
        found.append(job)
    return found


def _at_level(estimator: Any, sparsity: float) -> Any:
    return shallow_copy(estimator).set_params(sparsity=sparsity)


def train_starts(
    starts: Sequence[Start], memory: Memory, progress: Progress, log: Log
) -> list[list[Course]]:
    """Train the paths of estimators that differ in their rows alone.

    Returns
    -------
    courses : list of list of Course
        For each start, one for each of its networks.
    """
    how: dict[str, Any] = {"memory": memory, "progress": progress, "log": log}
    train = partial(train_path, levels=starts[0].later)
    if starts[0].estimator.teacher is not None:
        found = [_taught(start, train, how) for start in starts]
    else:
        every = iter(train([job for start in starts for job in start.jobs], **how))
        found = [[next(every) for _ in start.jobs] for start in starts]
    for start, courses in zip(starts, found, strict=True):
        warn_unless_converged(start.estimator, [course[0] for course in courses])
    return found


def _taught(start: Start, train: Any, how: dict[str, Any]) -> list[Course]:
    one = start.estimator
    courses, one.teacher_weight_ = train_taught(one, start.jobs, train=train, **how)
    return courses


@dataclass(frozen=True)
class Outline:
    """What a network and its rows mean for a path.

    Attributes
    ----------
    n_units : int
        That can go.
    n_least : int
        That stay whatever is asked.
    in_step : bool
        Whether several such networks keep in step, as one batched product.
    """

    n_units: int
    n_least: int
    in_step: bool

    @classmethod
    def of_start(cls, start: Start) -> "Outline":
        """Return the outline of a network that is to be pruned."""
        job = start.jobs[0]
        assert job.prune is not None
        sizes = [
            group.n_units
            for group in job.plan.build().unit_groups(job.prune.granularity)
        ]
        if job.prune.labels is not None:
            sizes = [max(job.prune.labels) + 1]
        n_least = max(len(sizes), len(job.prune.always))
        return cls(sum(sizes), n_least, pruning_pace(job) is not None)
