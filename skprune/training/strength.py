"""How strongly the weights are held while the network is cut down.

The penalty of the pruning phase is a Gaussian prior on each weight, of precision
``p``: ``p / (2 n)`` times the squared weight in the mean loss over ``n`` rows, so
that its share falls as rows come in, whatever the batch size, and times the share of
noise (see ``prior.py``); what is left of a unit is held less tightly (see
``penalty.py``). The precisions are those of weights of
standard deviation 1/4 to 1/8 before the first cut: weaker ones overfit wherever
positives are rare, and where they were offered they won by chance.

Where rows are set aside the precision is found by a race: one network for each trains
in step from the same dense network through half of the ramp, by when a cubic schedule
has made seven eighths of its cuts; the one with the lowest validation loss goes on
alone. To wait for the last cut, or for recovery, chooses no better. Where no rows are
set aside, or networks cannot keep in step, ``prior.py`` says what it is. A network
whose loss is no longer finite loses; the fit fails where all do.

References
----------
D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
Computation 4, 1992.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from skprune.training.grouping import pruning_pace
from skprune.training.job import DensePlan, Job
from skprune.training.phases import PruningPhase
from skprune.training.prior import Prior, whole_noise

PRECISIONS = (16.0, 32.0, 64.0)
RACE_SHARE = 0.5
"""Share of the ramp after which the leader goes on alone."""

JUDGED_EPOCHS = 5
"""So many of a race's last epochs judge, on average: one alone is a matter of luck."""


def entrants(job: Job) -> list[Job]:
    """Return the job under each precision; itself where there is nothing to choose."""
    job = job.recovering()
    prune = job.prune
    if prune is None or prune.alpha is not None or job.valid is None:
        return [job]
    if pruning_pace(job) is None:
        return [job]
    return [replace(job, prune=replace(prune, precision=p)) for p in PRECISIONS]


def prior_of(job: Job, n_rows: int | None = None) -> Prior | None:
    """Return the prior of the pruning phase; None where a penalty was asked for.

    Over the job's training rows, unless their number is given.
    """
    prune, rows = job.prune, job.rows
    assert prune is not None
    if prune.alpha is not None:
        return None
    judging = slice(None) if job.judging is None else job.judging
    weight = None if rows.weight is None else rows.weight[judging]
    return Prior.over(
        job.n_train if n_rows is None else n_rows,
        whole_noise(job.plan.loss, rows.y[judging], weight),
        prune.precision,
        is_flattered=is_flattered(job),
        most=job.plan.kind.largest_prior,
    )


def is_flattered(job: Job) -> bool:
    """Return whether the loss of the rows learnt from says too little of the noise.

    A classifier can bring it to nothing, whatever the labels are. A regressor that is
    trained for as long as scikit-learn's leaves some of the variance; and a rehearsal
    has found how long to train without learning the noise. What imitates the dense
    network learns from no label.
    """
    rows_apart = job.valid is not None or job.rehearsal is not None
    assert job.prune is not None
    reads_labels = job.plan.loss.is_likelihood and not job.prune.imitates
    return reads_labels and not rows_apart


def penalised(
    job: Job, prior: Prior | None, loss: float, n_weights: float = math.inf
) -> DensePlan:
    """Return the plan of the pruning phase, of a network with this loss and size."""
    assert job.prune is not None
    if prior is None:
        assert job.prune.alpha is not None
        return replace(job.plan, alpha=job.prune.alpha)
    share = prior.at(loss, n_weights)
    return replace(job.plan, prior=share, read_power=prior.read_power)


class Race:
    """Pruning phases of one network that differ in the strength of the penalty.

    Parameters
    ----------
    phases : list of PruningPhase
        In step, all at the same epoch; of equal lengths.

    Attributes
    ----------
    phases : list of PruningPhase
        Those whose losses have been finite so far; one is left whatever happens.
    n_epochs : int
        After which the leader goes on alone.
    """

    def __init__(self, phases: Sequence[PruningPhase]):
        self.phases = phases
        self.n_epochs = math.ceil(RACE_SHARE * phases[0].n_ramp)
        for phase in phases:
            phase.race = self

    @property
    def leader(self) -> PruningPhase:
        """The phase with the lowest loss in the last epochs that all have behind them.

        Of the race's epochs alone; the first of equals.
        """
        n = min(self.n_epochs, *(len(phase.losses) for phase in self.phases))
        judged = slice(max(0, n - JUDGED_EPOCHS), n)
        return min(self.phases, key=lambda phase: sum(phase.losses[judged]))

    def is_lost_by(self, phase: PruningPhase) -> bool:
        """Return whether another phase goes on in place of this one.

        Asked between two epochs, when all phases have been judged.
        """
        if phase is self.leader:
            return False
        return phase.done >= self.n_epochs or phase not in self.phases

    def goes_on_without(self, phase: PruningPhase) -> bool:
        """Take out a phase that has diverged; return False if it has no rivals."""
        rivals = [other for other in self.phases if other is not phase]
        if phase.done >= self.n_epochs or not rivals:
            return False
        self.phases = rivals
        return True
