"""From an estimator's parameters to plans, and from results to figures."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, r2_score

from skprune.allocation import Amount
from skprune.criteria import get_criterion
from skprune.modules import PrunableModule
from skprune.quantisation import round_module
from skprune.report import NetworkSummary, PruningReport
from skprune.schedules import get_schedule
from skprune.targets import Encoded
from skprune.training.attribution import input_importance, sample_rows
from skprune.training.data import Batches, Rows
from skprune.training.evidence import FIELDS
from skprune.training.factory import SCORE, generator
from skprune.training.flat import FlatParameters
from skprune.training.job import Job, Split
from skprune.training.levels import LEVELS
from skprune.training.losses import get_loss, weighted_mean
from skprune.training.outcome import Trained
from skprune.training.plan import Architecture, DensePlan, PrunePlan
from skprune.training.trainer import one_thread

Array = NDArray[Any]

REPORT_ROWS, REPORT_CHUNK = 20_000, 500
"""At most so many training rows are scored for the report, and so many at once: what
a chunk's hidden units take stays in cache."""


class Problem(NamedTuple):
    """What a call of ``fit`` is about, validated.

    Attributes
    ----------
    rows : Rows
    split : Split
    target : Encoded
    """

    rows: Rows
    split: Split
    target: Encoded


def weighted_rows(
    X: Any, weight: Array | None, target: Encoded
) -> tuple[Rows, Encoded]:
    """Return the rows that have a weight, and their targets."""
    if weight is not None and not np.all(weight > 0):
        some = np.flatnonzero(weight)
        X, weight = X[some], weight[some]
        target = target._replace(y=target.y[some])
    weight = None if weight is None else weight.astype(np.float32)
    return Rows(X, target.y, weight), target


class Task(NamedTuple):
    """A network to train, and the estimator that becomes it.

    Attributes
    ----------
    estimator : estimator of one network
    problem : Problem
    job : Job
    """

    estimator: Any
    problem: Problem
    job: Job


def make_job(estimator: Any, problem: Problem, seed: int, start: Array | None) -> Job:
    """Return what the estimator wants trained; see :class:`Job`."""
    n_train = problem.split.n_train(problem.rows)
    return Job(
        dense_plan(estimator, problem, estimator._architecture(), n_train, seed),
        prune_plan(estimator),
        problem.rows,
        problem.split,
        start,
        estimator.callbacks,
    )


def dense_plan(
    estimator: Any,
    problem: Problem,
    architecture: Architecture,
    n_train: int,
    seed: int,
) -> DensePlan:
    """Return how the estimator wants its network trained."""
    return DensePlan(
        architecture=architecture,
        loss=problem.target.loss,
        quantile=float(getattr(estimator, "quantile", 0.5)),
        solver=estimator.solver,
        momentum=estimator.momentum,
        alpha=estimator.alpha,
        l1_ratio=estimator.l1_ratio,
        batch_size=estimator._batch_size(n_train),
        learning_rate=estimator.learning_rate,
        learning_rate_init=estimator.learning_rate_init,
        max_iter=estimator.max_iter,
        tol=estimator.tol,
        n_iter_no_change=estimator.n_iter_no_change,
        shuffle=estimator.shuffle,
        seed=seed,
        device=str(estimator.device),
        clip_norm=getattr(estimator, "clip_norm", None),
        track_movement="movement" in get_criterion(estimator.criterion).needs,
    )


def prune_plan(estimator: Any) -> PrunePlan | None:
    """Return what the estimator wants removed; None for a dense network.

    Raises
    ------
    ValueError
        If the criterion needs evidence that nobody collects.
    """
    amount = _amount(estimator)
    if amount.sparsity == 0.0 and estimator.n_bits is None:
        return None
    criterion = get_criterion(estimator.criterion)
    unknown = set(criterion.needs) - FIELDS
    if unknown:
        raise ValueError(
            f"The criterion {criterion!r} needs {sorted(unknown)}, which is not "
            f"collected. What can be asked for: {sorted(FIELDS)}."
        )
    return PrunePlan(
        amount=amount,
        granularity=estimator.granularity,
        criterion=criterion,
        schedule=get_schedule(estimator.schedule),
        scope=estimator.scope,
        regrow=estimator.regrow,
        prune_iter=estimator.prune_iter,
        n_bits=estimator.n_bits,
        tolerance=estimator.tolerance if searches_sparsity(estimator) else None,
    )


