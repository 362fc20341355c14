"""Log-odds as points, and brought to the default rate that is expected."""

import math
from copy import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from skprune.estimator.attributes import settle
from skprune.estimator.classification import PrunedClassifier
from skprune.estimator.ensemble import shallow_copy

__all__ = ["PointsScale", "to_central_tendency"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PointsScale:
    r"""Points of a scorecard: more points are less risk.

    A score of ``points`` stands for odds of ``odds`` good to one bad, and every
    ``pdo`` points double the odds:

    .. math:: \text{points} + \frac{\text{pdo}}{\ln 2}
              \left(\ln \frac{1 - p}{p} - \ln \text{odds}\right),

    where p is the probability of ``classes_[1]``, the bad.

    Parameters
    ----------
    pdo : float, default=20
        Points that double the odds.
    points : float, default=600
        The score at ``odds``.
    odds : float, default=50
        Good to bad.

    Raises
    ------
    ValueError
        If ``pdo`` or ``odds`` are not positive, or anything is no finite number.

    See Also
    --------
    to_central_tendency : Shifts log-odds to a given default rate.
    skprune.inspection.reason_codes : Explains points.

    References
    ----------
    N. Siddiqi, "Intelligent credit scoring", 2nd edition, Wiley, 2017, chapter 10.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.scorecard import PointsScale
    >>> scale = PointsScale(pdo=20, points=600, odds=50)
    >>> scale.to_points(np.log([1 / 50, 1 / 100, 1])).round(6)
    array([600.        , 620.        , 487.12287...])
    >>> scale.to_log_odds([600, 620]).round(6)
    array([-3.912023, -4.60517 ])
    """

    pdo: float = 20
    points: float = 600
    odds: float = 50

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, Real) or not math.isfinite(value):
                raise ValueError(f"{name} must be a finite number, got {value!r}.")
            if name != "points" and value <= 0:
                raise ValueError(f"{name} must be positive, got {value!r}.")

    @property
    def factor(self) -> float:
        """Points for a unit of log-odds, good to bad."""
        return float(self.pdo / np.log(2))

    def to_points(self, log_odds: ArrayLike) -> Floats:
        """Return the points of log-odds of bad to good.

        Parameters
        ----------
        log_odds : array-like
            Of ``classes_[1]``, as the base value and contributions of reasons are.

        Returns
        -------
        points : ndarray of the same shape
            More are less risk.
        """
        good_to_bad = -np.asarray(log_odds, np.float64)
        return self.points + self.factor * (good_to_bad - np.log(self.odds))

    def to_log_odds(self, points: ArrayLike) -> Floats:
        """Return the log-odds of bad to good that points stand for.

        Parameters
        ----------
        points : array-like
            As :meth:`to_points` gives them.

        Returns
        -------
        log_odds : ndarray of the same shape
            Of ``classes_[1]``.
        """
        above = np.asarray(points, np.float64) - self.points
        return -(above / self.factor + np.log(self.odds))


def to_central_tendency(
    estimator: Any, X: Any, rate: float, *, sample_weight: Any = None
) -> Any:
    """Shift the log-odds so that the mean probability is a given default rate.

    Fitted with ``class_weight="balanced"``, or to a sample that has more of one class
    than the portfolio, a network ranks well, but predicts rates that are not those of
    the portfolio. One number added to the log-odds of all rows mends the mean, and
    leaves the order of the rows and the reasons of each as they were.

    Parameters
    ----------
    estimator : PrunedMLPClassifier, PrunedLSTMClassifier or Pipeline that ends in one
        Fitted, of two classes; it is left as it is.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows of the portfolio that the rate is of.
    rate : float
        The mean probability of ``classes_[1]`` wanted, in (0, 1).
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows in the mean.

    Returns
    -------
    shifted : estimator
        Fitted, of the same kind. Its losses and its ``pruning_report_`` are those
        from before the shift.

    Raises
    ------
    TypeError
        If ``estimator`` is not one of these.
    ValueError
        If it has other than two classes, or ``rate`` is not in (0, 1).

    See Also
    --------
    PointsScale : The log-odds as points.
    sklearn.calibration.CalibratedClassifierCV : Mends more than the mean.

    References
    ----------
    G. King and L. Zeng, "Logistic regression in rare events data", Political
    Analysis 9(2), 2001, on correcting the intercept for the rate.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.scorecard import to_central_tendency
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> clf = PrunedMLPClassifier(
    ...     class_weight="balanced", early_stopping=True, random_state=0
    ... ).fit(X, y)
    >>> bool(clf.predict_proba(X)[:, 1].mean() > 0.2)
    True
    >>> shifted = to_central_tendency(clf, X, 0.05)
    >>> round(float(shifted.predict_proba(X)[:, 1].mean()), 5)
    0.05
    """
    if isinstance(estimator, Pipeline):
        steps, (name, network) = estimator.steps[:-1], estimator.steps[-1]
        rows = estimator[:-1].transform(X) if steps else X
        shifted = to_central_tendency(network, rows, rate, sample_weight=sample_weight)
        pipeline = copy(estimator)
        pipeline.steps = [*steps, (name, shifted)]
        return pipeline
    _demand_two_classes(estimator)
    if not 0 < rate < 1:
        raise ValueError(f"rate must be between 0 and 1, got {rate!r}.")
    rows = estimator._check_rows(X)
    weight = _check_sample_weight(sample_weight, rows, dtype=np.float64)
    log_odds = estimator._predictor.decision(rows)[:, 0].astype(np.float64)
    shifted = _apart(estimator)
    if "estimators_" in vars(shifted):
        shifted.estimators_ = [_apart(member) for member in shifted.estimators_]
    shift = _shift(log_odds, float(rate), weight)
    shifted._predictor = estimator._predictor.shifted(shift)
    return shifted


def _apart(estimator: Any) -> Any:
    """Return a copy that learns on by itself."""
    settle(estimator)
    copied = shallow_copy(estimator)
    copied._forget_stream()
    return copied


def _demand_two_classes(estimator: Any) -> None:
    if not isinstance(estimator, PrunedClassifier):
        raise TypeError(
            "Only classifiers of skprune and Pipelines that end in one have log-odds "
            f"to shift, not {type(estimator).__name__}."
        )
    check_is_fitted(estimator)
    n_classes = len(estimator.classes_)
    if n_classes != 2 or estimator._multilabel:
        raise ValueError(f"There must be two classes; there are {n_classes}.")


def _shift(log_odds: Floats, rate: float, weight: Floats) -> float:
    """Return what to add to log-odds so that their mean probability is the rate."""
    # At these all rows are below the rate, and all above.
    low, high = logit(rate) - log_odds.max(), logit(rate) - log_odds.min()

    def excess(shift: float) -> float:
        return float(np.average(expit(log_odds + shift), weights=weight)) - rate

    # A little beyond, as their rates are rounded.
    return float(brentq(excess, low - 1e-3, high + 1e-3, xtol=1e-12))
