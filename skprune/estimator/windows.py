"""Rows that are windows over time."""

from math import ceil
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.model_selection import TimeSeriesSplit

from skprune.estimator.layouts import Array, Layout

FEW_ROWS = 100
"""Below so many rows no part of them is worth a step of its own, or tells much of the
others."""


class Windows(Layout):
    """Rows of ``n_timesteps * n_channels`` columns, in order of time.

    The estimator learns ``n_timesteps_`` and ``n_channels_``.
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
        cube = X.shape if getattr(X, "ndim", 2) == 3 else None
        estimator.n_timesteps_ = _count_steps(estimator.n_timesteps, n_columns, cube)
        estimator.n_channels_ = n_columns // estimator.n_timesteps_

    def split(self, estimator: Any, y: Array, random_state: Any) -> tuple[Array, Array]:
        """Validate on the last rows.

        The targets of the last training row reach ``horizon - 1`` steps into those
        of the first validation row, so that so many rows between them are left out.
        """
        n_valid = ceil(estimator.validation_fraction * len(y))
        n_train = len(y) - n_valid - (y.shape[1] - 1 if y.ndim == 2 else 0)
        if n_valid < 2 or n_train < 1:
            raise ValueError(
                "The validation set or what it leaves to train on is too small. "
                "Change 'validation_fraction' or the size of your dataset."
            )
        return np.arange(n_train), np.arange(len(y) - n_valid, len(y))

    def auto_batch_size(self, n_rows: int) -> int:
        """Take many steps even over few windows, whose order costs as much as size."""
        if n_rows < FEW_ROWS:
            return n_rows
        return min(max(n_rows // 16, 16), 64)

    def folds(
        self, estimator: Any, y: Array, n_folds: int, seed: int
    ) -> list[tuple[Array, Array]]:
        """Go forward in time, the first rows being in no test fold.

        Between training and test rows as many are left out as targets overlap.
        """
        gap = y.shape[1] - 1 if y.ndim == 2 and not is_classifier(estimator) else 0
        return list(TimeSeriesSplit(n_folds, gap=gap).split(np.zeros(len(y))))

    def tag(self, input_tags: Any) -> None:
        input_tags.sparse = False
        input_tags.three_d_array = True


def _check_shape(estimator: Any, X: Any) -> None:
    fitted = (estimator.n_timesteps_, estimator.n_channels_)
    if X.shape[1:] != fitted:
        raise ValueError(
            f"X has {X.shape[1]} time steps of {X.shape[2]} channels, but "
            f"{type(estimator).__name__} is expecting {fitted[0]} of {fitted[1]}."
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
