"""Chronological tables as arrays, with what pandas says about them."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

from skprune.time_series.panels import Panel, index_of

Array = NDArray[Any]


class Table(NamedTuple):
    """Values of shape (n, n_columns), and what pandas says about them.

    ``what`` is what messages call it.
    """

    what: str
    values: Array
    names: list[str] | None
    index: Any

    @classmethod
    def read(cls, table: Any, what: str) -> Self:
        """Return a valid table."""
        values = check_array(
            table,
            dtype="numeric" if what == "X" else None,  # labels may be words
            ensure_2d=False,
            ensure_all_finite=False,
            input_name=what,
        )
        values = values.reshape(len(values), -1)
        _check_values(values, what)
        index = index_of(table)
        names = None if index is None else _names(table, what)
        return cls(what, values, names, index)

    def taken(self, order: Array | None) -> Self:
        """Return the table with its rows in another order."""
        if order is None:
            return self
        index = None if self.index is None else self.index[order]
        return self._replace(values=self.values[order], index=index)

    def framed(
        self, flat: Array, ends: list[str], index: Any, *, squeeze: bool = False
    ) -> Any:
        """Return windows as pandas has them, where this table was of pandas.

        Parameters
        ----------
        flat : ndarray of shape (n_windows, len(ends) * n_columns)
        ends : list of str
            What is behind a column's name, for each step.
        index : pandas Index of length n_windows or None
        squeeze : bool
            Whether a single column is handed out as a Series, or in one dimension.
        """
        squeeze = squeeze and flat.shape[1] == 1
        if self.names is None or index is None:
            return flat[:, 0] if squeeze else flat
        import pandas as pd

        if squeeze:
            return pd.Series(flat[:, 0], index, name=self.names[0])
        names = [f"{name}_{end}" for end in ends for name in self.names]
        return pd.DataFrame(flat, index, names)


def demand_alike(table: Table, target: Table) -> None:
    """Raise where tables are not of the same points in time."""
    if len(table.values) != len(target.values):
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"[{len(table.values)}, {len(target.values)}]"
        )
    if table.index is None or target.index is None:
        return
    if not table.index.equals(target.index):
        raise ValueError("X and y have different indices.")


def demand_chronological(table: Table, panel: Panel | None) -> None:
    """Raise where the days of a series, whose rows are in order, do not increase."""
    if panel is None:
        return _demand_increasing(table.index, table.what)
    days = table.index
    if days.nlevels == 2:
        _demand_series_first(days, table.what)
        days = days.get_level_values(1)
    starts = [0, *panel.ends]
    for label, start, end in zip(panel.labels, starts, panel.ends, strict=False):
        _demand_increasing(days[start:end], f"{table.what}, in the series {label!s},")


def _demand_increasing(index: Any, what: str) -> None:
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


def _demand_series_first(index: Any, what: str) -> None:
    first, second = (level.dtype.kind for level in index.levels)
    if first == "M" and second != "M":
        raise ValueError(
            f"The index of {what} has days first, but series are expected there: use "
            "swaplevel()."
        )


def _names(table: Any, what: str) -> list[str]:
    if hasattr(table, "columns"):
        return [str(name) for name in table.columns]
    return [what if table.name is None else str(table.name)]


def _check_values(values: Array, what: str) -> None:
    finite = _PRESENT.get(values.dtype.kind, np.isfinite)(values).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{what} has missing or infinite values, the first in row "
            f"{int(finite.argmin())}. Drop those rows or fill them from the past, for "
            "example with ffill(): filling from the future would leak it."
        )


def _words_present(values: Array) -> Array:
    # NaN alone differs from itself.
    present = np.frompyfunc(lambda v: v is not None and v == v, 1, 1)
    return np.asarray(present(values), bool)


def _all_present(values: Array) -> Array:
    return np.ones(values.shape, bool)


# By the kind of the values' type; numbers are present where they are finite.
_PRESENT = {"O": _words_present, "U": _all_present, "S": _all_present}
