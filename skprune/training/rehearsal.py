"""How long to train all weights where no rows are set aside.

The loss on the rows that a network learns from goes on falling while it learns their
noise. So the dense phase is *rehearsed*: a network learns from the rows of the past
and is judged on those that came after. It is then trained anew on all rows, for as
many epochs as were best, at a rate that falls: with no row left to choose among
epochs, the last must not depend on the last few batches.
"""

import math
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from skprune.estimator.targets import AffineScaling
from skprune.training.batches import Batches
from skprune.training.factory import DENSE, make_batches, make_net
from skprune.training.job import Job
from skprune.training.net import PruningNet
from skprune.training.phases import DensePhase
from skprune.training.rows import Rows

PATIENCE_STEPS = 100
"""A rehearsal waits for a better epoch for so many optimizer steps at the least: on few
rows ten epochs are few steps."""

LAST_SHARE = 0.05
"""Share of the learning rate that is left in the last epoch."""


class Rehearsal(DensePhase):
    """All weights, over the rows of the past, judged on those that came after."""

    name = "rehearsal"

    @property
    def n_best(self) -> int:
        """How many epochs were best, and at least one."""
        losses = [row["valid_loss"] for row in self.complete_epochs()]
        return 1 + losses.index(min(losses)) if losses else 1


class RehearsedPhase(DensePhase):
    """All weights, over all rows, for as long as was best in the rehearsal."""

    def __init__(self, rehearsal: Rehearsal, net: PruningNet, batches: Batches):
        super().__init__(net, rehearsal.plan, batches, None)
        self.n_epochs = rehearsal.n_best
        self.has_converged = rehearsal.converged
        self.falls = rehearsal.plan.solver != "sgd"

    def begin_epoch(self) -> None:
        """Lower the rate by half a cosine."""
        super().begin_epoch()
        if self.falls:
            falling = (1.0 + math.cos(math.pi * self.done / self.n_epochs)) / 2.0
            share = LAST_SHARE + (1.0 - LAST_SHARE) * falling
            self.net.set_rate(share * self.plan.learning_rate_init)

    def end_epoch(self, loss: float) -> bool:
        """Go on to the last epoch."""
        super().end_epoch(loss)
        self.converged = self.has_converged
        return False


def rehearsal_of(job: Job) -> Rehearsal:
    """Return a job's rehearsal, not begun yet; callbacks hear nothing of it."""
    assert job.rehearsal is not None
    train, valid = job.rehearsal
    rows = _scaled_by(job, train)
    apart = replace(job, rows=rows, train=train, valid=valid)
    batches, judging = make_batches(apart, job.plan, DENSE)
    patience = max(job.plan.n_iter_no_change, PATIENCE_STEPS / batches.n_batches)
    plan = replace(job.plan, n_iter_no_change=patience)
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
