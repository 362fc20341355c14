"""Scores of credit risk: how well a model separates, how far a sample has moved."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import auc, roc_curve
from sklearn.utils import check_array, column_or_1d
from sklearn.utils._param_validation import Interval, validate_params

__all__ = ["gini_score", "ks_score", "population_stability_index"]

_RANKING_CONSTRAINTS = {
    "y_true": ["array-like"],
    "y_score": ["array-like"],
    "pos_label": [Real, str, "boolean", None],
    "sample_weight": ["array-like", None],
}


@validate_params(_RANKING_CONSTRAINTS, prefer_skip_nested_validation=True)
def ks_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: float | str | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""Kolmogorov-Smirnov distance between the scores of the two classes.

    The largest distance between the distribution functions of the scores of the
    positives and of the negatives, which is the largest vertical distance of the
    ROC curve from its diagonal:
    :math:`\max_t |\mathrm{TPR}(t) - \mathrm{FPR}(t)|`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True binary labels. If they are neither {-1, 1} nor {0, 1}, `pos_label`
        must be given.
    y_score : array-like of shape (n_samples,)
        Target scores, higher for the positive class: probabilities or the values
        of a decision function.
    pos_label : int, float, bool or str, default=None
        The label of the positive class; None means 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        In [0, 1]: 0 where the two distributions are equal, 1 where some threshold
        separates the classes. NaN, with a warning, where `y_true` holds one class.

    See Also
    --------
    gini_score : Looks at all thresholds, and at the direction.
    scipy.stats.ks_2samp : The same distance of two samples, with its p-value.

    Notes
    -----
    The distance has no direction: scores that rank the classes the wrong way round
    get the same value as the right way round.

    References
    ----------
    .. [1] Thomas, L. C., Crook, J. N., Edelman, D. B., "Credit Scoring and Its
       Applications", 2nd edition, SIAM, 2017.

    Examples
    --------
    >>> from skprune.metrics import ks_score
    >>> ks_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    >>> ks_score(["paid", "bad"], [0.2, 0.9], pos_label="bad")
    1.0
    """
    fpr, tpr, _ = roc_curve(
        y_true, y_score, pos_label=pos_label, sample_weight=sample_weight
    )
    return float(np.max(np.abs(tpr - fpr)))


