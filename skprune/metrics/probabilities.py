"""How good probabilities are: beside a constant, and beside what happens."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import brier_score_loss
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions, validate_params
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    _check_pos_label_consistency,
    _check_sample_weight,
)

from skprune.warn import warn_user

Array = NDArray[Any]
Floats = NDArray[np.float64]

_PROBABILITY_CONSTRAINTS: dict[str, list[Any]] = {
    "y_true": ["array-like"],
    "y_proba": ["array-like"],
    "pos_label": [Real, str, "boolean", None],
    "labels": ["array-like", None],
    "sample_weight": ["array-like", None],
}


@validate_params(
    {**_PROBABILITY_CONSTRAINTS, "y_reference": ["array-like", Real, None]},
    prefer_skip_nested_validation=True,
)
def brier_skill_score(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    y_reference: ArrayLike | float | None = None,
    pos_label: float | str | None = None,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""Share of a reference's Brier score that a model saves.

    :math:`1 - \mathrm{BS} / \mathrm{BS}_\mathrm{ref}`, where the reference is the
    share of each class in `y_true`, unless `y_reference` is given. Unlike the Brier
    score it can be compared between samples of different default rates.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels. If there are two that are neither {-1, 1} nor {0, 1},
        `pos_label` must be given.
    y_proba : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the positive class, or of each class.
    y_reference : float or array-like of the shape of `y_proba`, default=None
        What to compare with: the long-run default rate, or the probabilities of
        another model. None means the shares in `y_true`, weighted.
    pos_label : int, float, bool or str, default=None
        The label of the positive class; None means 1.
    labels : array-like of shape (n_classes,), default=None
        The classes that the columns of `y_proba` stand for, in sorted order, where
        `y_true` lacks one.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    score : float
        1 for perfect probabilities, 0 for those that are no better than the
        reference, negative for worse ones. NaN, with a warning, where the reference
        is perfect, as the share is where `y_true` holds one class.

    See Also
    --------
    sklearn.metrics.d2_brier_score : The same beside the shares in `y_true`.

    References
    ----------
    .. [1] Murphy, A. H., "Skill Scores Based on the Mean Square Error and Their
       Relationships to the Correlation Coefficient", Monthly Weather Review
       116(12), 1988.

    Examples
    --------
    >>> from skprune.metrics import brier_skill_score
    >>> y, p = [0, 0, 1, 1], [0.1, 0.4, 0.6, 0.9]
    >>> round(brier_skill_score(y, p), 3)
    0.66
    >>> round(brier_skill_score(y, p, y_reference=0.1), 3)
    0.793
    """
    shared = {"sample_weight": sample_weight, "pos_label": pos_label, "labels": labels}
    brier = brier_score_loss(y_true, y_proba, **shared)
    reference = _reference(y_true, y_proba, y_reference, shared)
    of_reference = brier_score_loss(y_true, reference, **shared)
    if of_reference == 0.0:
        warn_user(
            "The reference is perfect, as the shares of the classes are where y_true "
            "holds one class: the skill is not defined.",
            UndefinedMetricWarning,
        )
        return math.nan
    return float(1.0 - brier / of_reference)


def _reference(
    y_true: ArrayLike, y_proba: ArrayLike, given: Any, shared: dict[str, Any]
) -> Array:
    """Return the probabilities to compare with, of the shape of ``y_proba``."""
    shape = np.shape(y_proba)
    if given is not None:
        return np.broadcast_to(np.asarray(given, dtype=float), shape)
    y, weight = column_or_1d(y_true), shared["sample_weight"]
    if len(shape) == 2 and shape[1] > 1:
        labels = shared["labels"]
        classes = np.unique(y if labels is None else np.asarray(labels))
        hit = y[:, None] == classes
    else:
        hit = y == _check_pos_label_consistency(shared["pos_label"], y)
    return np.broadcast_to(np.average(hit, axis=0, weights=weight), shape)


@validate_params(
    {
        **_PROBABILITY_CONSTRAINTS,
        "n_bins": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"uniform", "quantile"})],
    },
    prefer_skip_nested_validation=True,
)
def expected_calibration_error(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    n_bins: int = 10,
    strategy: str = "uniform",
    pos_label: float | str | None = None,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""How far probabilities are, on the mean, from the shares that happen.

    With :math:`w_b` the share of the rows in bin :math:`b`, :math:`\bar p_b` their
    mean probability and :math:`\bar y_b` the share of positives among them, the error
    is :math:`\sum_b w_b |\bar p_b - \bar y_b|`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels. If there are two that are neither {-1, 1} nor {0, 1},
        `pos_label` must be given.
    y_proba : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the positive class. Of several columns the largest
        probability of each row counts, beside whether its class is the true one.
    n_bins : int, default=10
        Bins, each closed on the right.
    strategy : {'uniform', 'quantile'}, default='uniform'
        Whether bins are equally wide or hold equally many rows. Where most
        probabilities are small, as with rare defaults, quantiles tell more.
    pos_label : int, float, bool or str, default=None
        The label of the positive class; None means 1.
    labels : array-like of shape (n_classes,), default=None
        The classes that the columns of `y_proba` stand for, in sorted order, where
        `y_true` lacks one.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    error : float
        In [0, 1]; 0 where every bin's mean probability is its share of positives.

    See Also
    --------
    sklearn.calibration.calibration_curve : The bins themselves, without weights.

    Notes
    -----
    The error is biased upwards: even perfect probabilities have one, by the noise of
    the shares, which grows with the number of bins.

    References
    ----------
    .. [1] Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q., "On Calibration of Modern
       Neural Networks", ICML, 2017.

    Examples
    --------
    >>> from skprune.metrics import expected_calibration_error
    >>> expected_calibration_error([0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75])
    0.25
    >>> expected_calibration_error([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5])
    0.0
    """
    likely, hit = _likely_and_hit(y_true, y_proba, pos_label, labels)
    weight = _check_sample_weight(
        sample_weight, likely, dtype=np.float64, ensure_non_negative=True
    )
    if strategy == "uniform":
        cuts = np.linspace(0, 1, n_bins + 1)[1:-1]
    else:
        shares = np.arange(1, n_bins) / n_bins
        cuts = np.quantile(likely, shares, method="inverted_cdf", weights=weight)
    bins = np.searchsorted(np.unique(cuts), likely)
    gaps = np.bincount(bins, weights=weight * (likely - hit))
    return float(np.abs(gaps).sum() / weight.sum())


def _likely_and_hit(
    y_true: ArrayLike, y_proba: ArrayLike, pos_label: Any, labels: Any
) -> tuple[Floats, Floats]:
    """Return a probability for each row, and 1.0 where what it is of has happened."""
    y = column_or_1d(y_true)
    proba = check_array(
        y_proba, ensure_2d=False, dtype=np.float64, input_name="y_proba"
    )
    check_consistent_length(y, proba)
    if proba.min() < 0 or proba.max() > 1:
        raise ValueError("y_proba must be in [0, 1].")
    if proba.ndim == 2 and proba.shape[1] > 1:
        classes = np.unique(y if labels is None else np.asarray(labels))
        if len(classes) != proba.shape[1]:
            raise ValueError(
                f"y_proba has {proba.shape[1]} columns, but there are {len(classes)} "
                "classes: name them by labels."
            )
        return proba.max(1), (classes[proba.argmax(1)] == y).astype(float)
    if type_of_target(y) != "binary":
        raise ValueError("Of more than two classes y_proba must have a column each.")
    positive = _check_pos_label_consistency(pos_label, y)
    return column_or_1d(proba), (y == positive).astype(float)
