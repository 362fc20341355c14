r"""How far the rows of a fit are to be trusted in its pruning phase.

Labels are taken to be wrong at a rate :math:`\rho` into each class, whatever the row is
like. What is said of a row is then the class :math:`c` with probability

.. math:: \tilde p_c = (1 - K \rho) p_c + \rho

where :math:`p_c` is that of the class itself, one of :math:`K`; and what is said is
wrong with probability :math:`\rho (1 - p_c) / \tilde p_c`. Of the rate no more than a
bound is known: the class is said of no rows more rarely, however unlikely it is.

References
----------
T. Liu and D. Tao, "Classification with noisy labels by importance reweighting", IEEE
Transactions on Pattern Analysis and Machine Intelligence 38, 2016.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing, check_random_state

from skprune.estimator.borrowed import copied
from skprune.estimator.doubt import Verdict, judged, table
from skprune.estimator.seeds import seed_of
from skprune.estimator.truth import Truth

Array = NDArray[Any]
Floats = NDArray[np.float64]

N_FOLDS = 5

TAIL = 10
"""The bound on the rate is from so many parts one of the rows."""

STANDARD_ERRORS = 2.0
"""The bound is lowered by so many: a rate is what chance does not explain."""


def trust_of_rows(
    estimator: Any,
    X: Any,
    y: Array,
    sample_weight: Any,
    used: Array | None,
    series: Array | None,
) -> NDArray[np.float32] | None:
    """Return how far the rows of a fit can be trusted, where some are to be masked.

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
    trust : ndarray of float32 of shape (n_rows,) or None
        In [0, 1]; 1 where there is none to tell. None where all rows are trusted.
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
    rows = _safe_indexing(table(copied(X)), some)
    verdict = judged(estimator, "", rows, truth, folds, params, seed)
    trust = np.ones(len(y), np.float32)
    trust[some] = trusted(verdict, truth, estimator.mask_unreliable)
    return None if (trust == 1).all() else trust


def trusted(verdict: Verdict, truth: Truth, share: float) -> Floats:
    """Return how far rows can be trusted if the share of them is wrong at most.

    Numbers have no rate: the share of rows that is most in doubt is not trusted at all.
    """
    asked, told = verdict.asked, verdict.told
    trust = np.ones(verdict.n_rows)
    if not truth.is_label:
        worst = asked[np.argsort(-verdict.doubt()[asked], kind="stable")]
        trust[worst[: round(share * len(asked))]] = 0.0
    elif truth.classes is not None:
        codes = np.searchsorted(truth.classes, truth.y[asked])
        trust[asked] = _right(told, codes, share)
    else:
        labels = truth.y[asked].T.astype(int)
        of_label = (np.column_stack([1.0 - p, p]) for p in told.T)
        for shares, codes in zip(of_label, labels, strict=True):
            trust[asked] *= _right(shares, codes, share)
    return trust


def _right(told: Floats, codes: NDArray[np.intp], share: float) -> Floats:
    n_classes = told.shape[1]
    if n_classes == 1:
        return np.ones(len(told))
    rate = min(noise_rate(told, codes), share / (n_classes - 1))
    return 1.0 - wrong(told[np.arange(len(told)), codes], rate, n_classes)


def wrong(said: Floats, rate: float, n_classes: int) -> Floats:
    """Return the probabilities with which labels are wrong.

    Parameters
    ----------
    said : ndarray of shape (n_rows,)
        The probabilities of what is said of the rows.
    rate : float
        At which labels are wrong into each class.
    n_classes : int
    """
    if rate == 0.0:
        return np.zeros(len(said))
    right = np.clip((said - rate) / (1.0 - n_classes * rate), 0.0, 1.0)
    return rate * (1.0 - right) / np.maximum(said, rate)


def noise_rate(told: Floats, codes: NDArray[np.intp]) -> float:
    """Return the rate at which labels are at least wrong into each class.

    It is the share of the class among the rows where it is least likely, of the class
    for which that is lowest, less what chance may have added.
    """
    n_tail = max(len(told) // TAIL, 1)
    tails = np.argsort(told, axis=0, kind="stable")[:n_tail]
    shares = (codes[tails] == np.arange(told.shape[1])).mean(0)
    share = float(shares.min())
    return max(share - STANDARD_ERRORS * (share * (1 - share) / n_tail) ** 0.5, 0.0)
