"""How strongly the weights are held while the network is cut down.

The penalty of the pruning phase is a Gaussian prior on each weight, of precision
``p``: ``p / (2 n)`` times the squared weight in the mean loss over ``n`` rows, so
that its share falls as rows come in, whatever the batch size. Precisions in steps of
four cover weights of standard deviation 1 to 1/8.

Where rows are set aside the precision is found by a race: one network for each trains
in step from the same dense network through the ramp and the first tenth of recovery;
the one whose best epoch at the final sparsity has the lowest validation loss goes on
alone. Where no rows are set aside, or networks cannot keep in step, it is ``USUAL``.

References
----------
D. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
Computation 4, 1992.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

from skprune.training.grouping import pruning_pace, same_dense
from skprune.training.job import DensePlan, Job
from skprune.training.phases import PruningPhase

PRECISIONS = (1.0, 4.0, 16.0, 64.0)
USUAL = 16.0
RACE_SHARE = 0.1
"""Share of recovery after which the leader goes on alone."""


def entrants(job: Job) -> list[Job]:
    """Return the job under each precision; itself where there is nothing to choose."""
    prune = job.prune
    if prune is None or prune.alpha is not None or job.valid is None:
        return [job]
    if pruning_pace(job) is None:
        return [job]
    return [replace(job, prune=replace(prune, precision=p)) for p in PRECISIONS]


def penalised(job: Job, dense_loss: float) -> DensePlan:
    """Return the plan of the pruning phase.

    A squared error is a likelihood only in units of the noise, for which the dense
    network's own error stands.
    """
    prune = job.prune
    assert prune is not None
    if prune.alpha is not None:
        return replace(job.plan, alpha=prune.alpha)
    noise = 1.0 if job.plan.loss.is_likelihood else min(1.0, 2.0 * dense_loss)
    precision = USUAL if prune.precision is None else prune.precision
    return replace(job.plan, prior=precision * noise / job.n_train)


class Race:
    """Pruning phases of one network that differ in the strength of the penalty.

    Parameters
    ----------
    phases : list of PruningPhase
        In step; of equal lengths.
    """

    def __init__(self, phases: Sequence[PruningPhase]):
        self.phases = phases
        first = phases[0]
        n_recovery = first.n_epochs - first.n_ramp
        self.n_epochs = first.n_ramp + math.ceil(RACE_SHARE * n_recovery)
        for phase in phases:
            phase.race = self

    @property
    def leader(self) -> PruningPhase:
        """The phase with the lowest loss at the final sparsity."""
        return min(self.phases, key=lambda phase: phase.best.loss)

    def is_lost_by(self, phase: PruningPhase) -> bool:
        """Return whether the race is over, and another phase has won it.

        Asked between two epochs, when all phases have been judged.
        """
        return phase.done >= self.n_epochs and phase is not self.leader


def let_race(jobs: Sequence[Job], phases: Sequence[PruningPhase]) -> None:
    """Let phases compete that differ in the strength of the penalty alone."""
    rivals: dict[Hashable, list[PruningPhase]] = {}
    for i, (job, phase) in enumerate(zip(jobs, phases, strict=True)):
        key: Hashable = i
        if job.prune is not None and job.prune.precision is not None:
            key = same_dense(job), replace(job.prune, precision=None)
        rivals.setdefault(key, []).append(phase)
    for some in rivals.values():
        if len(some) > 1:
            Race(some)
