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
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from skprune.estimator.forest_judge import forest_opinions
from skprune.estimator.pool import likeliest_exponents, parts, pooled
from skprune.estimator.truth import Truth
from skprune.exceptions import PruningWarning

Array = NDArray[Any]
Floats = NDArray[np.float64]
Folds = Sequence[tuple[Array, Array]]

LEVELS = (0.0, 0.8, 0.95)
"""Sparsities of the networks that judge: the dense one and its pruned siblings."""

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
class Verdict:
    """What judges make of rows.

    Attributes
    ----------
    n_rows : int
        Of all rows.
    asked : ndarray of int of shape (n_asked,)
        The rows that are in a test fold.
    told : ndarray of shape (n_asked, n_outputs)
        The prediction of those judges that have not seen a row.
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
    """Return what networks of all levels, and a forest, make of rows by cross-fitting.

    Judges count as much as their predictions of unseen rows are worth: with the
    exponents under which the pool of them makes the labels likeliest. That networks
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
    n_rows, n_judges = len(truth.y), len(LEVELS) + 1
    told, seen = np.zeros((n_judges, n_rows, truth.width)), np.zeros((n_judges, n_rows))
    n_told, n_seen = np.zeros(n_rows), np.zeros(n_rows)
    for train, test in folds:
        said = _opinions(model, path, X, truth, (train, test), params, seed)
        for judge, (of_others, of_own) in enumerate(said):
            told[judge, test] += of_others
            seen[judge, train] += truth.losses(of_own, train)
        n_told[test] += 1
        n_seen[train] += 1
    asked = np.flatnonzero(n_told)
    told = told[:, asked] / n_told[asked, None]
    exponents = likeliest_exponents(told, truth, asked)
    together = pooled(told, exponents, truth)
    unseen = truth.losses(together, asked)
    known = parts(exponents) @ seen[:, asked] / np.maximum(n_seen[asked], 1)
    known = np.where(n_seen[asked] > 0, known, unseen)
    return Verdict(n_rows, asked, together, unseen, known)


def _opinions(
    model: Any,
    path: str,
    X: Any,
    truth: Truth,
    fold: tuple[Array, Array],
    params: dict[str, Array],
    seed: int,
) -> Iterator[tuple[Floats, Floats]]:
    """Yield what each judge says of a fold's test rows, and of its training rows."""
    train, test = fold
    own, others = _safe_indexing(X, train), _safe_indexing(X, test)
    for judge in _siblings(model, path, X, truth.y, train, params, seed):
        yield truth.told(judge, others), truth.told(judge, own)
    weight = params.get("sample_weight")
    yield forest_opinions(
        as_read(judge, own),
        truth.numbers()[train],
        as_read(judge, others),
        None if weight is None else weight[train],
        seed,
    )


def as_read(judge: Any, X: Any) -> Any:
    """Return rows as the network of a fitted judge reads them, of two dimensions."""
    if not isinstance(judge, Pipeline):
        return judge._layout.flat(judge, X, fitted=True)
    *steps, (_, network) = judge.steps
    for _, step in steps:
        X = X if step in (None, "passthrough") else step.transform(X)
    return as_read(network, X)


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
