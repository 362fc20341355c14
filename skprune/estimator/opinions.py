"""What an opinion is worth, by the labels of the rows that it is of."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.estimator.report import TeacherSummary
from skprune.losses.base import Loss, weighted_mean
from skprune.training.job import Job
from skprune.training.rows import Rows


def knows_more(job: Job) -> bool:
    """Return whether an opinion has a lower loss than the targets' mean.

    This is by the labels of all rows, each judged by a teacher that has not seen it,
    so that chance has little say in it.
    """
    rows, loss = heard(job.rows), job.plan.loss
    if not len(rows):
        return False
    assert rows.opinion is not None
    mean = np.average(rows.shares(), axis=0, weights=rows.weight)
    constant = np.broadcast_to(mean.astype(np.float32), rows.opinion.shape)
    opinion, blind = (judged(rows, p, loss) for p in (rows.opinion, constant))
    return opinion.loss < blind.loss


def heard(rows: Rows) -> Rows:
    """Return the rows of which there is an opinion."""
    assert rows.opinion is not None
    return rows.take(np.flatnonzero(np.isfinite(rows.opinion).all(1)))


def judged(rows: Rows, predicted: NDArray[np.float32], loss: Loss) -> TeacherSummary:
    """Return the scores and the loss of predictions of rows."""
    z = loss.outputs_for(torch.from_numpy(np.array(predicted)))
    y = torch.from_numpy(rows.y)
    weight = None if rows.weight is None else torch.from_numpy(rows.weight)
    mean_loss = float(weighted_mean(loss.rows(z, y), weight))
    return TeacherSummary(loss.figures(z, y, rows.weight), mean_loss)


def teacher_summary(job: Job, scale: float) -> TeacherSummary | None:
    """Return the figures of the teacher on the rows that the report is about."""
    if job.rows.opinion is None:
        return None
    index = job.train if job.valid is None else job.valid
    rows = heard(job.rows if index is None else job.rows.take(index))
    if not len(rows):
        return None
    assert rows.opinion is not None
    found = judged(rows, rows.opinion, job.plan.loss)
    return replace(found, loss=found.loss * scale)
