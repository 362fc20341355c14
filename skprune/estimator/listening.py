"""How far a network listens to its teacher: from the labels on to the opinion.

The label of a row is one draw from what the teacher tries to state whole: a good
teacher takes the noise out of it, a bad one puts its own in its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np

from skprune.estimator.opinions import knows_more
from skprune.estimator.teaching import is_estimator
from skprune.training.imitation import predictions_of
from skprune.training.job import Job
from skprune.training.outcome import Outcome
from skprune.training.run import Between, train_all

SHARES = (0.0, 0.5)
"""What ``teacher_weight="auto"`` chooses from. Validation rows are few: they tell
labels from a mixture, but hardly one mixture from another: with more shares to choose
from, what was chosen did no better on new rows."""


Trained = Outcome | list[Outcome]
"""A network, or what it was at each level of a path."""


def train_taught(
    estimator: Any,
    jobs: Sequence[Job],
    train: Callable[..., Sequence[Any]] = train_all,
    **how: Any,
) -> tuple[list[Any], float]:
    """Train a network for each job, at the share of the teacher that suits them best.

    The networks of all shares are trained from the same weights, and judged by the
    labels of the validation rows: as dense ones, so that no other is pruned. Those that
    teach themselves, or were trained before, are alike until they are pruned, and are
    judged after that.

    Parameters
    ----------
    estimator : estimator
    jobs : sequence of Job
    train : callable
        Trains the jobs: to one sparsity, or down a path.
    **how : dict
        Handed to it.

    Returns
    -------
    outcomes : list of Outcome, or of list of Outcome
        In the order of ``jobs``.
    share : float
        How far they have listened.
    """
    shares = _candidates(estimator, jobs)
    asked = [share for _ in jobs for share in shares]
    each = [job for job in jobs for _ in shares]
    between: Between | None = _Selves(asked)
    if is_estimator(estimator.teacher):
        each = [job.taught(share) for job, share in zip(each, asked, strict=True)]
        between = None if jobs[0].trained else _best_go_on(asked)
    elif estimator.callbacks and len(each) > 1:
        raise ValueError(
            "With callbacks networks are trained one after another, so that they "
            "cannot teach one another: teacher='self' needs callbacks=None, or a "
            "number for teacher_weight and one network."
        )
    outcomes = train(each, **how, between=between)
    are_alike = jobs[0].trained or not is_estimator(estimator.teacher)
    judged = _loss if are_alike else _dense_loss
    best = _best(asked, list(map(judged, outcomes)))
    of_best = [one for one, share in zip(outcomes, asked, strict=True) if share == best]
    if any(isinstance(one, Outcome) and one.interrupted for one in outcomes):
        return [replace(one, interrupted=True) for one in of_best], best
    return of_best, best


def _best(asked: Sequence[float], losses: Sequence[float]) -> float:
    """Return the share with the lowest mean loss; the first of equals."""
    means = {
        share: fmean(
            loss for one, loss in zip(asked, losses, strict=True) if one == share
        )
        for share in dict.fromkeys(asked)
    }
    return min(means, key=lambda share: means[share])


def _loss(trained: Trained) -> float:
    """Return a network's loss; of a path, the mean over its levels."""
    if isinstance(trained, Outcome):
        return trained.loss
    return fmean(outcome.loss for outcome in trained)


def _dense_loss(trained: Trained) -> float:
    """Return the loss of a network, or of a path's, before anything was pruned."""
    first = trained if isinstance(trained, Outcome) else trained[0]
    return first.dense.loss


def _best_go_on(asked: Sequence[float]) -> Between:
    """Return what lets networks of the best share be pruned, and no other."""

    def between(jobs: Sequence[Job], dense: Sequence[Outcome]) -> Sequence[Job]:
        # Callbacks follow one network to its end before there is another.
        if len(jobs) < len(asked):
            return jobs
        best = _best(asked, [one.loss for one in dense])
        return [
            job if share == best else job.unpruned()
            for job, share in zip(jobs, asked, strict=True)
        ]

    return between


def _candidates(estimator: Any, jobs: Sequence[Job]) -> tuple[float, ...]:
    if estimator.teacher_weight != "auto":
        return (float(estimator.teacher_weight),)
    if is_estimator(estimator.teacher) and not knows_more(jobs[0]):
        return SHARES[:1]
    # Without rows set aside nothing can tell between them.
    return SHARES if jobs[0].valid is not None else SHARES[-1:]


class _Selves:
    """Lets dense networks teach those that are pruned from them.

    Parameters
    ----------
    shares : list of float
        How far each job listens.

    References
    ----------
    T. Furlanello, Z. Lipton, M. Tschannen, L. Itti and A. Anandkumar, "Born-again
    neural networks", ICML, 2018.
    """

    def __init__(self, shares: list[float]):
        self.shares = shares

    def __call__(self, jobs: Sequence[Job], dense: Sequence[Outcome]) -> list[Job]:
        """Return the jobs with their dense networks' mean opinion."""
        # Each network counts as often as there are shares.
        opinion = np.mean(
            [
                predictions_of(job, one.value)
                for job, one in zip(jobs, dense, strict=True)
            ],
            axis=0,
        )
        return [
            replace(job, rows=replace(job.rows, opinion=opinion)).taught(share)
            for job, share in zip(jobs, self.shares, strict=True)
        ]
