"""How long to train all weights where no rows are set aside.

The loss on the rows that a network learns from goes on falling while it learns their
noise. So the dense phase is *rehearsed*: a network learns from the rows of the past
and is judged on those that came after. It is then trained anew on all rows, for as
many epochs as were best. In both, what counts is the average of the weights over the
steps, the later weighing more: no row is left to choose among the epochs, so that the
last batches must not matter.

References
----------
B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging",
SIAM Journal on Control and Optimization 30, 1992.
"""

import math
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from skprune.estimator.targets import AffineScaling
from skprune.training.batches import Batches
from skprune.training.factory import DENSE, make_batches, make_net
from skprune.training.job import DensePlan, Job
from skprune.training.loop import Log, Progress, run
from skprune.training.net import PruningNet
from skprune.training.outcome import CutShort
from skprune.training.phases import DensePhase
from skprune.training.rows import Rows

PATIENCE_STEPS = 100
"""A rehearsal waits for a better epoch for so many optimizer steps at the least: on few
rows ten epochs are few steps."""


class AveragedPhase(DensePhase):
    """All weights; what stays is the average of what the steps have led to."""

    def __init__(
        self, net: PruningNet, plan: DensePlan, batches: Batches, valid: Batches | None
    ):
        super().__init__(net, plan, batches, valid)
        # The best epoch is kept as the number that it is.
        self.best = None
        net.step_.begin_average()

    def finish(self) -> None:
        """Leave the average."""
        average = self.net.step_.average
        if average is not None:
            self.net.flat_.value.data.copy_(average)
            self.net.step_.average = None


class Rehearsal(AveragedPhase):
    """All weights, over the rows of the past, judged on those that came after."""

    name = "rehearsal"

    @property
    def losses(self) -> list[float]:
        """Of the forecasts after each epoch."""
        return [row["valid_loss"] for row in self.complete_epochs()] or [math.inf]

    @property
    def lowest(self) -> float:
        """The loss of the best epoch."""
        return min(self.losses)

    @property
    def n_best(self) -> int:
        """How many epochs were best."""
        return 1 + self.losses.index(self.lowest)


class RehearsedPhase(AveragedPhase):
    """All weights, over all rows, for as long as was best in the rehearsal."""

    def __init__(self, rehearsal: Rehearsal, net: PruningNet, batches: Batches):
        super().__init__(net, rehearsal.plan, batches, None)
        self.n_epochs = rehearsal.n_best
        self.has_converged = rehearsal.converged

    def end_epoch(self, loss: float) -> bool:
        """Go on to the last epoch."""
        super().end_epoch(loss)
        self.converged = self.has_converged
        return False


def rehearsed(job: Job, progress: Progress, log: Log) -> Rehearsal | None:
    """Rehearse the dense phase of a job that asks for it.

    Raises
    ------
    CutShort
        If the user interrupts: what has been learnt until then is the result.
    """
    if job.rehearsal is None:
        return None
    phases = rehearsals_of(job)
    for phase in phases:
        if run([phase], progress, [log]):
            raise CutShort([phase.outcome(interrupted=True)])
    return min(phases, key=lambda phase: phase.lowest)


def rehearsals_of(job: Job) -> list[Rehearsal]:
    """Return a job's rehearsals, none begun yet: without the prior, and with it."""
    precisions = sorted({0.0, job.plan.precision})
    return [_rehearsal(job, precision) for precision in precisions]


def _rehearsal(job: Job, precision: float) -> Rehearsal:
    """Return a rehearsal; callbacks hear nothing of it."""
    assert job.rehearsal is not None
    train, valid = job.rehearsal
    rows = _scaled_by(job, train)
    apart = replace(job, rows=rows, train=train, valid=valid)
    batches, judging = make_batches(apart, job.plan, DENSE)
    patience = max(job.plan.n_iter_no_change, PATIENCE_STEPS / batches.n_batches)
    plan = replace(job.plan, precision=precision, n_iter_no_change=patience)
    return Rehearsal(make_net(plan, None, DENSE, job.start), plan, batches, judging)


def _scaled_by(job: Job, train: NDArray[Any]) -> Rows:
    """Return the job's rows with targets of unit size over those of the past alone.

    The size of a rate is left as it is: outputs are its logarithm, which differs by a
    constant alone.
    """
    if job.plan.loss.scaling != "affine":
        return job.rows
    y, weight = job.rows.y, job.rows.weight
    of_past = None if weight is None else weight[train]
    scaling = AffineScaling.fit(y[train].astype(float), of_past)
    return replace(job.rows, y=scaling.apply(y))