def searches_sparsity(estimator: Any) -> bool:
    """Return whether the amount is left to the validation loss."""
    given = estimator.n_keep is not None or estimator.threshold is not None
    return bool(estimator.sparsity == "auto" and not given)


def _amount(estimator: Any) -> Amount:
    if estimator.n_keep is not None:
        return Amount(n_keep=int(estimator.n_keep))
    if estimator.threshold is not None:
        return Amount(threshold=float(estimator.threshold))
    if estimator.sparsity == "auto":
        return Amount(sparsity=LEVELS[-1])
    return Amount(sparsity=float(estimator.sparsity))


@one_thread()
def with_weights(
    plan: DensePlan, value: Array, n_bits: int | None = None
) -> PrunableModule:
    """Return the plan's module with these parameters, on the CPU.

    With ``n_bits`` it is rounded, unless training has done so: to round twice changes
    nothing.
    """
    module = plan.architecture.build()
    FlatParameters(module).value.data.copy_(torch.from_numpy(value))
    if n_bits is not None:
        round_module(module, n_bits)
    return module.eval()


def on_the_cpu(architecture: Architecture, net: Any) -> PrunableModule:
    """Return a copy of a network's module, on the CPU."""
    module = architecture.build()
    module.load_state_dict(net.module_.state_dict())
    return module.eval()


@one_thread()
def summarise(
    estimator: Any,
    problem: Problem,
    plan: DensePlan,
    trained: Trained,
    dense: PrunableModule,
    pruned: PrunableModule,
) -> tuple[PruningReport, Array]:
    """Return the report, and the importance of the input columns."""
    where = problem.split.train if problem.split.valid is None else problem.split.valid
    batches = Batches(problem.rows, plan.batch_size, index=where)
    draws = generator(plan.seed, SCORE)
    sample = batches.sample(REPORT_ROWS, draws)
    before = _summary(estimator._compact(dense)[0], estimator, dense, plan, sample)
    after = _summary(estimator._predictor, estimator, pruned, plan, sample)
    few = batches.sample(sample_rows(problem.rows.X.shape[1]), draws)
    report = PruningReport(
        dense=before,
        pruned=after,
        sparsity=trained.sparsity,
        evaluated_on="training" if problem.split.valid is None else "validation",
        layers={name: float(keep.mean()) for name, keep in trained.keep.items()},
        near_floor=trained.near_floor,
        warnings=_warnings(after),
    )
    return report, input_importance(pruned, few)


def _warnings(pruned: NetworkSummary) -> tuple[str, ...]:
    if pruned.features == 0:
        return ("the network's output is constant: it reads no input column",)
    return ()


@torch.no_grad()
def _summary(
    predictor: Any,
    estimator: Any,
    module: PrunableModule,
    plan: DensePlan,
    sample: Any,
) -> NetworkSummary:
    z = _outputs(module, sample.x)
    rows = get_loss(plan.loss, plan.quantile)(z, sample.y)
    return NetworkSummary(
        score=_score(plan.loss, z, sample),
        loss=float(weighted_mean(rows, sample.weight)) * estimator._loss_scale(),
        units=predictor.n_units,
        features=predictor.n_features,
        nonzeros=predictor.n_nonzero,
        multiply_adds=predictor.multiply_adds,
        bytes=predictor.n_bytes,
    )


def _outputs(module: PrunableModule, x: torch.Tensor) -> torch.Tensor:
    if x.layout is not torch.strided:
        return module(x)
    return torch.cat([module(rows) for rows in x.split(REPORT_CHUNK)])


def _score(loss: str, z: torch.Tensor, sample: Any) -> float:
    y = sample.y.numpy()
    weight = None if sample.weight is None else sample.weight.numpy()
    if loss == "multiclass":
        return float(accuracy_score(y, z.argmax(1).numpy(), sample_weight=weight))
    if loss == "binary":
        hit = (z > 0).numpy() == (y > 0.5)
        return float(np.average(hit.all(1), weights=weight))
    if len(y) < 2:
        return float("nan")
    return float(r2_score(y, z.numpy(), sample_weight=weight))
