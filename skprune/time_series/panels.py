"""Which rows belong to which series: by an index of two levels, or by labels."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Panel(NamedTuple):
    """The rows of several series.

    Attributes
    ----------
    codes : ndarray of int of shape (n,)
        The series of each row, counted in the order in which they first come.
    labels : sequence of length n_series
        What the user calls them: an array, or a level of an index.
    """

    codes: Array
    labels: Any

    @property
    def order(self) -> Array | None:
        """Rows series by series, each in its order; None where they are so already."""
        if (np.diff(self.codes) >= 0).all():
            return None
        return np.argsort(self.codes, kind="stable")

    @property
    def ends(self) -> Array:
        """Where each series ends, once rows are ordered."""
        return np.cumsum(np.bincount(self.codes, minlength=len(self.labels)))


def panel_of_labels(series: Any, n_rows: int) -> Panel:
    """Return the panel that labels of rows make.

    Raises
    ------
    ValueError
        If there are not as many labels as rows, or if one is missing.

    Examples
    --------
    >>> panel_of_labels(["b", "a", "b"], 3)
    Panel(codes=array([0, 1, 0]), labels=array(['b', 'a'], dtype='<U1'))
    """
    labels = np.asarray(series)
    if labels.ndim != 1 or len(labels) != n_rows:
        raise ValueError(
            f"series must be a label for each of {n_rows} rows, got shape "
            f"{labels.shape}."
        )
    # A missing value differs from itself, or is None.
    missing = np.frompyfunc(lambda label: label is None or label != label, 1, 1)
    if labels.dtype.kind in "Of" and missing(labels).any():
        raise ValueError("series has missing values: each row is of some series.")
    known, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    return _by_first(known, first, codes)


def panel_of_index(index: Any) -> Panel | None:
    """Return the panel of an index (series, day); None of an index of one level.

    Raises
    ------
    ValueError
        If it has three levels or more, or if a series has no name.
    """
    if index is None or index.nlevels == 1:
        return None
    if index.nlevels > 2:
        raise ValueError(
            f"The index has {index.nlevels} levels, of which two were expected: "
            "series and day. Drop the others, or give series."
        )
    codes = np.asarray(index.codes[0])
    if (codes < 0).any():
        raise ValueError("The index has missing values: each row is of some series.")
    known, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    return _by_first(index.levels[0][known], first, codes)


def index_of(table: Any) -> Any:
    """Return the index of a DataFrame or Series, None of anything else."""
    return table.index if hasattr(table, "iloc") else None


def _by_first(labels: Any, first: Array, codes: Array) -> Panel:
    order = np.argsort(first)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return Panel(places[codes], labels[order])
