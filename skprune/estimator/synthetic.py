"""Rows between rows, of which a teacher is asked beside those that have a label.

A teacher tells of any row, and what it tells has no noise in it. Where rows are few,
its pupil hears too little of what it knows. So it is asked of rows that nobody has seen
but that might be: on the way from a row to one of its nearest neighbours. A column of
whole numbers, counts or levels, keeps to them, and columns of levels go on agreeing:
there the nearer of the two rows is followed.

References
----------
C. Bucila, R. Caruana and A. Niculescu-Mizil, "Model compression", KDD, 2006.

N. Chawla, K. Bowyer, L. Hall and W. Kegelmeyer, "SMOTE: synthetic minority
over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing, check_random_state

from skprune.training.rows import SyntheticRows

Array = NDArray[Any]

EACH = 2
"""Synthetic rows for each row that there is: together they weigh as much."""

ENOUGH = 10_000
"""Rows, synthetic ones included, from which on no more are made."""

N_NEIGHBORS = 5


def n_between(n_rows: int) -> int:
    """Return how many synthetic rows so many rows want.

    Examples
    --------
    >>> n_between(3_000), n_between(9_000), n_between(50_000)
    (6000, 1000, 0)
    """
    return max(0, min(EACH * n_rows, ENOUGH - n_rows))


@dataclass(frozen=True)
class RowsBetween:
    """Synthetic rows that a teacher is to be asked of.

    Attributes
    ----------
    table : ndarray or DataFrame of shape (n_synthetic, n_features)
        As the rows were given that they lie between.
    X : ndarray of float32 of shape (n_synthetic, n_features)
        As the network sees them.
    weight : ndarray of float32 of shape (n_synthetic,)
        A share of that of the rows that they were made from.
    """

    table: Any
    X: NDArray[np.float32]
    weight: NDArray[np.float32]

    def below(self, table: Any) -> Any:
        """Return a table of given rows with these below."""
        if isinstance(table, np.ndarray):
            return np.vstack([table, self.table])
        import pandas as pd

        return pd.concat([table, self.table], ignore_index=True)

    def judged(self, opinion: Array) -> SyntheticRows:
        """Return the rows with what a teacher makes of them."""
        return SyntheticRows(self.X, opinion.astype(np.float32), self.weight)


def made_between(
    estimator: Any,
    table: Any,
    X: NDArray[np.float32] | None,
    weight: Array | None,
    folds: Sequence[Array],
    seed: int,
) -> list[RowsBetween | None]:
    """Return rows between those of each fold; None where there are none.

    There are none where rows are windows in time, where they are sparse or many, and
    where a class has a weight of its own: what nobody has labelled is of no class.

    Parameters
    ----------
    estimator : estimator
        Which is being fitted.
    table : array or DataFrame of shape (n_rows, n_features)
        The rows as they were given.
    X : {ndarray, CSR} of float32 of shape (n_rows, n_features) or None
        As the network sees them.
    weight : ndarray of shape (n_rows,) or None
    folds : sequence of ndarray of int
        In each the rows that one teacher is asked of.
    seed : int
    """
    sizes = np.array([len(fold) for fold in folds])
    wanted = np.zeros_like(sizes)
    if X is not None and _may_lie_between(estimator, table):
        wanted = np.where(sizes > 1, n_between(X.shape[0]) * sizes // sizes.sum(), 0)
    draws = check_random_state(seed)
    return [
        _between(_safe_indexing(table, fold), X[fold], weight, fold, n, draws)
        if n and X is not None
        else None
        for fold, n in zip(folds, wanted, strict=True)
    ]


def _may_lie_between(estimator: Any, table: Any) -> bool:
    is_table = isinstance(table, np.ndarray) or hasattr(table, "iloc")
    by_class = getattr(estimator, "class_weight", None) is not None
    return is_table and not by_class and not estimator._layout.in_time


def _between(
    table: Any,
    X: NDArray[np.float32],
    weight: Array | None,
    fold: Array,
    n: int,
    draws: np.random.RandomState,
) -> RowsBetween:
    """Return ``n`` rows that lie between rows of a fold and their neighbours."""
    # Whoever has no teacher loads no neighbours.
    from sklearn.neighbors import NearestNeighbors

    spread = X.std(0)
    n_neighbors = min(N_NEIGHBORS, len(X) - 1)
    near = NearestNeighbors(n_neighbors=n_neighbors)
    near.fit(X / np.where(spread > 0, spread, np.float32(1)))
    base = draws.randint(len(X), size=n)
    among = near.kneighbors(return_distance=False)[base]
    other = among[np.arange(n), draws.randint(n_neighbors, size=n)]
    share = draws.uniform(size=(n, 1)).astype(np.float32)
    nearer = np.where(share[:, 0] < 0.5, base, other)
    made = X[nearer]
    bend = np.flatnonzero((np.round(X) != X).any(0) & ~_are_levels(table))
    made[:, bend] = X[base][:, bend] + share * (X[other] - X[base])[:, bend]
    of_base = np.ones(n) if weight is None else weight[fold][base]
    between = _with_columns(_safe_indexing(table, nearer), bend, made)
    return RowsBetween(between, made, (of_base / EACH).astype(np.float32))


def _are_levels(table: Any) -> Array:
    """Return which columns of a table hold levels by their type, numbers or not."""
    if isinstance(table, np.ndarray):
        return np.zeros(table.shape[1], bool)
    return np.array([str(dtype) == "category" for dtype in table.dtypes])


def _with_columns(table: Any, columns: Array, X: NDArray[np.float32]) -> Any:
    """Return a copy of a table in which some columns are those of ``X``."""
    table = table.copy()
    if isinstance(table, np.ndarray):
        table[:, columns] = X[:, columns]
        return table
    for column in columns:
        table.isetitem(int(column), X[:, column].astype(np.float64))
    return table


def joined(parts: Sequence[SyntheticRows]) -> SyntheticRows | None:
    """Return the synthetic rows of all folds; None for none."""
    if not parts:
        return None
    return SyntheticRows(
        np.vstack([part.X for part in parts]),
        np.vstack([part.opinion for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )
