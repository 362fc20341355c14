"""The figures of a report: the dense network beside the pruned one."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skprune.estimator.report import REMOVED, NetworkSummary, PruningReport
from skprune.estimator.targets import Targets
from skprune.losses.base import Loss, weighted_mean
from skprune.networks.module import PrunableModule
from skprune.training.attribution import input_importance, sample_rows
from skprune.training.batches import Batch, Batches
from skprune.training.factory import SCORE, generator
from skprune.training.job import Job
from skprune.training.outcome import Outcome
from skprune.training.rows import Rows

REPORT_ROWS, REPORT_CHUNK = 20_000, 500
"""At most so many training rows are scored for the report, and so many at once: what
a chunk's hidden units take stays in cache."""

Compacted = tuple[PrunableModule, Any]
"""A masked module, and the predictor that stands for it."""


def rows_to_judge(rows: Rows, seed: int) -> Rows:
    """Return as many rows as a report is made on at most, drawn, as copies."""
    if len(rows) <= REPORT_ROWS:
        return rows.take(np.arange(len(rows)))
    drawn = torch.randperm(len(rows), generator=generator(seed, SCORE))
    return rows.take(drawn[:REPORT_ROWS].sort().values.numpy())


def summarise(
    job: Job, targets: Targets, outcome: Outcome, dense: Compacted, pruned: Compacted
) -> tuple[PruningReport, NDArray[np.float32]]:
    """Return the report, and the importance of the input columns."""
    plan = job.plan
    granularity = "weight" if job.prune is None else job.prune.granularity
    judged = job.train if job.valid is None else job.valid
    batches = Batches(job.rows, plan.batch_size, index=judged)
    draws = generator(plan.seed, SCORE)
    sample = batches.sample(REPORT_ROWS, draws)
    scale = targets.loss_scale
    z_before, z_after = _outputs(dense[0], sample.x), _outputs(pruned[0], sample.x)
    after = _summary(z_after, pruned[1], plan.loss, sample, scale)
    rise, error = _rise(plan.loss, z_before, z_after, sample)
    report = PruningReport(
        dense=_summary(z_before, dense[1], plan.loss, sample, scale),
        pruned=after,
        sparsity=outcome.sparsity,
        removed=REMOVED[granularity],
        evaluated_on="training" if job.valid is None else "validation",
        loss_rise=rise * scale,
        loss_rise_error=error * scale,
        layers={name: float(keep.mean()) for name, keep in outcome.keep.items()},
        near_floor=outcome.near_floor,
    )
    few = batches.sample(sample_rows(job.rows.X.shape[1]), draws)
    importances = input_importance(pruned[0], few)
    return replace(report, warnings=_warnings(report)), importances


def _warnings(report: PruningReport) -> tuple[str, ...]:
    found = []
    if report.pruned.features == 0:
        found.append("the network's output is constant: it reads no input column")
    if report.is_worse:
        found.append(
            "the pruned network is worse than the dense one: its loss on the rows set "
            f"aside is higher by {report.loss_rise:.4g} +- {report.loss_rise_error:.4g}"
        )
    return tuple(found)


def _summary(
    z: Tensor, predictor: Any, loss: Loss, sample: Batch, scale: float
) -> NetworkSummary:
    weight = None if sample.weight is None else sample.weight.numpy()
    mean_loss = weighted_mean(loss.rows(z, sample.y), sample.weight)
    return NetworkSummary(
        scores=loss.figures(z, sample.y, weight),
        loss=float(mean_loss) * scale,
        units=predictor.n_units,
        features=predictor.n_features,
        nonzeros=predictor.n_nonzero,
        multiply_adds=predictor.multiply_adds,
        bytes=predictor.n_bytes,
    )


def _rise(
    loss: Loss, z_before: Tensor, z_after: Tensor, sample: Batch
) -> tuple[float, float]:
    """Return the mean rise of the rows' losses, and its standard error."""
    rises = (loss.rows(z_after, sample.y) - loss.rows(z_before, sample.y)).double()
    weight = torch.ones_like(rises) if sample.weight is None else sample.weight.double()
    share = weight / weight.sum()
    mean = share @ rises
    # Of a weighted mean, by the rows' deviations from it; n / (n - 1) as ddof = 1.
    n = len(rises)
    variance = (share.square() @ (rises - mean).square()) * n / max(n - 1, 1)
    return float(mean), float(variance.sqrt())


@torch.no_grad()
def _outputs(module: PrunableModule, x: Tensor) -> Tensor:
    if x.layout is not torch.strided:
        return module(x)
    return torch.cat([module(rows) for rows in x.split(REPORT_CHUNK)])
