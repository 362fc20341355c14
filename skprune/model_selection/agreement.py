"""What cross-validation tells of masks: which input columns folds agree to read."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Table = Sequence[Sequence[dict[str, Any]]]
"""For each candidate its folds."""


def sizes(table: Table) -> dict[str, Array]:
    """Return how large the networks were, in columns of ``cv_results_``.

    Of folds that failed there is nothing to tell; where all have, NaN.
    """
    found = {}
    for name in ("n_nonzero", "n_bytes"):
        values = np.array([[fold[name] for fold in row] for row in table], float)
        for i, column in enumerate(values.T):
            found[f"split{i}_{name}"] = column
        found[f"mean_{name}"] = _means(values)
    found["mean_n_columns"] = _means(
        np.array([[_count(fold["columns"]) for fold in row] for row in table], float)
    )
    found["column_agreement"] = np.array([agreement(_sets(row)) for row in table])
    return found


def column_frequency(table: Table) -> tuple[Array, Array]:
    """Return in what share of folds each column is read, and the columns' names.

    Returns
    -------
    frequency : ndarray of shape (n_candidates, n_columns)
        0 too for a column that only other folds have; NaN where all folds failed.
    names : ndarray of str of shape (n_columns,)
        In the order in which folds name them.
    """
    known = [fold["column_names"] for row in table for fold in row]
    names = list(dict.fromkeys(name for some in known for name in some))
    frequency = [_shares(_sets(row), names) for row in table]
    return np.array(frequency), np.array(names, dtype=object)


def _shares(sets: Sequence[set[str]], names: Sequence[str]) -> Array:
    if not sets:
        return np.full(len(names), np.nan)
    return np.array([np.mean([name in read for read in sets]) for name in names])


def agreement(sets: Sequence[set[str]]) -> float:
    """Return the mean Jaccard index of pairs of sets; NaN for fewer than two.

    Examples
    --------
    >>> agreement([{"age", "income"}, {"age"}])
    0.5
    """
    pairs = list(combinations(sets, 2))
    if not pairs:
        return float("nan")
    return float(np.mean([_jaccard(a, b) for a, b in pairs]))


def _jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 1.0


def _sets(row: Sequence[dict[str, Any]]) -> list[set[str]]:
    return [set(fold["columns"]) for fold in row if fold["columns"] is not None]


def _count(columns: Sequence[str] | None) -> float:
    return float("nan") if columns is None else len(columns)


def _means(values: Array) -> Array:
    """Return the rows' means without NaN; NaN where there is nothing else."""
    known = ~np.isnan(values)
    n_known = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)
