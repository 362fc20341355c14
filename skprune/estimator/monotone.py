"""With which columns the output of a network may only rise, or only fall."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import _check_monotonic_cst

from skprune.inference import StackPredictor
from skprune.inference.signs import count_paths
from skprune.selection.units import group_names

Array = NDArray[Any]


def column_constraints(estimator: Any) -> tuple[int, ...] | None:
    """Return what the estimator's ``monotonic_cst`` asks of each column.

    Returns
    -------
    constraints : tuple of int of length n_features, or None
        1 where the output may only rise, -1 fall, 0 neither; None where all are 0.

    Raises
    ------
    ValueError
        If it is no constraint on these columns, or if there are several outputs.
    """
    asked = getattr(estimator, "monotonic_cst", None)
    if asked is None:
        return None
    if isinstance(asked, dict) and hasattr(estimator, "feature_names_in_"):
        asked = _by_column(asked, estimator)
    constraints = _check_monotonic_cst(estimator, asked)
    if not constraints.any():
        return None
    if estimator.n_outputs_ > 1:
        several = (
            "multiclass and multilabel classification"
            if is_classifier(estimator)
            else "several targets"
        )
        raise ValueError(
            f"monotonic constraints are not supported for {several}: the network would "
            f"have {estimator.n_outputs_} outputs. Fit a network for each."
        )
    return tuple(constraints.tolist())


def _by_column(asked: dict[str, Any], estimator: Any) -> dict[str, Any]:
    """Let a group's name stand for its columns; those that are named too go before."""
    if estimator.groups is None:
        return asked
    names = estimator.feature_names_in_
    labels = group_names(estimator.groups, names, len(names))
    pairs = list(zip(names, labels, strict=True))
    of_groups = {name: asked[label] for name, label in pairs if label in asked}
    others = {name: cst for name, cst in asked.items() if name not in labels}
    return of_groups | others


class KnownMonotonicity:
    """What is known of a perceptron, for every input there is, by its paths."""

    @property
    def monotonicity_(self) -> NDArray[np.str_]:
        """For each column whether the output may only rise or fall, and why.

        The output has a slope by a column that is a sum over the paths from it, each a
        product of weights and of slopes of activations, which are never negative. So a
        column none of whose paths has a negative product can only raise the output,
        anywhere; of one with paths of either sign nothing is known.
        """
        est: Any = self
        est._needs_fit("monotonicity_")
        if est.n_outputs_ > 1:
            raise AttributeError(
                f"{type(self).__name__!r} of several outputs has no attribute "
                "'monotonicity_'"
            )
        # The mean of several networks is monotonic where all of their paths agree.
        networks = [member._predictor for member in est._members()]
        paths = np.sum([_paths(one, est.n_features_in_) for one in networks], axis=0)
        return np.array([_known(*counts) for counts in paths.T.astype(int).tolist()])


def demand_monotonic(constraints: Sequence[int], predictor: StackPredictor) -> None:
    """Refuse a network with a path that goes against a constraint.

    Parameters
    ----------
    constraints : sequence of int of length n_features
    predictor : StackPredictor
        The compact network, of one output.

    Raises
    ------
    ValueError
        If it is not known to be monotonic as asked.
    """
    asked = np.asarray(constraints)
    positive, negative = _paths(predictor, len(asked))
    against = np.where(asked > 0, negative, np.where(asked < 0, positive, 0.0))
    if against.any():
        raise ValueError(
            f"The network is not monotonic in columns {np.flatnonzero(against)} as "
            "monotonic_cst asks. Wherever it is trained it is held to that, but "
            "skprune.prune with sparsity=0 trains nothing: give another sparsity."
        )


def _paths(predictor: StackPredictor, n_features: int) -> Array:
    """Return the numbers of positive and negative paths, (2, n_features)."""
    found = np.zeros((2, n_features))
    weights = [weight for weight, _ in predictor.arrays]
    found[:, predictor.columns_read] = np.concatenate(count_paths(weights))
    return found


def _known(positive: int, negative: int) -> str:
    if positive and negative:
        return f"not known: {positive} positive paths, {negative} negative ones"
    if positive:
        return f"increasing: none of {positive} paths is negative"
    if negative:
        return f"decreasing: none of {negative} paths is positive"
    return "constant: not read"
