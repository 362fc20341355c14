"""How many columns: cross-validation, and the fewest within one standard error."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import check_cv

from skprune.selection.budget import first_fit
from skprune.selection.forest import forest_for, sampled_rows, taken
from skprune.selection.table import Ranking, Table

# Shares of columns kept that are compared: halvings, and the steps between.
SHARES = tuple(float(2 ** (-i / 2)) for i in range(15))


def amounts(n_columns: int, least: int) -> list[int]:
    """List the numbers of columns to compare, rising."""
    found = {max(least, 1, round(n_columns * share)) for share in SHARES}
    return sorted(found)


def cross_validated(
    table: Table,
    rank: Callable[[Table, int], Ranking],
    n_keeps: list[int],
    cv: Any,
    estimator: Any,
) -> NDArray[np.float64]:
    """Score each amount on each fold, (amounts, folds).

    The columns are chosen within the fold, and judged by the estimator if it
    predicts, else by extra trees.
    """
    y = table.y if table.kind == "classes" else None
    splits = check_cv(cv, y, classifier=y is not None)
    if hasattr(splits, "shuffle") and isinstance(cv, int | None):
        # Merged rows are sorted; folds in that order would differ.
        splits.shuffle, splits.random_state = True, table.seed % 2**31
    work = [
        delayed(_fold)(table, rank, n_keeps, estimator, *split)
        for split in splits.split(table.X, y if y is not None else table.y)
    ]
    return np.array(Parallel(n_jobs=table.n_jobs)(work)).T


def _fold(
    table: Table,
    rank: Callable[[Table, int], Ranking],
    n_keeps: list[int],
    estimator: Any,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> list[float]:
    part = replace(table.rows(train), n_jobs=1)
    order = rank(part, n_keeps[0]).order
    return [
        _score(
            table,
            part.units.columns(first_fit(order, part.units, n)),
            estimator,
            train,
            test,
        )
        for n in n_keeps
    ]


def _score(
    table: Table,
    columns: NDArray[np.intp],
    estimator: Any,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> float:
    seed = [table.seed, len(columns)]
    y = table.y.squeeze() if table.y.ndim > 1 else table.y
    if hasattr(estimator, "predict"):
        model, X = clone(estimator), table.X[:, columns]
        weight = {}
        X_train = X[train]
    else:
        model = forest_for(replace(table, n_jobs=1), np.random.default_rng(seed))
        part = table.rows(train)
        train = train[sampled_rows(part, seed)]
        X = table.X[:, columns]
        X_train = taken(table.X, train, columns)
        weight = {"sample_weight": table.weight[train]}
    model.fit(X_train, y[train], **weight)
    return float(model.score(X[test], y[test], sample_weight=table.weight[test]))


def one_standard_error(scores: NDArray[np.float64]) -> int:
    """Find the first (sparsest) amount within one standard error of the best."""
    mean = scores.mean(axis=1)
    error = scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    best = int(mean.argmax())
    return int(np.flatnonzero(mean >= mean[best] - error[best])[0])
