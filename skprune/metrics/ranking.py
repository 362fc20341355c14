"""How well scores separate two classes."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import auc, roc_curve
from sklearn.utils._param_validation import validate_params

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
