"""A short way round scikit-learn's checks of rows that plainly pass them all."""

import math
from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def plainly_valid(X: Any, n_features: int) -> bool:
    """Return whether ``X`` needs none of what ``validate_data`` does.

    That is a plain array of finite floats, of the right width and with a row, for
    an estimator that was fitted without feature names. Anything else, be it fine
    or not, is left to scikit-learn, which takes some 50 microseconds more.

    Parameters
    ----------
    X : object
        What a user handed in.
    n_features : int
        Columns that the estimator was fitted with.

    Returns
    -------
    valid : bool

    Examples
    --------
    >>> import numpy as np
    >>> plainly_valid(np.ones((2, 3)), 3), plainly_valid([[1.0, 2.0, 3.0]], 3)
    (True, False)
    >>> plainly_valid(np.array([[1.0, np.nan, 3.0]]), 3)
    False
    """
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in FLOATS:
        return False
    n_rows, n_columns = X.shape
    if n_rows == 0 or n_columns != n_features:
        return False
    # A sum is finite only if all its terms are; one that overflows proves nothing.
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.add.reduce(X, axis=None))
