"""From chronological tables to windows that an estimator learns from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from skprune.time_series.panels import Panel, panel_of_index, panel_of_labels
from skprune.time_series.tables import (
    Table,
    demand_alike,
    demand_chronological,
)

Array = NDArray[Any]


def sliding_windows(
    X: Any,
    y: Any = None,
    *,
    window: int,
    horizon: int = 1,
    series: Any = None,
    stride: int = 1,
) -> Any:
    """Turn a chronological table into rows that an estimator can learn from.

    Row ``i`` of a series holds its rows ``X[j : j + window]``, ``j = i * stride``,
    flattened, the oldest first, and its target is ``y[j + window : j + window +
    horizon]``: nothing that a row holds is as late as its target, and nothing is of
    another series.

    Parameters
    ----------
    X : {array-like, DataFrame, Series} of shape (n,) or (n, n_channels)
        A row a point in time, oldest first within each series.
    y : {array-like, DataFrame, Series} of shape (n,) or (n, n_targets), default=None
        What is to be forecast, at the same points in time. None, where the future
        is not known yet: all windows are returned, the latest included.
    window : int
        How many points in time a row holds.
    horizon : int, default=1
        How many points in time are forecast.
    series : array-like of shape (n,), default=None
        The series of each row, where X holds several. None: the first level of an
        index (series, day), or a single series.
    stride : int, default=1
        How many points in time lie between the beginnings of neighbouring rows.

    Returns
    -------
    X_windows : {ndarray, DataFrame} of shape (n_windows, window * n_channels)
        A DataFrame where X is one (or a Series), with columns ``close_lag3``,
        ``close_lag2``, ``close_lag1`` (the last one seen), and indexed by the last
        point in time seen, or by series and that. The rows of a series are next to
        one another, and series are in the order in which they first come. A series
        of ``n`` rows has ``(n - window - horizon) // stride + 1`` windows, or
        ``(n - window) // stride + 1`` without y, and none if it is too short.
    y_windows : {ndarray, Series, DataFrame}
        Only with y. Of shape (n_windows,) for one target one step ahead, else
        (n_windows, horizon * n_targets), nearest step first: ``close_step1``,
        ``close_step2``.

    Raises
    ------
    ValueError
        If there are missing or infinite values; if the days of a series are not
        strictly increasing, as with unsorted or duplicate dates; if X, y and series
        differ in length or index; if no window fits.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Splits such rows in order.

    Notes
    -----
    Neighbouring rows share most of their values, so split them in order. Between
    training and test rows leave out ``horizon - 1``, whose targets would lie in
    the test span: ``TimeSeriesSplit(gap=horizon - 1)``.

    Of arrays, ``sliding_windows(numpy.arange(n), ...)[:, -1]`` tells which row each
    window has seen last.

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

    Two series, and all windows that there are:

    >>> sliding_windows(np.arange(6), window=2, series=list("aaabbb"))
    array([[0, 1],
           [1, 2],
           [3, 4],
           [4, 5]])
    """
    for length, what in ((window, "window"), (horizon, "horizon"), (stride, "stride")):
        _check_length(length, what)
    table = Table.read(X, "X")
    target = None if y is None else Table.read(y, "y")
    if target is not None:
        demand_alike(table, target)
    panel = _panel(table, target, series)
    table, target = (_in_order(part, panel) for part in (table, target))
    ends = [len(table.values)] if panel is None else panel.ends.tolist()
    begins = _begins(ends, window + (0 if target is None else horizon), stride)
    if not any(begins):
        raise ValueError(
            f"{_longest(table, panel)}: too few for a window of {window}"
            + ("." if target is None else f" and a horizon of {horizon}.")
        )
    last = np.concatenate([np.array(some, np.intp) + window - 1 for some in begins])
    lags = [f"lag{k}" for k in range(window, 0, -1)]
    flat = _flat(table.values, begins, window)
    rows = table.framed(flat, lags, _index(table, panel, last, series))
    if target is None:
        return rows
    after = [range(b.start + window, b.stop + window, stride) for b in begins]
    steps = [f"step{k}" for k in range(1, horizon + 1)]
    flat = _flat(target.values, after, horizon)
    index = _index(target, panel, last, series)
    return rows, target.framed(flat, steps, index, squeeze=True)


def _panel(table: Table, target: Table | None, series: Any) -> Panel | None:
    found = [
        panel
        for part in (table, target)
        if part is not None and (panel := panel_of_index(part.index)) is not None
    ]
    if series is None:
        return found[0] if found else None
    if found:
        raise ValueError(
            "The index tells the series of each row already: give series, or an index "
            "of two levels, not both."
        )
    return panel_of_labels(series, len(table.values))


def _in_order(table: Any, panel: Panel | None) -> Any:
    """Return a table, if any, series by series, its days being in order."""
    if table is None:
        return None
    if panel is not None:
        table = table.taken(panel.order)
    if table.index is not None:
        demand_chronological(table, panel)
    return table


def _begins(ends: Sequence[int], length: int, stride: int) -> list[range]:
    """Return where windows of ``length`` rows begin, their targets included."""
    starts = [0, *ends]
    return [
        range(start, max(end - length + 1, start), stride)
        for start, end in zip(starts, ends, strict=False)
    ]


def _flat(values: Array, begins: Sequence[range], width: int) -> Array:
    """Return the windows of ``width`` rows: (n_windows, width * n_columns)."""
    n_columns = values.shape[1]
    out = np.empty((sum(map(len, begins)), width * n_columns), values.dtype)
    # A window of the flattened table begins at each row.
    views = sliding_window_view(
        np.ascontiguousarray(values).ravel(), width * n_columns
    )[::n_columns]
    filled = 0
    for some in begins:
        out[filled : filled + len(some)] = views[some.start : some.stop : some.step]
        filled += len(some)
    return out


def _index(table: Table, panel: Panel | None, last: Array, series: Any) -> Any:
    """Return the index of the windows whose last rows in an ordered table are these."""
    if table.index is None:
        return None
    days = table.index[last]
    if panel is None or days.nlevels == 2:
        return days
    import pandas as pd

    codes = np.searchsorted(panel.ends, last, side="right")
    names = [getattr(series, "name", None) or "series", days.name or "day"]
    return pd.MultiIndex.from_arrays([panel.labels[codes], days], names=names)


def _check_length(length: Any, what: str) -> None:
    if not isinstance(length, int | np.integer) or length < 1:
        raise ValueError(f"{what} must be a positive whole number, got {length!r}.")


def _longest(table: Table, panel: Panel | None) -> str:
    if panel is None:
        return f"X has {len(table.values)} rows"
    return f"The longest series of X has {np.bincount(panel.codes).max()} rows"
