"""What a search compares: combinations of parameters, each a path of levels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from skprune.model_selection.last_step import (
    Prepared,
    name_of_sparsity,
    network_of,
    prepare,
)
from skprune.model_selection.levels import checked_levels, spaced_levels
from skprune.model_selection.path import demand_no_other_amount, outline

FOLDS_TOGETHER = 5
"""Folds that are trained in step at most; more are another task, for another job."""

Rows = tuple[Any, Any, dict[str, Any]]
"""X, y and what else ``fit`` takes."""


@dataclass(frozen=True)
class Candidate:
    """One combination of parameters, and the path that it stands for.

    Attributes
    ----------
    params : dict
        Of the grid.
    estimator : estimator
        That has them.
    levels : tuple of float
    in_step : bool
        Whether its folds are trained together.
    """

    params: dict[str, Any]
    estimator: Any
    levels: tuple[float, ...]
    in_step: bool

    def each_level(self) -> list[dict[str, Any]]:
        """Return the parameters of each level, as ``cv_results_`` lists them."""
        name = name_of_sparsity(self.estimator)
        return [{**self.params, name: level} for level in self.levels]

    def groups(self, n_folds: int) -> Iterator[range]:
        """Yield which folds are trained together: whatever the number of jobs."""
        size = FOLDS_TOGETHER if self.in_step else 1
        for first in range(0, n_folds, size):
            yield range(first, min(first + size, n_folds))


def candidates_of(
    estimator: Any, param_grid: Any, sparsities: Any, rows: Rows, error_score: Any
) -> list[Candidate]:
    """Return the combinations of a grid, or the estimator as it is.

    Parameters
    ----------
    estimator : estimator
    param_grid : dict, list of dict or None
    sparsities : array-like of float or None
    rows : tuple of (X, y, params)
        A fold's training rows, which tell how many units there are.
    error_score : float or 'raise'
        Whether combinations that fail on them are to raise.

    Raises
    ------
    ValueError
        If the grid has sparsities too, or levels are unusable.
    """
    found = []
    for params in [{}] if param_grid is None else ParameterGrid(param_grid):
        one = clone(estimator).set_params(**clone(params, safe=False))
        demand_no_other_amount(network_of(one))
        if name_of_sparsity(one) in params:
            raise ValueError(
                f"param_grid has {name_of_sparsity(one)!r}, which every path goes "
                "through: name the levels in sparsities."
            )
        n_units, n_least, in_step = _outlined(one, rows, error_score)
        if sparsities is None:
            levels = spaced_levels(n_units, n_least)
        else:
            levels = checked_levels(sparsities)
        found.append(Candidate(params, one, levels, in_step))
    return found


def _outlined(estimator: Any, rows: Rows, error_score: Any) -> tuple[int, int, bool]:
    """Return how many units there are, how many stay, and whether folds keep in step.

    Whatever fails here fails in the folds too, which then tell.
    """
    try:
        prepared: Prepared = prepare(estimator, *rows)
        found = outline(network_of(estimator), prepared)
    except Exception:
        if error_score == "raise":
            raise
        return 100, 1, False
    return found.n_units, found.n_least, found.in_step


def splits_of(cv: Any, X: Any, y: Any, params: dict[str, Any]) -> list[Any]:
    """Return the splits of a splitter.

    Raises
    ------
    ValueError
        If there are none, or other ones than it says.
    """
    n_splits = cv.get_n_splits(X, y, **params)
    splits = list(cv.split(X, y, **params))
    if len(splits) != n_splits:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. Expected "
            f"{n_splits} splits, got {len(splits)}"
        )
    if not splits:
        raise ValueError("No fits were performed. Was the CV iterator empty?")
    return splits
