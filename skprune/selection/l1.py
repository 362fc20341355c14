"""The L1 path: the penalty falls until enough columns are in use.

Two classes go by the logistic loss, as long as the table is small enough for
liblinear. Everything else goes by squared loss, on numbers or on indicators of
the classes, whose sums over all targets the penalty groups by column. Squared
loss sees the table through its second moments alone, which are added up in
chunks: with G = X'X / n and b = X'y / n, any A, r with A'A = G and A'r = b give
the path of X, y, since |y - Xw|^2 / n = |r - Aw|^2 + const. The solvers are
scikit-learn's.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, LogisticRegression, MultiTaskLasso

from skprune.selection.moments import Moments, correlations, gram, moments
from skprune.selection.table import PathPoint, Ranking, Table

# Stored entries up to which two classes go by the logistic loss.
LOGISTIC_ENTRIES = 5_000_000
# Columns that the squared loss looks at together: those most correlated with the
# target, since a Gram matrix of more would not fit. (A column that is unrelated
# to the target by itself enters an L1 path late or never.)
GRAM_COLUMNS = 2000
N_PENALTIES = 40
SMALLEST_PENALTY = 1e-3  # as a share of the one at which all coefficients vanish
INTERCEPT = 10.0  # liblinear penalises the intercept: a large constant hides it

# One point: (penalty, size of the coefficient of each column (p,))
Points = Iterator[tuple[float, NDArray[np.float64]]]


def rank_by_l1(table: Table, n_keep: int) -> Ranking:
    """Follow the path up to the first point with `n_keep` columns in use.

    Columns are ordered by the size of their coefficient at that point, then by
    how early they entered, then by correlation with the target: an L1 path
    holds at most as many columns as rows, and more may be wanted.
    """
    units = table.units
    stats = moments(table.X, table.weight)
    related = correlations(table.X, table.targets, table.weight, stats)
    related[~table.varies] = 0.0
    sizes = np.zeros(len(units.label))
    entered = np.full(units.n_units, np.inf)
    path: list[PathPoint] = []
    with warnings.catch_warnings():
        # A ranking needs no digits, and far along the path each costs much.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for penalty, sizes in points_for(table)(table, stats, related):
            used = units.columns(np.flatnonzero(units.sums(sizes)))
            entered[units.label[used]] = np.fmin(entered[units.label[used]], len(path))
            path.append(PathPoint(len(used), sizes > 0, penalty, float("nan")))
            if len(used) >= n_keep:
                break
    marginal = units.sums(np.linalg.norm(related, axis=1))
    candidates = table.candidates()
    # Rounded: a tie must not be broken by the order of a sum.
    keys = (units.sums(sizes), -entered, marginal)
    order = np.lexsort(
        (candidates, *(-np.round(key[candidates], 9) for key in keys[::-1]))
    )
    return Ranking(sizes, candidates[order], tuple(path))


def points_for(table: Table) -> Callable[[Table, Moments, NDArray], Points]:
    """Choose the loss."""
    X = table.X
    entries = X.nnz if sparse.issparse(X) else X.size
    two = table.kind == "classes" and table.targets.shape[1] == 1
    return logistic_points if two and entries <= LOGISTIC_ENTRIES else squared_points


def penalties(highest: float) -> NDArray[np.float64]:
    """Space the penalties evenly by ratio, the highest left out: it keeps nothing."""
    return highest * SMALLEST_PENALTY ** np.linspace(0, 1, N_PENALTIES + 1)[1:]


def logistic_points(table: Table, stats: Moments, related: NDArray) -> Points:
    """Solve the logistic path on columns of unit spread."""
    X = scaled(table.X, stats)
    total = table.weight.sum()
    for penalty in penalties(np.abs(related).max()):
        model = LogisticRegression(
            C=1 / (penalty * total),
            l1_ratio=1,
            solver="liblinear",
            intercept_scaling=INTERCEPT,
            tol=1e-3,
            random_state=table.seed % 2**31,
        ).fit(X, table.y, sample_weight=table.weight)
        sizes = np.abs(model.coef_[0])
        sizes[~table.varies] = 0.0
        yield float(penalty), sizes


def scaled(X: Any, stats: Moments) -> Any:
    """Scale to unit spread, and centre what is seldom zero; CSR, in float64.

    Behind a free intercept, centring changes no coefficient. It is left out where
    most entries are zero, sparse or not, so that both hold the same numbers: with
    a share z of zeros the mean is at most sqrt((1 - z) / z) spreads away, which
    is little for z over a half. Elsewhere it at most doubles what is stored.
    """
    X = sparse.csc_matrix(X, dtype=np.float64)
    centred = np.flatnonzero(2 * np.diff(X.indptr) >= X.shape[0])
    blocks, order = [X], np.arange(X.shape[1])
    if len(centred):
        rest = np.setdiff1d(order, centred)
        blocks = [X[:, centred].toarray() - stats.mean[centred], X[:, rest]]
        order = np.argsort(np.concatenate([centred, rest]))
    joined = sparse.hstack([sparse.csc_matrix(block) for block in blocks], "csc")
    return joined[:, order].multiply(1 / stats.spread).tocsr()


def squared_points(table: Table, stats: Moments, related: NDArray) -> Points:
    """Solve the path of squared loss, warm-started from point to point."""
    strength = np.linalg.norm(related, axis=1)
    if strength.max() == 0:
        return
    columns = np.argsort(-strength, kind="stable")[:GRAM_COLUMNS]
    columns = np.sort(columns[strength[columns] > 0])
    A, r = compressed(gram(table.X, columns, table.weight, stats), related[columns])
    maker = Lasso if r.shape[1] == 1 else MultiTaskLasso
    model = maker(fit_intercept=False, warm_start=True, tol=1e-3, max_iter=200)
    if maker is Lasso:
        model.set_params(precompute=A.T @ A)
        r = r[:, 0]
    for penalty in penalties(strength.max()):
        model.set_params(alpha=penalty).fit(A, r)
        sizes = np.zeros(len(table.varies))
        sizes[columns] = np.linalg.norm(np.atleast_2d(model.coef_), axis=0)
        yield float(penalty), sizes


def compressed(G: NDArray, b: NDArray) -> tuple[NDArray, NDArray]:
    """Find a small table A (k, m) and targets r (k, q) with A'A = k G, A'r = k b."""
    values, vectors = linalg.eigh(G)
    large = values > 1e-10 * values[-1]
    values, vectors = values[large], vectors[:, large]
    k = len(values)
    A = np.sqrt(k * values)[:, None] * vectors.T
    return np.asfortranarray(A), np.sqrt(k / values)[:, None] * (vectors.T @ b)
