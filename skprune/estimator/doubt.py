"""How little each training row can be trusted, by models that have not seen it.

References
----------
C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating uncertainty in
dataset labels", Journal of Artificial Intelligence Research 70, 2021.

S. Hooker, A. Courville, G. Clark, Y. Dauphin and A. Frome, "What do compressed deep
neural networks forget?", arXiv:1911.05248, 2019.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing, check_random_state

from skprune.estimator.seeds import seed_of
from skprune.exceptions import PruningWarning

Array = NDArray[Any]
Floats = NDArray[np.float64]
Folds = Sequence[tuple[Array, Array]]

LEVELS = (0.0, 0.8, 0.95)
"""Sparsities of the networks that judge: the dense one and its pruned siblings."""

N_FOLDS = 5

SMALLEST = 1e-6
"""A probability counts as this one at least."""

JUDGE = {
    "n_keep": None,
    "threshold": None,
    "mask_unreliable": None,
    "teacher": None,
    "callbacks": None,
    "warm_start": False,
    "verbose": False,
    "n_networks": 3,
    "early_stopping": True,
}
"""Parameters of a network that judges: it stops before it learns noise by heart."""


@dataclass(frozen=True)
class Truth:
    """What rows are said to be, and how wrong a prediction of it is.

    Attributes
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Labels or numbers.
    classes : ndarray of shape (n_classes,) or None
        Of one label a row; None for several labels, and for numbers.
    is_label : bool
        Whether predictions are probabilities.
    """

    y: Array
    classes: Array | None
    is_label: bool

    @classmethod
    def of_targets(cls, y: Array, *, is_label: bool) -> "Truth":
        """Return what valid targets say."""
        single = is_label and y.ndim == 1
        return cls(y, np.unique(y) if single else None, is_label)

    def told(self, model: Any, X: Any) -> Floats:
        """Return what a fitted model says of rows, (n_rows, n_outputs)."""
        if not self.is_label:
            return np.asarray(model.predict(X), np.float64).reshape(-1, self.width)
        found = np.asarray(model.predict_proba(X), np.float64)
        if self.classes is None:
            return found
        # A class may be in none of the rows that the model has learnt from.
        shares = np.zeros((len(found), len(self.classes)))
        shares[:, np.searchsorted(self.classes, model.classes_)] = found
        return shares

    @property
    def width(self) -> int:
        """Columns of a prediction."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.y.ndim == 1 else self.y.shape[1]

    def losses(self, told: Floats, rows: Array) -> Floats:
        """Return the loss of predictions of some rows, (n_rows,).

        Log loss of labels; of numbers squared errors in variances of the column.
        """
        y = self.y[rows]
        if self.classes is not None:
            told = told[np.arange(len(y)), np.searchsorted(self.classes, y)]
            return -np.log(np.clip(told, SMALLEST, None))
        y = y.reshape(len(y), -1)
        if self.is_label:
            of_label = np.where(y == 1, told, 1.0 - told)
            return -np.log(np.clip(of_label, SMALLEST, None)).sum(1)
        spread = self.y.reshape(len(self.y), -1).var(0)
        return ((y - told) ** 2 / np.where(spread > 0, spread, 1.0)).sum(1)


def doubts(
    model: Any,
    path: str,
    X: Any,
    truth: Truth,
    folds: Folds,
    params: dict[str, Array],
    seed: int,
) -> Floats:
    r"""Return how little each row can be trusted, in [0, 1], NaN where none can tell.

    It is the mean rank of two losses. The first is that of the mean prediction, over
    the levels, of networks that have not seen the row. The second is that of networks
    that have, on the mean over the levels: a row that the dense network has learnt by
    heart, against what the others tell, is the first that pruning forgets.

    Parameters
    ----------
    model : estimator
        A network, or a Pipeline that ends in one; its clones are fitted.
    path : str
        What stands before the names of the network's parameters.
    X : array, DataFrame or CSR
    truth : Truth
    folds : sequence of (train, test)
    params : dict of str to ndarray of shape (n_rows,)
        What ``fit`` takes beside X and y.
    seed : int
        Of all networks: siblings share their dense phase.
    """
    n_rows = len(truth.y)
    unseen, seen = np.zeros((n_rows, truth.width)), np.zeros(n_rows)
    n_unseen, n_seen = np.zeros(n_rows), np.zeros(n_rows)
    for train, test in folds:
        for judge in _siblings(model, path, X, truth.y, train, params, seed):
            unseen[test] += truth.told(judge, _safe_indexing(X, test))
            known = truth.told(judge, _safe_indexing(X, train))
            seen[train] += truth.losses(known, train)
            n_seen[train] += 1
            n_unseen[test] += 1
    asked = np.flatnonzero(n_unseen)
    new = truth.losses(unseen[asked] / n_unseen[asked, None], asked)
    old = seen[asked] / np.maximum(n_seen[asked], 1)
    found = np.full(n_rows, np.nan)
    found[asked] = (rankdata(new) + rankdata(old)) / (2 * len(asked))
    return found


