"""Recursive elimination by what a user's estimator says of its columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.metadata_routing import _routing_enabled, process_routing
from sklearn.utils.validation import has_fit_parameter

from skprune.selection.elimination import Scored, eliminate
from skprune.selection.table import Ranking, Table


def rank_by_estimator(
    table: Table, n_keep: int, estimator: Any, weighted: bool
) -> Ranking:
    """Rank by `coef_` or `feature_importances_`, refitting in each round."""
    target = table.y.squeeze() if table.y.shape[-1:] == (1,) else table.y
    weight = {"sample_weight": table.weight} if weighted else {}

    def score(columns: NDArray[np.intp], turn: int) -> Scored:
        model = clone(estimator)
        if "random_state" in model.get_params() and model.random_state is None:
            model.set_params(random_state=table.seed)
        model.fit(table.X[:, columns], target, **weight)
        return Scored(column_importances(model))

    return eliminate(table, n_keep, score)


def takes_weight(pruner: Any, sample_weight: Any) -> bool:
    """Tell whether the pruner's estimator is fitted with the weights of rows.

    With metadata routing it has to ask for them, and nobody does so in its place;
    without, whatever has room for weights gets them.
    """
    if not _routing_enabled():
        return has_fit_parameter(pruner.estimator, "sample_weight")
    routed = process_routing(pruner, "fit", sample_weight=sample_weight)
    return "sample_weight" in routed["estimator"]["fit"]


def column_importances(model: Any) -> NDArray[np.float64]:
    """Read a fitted model; several rows of `coef_` are added up by absolute value."""
    values = getattr(model, "feature_importances_", None)
    if values is None:
        values = getattr(model, "coef_", None)
    if values is None:
        raise ValueError(
            f"estimator={model!r} has neither coef_ nor feature_importances_ after "
            "fit: PruningTransformer needs one of them to rank the columns."
        )
    if hasattr(values, "toarray"):
        values = values.toarray()
    values = np.abs(np.asarray(values, dtype=np.float64))
    scores = values.reshape(-1, values.shape[-1]).sum(axis=0)
    return np.nan_to_num(scores, nan=0.0, posinf=np.finfo(np.float64).max)
