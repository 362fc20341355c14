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
    problem: Table,
    rank: Callable[[Table, int], Ranking],
    n_keeps: list[int],
    cv: Any,
    estimator: Any,
) -> NDArray[np.float64]:
    """Score each amount on each fold, (amounts, folds).

    The columns are chosen within the fold, and judged by the estimator if it
    predicts, else by extra trees.
    """
    y = problem.y if problem.kind == "classes" else None
    splits = check_cv(cv, y, classifier=y is not None)
    if hasattr(splits, "shuffle") and isinstance(cv, int | None):
        # Merged rows are sorted; folds in that order would differ.
        splits.shuffle, splits.random_state = True, problem.seed % 2**31
    work = [
        delayed(_fold)(problem, rank, n_keeps, estimator, *split)
        for split in splits.split(problem.X, y if y is not None else problem.y)
    ]
    return np.array(Parallel(n_jobs=problem.n_jobs)(work)).T


def _fold(
    problem: Table,
    rank: Callable[[Table, int], Ranking],
    n_keeps: list[int],
    estimator: Any,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> list[float]:
    part = replace(problem.rows(train), n_jobs=1)
    order = rank(part, n_keeps[0]).order
    return [
        _score(
            problem,
            part.units.columns(first_fit(order, part.units, n)),
            estimator,
            train,
            test,
        )
        for n in n_keeps
    ]


def _score(
    problem: Table,
    columns: NDArray[np.intp],
    estimator: Any,
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> float:
    seed = [problem.seed, len(columns)]
    y = problem.y.squeeze() if problem.y.ndim > 1 else problem.y
    if hasattr(estimator, "predict"):
        model, X = clone(estimator), problem.X[:, columns]
        weight = {}
        X_train = X[train]
    else:
        model = forest_for(replace(problem, n_jobs=1), np.random.default_rng(seed))
        part = problem.rows(train)
        train = train[sampled_rows(part, seed)]
        X = problem.X[:, columns]
        X_train = taken(problem.X, train, columns)
        weight = {"sample_weight": problem.weight[train]}
    model.fit(X_train, y[train], **weight)
    return float(model.score(X[test], y[test], sample_weight=problem.weight[test]))


def one_standard_error(scores: NDArray[np.float64]) -> int:
    """Find the first (sparsest) amount within one standard error of the best."""
    mean = scores.mean(axis=1)
    error = scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    best = int(mean.argmax())
    return int(np.flatnonzero(mean >= mean[best] - error[best])[0])
