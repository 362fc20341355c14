"""The figures of a report: the dense network beside the pruned one."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.estimator.opinions import teacher_summary
from skprune.estimator.report import NetworkSummary, PruningReport
from skprune.estimator.targets import Targets
from skprune.losses.base import Loss, weighted_mean
from skprune.networks.module import PrunableModule
from skprune.training.attribution import input_importance, sample_rows
from skprune.training.batches import Batch, Batches
from skprune.training.factory import SCORE, generator
from skprune.training.job import Job
from skprune.training.outcome import Outcome
from skprune.training.threads import one_thread

REPORT_ROWS, REPORT_CHUNK = 20_000, 500
"""At most so many training rows are scored for the report, and so many at once: what
a chunk's hidden units take stays in cache."""

Compacted = tuple[PrunableModule, Any]
"""A masked module, and the predictor that stands for it."""


def summarise(
    job: Job, targets: Targets, outcome: Outcome, dense: Compacted, pruned: Compacted
) -> tuple[PruningReport, NDArray[np.float32]]:
    """Return the report, and the importance of the input columns."""
    plan = job.plan
    judged = job.train if job.valid is None else job.valid
    batches = Batches(job.rows, plan.batch_size, index=judged)
    draws = generator(plan.seed, SCORE)
    with one_thread():
        sample = batches.sample(REPORT_ROWS, draws)
        scale = targets.loss_scale
        before = _summary(*dense, plan.loss, sample, scale)
        after = _summary(*pruned, plan.loss, sample, scale)
        few = batches.sample(sample_rows(job.rows.X.shape[1]), draws)
        importances = input_importance(pruned[0], few)
    report = PruningReport(
        dense=before,
        pruned=after,
        sparsity=outcome.sparsity,
        evaluated_on="training" if job.valid is None else "validation",
        layers={name: float(keep.mean()) for name, keep in outcome.keep.items()},
        near_floor=outcome.near_floor,
        warnings=_warnings(after),
        teacher=teacher_summary(job, scale),
    )
    return report, importances


def _warnings(pruned: NetworkSummary) -> tuple[str, ...]:
    if pruned.features == 0:
        return ("the network's output is constant: it reads no input column",)
    return ()


@torch.no_grad()
def _summary(
    module: PrunableModule, predictor: Any, loss: Loss, sample: Batch, scale: float
) -> NetworkSummary:
    z = outputs_of(module, sample.x)
    weight = None if sample.weight is None else sample.weight.numpy()
    mean_loss = weighted_mean(loss.rows(z, sample.y), sample.weight)
    return NetworkSummary(
        score=loss.score(z, sample.y, weight),
        loss=float(mean_loss) * scale,
        units=predictor.n_units,
        features=predictor.n_features,
        nonzeros=predictor.n_nonzero,
        multiply_adds=predictor.multiply_adds,
        bytes=predictor.n_bytes,
    )


def outputs_of(module: PrunableModule, x: torch.Tensor) -> torch.Tensor:
    """Return the module's outputs, the rows taken in chunks."""
    if x.layout is not torch.strided:
        return module(x)
    return torch.cat([module(rows) for rows in x.split(REPORT_CHUNK)])
