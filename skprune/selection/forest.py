"""Recursive elimination by the impurity that extra trees take away."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from skprune.selection.elimination import Scored, eliminate
from skprune.selection.table import Ranking, Table

N_TREES = 100
# Each round sees at most so many rows, drawn anew: the importances of a hundred
# trees are settled long before, and memory stays bounded.
MAX_ROWS = 5_000


def rank_by_forest(table: Table, n_keep: int) -> Ranking:
    """Rank by extra trees, grown anew in each round on the columns still alive."""

    def score(columns: NDArray[np.intp], turn: int) -> Scored:
        seed = [table.seed, turn]
        rows = sampled_rows(table, seed)
        forest = forest_for(table, np.random.default_rng(seed))
        X = taken(table.X, rows, columns)
        forest.fit(X, table.y[rows].squeeze(), sample_weight=table.weight[rows])
        return Scored(np.asarray(forest.feature_importances_, dtype=np.float64))

    return eliminate(table, n_keep, score)


def forest_for(table: Table, rng: np.random.Generator) -> Any:
    """Make the forest that fits the kind of target."""
    maker = ExtraTreesRegressor if table.kind == "numbers" else ExtraTreesClassifier
    return maker(
        N_TREES,
        max_features="sqrt",
        random_state=int(rng.integers(2**31)),
        n_jobs=table.n_jobs,
    )


def sampled_rows(table: Table, seed: list[int]) -> NDArray[np.intp]:
    """Take every row, or `MAX_ROWS` of them by a seed."""
    n = table.X.shape[0]
    if n <= MAX_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, MAX_ROWS, replace=False))


def taken(X: Any, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Any:
    """Take a part in float32, which is what trees work in; CSC where sparse."""
    if sparse.issparse(X):
        part = X if len(rows) == X.shape[0] else X[rows]
        part = part if len(columns) == X.shape[1] else part[:, columns]
        return part.tocsc().astype(np.float32)
    return np.asarray(X[np.ix_(rows, columns)], dtype=np.float32)
