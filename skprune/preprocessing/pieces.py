"""Numbers that bend: a number as the pieces of a piecewise-linear curve."""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from skprune.documentation import DocumentationLink

Array = NDArray[Any]

OUTERMOST = 3.0
"""The outermost quantiles are those of a normal variable at so many deviations."""


class PiecewiseLinearEncoder(TransformerMixin, DocumentationLink, BaseEstimator):
    r"""Encode each number by how far it has come along each piece of its range.

    The quantiles :math:`t_0 < t_1 < \dots < t_K` of a column cut its range into
    pieces, and piece k becomes the output column

    .. math:: h \min(1, \max(0, (x - t_{k-1}) / (t_k - t_{k-1}))).

    A weighted sum of these is a continuous curve with a bend at each quantile, and
    its weights are the rises along the pieces: a straight line, a step or a plateau
    takes few. Every output rises, or rests, as its input rises. Pieces are as wide in
    terms of a normal distribution, so that there are some within each tail, and from
    the outermost quantiles on, about one row in a thousand, all outputs rest.

    A missing value is encoded as the median is, and flagged in a column of its own.

    Parameters
    ----------
    n_pieces : int, default=16
        Pieces of a column that has more than that many distinct values; one that has
        fewer bends at each of them. Quantiles that coincide are one.
    height : float, default=1.0
        What h is: how far a piece rises. A penalty on weights is one on bends, the
        more so the lower the pieces are.
    add_score : bool, default=False
        Whether the pieces of a column follow upon its score: the curve through its
        quantiles that has normal scores for heights, brought to a mean of zero and a
        variance of one. It is there for what needs no bend.
    max_pieces : int, default=None
        Where all columns together would have more pieces, none has any, and its score
        stands alone; takes ``add_score=True``. None has no such limit.
    add_indicator : bool, default=True
        Whether columns with missing values in fit get a column that flags them.

    Attributes
    ----------
    has_pieces_ : bool
        Whether columns have pieces.
    knots_ : list of ndarray
        Of each column the ends of its pieces, ascending. A column that holds
        one value, or none, has no piece.
    scores_ : list of ndarray
        Of each column the score at each end of a piece.
    medians_ : ndarray of shape (n_features,)
        What missing values are encoded as.
    flagged_ : ndarray of shape (n_features,)
        Mask of the columns whose missing values are flagged.
    feature_origins_ : ndarray of shape (n_features_out,)
        Which input column each output column comes from.
    n_features_in_ : int
        Columns seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, if all are strings.

    See Also
    --------
    sklearn.preprocessing.SplineTransformer : Smooth bases, each of which is
        zero in all but a few pieces.
    sklearn.preprocessing.KBinsDiscretizer : Steps in place of slopes.

    Notes
    -----
    Quantiles are weighted, and those of a row of weight two are those of two rows.
    A missing value in a column that had none in fit counts as the median.

    References
    ----------
    Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features
    in tabular deep learning", NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.preprocessing import PiecewiseLinearEncoder
    >>> X = np.array([[0.0], [1.0], [2.0], [10.0], [np.nan]])
    >>> encoder = PiecewiseLinearEncoder(n_pieces=2).fit(X)
    >>> encoder.knots_
    [array([ 0.,  1., 10.])]
    >>> encoder.transform([[0.5], [5.5], [99.0], [np.nan]])
    array([[0.5, 0. , 0. ],
           [1. , 0.5, 0. ],
           [1. , 1. , 0. ],
           [1. , 0. , 1. ]])
    >>> encoder.get_feature_names_out(["duration"])
    array(['duration_piece1', 'duration_piece2', 'duration_missing'], dtype=object)
    >>> PiecewiseLinearEncoder(1, add_score=True).fit(X).get_feature_names_out()
    array(['x0_score', 'x0_piece1', 'x0_missing'], dtype=object)
    """

    _parameter_constraints = {
        "n_pieces": [Interval(Integral, 1, None, closed="left")],
        "height": [Interval(Real, 0, None, closed="neither")],
        "add_score": ["boolean"],
        "max_pieces": [Interval(Integral, 0, None, closed="left"), None],
        "add_indicator": ["boolean"],
    }

    def __init__(
        self,
        n_pieces: int = 16,
        *,
        height: float = 1.0,
        add_score: bool = False,
        max_pieces: int | None = None,
        add_indicator: bool = True,
    ) -> None:
        self.n_pieces = n_pieces
        self.height = height
        self.add_score = add_score
        self.max_pieces = max_pieces
        self.add_indicator = add_indicator

    def __setstate__(self, state: dict[str, Any]) -> None:
        # As stored by 0.2.0, which made pieces of any number of columns.
        before: dict[str, Any] = {"max_pieces": None}
        if "knots_" in state:
            before["has_pieces_"] = True
        super().__setstate__(before | state)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the quantiles of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN where they are missing.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : PiecewiseLinearEncoder
            The fitted encoder.
        """
        if self.max_pieces is not None and not self.add_score:
            raise ValueError(
                "Without pieces a number has its score alone, if it has one: "
                "max_pieces takes add_score=True."
            )
        X = self._validated(X, reset=True)
        weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        X, weight = X[weight > 0], weight[weight > 0]
        missing = np.isnan(X)
        seen = [
            (x[~gap].astype(np.float64), weight[~gap])
            for x, gap in zip(X.T, missing.T, strict=True)
        ]
        self.knots_ = [_knots(*column, self.n_pieces) for column in seen]
        n_pieces = sum(max(len(knots) - 1, 0) for knots in self.knots_)
        self.has_pieces_ = self.max_pieces is None or n_pieces <= self.max_pieces
        self.scores_ = [
            _scores(*column, knots)
            for column, knots in zip(seen, self.knots_, strict=True)
        ]
        self.medians_ = np.array([_median(*column) for column in seen])
        # Where all are missing, so is what there is to tell them from.
        self.flagged_ = missing.any(0) & ~missing.all(0) & self.add_indicator
        widths = [len(suffixes) for suffixes in self._suffixes()]
        self.feature_origins_ = np.repeat(np.arange(X.shape[1]), widths)
        return self

    def transform(self, X: Any) -> Array:
        """Encode the numbers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN where they are missing.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_features_out)
            Of each column its pieces and, where it is flagged, 1 for a missing value;
            float32 if X is.
        """
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        blocks = [self._encoded(j, x) for j, x in enumerate(X.T)]
        return np.hstack([np.empty((len(X), 0)), *blocks], dtype=X.dtype)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Name the output columns, ``duration_piece1`` to ``duration_missing``.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, where `feature_names_in_` is not defined;
            ``x0``, ``x1``, ... otherwise.

        Returns
        -------
        feature_names_out : ndarray of shape (n_features_out,)
            The names.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.array(
            [
                f"{name}_{suffix}"
                for name, suffixes in zip(names, self._suffixes(), strict=True)
                for suffix in suffixes
            ],
            dtype=object,
        )

    def _validated(self, X: Any, reset: bool) -> Array:
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )

    def _suffixes(self) -> list[list[str]]:
        """Return what is told of each column, in order."""
        return [
            ["score"] * (self.add_score and len(knots) > 1)
            + [f"piece{k}" for k in range(1, len(knots)) if self.has_pieces_]
            + ["missing"] * int(flagged)
            for knots, flagged in zip(self.knots_, self.flagged_, strict=True)
        ]

    def _encoded(self, j: int, x: Array) -> Array:
        """Encode column j, (n,), as (n, outputs)."""
        knots, gap = self.knots_[j], np.isnan(x)
        parts = []
        if len(knots) > 1:
            filled = np.where(gap, self.medians_[j], x)
            if self.add_score:
                parts.append(np.interp(filled, knots, self.scores_[j])[:, None])
            if self.has_pieces_:
                parts.append(self.height * _pieces(filled, knots))
        if self.flagged_[j]:
            parts.append(gap[:, None])
        return np.hstack([np.empty((len(x), 0)), *parts])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _knots(x: Array, weight: Array, n_pieces: int) -> NDArray[np.float64]:
    """Return the ends of the pieces: (at most n_pieces + 1,), ascending."""
    values = np.unique(x)
    if len(values) <= n_pieces + 1:
        return values
    shares = ndtr(np.linspace(-OUTERMOST, OUTERMOST, n_pieces + 1))
    return np.unique(_quantiles(x, weight, shares))


def _scores(x: Array, weight: Array, knots: Array) -> NDArray[np.float64]:
    """Return standardised normal scores at the knots, by the rank in mid of ties."""
    if len(knots) < 2:
        return np.zeros(len(knots))
    order = np.argsort(x)
    passed = np.concatenate([[0.0], np.cumsum(weight[order])])
    ranks = [
        passed[np.searchsorted(x[order], knots, side)] for side in ("left", "right")
    ]
    share = (ranks[0] + ranks[1]) / (2 * passed[-1])
    heights = np.clip(ndtri(share), -OUTERMOST, OUTERMOST)
    score = np.interp(x, knots, heights)
    mean = np.average(score, weights=weight)
    return (heights - mean) / np.sqrt(np.average((score - mean) ** 2, weights=weight))


def _median(x: Array, weight: Array) -> float:
    return float(_quantiles(x, weight, np.array(0.5))) if len(x) else np.nan


def _quantiles(x: Array, weight: Array, shares: Array) -> NDArray[np.float64]:
    # The one method that takes weights; each quantile is a value of the column.
    return np.quantile(x, shares, weights=weight, method="inverted_cdf")


def _pieces(x: Array, knots: Array) -> Array:
    """Encode (n,) as (n, n_pieces)."""
    lower, upper = knots[:-1], knots[1:]
    # Clipped before the division, which so has no overflow.
    return (np.clip(x[:, None], lower, upper) - lower) / (upper - lower)
