"""How far the distribution of a score or of the inputs has moved."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing, check_array, column_or_1d
from sklearn.utils._param_validation import Interval, validate_params
from sklearn.utils.validation import _check_sample_weight

Array = NDArray[Any]
Floats = NDArray[np.float64]
Bins = list[NDArray[np.intp]]

_SAMPLE_CONSTRAINTS = {
    "sample_weight": ["array-like", None],
    "expected_weight": ["array-like", None],
    "n_bins": [Interval(Integral, 2, None, closed="left")],
    "min_share": [Interval(Real, 0.0, 1.0, closed="neither")],
}


@validate_params(
    {
        "expected": ["array-like"],
        "actual": ["array-like"],
        **_SAMPLE_CONSTRAINTS,
    },
    prefer_skip_nested_validation=True,
)
def population_stability_index(
    expected: ArrayLike,
    actual: ArrayLike,
    *,
    n_bins: int = 10,
    min_share: float = 1e-4,
    sample_weight: ArrayLike | None = None,
    expected_weight: ArrayLike | None = None,
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
    sample_weight : array-like of shape (n_actual,), default=None
        Weights of the rows of `actual`.
    expected_weight : array-like of shape (n_expected,), default=None
        Weights of the rows of `expected`, in the quantiles and in the shares.

    Returns
    -------
    index : float
        0 where the binned distributions are equal, without upper bound else.

    See Also
    --------
    characteristic_stability_index : The index of each column of a table.

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
    weights = _checked_weights(e, expected_weight, a, sample_weight)
    return _index(_binned(e, a, n_bins, weights), weights, min_share)


@validate_params(
    {
        "expected": ["array-like", "sparse matrix"],
        "actual": ["array-like", "sparse matrix"],
        **_SAMPLE_CONSTRAINTS,
    },
    prefer_skip_nested_validation=True,
)
def characteristic_stability_index(
    expected: Any,
    actual: Any,
    *,
    n_bins: int = 10,
    min_share: float = 1e-4,
    sample_weight: ArrayLike | None = None,
    expected_weight: ArrayLike | None = None,
) -> Floats:
    """How far the distribution of each input has moved.

    For each column the population stability index of the two samples, in which
    missing values are a bin of their own: that more of them are missing is a move.

    Parameters
    ----------
    expected : {array-like, sparse matrix} of shape (n_expected, n_features)
        The sample to compare with, as from development; columns of numbers or of
        categories.
    actual : {array-like, sparse matrix} of shape (n_actual, n_features)
        The sample to look at, with the same columns.
    n_bins : int, default=10
        As in :func:`population_stability_index`, without the bin of missing values.
    min_share : float, default=1e-4
        A smaller share counts as this one.
    sample_weight : array-like of shape (n_actual,), default=None
        Weights of the rows of `actual`.
    expected_weight : array-like of shape (n_expected,), default=None
        Weights of the rows of `expected`.

    Returns
    -------
    index : ndarray of shape (n_features,)
        In the order of the columns; 0 where the binned distributions are equal.

    See Also
    --------
    population_stability_index : The same of one score.

    Notes
    -----
    Of scorecards the name is also used for the mean change of points by attribute;
    this is the index of the attributes themselves.

    References
    ----------
    .. [1] Siddiqi, N., "Intelligent Credit Scoring", 2nd edition, Wiley, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.metrics import characteristic_stability_index
    >>> rng = np.random.default_rng(0)
    >>> old = rng.normal(size=(1000, 2))
    >>> new = rng.normal(size=(1000, 2)) + [0.0, 0.5]
    >>> characteristic_stability_index(old, new).round(2)
    array([0.01, 0.28])
    """
    e, a = _check_table(expected, "expected"), _check_table(actual, "actual")
    if e.shape[1] != a.shape[1]:
        raise ValueError(
            f"expected has {e.shape[1]} columns, but actual has {a.shape[1]}."
        )
    names = [list(getattr(table, "columns", [])) for table in (e, a)]
    if all(names) and names[0] != names[1]:
        raise ValueError("expected and actual must have the same columns in order.")
    weights = _checked_weights(e, expected_weight, a, sample_weight)
    indices = [
        _column_index(_column(e, i), _column(a, i), n_bins, weights, min_share)
        for i in range(e.shape[1])
    ]
    return np.array(indices, dtype=float)


def _column_index(
    expected: Array, actual: Array, n_bins: int, weights: list[Floats], low: float
) -> float:
    """Return the index of a column in which values may be missing."""
    there = [~_is_missing(sample) for sample in (expected, actual)]
    bins = [np.zeros(len(t), dtype=np.intp) for t in there]
    if there[0].any():
        of_there = [w[t] for w, t in zip(weights, there, strict=True)]
        found = _binned(expected[there[0]], actual[there[1]], n_bins, of_there)
        for one, at, of_present in zip(bins, there, found, strict=True):
            one[at] = 1 + of_present
    else:
        bins[1][there[1]] = 1
    return _index(bins, weights, low)


def _index(bins: Bins, weights: list[Floats], min_share: float) -> float:
    """Return the index of two samples whose bins are known."""
    n_used = 1 + max(int(b.max()) for b in bins)
    counts = [
        np.bincount(b, w, minlength=n_used) for b, w in zip(bins, weights, strict=True)
    ]
    shares = [np.maximum(c / c.sum(), min_share) for c in counts]
    # What neither sample holds is no bin: both shares are then the same.
    e_share, a_share = shares
    return float(np.sum((a_share - e_share) * np.log(a_share / e_share)))


def _checked_weights(
    expected: Any, of_expected: Any, actual: Any, of_actual: Any
) -> list[Floats]:
    """Return the weights of both samples; 1 where none are given."""
    pairs = ((of_expected, expected), (of_actual, actual))
    return [
        _check_sample_weight(w, x, dtype=np.float64, ensure_non_negative=True)
        for w, x in pairs
    ]


def _check_sample(sample: ArrayLike, name: str) -> Array:
    array = check_array(sample, ensure_2d=False, dtype=None, input_name=name)
    return column_or_1d(array)


def _check_table(table: Any, name: str) -> Any:
    """Return a table whose columns can be taken, as it is."""
    if issparse(table):
        return table.tocsc()
    if hasattr(table, "iloc") or hasattr(table, "__dataframe__"):
        return table
    rows = np.asarray(table)
    if rows.ndim != 2:
        raise ValueError(f"Expected 2D array for {name}, got {rows.ndim}D instead.")
    return rows


def _column(table: Any, i: int) -> Array:
    """Return a column as an array of numbers, or of objects."""
    if issparse(table):
        return table[:, [i]].toarray().ravel()
    column = np.asarray(_safe_indexing(table, i, axis=1))
    if column.dtype.kind in "biuf":
        return column
    as_objects = column.astype(object)
    return as_objects if column.dtype.kind not in "Mm" else column.astype(np.int64)


def _is_missing(column: Array) -> NDArray[np.bool_]:
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind in "biu":
        return np.zeros(len(column), dtype=bool)
    # None, and whatever is not equal to itself: NaN, and pandas' marks of its own.
    return np.array([_is_nothing(value) for value in column], dtype=bool)


def _is_nothing(value: Any) -> bool:
    if value is None:
        return True
    equal = value == value
    return not equal if isinstance(equal, bool | np.bool_) else True


def _is_numeric(sample: Array) -> bool:
    return sample.dtype.kind in "biuf"


def _binned(expected: Array, actual: Array, n_bins: int, weights: list[Floats]) -> Bins:
    """Return the bin of each value of both samples, by value or by quantile."""
    if len(actual) and _is_numeric(expected) != _is_numeric(actual):
        raise ValueError(
            "expected and actual must both hold numbers or both hold categories, "
            f"got dtypes {expected.dtype} and {actual.dtype}."
        )
    if not _is_numeric(expected):
        expected, actual = expected.astype(str), actual.astype(str)
    values = np.unique(expected[weights[0] > 0])
    if not _is_numeric(expected) or len(values) <= n_bins:
        return [_value_bins(values, sample) for sample in (expected, actual)]
    cuts = _quantile_cuts(expected, values[-2], n_bins, weights[0])
    return [np.searchsorted(cuts, sample) for sample in (expected, actual)]


def _value_bins(values: Array, sample: Array) -> NDArray[np.intp]:
    """Give each of the values, which are sorted, a bin, and the rest one more."""
    if not len(values):
        return np.zeros(len(sample), dtype=np.intp)
    nearest = np.searchsorted(values, sample).clip(max=len(values) - 1)
    return np.where(values[nearest] == sample, nearest, len(values))


def _quantile_cuts(expected: Array, below: Any, n_bins: int, weight: Floats) -> Array:
    """Return the ends c of bins (-inf, c_1], (c_1, c_2], ..., (c_m, inf).

    ``below`` is the largest value but the maximum.
    """
    shares = np.arange(1, n_bins) / n_bins
    cuts = np.quantile(expected, shares, method="inverted_cdf", weights=weight)
    # Each cut is a value of `expected`, so the bin that it closes isn't empty. Nor
    # is the last one, if no cut is the maximum.
    return np.unique(np.minimum(cuts, below))