def _siblings(
    model: Any,
    path: str,
    X: Any,
    y: Array,
    train: Array,
    params: dict[str, Array],
    seed: int,
) -> Iterator[Any]:
    """Yield the networks of all levels, fitted to some rows."""
    rows, targets = _safe_indexing(X, train), y[train]
    some = {f"{path}{name}": value[train] for name, value in params.items()}
    with TemporaryDirectory() as folder:
        for level in LEVELS:
            own = {**JUDGE, "random_state": seed, "memory": folder, "sparsity": level}
            judge = clone(model).set_params(**{path + n: v for n, v in own.items()})
            with warnings.catch_warnings():
                # These networks are not what the user has asked for.
                warnings.simplefilter("ignore", PruningWarning)
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.filterwarnings("ignore", "Persisting input arguments")
                yield judge.fit(rows, targets, **some)


def doubt_of_rows(
    estimator: Any,
    X: Any,
    y: Array,
    sample_weight: Any,
    used: Array | None,
    series: Array | None,
) -> NDArray[np.float32] | None:
    """Return how little the rows of a fit can be trusted, where they are to be masked.

    Parameters
    ----------
    estimator : network
        Which is being fitted.
    X, y
        What ``fit`` was given, ``y`` valid.
    sample_weight : array-like of shape (n_rows,) or None
    used : ndarray of shape (n_rows,) or None
        Rows for which it is 0 are left out.
    series : ndarray of int of shape (n_rows,) or None
        Which series each row is of.

    Returns
    -------
    doubt : ndarray of float32 of shape (n_rows,) or None
        NaN where there is none to tell.
    """
    if estimator.mask_unreliable is None:
        return None
    some = np.arange(len(y)) if used is None else np.flatnonzero(used)
    params: dict[str, Array] = {}
    if sample_weight is not None:
        params["sample_weight"] = np.asarray(sample_weight)[some]
    if series is not None:
        params["series"] = series[some]
    truth = Truth.of_targets(y[some], is_label=is_classifier(estimator))
    draws = check_random_state(seed_of(estimator))
    cut_seed, seed = draws.randint(np.iinfo(np.int32).max, size=2).tolist()
    folds = estimator._layout.folds(
        estimator, truth.y, N_FOLDS, cut_seed, params.get("series")
    )
    doubt = np.full(len(y), np.nan, np.float32)
    rows = _safe_indexing(table(X), some)
    doubt[some] = doubts(estimator, "", rows, truth, folds, params, seed)
    return doubt


def table(X: Any) -> Any:
    """Return X in a form of which rows can be taken: a DataFrame, array or CSR."""
    if sparse.issparse(X):
        return X.tocsr()
    return X if hasattr(X, "shape") else np.asarray(X)


def trusted(
    doubt: NDArray[np.float32], y: Array, rows: NDArray[np.intp], share: float
) -> NDArray[np.intp]:
    """Return those of the rows that are left where the most doubtful ones go.

    Of no class more than half goes: where one is rare, what is most in doubt may be
    most of it.

    Parameters
    ----------
    doubt : ndarray of shape (n_all,)
        Rows of which none can tell, NaN, stay.
    y : ndarray of int of shape (n_all,), or of shape (n_all, n_outputs)
        Targets as a network has them.
    rows : ndarray of int
        Positions, ascending.
    share : float
        Of the rows, that goes.
    """
    of_class = np.zeros(len(rows), np.intp)
    if y.ndim == 1 or (y.shape[1] == 1 and np.isin(y, (0, 1)).all()):
        of_class = y[rows].reshape(-1).astype(np.intp)
    order = np.argsort(-np.nan_to_num(doubt[rows], nan=-1.0), kind="stable")
    order = order[~np.isnan(doubt[rows][order])]
    # How many of its class are no less doubtful than a row, itself counted.
    place = np.zeros(len(rows), np.intp)
    for one in np.unique(of_class):
        mine = order[of_class[order] == one]
        place[mine] = np.arange(1, len(mine) + 1)
    n_of_class = np.bincount(of_class)[of_class]
    may_go = order[place[order] <= n_of_class[order] // 2]
    return np.delete(rows, may_go[: round(share * len(rows))])