@validate_params(_RANKING_CONSTRAINTS, prefer_skip_nested_validation=True)
def gini_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: float | str | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Gini coefficient of a ranking: twice the area under the ROC curve, less one.

    Also called accuracy ratio, and Somers' D of the scores given the labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True binary labels. If they are neither {-1, 1} nor {0, 1}, `pos_label`
        must be given.
    y_score : array-like of shape (n_samples,)
        Target scores, higher for the positive class: probabilities or the values
        of a decision function.
    pos_label : int, float, bool or str, default=None
        The label of the positive class; None means 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        In [-1, 1]: 1 for a perfect ranking, 0 for a random one, -1 for a perfect
        ranking the wrong way round. NaN, with a warning, where `y_true` holds one
        class.

    See Also
    --------
    ks_score : The best single threshold.
    sklearn.metrics.roc_auc_score : The area itself.

    References
    ----------
    .. [1] Thomas, L. C., Crook, J. N., Edelman, D. B., "Credit Scoring and Its
       Applications", 2nd edition, SIAM, 2017.

    Examples
    --------
    >>> from skprune.metrics import gini_score
    >>> gini_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    >>> gini_score(["paid", "bad"], [0.9, 0.2], pos_label="bad")
    -1.0
    """
    fpr, tpr, _ = roc_curve(
        y_true, y_score, pos_label=pos_label, sample_weight=sample_weight
    )
    return float(2.0 * auc(fpr, tpr) - 1.0)


@validate_params(
    {
        "expected": ["array-like"],
        "actual": ["array-like"],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "min_share": [Interval(Real, 0.0, 1.0, closed="neither")],
    },
    prefer_skip_nested_validation=True,
)
def population_stability_index(
    expected: ArrayLike,
    actual: ArrayLike,
    *,
    n_bins: int = 10,
    min_share: float = 1e-4,
) -> float:
    r"""How far the distribution of a score or a feature has moved.

    With :math:`e_b` and :math:`a_b` the shares of the two samples in bin
    :math:`b`, the index is :math:`\sum_b (a_b - e_b) \ln(a_b / e_b)`: the
    symmetric Kullback-Leibler divergence of the binned distributions. A common
    reading is that below 0.1 nothing has moved and above 0.25 a lot has [1]_; it
    grows with the noise of small samples too [2]_.

    Parameters
    ----------
    expected : array-like of shape (n_expected,)
        The sample to compare with, as from development: numbers or categories.
    actual : array-like of shape (n_actual,)
        The sample to look at, as from this month.
    n_bins : int, default=10
        Numbers are cut at the quantiles of `expected` into that many bins, each
        closed on the right; fewer where quantiles coincide. Where `expected` has
        at most `n_bins` distinct values, and for categories, each distinct value
        is a bin, and all that `expected` does not hold is one more.
    min_share : float, default=1e-4
        A smaller share counts as this one: the index would be infinite where a bin
        is empty in one sample.

    Returns
    -------
    index : float
        0 where the binned distributions are equal, without upper bound else.

    See Also
    --------
    ks_score : The largest distance of two distributions of scores.

    References
    ----------
    .. [1] Siddiqi, N., "Intelligent Credit Scoring", 2nd edition, Wiley, 2017.
    .. [2] Yurdakul, B., Naranjo, J., "Statistical Properties of the Population
       Stability Index", Journal of Risk Model Validation 14(4), 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.metrics import population_stability_index
    >>> score = np.linspace(0, 1, 1000)
    >>> population_stability_index(score, score)
    0.0
    >>> round(population_stability_index(score, score**1.2), 3)
    0.028
    >>> round(population_stability_index(["own", "rent"], ["own", "own"]), 3)
    4.604
    """
    e, a = _check_sample(expected, "expected"), _check_sample(actual, "actual")
    if _is_numeric(e) != _is_numeric(a):
        raise ValueError(
            "expected and actual must both hold numbers or both hold categories, "
            f"got dtypes {e.dtype} and {a.dtype}."
        )
    by_value = not _is_numeric(e) or len(np.unique(e)) <= n_bins
    bins = _value_bins(e, a) if by_value else _quantile_bins(e, a, n_bins)
    n_used = 1 + max(b.max() for b in bins)
    shares = [np.bincount(b, minlength=n_used) / len(b) for b in bins]
    e_share, a_share = np.maximum(shares, min_share)
    return float(np.sum((a_share - e_share) * np.log(a_share / e_share)))


def _check_sample(sample: ArrayLike, name: str) -> NDArray:
    array = check_array(sample, ensure_2d=False, dtype=None, input_name=name)
    return column_or_1d(array)


def _is_numeric(sample: NDArray) -> bool:
    return sample.dtype.kind in "biuf"


def _value_bins(expected: NDArray, actual: NDArray) -> list[NDArray[np.intp]]:
    """Give each distinct value of `expected` a bin, and the rest one more."""
    values, in_expected = np.unique(expected, return_inverse=True)
    nearest = np.searchsorted(values, actual).clip(max=len(values) - 1)
    in_actual = np.where(values[nearest] == actual, nearest, len(values))
    return [in_expected, in_actual]


def _quantile_bins(
    expected: NDArray, actual: NDArray, n_bins: int
) -> list[NDArray[np.intp]]:
    """Cut at quantiles of `expected`: (-inf, c_1], (c_1, c_2], ..., (c_m, inf)."""
    shares = np.arange(1, n_bins) / n_bins
    cuts = np.quantile(expected, shares, method="inverted_cdf")
    # Each cut is a value of `expected`, so the bin that it closes isn't empty. Nor
    # is the last one, if no cut is the maximum.
    below = np.max(expected[expected < expected.max()])
    cuts = np.unique(np.minimum(cuts, below))
    return [np.searchsorted(cuts, expected), np.searchsorted(cuts, actual)]
