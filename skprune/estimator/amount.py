"""How much is to go, of which units, and by which rule."""

from typing import Any

import numpy as np

from skprune.criteria import get_criterion
from skprune.estimator.parameters import SHARED
from skprune.schedules import get_schedule
from skprune.selection.units import resolve_units
from skprune.training.evidence import FIELDS
from skprune.training.job import DensePlan, PrunePlan
from skprune.training.levels import LEVELS

DEFAULT_SPARSITY = next(float(p.default) for p in SHARED if p.name == "sparsity")


def prune_plan(estimator: Any, plan: DensePlan) -> PrunePlan | None:
    """Return what the estimator wants removed; None for a dense network.

    Raises
    ------
    ValueError
        If two amounts are given, if there are no such units or not so many, or if the
        criterion needs evidence that nobody collects.
    """
    amount, auto = _amount(estimator), estimator.prune_alpha == "auto"
    if amount == {"sparsity": 0.0} and estimator.n_bits is None:
        return None
    _demand_units(estimator, plan)
    criterion = get_criterion(criterion_of(estimator))
    unknown = set(criterion.needs) - FIELDS
    if unknown:
        raise ValueError(
            f"The criterion {criterion!r} needs {sorted(unknown)}, which is not "
            f"collected. What can be asked for: {sorted(FIELDS)}."
        )
    return PrunePlan(
        granularity=estimator.granularity,
        criterion=criterion,
        schedule=get_schedule(estimator.schedule),
        scope=estimator.scope,
        regrow=estimator.regrow,
        prune_iter=estimator.prune_iter,
        alpha=None if auto else float(estimator.prune_alpha),
        n_bits=estimator.n_bits,
        imitates=_imitates(estimator),
        **amount,
        **_columns(estimator),
    )


def _imitates(estimator: Any) -> bool:
    """Return whether pruned networks learn from dense ones where nobody asks for it.

    The loss of a quantile is not even-handed: where a network falls short of another,
    it would go to a quantile of what it cannot follow, so that bands came out too wide.
    """
    if not estimator._layout.in_time or estimator.teacher is not None:
        return False
    return getattr(estimator, "loss", None) != "quantile"


def criterion_of(estimator: Any) -> Any:
    """Return the criterion asked for; of input columns ``lamp`` means ``reach``.

    Within the one group that the inputs are, ``lamp`` would rank by size alone.
    """
    inputs = estimator.granularity == "feature" and estimator.criterion == "lamp"
    return "reach" if inputs else estimator.criterion


def _amount(estimator: Any) -> dict[str, Any]:
    _demand_one_amount(estimator)
    if estimator.n_keep is not None:
        return {"n_keep": int(estimator.n_keep)}
    if estimator.threshold is not None:
        return {"threshold": float(estimator.threshold)}
    if estimator.sparsity == "auto":
        return {"sparsity": LEVELS[-1], "tolerance": float(estimator.tolerance)}
    return {"sparsity": float(estimator.sparsity)}


def _demand_one_amount(estimator: Any) -> None:
    others = [n for n in ("n_keep", "threshold") if getattr(estimator, n) is not None]
    if others and estimator.sparsity != DEFAULT_SPARSITY:
        others = ["sparsity", *others]
    if len(others) > 1:
        raise ValueError(
            f"{' and '.join(others)} all say how much to prune; give only one of them "
            "(and leave sparsity at its default beside another)."
        )


def _columns(estimator: Any) -> dict[str, Any]:
    """Return which input columns go together, and which never go."""
    groups = getattr(estimator, "groups", None)
    always_keep = getattr(estimator, "always_keep", None)
    if groups is None and always_keep is None:
        return {}
    names = getattr(estimator, "feature_names_in_", None)
    units = resolve_units(groups, always_keep, names, estimator.n_features_in_)
    if estimator.granularity != "feature":
        if always_keep is not None:
            raise ValueError(
                "always_keep names input columns, of which only granularity='feature' "
                f"removes any; got granularity={estimator.granularity!r}."
            )
        return {}
    always = tuple(np.flatnonzero(units.forced).tolist())
    return {"labels": tuple(units.label.tolist()), "always": always}


def _demand_units(estimator: Any, plan: DensePlan) -> None:
    groups = plan.build().unit_groups(estimator.granularity)
    if not groups:
        raise ValueError(
            f"granularity={estimator.granularity!r} prunes hidden units, of which "
            f"hidden_layer_sizes={estimator.hidden_layer_sizes!r} has none."
        )
    columns = _columns(estimator)
    labels, always = columns.get("labels"), columns.get("always", ())
    if estimator.n_keep is not None and estimator.n_keep < len(always):
        raise ValueError(
            f"always_keep holds {len(always)} columns (or their groups), which is more "
            f"than n_keep={estimator.n_keep}."
        )
    sizes = [max(labels) + 1] if labels else [group.n_units for group in groups]
    n_units = sum(sizes) if estimator.scope == "global" else max(sizes)
    if estimator.n_keep is not None and estimator.n_keep > n_units:
        raise ValueError(
            f"n_keep={estimator.n_keep} units are to stay, but of granularity "
            f"{estimator.granularity!r} there are {n_units}."
        )
