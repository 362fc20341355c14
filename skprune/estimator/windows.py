"""Rows that are windows over time."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.model_selection import TimeSeriesSplit

from skprune.estimator.layouts import Array, Layout
from skprune.time_series.names import Axes, axes_of, some_lags
from skprune.time_series.panels import index_of, panel_of_index, panel_of_labels

WHOLE_ROWS = 64
"""Fewer rows than that make one step, in which a weight is as good as a repetition."""


class Windows(Layout):
    """Rows of ``n_timesteps * n_channels`` columns, in order of time.

    The estimator learns ``n_timesteps_`` and ``n_channels_``, and from the names of
    columns which is which.
    """

    accept_sparse = False
    in_time = True

    def flat(self, estimator: Any, X: Any, *, fitted: bool) -> Any:
        if sparse.issparse(X):
            raise TypeError(
                "Sparse data was passed for X, but dense data is required. Use "
                "'.toarray()' to convert to a dense numpy array."
            )
        if getattr(X, "ndim", 2) != 3:
            return X
        if fitted and hasattr(estimator, "n_timesteps_"):
            _check_shape(estimator, X)
        return X.reshape(len(X), -1)

    def learn(self, estimator: Any, X: Any, n_columns: int) -> None:
        asked = estimator.n_timesteps
        names = vars(estimator).get("feature_names_in_", ())
        axes = axes_of(names) if len(names) else None
        if axes is None:
            _demand_no_lags(names, asked)
            cube = X.shape if getattr(X, "ndim", 2) == 3 else None
            axes = _axes(_count_steps(asked, n_columns, cube), n_columns)
        elif asked not in (None, len(axes.lags)):
            raise ValueError(
                f"The names of the columns tell of {len(axes.lags)} time steps of the "
                f"channels {list(axes.channels)}, but n_timesteps={asked}. Leave "
                "n_timesteps out, or rename the columns."
            )
        estimator._axes = axes
        estimator.n_timesteps_ = len(axes.lags)
        estimator.n_channels_ = len(axes.channels)

    def series(self, X: Any, y: Any, given: Any, n_rows: int) -> Array | None:
        if given is not None:
            return panel_of_labels(given, n_rows).codes
        # A Pipeline's steps hand on arrays, but the targets as they were.
        for part in (X, y):
            panel = panel_of_index(index_of(part))
            if panel is not None:
                return panel.codes
        return None

    def split(
        self, estimator: Any, y: Array, random_state: Any, series: Array | None = None
    ) -> tuple[Array, Array]:
        """Validate on the last rows, of each series.

        The targets of the last training row reach ``horizon - 1`` steps into those
        of the first validation row, so that so many rows between them are left out.
        """
        gap = y.shape[1] - 1 if y.ndim == 2 else 0
        cuts = [
            _last_apart(rows, estimator.validation_fraction, gap)
            for rows in _by_series(series, len(y))
        ]
        train, valid = _joined(cuts)
        if len(valid) < 2 or len(train) < 1:
            raise ValueError(
                "The validation set or what it leaves to train on is too small. "
                "Change 'validation_fraction' or the size of your dataset."
            )
        return train, valid

    def auto_batch_size(self, n_rows: int) -> int:
        """Take many steps even over few windows, whose order costs as much as size."""
        if n_rows < WHOLE_ROWS:
            return n_rows
        return min(max(n_rows // 16, 16), 64)

    def folds(
        self,
        estimator: Any,
        y: Array,
        n_folds: int,
        seed: int,
        series: Array | None = None,
    ) -> list[tuple[Array, Array]]:
        """Go forward in time, in each series; its first rows are in no test fold.

        Between training and test rows as many are left out as targets overlap. A
        series that is too short for that has its rows in no fold.
        """
        gap = y.shape[1] - 1 if y.ndim == 2 and not is_classifier(estimator) else 0
        cut = TimeSeriesSplit(n_folds, gap=gap)
        every = _by_series(series, len(y))
        # Test folds are of equal size, and what is left must be more than the gap.
        long = [
            rows
            for rows in every
            if (size := len(rows) // (n_folds + 1)) and len(rows) - n_folds * size > gap
        ]
        of_series = [
            [(rows[train], rows[test]) for train, test in cut.split(rows)]
            for rows in long or every
        ]
        return [_joined(fold) for fold in zip(*of_series, strict=True)]

    def tag(self, input_tags: Any) -> None:
        input_tags.sparse = False
        input_tags.three_d_array = True


def _by_series(series: Array | None, n_rows: int) -> list[Array]:
    """Return the rows of each series, in their order."""
    if series is None:
        return [np.arange(n_rows)]
    order = np.argsort(series, kind="stable")
    return np.split(order, np.cumsum(np.bincount(series))[:-1])


def _joined(cuts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return the rows of several cuts, ascending."""
    first, second = zip(*cuts, strict=True)
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))


def _last_apart(rows: Array, fraction: float, gap: int) -> tuple[Array, Array]:
    """Set the last rows of a series apart; none where none would be left before."""
    n_valid = ceil(fraction * len(rows))
    n_train = len(rows) - n_valid - gap
    if n_train < 1:
        return rows, rows[:0]
    return rows[:n_train], rows[len(rows) - n_valid :]


def _check_shape(estimator: Any, X: Any) -> None:
    fitted = (estimator.n_timesteps_, estimator.n_channels_)
    if X.shape[1:] != fitted:
        raise ValueError(
            f"X has {X.shape[1]} time steps of {X.shape[2]} channels, but "
            f"{type(estimator).__name__} is expecting {fitted[0]} of {fitted[1]}."
        )


def _axes(n_timesteps: int, n_columns: int) -> Axes:
    """Return the axes of columns whose names tell nothing."""
    lags = tuple(range(n_timesteps, 0, -1))
    return Axes(lags, tuple(range(n_columns // n_timesteps)))


def _demand_no_lags(names: Any, asked: int | None) -> None:
    if asked is None and some_lags(names):
        others = [name for name in names if not some_lags([name])]
        raise ValueError(
            f"Some columns are named as lags, but {', '.join(others[:3])} not: which "
            "step and channel they are is not clear. Name all of them like "
            "'close_lag1', or say how many steps there are with n_timesteps."
        )


def _count_steps(
    asked: int | None, n_columns: int, cube: tuple[int, ...] | None
) -> int:
    if cube is not None:
        if asked not in (None, cube[1]):
            raise ValueError(f"X has {cube[1]} time steps, but n_timesteps={asked}.")
        return cube[1]
    if asked is None:
        return n_columns
    if n_columns % asked:
        raise ValueError(
            f"X has {n_columns} columns, which are not n_timesteps={asked} steps "
            "of as many channels each."
        )
    return asked
