"""Why a row has the score that it has: exact contributions of its columns."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_params,
)

from skprune.inspection.fields import Model
from skprune.inspection.path_integral import path_contributions
from skprune.inspection.ranking import main_reasons
from skprune.inspection.score import score_networks
from skprune.inspection.score_network import ScoreNetwork
from skprune.inspection.shapley import shapley_contributions
from skprune.scorecard import PointsScale

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReasonCodes:
    """What each column contributes to each row's score, and the main reasons.

    Attributes
    ----------
    contributions : ndarray of shape (n_samples, n_columns) or (n_samples, n_groups)
        They sum to the score less the base value. A column that the network does not
        read has exactly 0.
    base_value : ndarray of shape (n_samples,)
        The score of the baseline.
    names : ndarray of shape (n_columns,) or (n_groups,)
        Of the columns or groups.
    reasons : ndarray of shape (n_samples, n_reasons)
        Names of those that raise the risk most, the strongest first; None where
        fewer raise it.
    strengths : ndarray of shape (n_samples, n_reasons)
        Their contributions; NaN where there is none.
    index : Index or None
        Of the DataFrame that was explained.

    See Also
    --------
    reason_codes : Finds them.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.inspection import ReasonCodes
    >>> codes = ReasonCodes(
    ...     contributions=np.array([[0.75, -0.25]]),
    ...     base_value=np.array([-1.0]),
    ...     names=np.array(["debt", "age"]),
    ...     reasons=np.array([["debt"]]),
    ...     strengths=np.array([[0.75]]),
    ... )
    >>> codes.scores
    array([-0.5])
    """

    contributions: Floats
    base_value: Floats
    names: Array
    reasons: Array
    strengths: Floats
    index: Any = None

    @property
    def scores(self) -> Floats:
        """The scores explained, (n_samples,)."""
        return self.base_value + self.contributions.sum(1)

    def to_frame(self) -> Any:
        """Return the reasons as a DataFrame.

        Returns
        -------
        frame : DataFrame of shape (n_samples, 2 * n_reasons)
            With columns ``reason_1``, ``contribution_1``, ``reason_2``, ...
        """
        import pandas as pd

        columns: dict[str, Array] = {}
        pairs = zip(self.reasons.T, self.strengths.T, strict=True)
        for i, (reason, strength) in enumerate(pairs, start=1):
            columns[f"reason_{i}"] = reason
            columns[f"contribution_{i}"] = strength
        return pd.DataFrame(columns, index=self.index)


@validate_params(
    {
        "n_reasons": [Interval(Integral, 1, None, closed="left")],
        "points": [PointsScale, None],
        "method": [StrOptions({"path", "shapley"})],
    },
    prefer_skip_nested_validation=True,
)
def reason_codes(
    estimator: Any,
    X: Any,
    *,
    n_reasons: int = 4,
    baseline: Any = None,
    groups: Any = None,
    points: PointsScale | None = None,
    method: str = "path",
    target: Any = None,
) -> ReasonCodes:
    """Explain scores by exact contributions of the columns.

    The score is the log-odds of ``classes_[1]`` (the risk), or the prediction of a
    regressor. Of more than two classes it is the centred log-probability of
    ``target``, ``log p_k - mean(log p)``, which like the probabilities is blind to
    what is added to all outputs; of several labels the log-odds of one, and of several
    outputs one. Of several networks it is the mean of their scores, and so are the
    contributions: for log-odds that is near the log-odds of the mean probability, not
    equal to it.

    Parameters
    ----------
    estimator : PrunedMLPClassifier, PrunedMLPRegressor or Pipeline that ends in one
        Fitted. Of a Pipeline the raw columns are explained: dummies, flags of missing
        values and pieces of a number belong to the column that they come from.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        The rows to explain.
    n_reasons : int, default=4
        Reasons a row at most.
    baseline : array-like of shape (n_features,) or (n_rows, n_features), default=None
        What scores are compared with, in the form of ``X``: a row, such as an approved
        applicant, or rows, whose contributions are averaged. None: the mean of the
        rows that the network has learnt from, weighted by ``sample_weight``.
    groups : array-like, default=None
        Columns to explain together: a label for each column of ``X``, or prefixes of
        their names.
    points : PointsScale, default=None
        Explain points instead of log-odds: reasons are what takes points away.
    method : {'path', 'shapley'}, default='path'
        Integrated gradients along the straight path from the baseline, in closed form;
        or Shapley values, by enumeration, of at most 12 columns or groups that are
        read.
    target : object, default=None
        The class, of more than two; the label or output, of several.

    Returns
    -------
    reasons : ReasonCodes
        With ``contributions``, ``base_value``, ``names``, ``reasons`` and
        ``to_frame()``.

    Raises
    ------
    TypeError
        If the estimator is no perceptron of skprune, or a step of the Pipeline mixes
        columns, so that their shares can't be told.
    ValueError
        If ``target`` is missing or unknown, ``points`` are asked for what has no
        log-odds of two classes, the baseline is not known, or too many columns are
        read for ``method='shapley'``.

    See Also
    --------
    interactions : Which columns act together.
    skprune.scorecard.PointsScale : Log-odds as points.

    Notes
    -----
    With ``'path'`` contributions are exact, to rounding, where the hidden units are
    ``'relu'`` or ``'identity'``, or in one layer. Deeper networks of ``'tanh'`` or
    ``'logistic'`` units are integrated by an adaptive quadrature, to 1e-8 of the
    largest score.

    References
    ----------
    M. Sundararajan, A. Taly and Q. Yan, "Axiomatic attribution for deep networks",
    ICML, 2017.

    Examples
    --------
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.datasets import load_german_credit
    >>> from skprune.inspection import reason_codes
    >>> X, y = load_german_credit(return_X_y=True, as_frame=True)
    >>> X = X[["duration_in_month", "age_in_years", "credit_amount"]]
    >>> clf = PrunedMLPClassifier(early_stopping=True, random_state=0)
    >>> codes = reason_codes(clf.fit(X / X.max(), y), X[:2] / X.max(), n_reasons=2)
    >>> codes.contributions.shape
    (2, 3)
    >>> codes.reasons[1]
    array(['duration_in_month', 'age_in_years'], dtype=object)
    """
    model = Model.of_estimator(estimator)
    networks = score_networks(model.network, target)
    if points is not None:
        _demand_log_odds(model.network)
    names, label = model.groups(groups)
    rows, starts = model.prepared(X), model.baseline(baseline)
    rise = np.zeros((rows.shape[0], len(names)))
    for network in networks:
        rise += _contributions(network, rows, starts, label, method, rise.shape)
    rise /= len(networks)
    base = np.mean([network(network.read(starts)).mean() for network in networks])
    # More points are less risk.
    unit = 1.0 if points is None else -points.factor
    base_value = base if points is None else points.to_points(base)
    reasons, strengths = main_reasons(rise, names, int(n_reasons))
    return ReasonCodes(
        contributions=unit * rise + 0.0,  # no -0.0
        base_value=np.full(len(rise), base_value),
        names=names,
        reasons=reasons,
        strengths=unit * strengths,
        index=X.index if hasattr(X, "iloc") else None,
    )


def _by_path(network: ScoreNetwork, x: Floats, start: Floats, players: Array) -> Floats:
    """Return each player's contributions, those of its columns together."""
    of_columns = path_contributions(network, x, start)
    return of_columns @ np.eye(int(players.max(initial=-1)) + 1)[players]


_METHODS = {"path": _by_path, "shapley": shapley_contributions}


def _contributions(
    network: ScoreNetwork, rows: Any, starts: Any, label: Array, method: str, shape: Any
) -> Floats:
    """Return what each group contributes to one network's scores, (rows, groups)."""
    owners, players = np.unique(label[network.columns], return_inverse=True)
    x, begin = network.read(rows), network.read(starts)
    found = np.zeros(shape)
    for start in begin:
        found[:, owners] += _METHODS[method](network, x, start, players) / len(begin)
    return found


def _demand_log_odds(network: Any) -> None:
    if is_classifier(network) and network.n_outputs_ == 1:
        return
    raise ValueError(
        "points are made of the log-odds of two classes, which "
        f"{type(network).__name__} here doesn't have: leave points out."
    )
