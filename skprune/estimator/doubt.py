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
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing

from skprune.exceptions import PruningWarning

Array = NDArray[Any]
Floats = NDArray[np.float64]
Folds = Sequence[tuple[Array, Array]]

LEVELS = (0.0, 0.8, 0.95)
"""Sparsities of the networks that judge: the dense one and its pruned siblings."""

EM_STEPS = 100
"""Steps after which the weights of the levels stand still."""

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


@dataclass(frozen=True)
class Verdict:
    """What networks make of rows.

    Attributes
    ----------
    n_rows : int
        Of all rows.
    asked : ndarray of int of shape (n_asked,)
        The rows that are in a test fold.
    told : ndarray of shape (n_asked, n_outputs)
        The prediction of those networks that have not seen a row.
    unseen : ndarray of shape (n_asked,)
        Its loss.
    seen : ndarray of shape (n_asked,)
        The mean loss of those that have seen it; that of the others where none has.
    """

    n_rows: int
    asked: Array
    told: Floats
    unseen: Floats
    seen: Floats

    def doubt(self) -> Floats:
        """Return how little each row can be trusted, in [0, 1], NaN where none tells.

        It is the mean rank of the two losses.
        """
        found = np.full(self.n_rows, np.nan)
        ranks = rankdata(self.unseen) + rankdata(self.seen)
        found[self.asked] = ranks / (2 * len(self.asked))
        return found


def judged(
    model: Any,
    path: str,
    X: Any,
    truth: Truth,
    folds: Folds,
    params: dict[str, Array],
    seed: int,
) -> Verdict:
    r"""Return what networks of all levels make of rows, by cross-fitting.

    The levels count as much as their predictions of unseen rows are worth: with the
    weights under which the mixture of them makes the labels likeliest. That networks
    which have seen a row fit it badly tells as well: a row that the dense network has
    learnt by heart, against what the others tell, is the first that pruning forgets.

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
    n_rows, n_levels = len(truth.y), len(LEVELS)
    told, seen = np.zeros((n_levels, n_rows, truth.width)), np.zeros((n_levels, n_rows))
    n_told, n_seen = np.zeros(n_rows), np.zeros(n_rows)
    for train, test in folds:
        judges = _siblings(model, path, X, truth.y, train, params, seed)
        for level, judge in enumerate(judges):
            told[level, test] += truth.told(judge, _safe_indexing(X, test))
            known = truth.told(judge, _safe_indexing(X, train))
            seen[level, train] += truth.losses(known, train)
        n_told[test] += 1
        n_seen[train] += 1
    asked = np.flatnonzero(n_told)
    told = told[:, asked] / n_told[asked, None]
    weights = weights_of_levels(np.array([truth.losses(t, asked) for t in told]), truth)
    mixture = np.tensordot(weights, told, axes=1)
    unseen = truth.losses(mixture, asked)
    known = weights @ seen[:, asked] / np.maximum(n_seen[asked], 1)
    known = np.where(n_seen[asked] > 0, known, unseen)
    return Verdict(n_rows, asked, mixture, unseen, known)


def weights_of_levels(losses: Floats, truth: Truth) -> Floats:
    """Return the weights of a mixture that makes the targets likeliest, by EM.

    Parameters
    ----------
    losses : ndarray of shape (n_levels, n_rows)
        Minus the logarithms of the levels' likelihoods; of numbers squared errors, of
        which the best level's mean is the variance.
    truth : Truth
    """
    if not truth.is_label:
        losses = losses / max(2 * losses.mean(1).min(), np.finfo(float).tiny)
    likelihood = np.exp(losses.min(0) - losses)
    weights = np.full(len(losses), 1 / len(losses))
    for _ in range(EM_STEPS):
        shares = weights[:, None] * likelihood
        weights = (shares / shares.sum(0)).mean(1)
    return weights


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


def table(X: Any) -> Any:
    """Return X in a form of which rows can be taken: a DataFrame, array or CSR."""
    if sparse.issparse(X):
        return X.tocsr()
    return X if hasattr(X, "shape") else np.asarray(X)
