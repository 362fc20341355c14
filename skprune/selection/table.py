"""What every method is given: columns, targets as a matrix, weights, units."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from skprune.selection.units import Units

# Identical rows are merged where the table has at most so many entries.
MERGED_ENTRIES = 1_000_000
# A numeric target with more classes than this, of fewer rows each than that on
# average, is a count or a rounded measurement, not a set of classes.
MANY_CLASSES = 20
ROWS_A_CLASS = 5

KINDS = {
    "binary": "classes",
    "multiclass": "classes",
    "multilabel-indicator": "labels",
    "continuous": "numbers",
    "continuous-multioutput": "numbers",
    "multiclass-multioutput": "numbers",
}


@dataclass(frozen=True)
class Table:
    """A table with its targets, ready to rank the columns of."""

    X: Any  # (n, p) array or CSR matrix
    y: NDArray  # (n,) codes of classes, (n, q) labels or numbers
    weight: NDArray[np.float64]  # (n,), positive
    kind: str  # "classes", "labels" or "numbers"
    units: Units
    varies: NDArray[np.bool_]  # (p,): columns with more than one value
    step: float
    seed: int
    n_jobs: int | None

    @property
    def targets(self) -> NDArray[np.float64]:
        """The targets as numbers, (n, q): a column a class, one for two classes."""
        if self.kind != "classes":
            return self.y.astype(np.float64).reshape(len(self.y), -1)
        indicator = np.eye(int(self.y.max()) + 1)[self.y]
        return indicator[:, 1:] if indicator.shape[1] == 2 else indicator

    def rows(self, index: NDArray[np.intp]) -> "Table":
        """Take some of the rows; what varies is looked at anew."""
        X = self.X[index]
        y = self.y[index]
        if self.kind == "classes":
            y = np.unique(y, return_inverse=True)[1]
        part = replace(self, X=X, y=y, weight=self.weight[index])
        return replace(part, varies=varying(X))

    def candidates(self) -> NDArray[np.intp]:
        """List the units with a column that varies, or that always stay."""
        alive = np.zeros(self.units.n_units, dtype=bool)
        alive[self.units.label[self.varies]] = True
        return np.flatnonzero(alive | self.units.forced)


@dataclass(frozen=True)
class PathPoint:
    """One stop on the way from all columns to the few that stay."""

    n_features: int  # columns in use
    support: NDArray[np.bool_]  # (p,)
    penalty: float  # L1: its weight; network: the decay of its weights; else nan
    loss: float  # network: held-out loss; else nan


@dataclass(frozen=True)
class Ranking:
    """What a method found."""

    importances: NDArray[np.float64]  # (p,), finite
    order: NDArray[np.intp]  # units, best first; those that never vary left out
    path: tuple[PathPoint, ...] = ()


def varying(X: Any) -> NDArray[np.bool_]:
    """Tell which columns hold more than one value; NaN is one, unlike itself."""
    high, low = X.max(axis=0), X.min(axis=0)
    if sparse.issparse(X):
        high, low = high.toarray().ravel(), low.toarray().ravel()
    return np.asarray(high != low)


def with_short_indices(X: Any) -> Any:
    """Index a sparse table in 32 bits, where it fits: compiled solvers ask for it."""
    fits = sparse.issparse(X) and max(X.nnz, *X.shape) <= np.iinfo(np.int32).max
    if not fits or X.indices.dtype == X.indptr.dtype == np.int32:
        return X
    parts = (X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32))
    return type(X)(parts, shape=X.shape)


def kind_of_target(y: NDArray) -> str:
    """Name the kind of a target: classes, labels or numbers."""
    kind = KINDS.get(type_of_target(y, input_name="y", raise_unknown=True))
    if kind is None:
        raise ValueError(f"Unknown label type: {type_of_target(y)!r}")
    if kind == "classes" and y.dtype.kind in "iuf":
        n_classes = len(np.unique(y))
        if n_classes > MANY_CLASSES and len(y) < ROWS_A_CLASS * n_classes:
            return "numbers"
    return kind


def encoded(y: NDArray, kind: str) -> NDArray:
    """Turn a target into codes of classes, or into a matrix of numbers."""
    if kind == "classes":
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                "Classifier can't rank columns with one class: y holds only "
                f"{classes[0]!r}"
            )
        return codes
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


def used_rows(X: Any, y: NDArray, weight: NDArray) -> tuple[Any, NDArray, NDArray]:
    """Drop rows of no weight."""
    used = np.flatnonzero(weight)
    return (
        (X, y, weight) if len(used) == len(weight) else (X[used], y[used], weight[used])
    )


def merged_rows(X: Any, y: NDArray, weight: NDArray) -> tuple[Any, NDArray, NDArray]:
    """Drop rows of no weight and merge identical ones.

    So a weight of two is the same thing as a row that is there twice, and the
    order of the rows is none.
    """
    X, y, weight = used_rows(X, y, weight)
    if X.shape[0] * X.shape[1] > MERGED_ENTRIES:
        return X, y, weight
    table = X.toarray() if sparse.issparse(X) else X
    keys = np.column_stack([table, y.reshape(len(y), -1)])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    weight = np.bincount(group.ravel(), weights=weight)
    return X[first], y[first], weight
