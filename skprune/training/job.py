"""What is to be trained, on which rows, as plain values.

The dense phase reads :class:`DensePlan` alone: it is part of the key under which that
phase is cached, so nothing about the pruning belongs there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from skprune.criteria import Criterion
from skprune.losses.base import Loss
from skprune.networks.kind import Kind
from skprune.networks.module import PrunableModule
from skprune.schedules import Schedule
from skprune.training.readout import Readout
from skprune.training.rows import Rows, SyntheticRows


@dataclass(frozen=True)
class DensePlan:
    """How the network is trained, before and after pruning alike.

    Attributes
    ----------
    kind : Kind
    arguments : tuple of (str, value)
        Of the kind's module.
    prior : float
        The precision of a Gaussian prior on each weight over the number of rows: the
        penalty ``prior / 2 * w**2`` of the mean loss, beside ``alpha``'s.
    read_power : float
        By which power of the share of inputs that its unit still reads the prior holds
        a weight.
    precision : float
        That of the prior of the dense phase, in units of the noise; 0 for none. A
        rehearsal finds out which of the two is better.
    anneals : bool
        Whether that prior comes in by and by, as nothing judges.
    monotonic : tuple of int, or None
        1 for an input column with which the output may only rise, -1 fall, 0 neither.
    """

    kind: Kind
    arguments: tuple[tuple[str, Any], ...]
    loss: Loss
    solver: str
    momentum: float
    alpha: float
    l1_ratio: float
    batch_size: int
    learning_rate: str
    learning_rate_init: float
    max_iter: int
    tol: float
    n_iter_no_change: float
    shuffle: bool
    seed: int
    device: str
    clip_norm: float | None = None
    prior: float = 0.0
    read_power: float = 0.5
    precision: float = 0.0
    anneals: bool = False
    track_movement: bool = False
    monotonic: tuple[int, ...] | None = None

    def build(self) -> PrunableModule:
        """Return the module, its parameters not drawn yet."""
        return self.kind.build(dict(self.arguments))

    def of_rows(self, ratio: float) -> "DensePlan":
        """Return the plan for so many times the rows, in as many steps an epoch.

        The penalty of a step stays as it is. An epoch tells more, so that fewer of them
        without progress are the end.
        """
        return replace(
            self,
            batch_size=round(self.batch_size * ratio),
            alpha=self.alpha * ratio,
            n_iter_no_change=self.n_iter_no_change / ratio,
        )


@dataclass(frozen=True)
class PrunePlan:
    """What is removed, by which rule and how fast.

    The penalty's strength is ``alpha``, in the units of the dense phase's, or a
    ``precision`` (see ``strength.py``), or found from the data where both are None.
    Of ``sparsity``, ``n_keep`` and ``threshold`` exactly one is set. ``tolerance`` is
    set where levels of sparsity are searched, of which ``sparsity`` is then the last.
    With ``imitates`` it is the dense network that the pruned one learns from.
    ``labels`` are the groups of the input columns, where these go together, and
    ``always`` the units that never go.
    """

    granularity: str
    criterion: Criterion
    schedule: Schedule
    scope: str
    regrow: str | None
    prune_iter: int | None
    n_bits: int | None
    alpha: float | None = None
    precision: float | None = None
    sparsity: float | None = None
    n_keep: int | None = None
    threshold: float | None = None
    tolerance: float | None = None
    imitates: bool = False
    labels: tuple[int, ...] | None = None
    always: tuple[int, ...] = ()

    def n_removed(self, scores: Tensor) -> int:
        """Return how many of the units with these scores are to go."""
        n = len(scores)
        if self.threshold is not None:
            return int((scores < self.threshold).sum())
        if self.n_keep is not None:
            return max(n - self.n_keep, 0)
        assert self.sparsity is not None
        return round(n * self.sparsity)


@dataclass(frozen=True)
class Audience:
    """Who is told of the training, and in what terms.

    Attributes
    ----------
    callbacks : sequence of skorch callbacks
    readout : Readout
        What predictions and targets are, to them.
    verbose : bool
        Whether they print.
    """

    callbacks: Sequence[Any]
    readout: Readout
    verbose: bool = False


@dataclass(frozen=True)
class Job:
    """One network to train, and to prune where ``prune`` is given.

    Attributes
    ----------
    plan : DensePlan
    prune : PrunePlan or None
    rows : Rows
    train, valid : ndarray of int or None
        Positions of the training and the validation rows; None for all rows, and for
        no validation.
    rehearsal : pair of ndarray of int, or None
        Training and validation rows of a dense phase that tells how long the one over
        all rows is to be.
    start : ndarray of shape (n_parameters,) or None
        Weights to start from; drawn by default.
    audience : Audience or None
    trained : bool
        Whether the start is a network that no dense phase is to train.
    trust : ndarray of float32 of shape (n_rows,) or None
        By which the pruning phase multiplies the weights of the rows; None for 1.
    held_out : pair of ndarray of int, or None
        Training and validation rows of a dense network that tells how much of the
        labels is noise.
    """

    plan: DensePlan
    prune: PrunePlan | None
    rows: Rows
    train: NDArray[np.intp] | None = None
    valid: NDArray[np.intp] | None = None
    rehearsal: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
    start: NDArray[np.float32] | None = None
    audience: Audience | None = None
    trained: bool = False
    trust: NDArray[np.float32] | None = None
    held_out: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return len(self.rows) if self.train is None else len(self.train)

    @property
    def judging(self) -> NDArray[np.intp] | None:
        """Positions of the rows that judge; None for all rows."""
        return self.train if self.valid is None else self.valid

    @property
    def n_bits(self) -> int | None:
        """Bits that the weights end in, where they are rounded."""
        return None if self.prune is None else self.prune.n_bits

    def unpruned(self) -> "Job":
        """Return the job of the dense phase alone, which is its key in a cache."""
        return replace(self, prune=None, trust=None, held_out=None)

    def recovering(self) -> "Job":
        """Return the job as its pruning phase sees it."""
        if self.trust is None:
            return self
        given = self.rows.weight
        weight = self.trust if given is None else given * self.trust
        rows = replace(self.rows, weight=weight)
        train = np.arange(len(rows)) if self.train is None else self.train
        valid = None if self.valid is None else _of_weight(self.valid, weight)
        train = _of_weight(train, weight)
        return replace(self, rows=rows, train=train, valid=valid, trust=None)

    def among(self, rows: Rows, at: NDArray[np.intp]) -> "Job":
        """Return the job over ``rows`` of which its own are those at ``at``."""
        trust, rehearsal, held_out = self.trust, self.rehearsal, self.held_out
        if trust is not None:
            trust = np.zeros(len(rows), np.float32)
            trust[at] = self.trust
        if rehearsal is not None:
            rehearsal = at[rehearsal[0]], at[rehearsal[1]]
        if held_out is not None:
            held_out = at[held_out[0]], at[held_out[1]]
        return replace(
            self,
            rows=rows,
            train=at if self.train is None else at[self.train],
            valid=None if self.valid is None else at[self.valid],
            rehearsal=rehearsal,
            trust=trust,
            held_out=held_out,
        )

    def taught(self, share: float) -> "Job":
        """Return the job with training targets so far from labels to an opinion.

        Validation rows keep their labels. Who listens hears of synthetic rows as well.
        """
        job, more = replace(self, rows=self.rows.taught(share, self.train)), None
        if share > 0:
            more = self.rows.synthetic
        return job if more is None else job._with_synthetic(more)

    def _with_synthetic(self, more: SyntheticRows) -> "Job":
        n_rows, ratio = len(self.rows), 1 + len(more) / self.n_train
        train, trust, prune = self.train, self.trust, self.prune
        if train is not None:
            train = np.append(train, np.arange(n_rows, n_rows + len(more)))
        if trust is not None:
            trust = np.append(trust, np.ones(len(more), np.float32))
        if prune is not None and prune.alpha is not None:
            prune = replace(prune, alpha=prune.alpha * ratio)
        rows, plan = self.rows.with_synthetic(more), self.plan.of_rows(ratio)
        return replace(
            self, plan=plan, prune=prune, rows=rows, train=train, trust=trust
        )


def _of_weight(some: NDArray[np.intp], weight: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return those of some rows that have a weight; all of them where none has."""
    has = weight[some] > 0
    return some[has] if has.any() else some
