"""From an estimator's parameters to a job, and from its outcome to attributes."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skprune.criteria import get_criterion
from skprune.estimator.amount import criterion_of, prune_plan
from skprune.estimator.devices import usable_device
from skprune.estimator.fitted import History, pack_masks
from skprune.estimator.monotone import column_constraints, demand_monotonic
from skprune.estimator.seeds import MOST, seed_of
from skprune.estimator.setting_aside import (
    held_out_of,
    is_unjudged,
    rehearsal_of,
    sets_rows_aside,
)
from skprune.estimator.summary import summarise
from skprune.estimator.targets import Targets
from skprune.inference import EnsemblePredictor
from skprune.networks.module import PrunableModule
from skprune.networks.rounding import round_module
from skprune.training.flat import FlatParameters
from skprune.training.job import Audience, DensePlan, Job
from skprune.training.outcome import Outcome
from skprune.training.prior import USUAL
from skprune.training.readout import Readout
from skprune.training.rows import Rows
from skprune.training.threads import one_thread

Array = NDArray[Any]


def make_job(estimator: Any, rows: Rows, targets: Targets, start: Array | None) -> Job:
    """Return what the estimator wants trained, on which of the rows."""
    random_state = check_random_state(seed_of(estimator))
    train, valid, n_train = None, None, len(rows)
    if sets_rows_aside(estimator):
        train, valid = estimator._layout.split(
            estimator, rows.y, random_state, rows.series
        )
        n_train = len(train)
    batch_size = estimator._batch_size(n_train)
    if valid is None and len(rows) <= batch_size:
        rows = rows.merged()
        batch_size = min(batch_size, len(rows))
    rehearsal = rehearsal_of(estimator, rows.y, rows.series)
    seed = int(random_state.randint(MOST))
    plan = dense_plan(estimator, targets, batch_size, seed)
    if plan.precision and is_unjudged(estimator, rows.y):
        plan = replace(plan, anneals=True)
    prune = prune_plan(estimator, plan)
    # The dense phase, and its place in a cache, know of no trust. Jobs of the same rows
    # share a dense phase.
    plain = rows if rows.trust is None else replace(rows, trust=None)
    job = Job(plan, prune, plain, train, valid, rehearsal, start)
    told = audience(estimator, targets)
    held_out = held_out_of(estimator, rows.y, random_state)
    return replace(job, audience=told, trust=rows.trust, held_out=held_out)


def audience(estimator: Any, targets: Targets) -> Audience | None:
    """Return the estimator's callbacks, where it has some, and what they go by."""
    callbacks = checked_callbacks(estimator.callbacks)
    if callbacks is None:
        return None
    return Audience(callbacks, Readout.of_targets(targets), bool(estimator.verbose))


def checked_callbacks(callbacks: Any) -> Any:
    """Return skorch callbacks, None for none.

    Raises
    ------
    ValueError
        If one is something else.
    """
    for callback in callbacks or ():
        # As skorch takes them: an object or its class, alone or after a name.
        each = callback[1] if isinstance(callback, tuple) else callback
        if not hasattr(each, "on_train_begin"):
            raise ValueError(
                "callbacks must be skorch callbacks, as skorch.callbacks has them, got "
                f"{callback!r}."
            )
    return callbacks or None


def dense_plan(
    estimator: Any, targets: Targets, batch_size: int, seed: int
) -> DensePlan:
    """Return how the estimator wants its network trained."""
    plain = {
        f.name for f in fields(DensePlan)
    } & estimator._parameter_constraints.keys()
    changed = {
        **{name: getattr(estimator, name) for name in plain},
        "loss": targets.loss,
        "batch_size": batch_size,
        **_penalty(estimator),
        "device": usable_device(estimator.device),
    }
    return DensePlan(
        kind=estimator._kind,
        arguments=tuple(estimator._kind.arguments(estimator).items()),
        seed=seed,
        monotonic=column_constraints(estimator),
        track_movement="movement" in get_criterion(criterion_of(estimator)).needs,
        **changed,
    )


LIGHT_ALPHA = 0.0001
"""The penalty of ``alpha="auto"``, as in scikit-learn."""


def _penalty(estimator: Any) -> dict[str, float]:
    """Return how the weights are held in the dense phase."""
    if estimator.alpha != "auto":
        return {}
    return {"alpha": LIGHT_ALPHA, "precision": USUAL}


def figures(job: Job, targets: Targets, outcome: Outcome) -> dict[str, Any]:
    """Return the attributes that cost nothing: losses, epochs and shares."""
    plan = job.plan
    return {
        "_history": History.of_epochs(
            outcome.epochs,
            targets.loss_scale,
            job.n_train,
            watched=job.audience is not None,
        ),
        "_arguments": dict(plan.arguments),
        "sparsity_": outcome.sparsity,
        "n_layers_": plan.kind.n_layers(dict(plan.arguments)),
    }


@one_thread()
def network_attributes(job: Job, targets: Targets, outcome: Outcome) -> dict[str, Any]:
    """Return the compact network, and what it has kept of the full one."""
    pruned = module_with(job.plan, outcome.value, job.n_bits)
    predictor, units = compacted(job.plan, targets, pruned, job.n_bits)
    if job.plan.monotonic is not None:
        demand_monotonic(job.plan.monotonic, predictor)
    masks = pack_masks(outcome.masks)
    return {"_predictor": predictor, "_units": units, "_mask_bits": masks}


@one_thread()
def report_attributes(
    job: Job, targets: Targets, outcome: Outcome, predictor: Any
) -> dict[str, Any]:
    """Return what the networks do on the job's rows, dense and pruned."""
    pruned = module_with(job.plan, outcome.value, job.n_bits)
    dense = module_with(job.plan, outcome.dense.value)
    dense_predictor, _ = compacted(job.plan, targets, dense)
    report, importances = summarise(
        job, targets, outcome, (dense, dense_predictor), (pruned, predictor)
    )
    return {"pruning_report_": report, "feature_importances_": importances}


def module_with(
    plan: DensePlan, value: Array, n_bits: int | None = None
) -> PrunableModule:
    """Return the plan's module with these parameters, on the CPU.

    With ``n_bits`` it is rounded, unless training has done so: to round twice changes
    nothing.
    """
    module = plan.build()
    FlatParameters(module).value.data.copy_(torch.from_numpy(value))
    if n_bits is not None:
        round_module(module, n_bits)
    return module.eval()


def compacted(
    plan: DensePlan,
    targets: Targets,
    module: PrunableModule,
    n_bits: int | None = None,
) -> tuple[Any, list[Array]]:
    """Return a predictor that does what the masked module does, and what it kept."""
    return plan.kind.compact(
        module,
        out_activation=targets.loss.out_activation,
        into_own_units=targets.into_own_units,
        n_bits=n_bits,
    )


@one_thread()
def snapshot(nets: Sequence[Any], plan: DensePlan, targets: Targets) -> dict[str, Any]:
    """Return the attributes that make an estimator predict with networks as they are.

    It has then no more than it takes to predict.
    """
    found = [
        compacted(plan, targets, module_with(plan, net.weights()))[0] for net in nets
    ]
    return {"_predictor": found[0] if len(found) == 1 else EnsemblePredictor(found)}
