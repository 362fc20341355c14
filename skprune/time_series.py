"""Windows over a chronological table, reading the past alone."""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

__all__ = ["sliding_windows"]

Array = NDArray[Any]


def sliding_windows(
    X: Any, y: Any = None, *, window: int, horizon: int = 1
) -> tuple[Any, Any]:
    """Turn a chronological table into rows that an estimator can learn from.

    Row ``i`` holds ``X[i : i + window]`` flattened, oldest first, and its target is
    ``y[i + window : i + window + horizon]``: nothing that a row holds is as late as
    its target.

    Parameters
    ----------
    X : {array-like, DataFrame, Series} of shape (n,) or (n, n_channels)
        A row a point in time, oldest first.
    y : {array-like, DataFrame, Series} of shape (n,) or (n, n_targets), default=None
        What is to be forecast, at the same points in time. None, where the future
        is not known yet: all windows are returned, the latest included.
    window : int
        How many points in time a row holds.
    horizon : int, default=1
        How many points in time are forecast.

    Returns
    -------
    X_windows : {ndarray, DataFrame} of shape (n_windows, window * n_channels)
        A DataFrame where X is one (or a Series), with columns ``close_lag3``,
        ``close_lag2``, ``close_lag1`` (the last one seen), and indexed by the last
        point in time seen. ``n_windows`` is ``n - window - horizon + 1``, or
        ``n - window + 1`` without y.
    y_windows : {ndarray, Series, DataFrame} or None
        Of shape (n_windows,) for one target one step ahead, else (n_windows,
        horizon * n_targets), nearest step first: ``close_step1``, ``close_step2``.

    Raises
    ------
    ValueError
        If there are missing or infinite values; if an index is not strictly
        increasing, as with unsorted or duplicate dates, or has several levels; if
        X and y differ in length or index; if no window fits.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Splits such rows in order.

    Notes
    -----
    Neighbouring rows share most of their values, so split them in order. Between
    training and test rows leave out ``horizon - 1``, whose targets would lie in
    the test span: ``TimeSeriesSplit(gap=horizon - 1)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.time_series import sliding_windows
    >>> X, y = sliding_windows(np.arange(6), np.arange(6), window=3, horizon=2)
    >>> X
    array([[0, 1, 2],
           [1, 2, 3]])
    >>> y
    array([[3, 4],
           [4, 5]])
    """
    _check_length(window, "window")
    _check_length(horizon, "horizon")
    table = _Table.read(X, "X")
    known = 0 if y is None else horizon
    n_windows = len(table.values) - window - known + 1
    if n_windows < 1:
        raise ValueError(
            f"X has {len(table.values)} rows: too few for a window of {window}"
            + (f" and a horizon of {horizon}." if known else ".")
        )
    lags = [f"lag{k}" for k in range(window, 0, -1)]
    last = slice(window - 1, window - 1 + n_windows)
    rows = table.framed(_flat(table.values[: len(table.values) - known], window), lags)
    if y is None:
        return rows(last), None
    target = _Table.read(y, "y")
    _check_alignment(table, target)
    flat = _flat(target.values[window:], horizon)
    steps = [f"step{k}" for k in range(1, horizon + 1)]
    return rows(last), target.framed(flat, steps, squeeze=True)(last)


class _Table(NamedTuple):
    """Values of shape (n, n_columns), and what pandas says about them."""

    values: Array
    names: list[str] | None
    index: Any

    @classmethod
    def read(cls, table: Any, what: str) -> "_Table":
        index = getattr(table, "index", None) if hasattr(table, "iloc") else None
        if index is not None:
            _check_index(index, what)
        values = check_array(
            table,
            dtype="numeric" if what == "X" else None,  # labels may be words
            ensure_2d=False,
            ensure_all_finite=False,
            input_name=what,
        )
        values = values.reshape(len(values), -1)
        _check_values(values, what)
        return cls(values, None if index is None else _names(table, what), index)

    def framed(self, flat: Array, ends: list[str], squeeze: bool = False) -> Any:
        """Return a function from the span of the index to the finished table."""
        squeeze = squeeze and flat.shape[1] == 1
        if self.names is None:
            return lambda span: flat[:, 0] if squeeze else flat
        import pandas as pd

        names = [f"{name}_{end}" for end in ends for name in self.names]
        if squeeze:
            only = self.names[0]
            return lambda span: pd.Series(flat[:, 0], self.index[span], name=only)
        return lambda span: pd.DataFrame(flat, self.index[span], names)


def _flat(values: Array, width: int) -> Array:
    # (n, columns) -> (n - width + 1, width * columns): a window of the flattened
    # table begins at each row.
    n_columns = values.shape[1]
    flat = np.ascontiguousarray(values).ravel()
    return sliding_window_view(flat, width * n_columns)[::n_columns].copy()


def _names(table: Any, what: str) -> list[str]:
    if hasattr(table, "columns"):
        return [str(name) for name in table.columns]
    return [what if table.name is None else str(table.name)]


def _check_length(length: Any, what: str) -> None:
    if not isinstance(length, int | np.integer) or length < 1:
        raise ValueError(f"{what} must be a positive whole number, got {length!r}.")


def _check_index(index: Any, what: str) -> None:
    if index.nlevels > 1:
        raise ValueError(
            f"The index of {what} has several levels. Make the windows of each "
            "series by itself, or they reach from one into the next."
        )
    if index.hasnans:
        raise ValueError(f"The index of {what} has missing values.")
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(f"The index of {what} has duplicates, the first {twice!s}.")
    if not index.is_monotonic_increasing:
        raise ValueError(
            f"The index of {what} is not sorted. Sort the table, oldest row first, "
            "with sort_index(); dates kept as text have to become dates before."
        )


def _check_values(values: Array, what: str) -> None:
    finite = _PRESENT.get(values.dtype.kind, np.isfinite)(values).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{what} has missing or infinite values, the first in row "
            f"{int(finite.argmin())}. Drop those rows or fill them from the past, for "
            "example with ffill(): filling from the future would leak it."
        )


def _check_alignment(table: _Table, target: _Table) -> None:
    if len(table.values) != len(target.values):
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"[{len(table.values)}, {len(target.values)}]"
        )
    if table.index is None or target.index is None:
        return
    if not table.index.equals(target.index):
        raise ValueError("X and y have different indices.")


def _words_present(values: Array) -> Array:
    # NaN alone differs from itself.
    present = np.frompyfunc(lambda v: v is not None and v == v, 1, 1)
    return np.asarray(present(values), bool)


def _all_present(values: Array) -> Array:
    return np.ones(values.shape, bool)


# By the kind of the values' type; numbers are present where they are finite.
_PRESENT = {"O": _words_present, "U": _all_present, "S": _all_present}
