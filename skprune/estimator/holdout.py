"""Which rows are held out for validation, in little more memory than they take.

:func:`sklearn.model_selection.train_test_split` lists all positions several times over:
73 bytes a row against 17 here (``python benchmarks/scale.py split``), where a row of 30
columns has 120.
"""

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

Array = NDArray[Any]


def hold_out(
    n_rows: int,
    fraction: float,
    random_state: Any,
    codes: Array | None = None,
    names: Array | None = None,
) -> tuple[Array, Array]:
    """Return the positions of training and validation rows, in order.

    Parameters
    ----------
    n_rows : int
    fraction : float
        Share of the rows to hold out, rounded up to whole rows.
    random_state : RandomState
    codes : ndarray of int of shape (n_rows,), optional
        The class of each row, to hold out the same share of each.
    names : ndarray of shape (n_classes,), optional
        The classes as the user calls them, for messages.

    Returns
    -------
    train, valid : ndarray of int

    Raises
    ------
    ValueError
        If no rows are left to train on, or if there are fewer than two of a class.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> train, valid = hold_out(8, 0.25, np.random.RandomState(0), codes)
    >>> codes[valid]
    array([0, 1])
    """
    n_valid = ceil(fraction * n_rows)
    if n_valid >= n_rows:
        raise ValueError(
            f"With n_samples={n_rows} and validation_fraction={fraction} no rows are "
            "left to train on. Decrease 'validation_fraction'."
        )
    held = np.zeros(n_rows, bool)
    if codes is None:
        held[random_state.permutation(n_rows)[:n_valid]] = True
    else:
        for rows, n in zip(*_by_class(codes, n_valid, names), strict=True):
            held[rows[random_state.permutation(len(rows))[:n]]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def hold_out_of(
    estimator: Any, y: Array, fraction: float, random_state: Any
) -> tuple[Array, Array]:
    """Hold out rows of an estimator's targets, of one column of classes by class.

    As :func:`hold_out` does.
    """
    codes = names = None
    if is_classifier(estimator) and (y.ndim == 1 or y.shape[1] == 1):
        codes, names = y.ravel().astype(np.int32), estimator.classes_
    return hold_out(len(y), fraction, random_state, codes, names)


def _by_class(
    codes: Array, n_valid: int, names: Array | None
) -> tuple[list[Array], Array]:
    """Return the rows of each class that is there, and how many of them to hold out."""
    counts = np.bincount(codes)
    _check_counts(counts, names)
    # Stable, and of few bytes a code: NumPy then sorts by digits, in linear time.
    small = codes.astype(np.min_scalar_type(int(codes.max())))
    rows = np.split(np.argsort(small, kind="stable"), np.cumsum(counts)[:-1])
    return rows, shares(counts, n_valid)


def shares(counts: Array, total: int) -> Array:
    """Share ``total`` out in proportion to ``counts``, by largest remainders.

    Each gets the whole part of its share; what is left goes to the largest fractions,
    the first of equal ones first.

    Examples
    --------
    >>> shares(np.array([5, 3, 2]), 4)
    array([2, 1, 1])
    """
    exact = counts * total / counts.sum()
    whole = np.floor(exact).astype(int)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def _check_counts(counts: Array, names: Array | None) -> None:
    rare = np.flatnonzero(counts == 1)
    if len(rare):
        few = rare if names is None else names[rare]
        raise ValueError(
            "The least populated classes in y have only 1 member, which is too few. "
            "The minimum number of groups for any class cannot be less than 2. Classes "
            f"with too few members are: {few.tolist()}"
        )
