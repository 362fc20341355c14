"""Which rows are held out for validation, in little more memory than they take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import _approximate_mode

Array = NDArray[Any]


def hold_out(
    n_rows: int, fraction: float, random_state: Any, codes: Array | None = None
) -> tuple[Array, Array]:
    """Return the positions of training and validation rows, in order.

    The rows are those that :func:`sklearn.model_selection.train_test_split` draws,
    and as much is taken from the random state; but no list of all positions is
    built, which there takes five times what an array does.

    Parameters
    ----------
    n_rows : int
    fraction : float
        Share of the rows to hold out.
    random_state : RandomState
    codes : ndarray of int of shape (n_rows,), optional
        The class of each row, to hold out the same share of each.

    Returns
    -------
    train, valid : ndarray of int

    Raises
    ------
    ValueError
        If no rows are left to train on, or a class has too few to be split.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> train, valid = hold_out(8, 0.25, np.random.RandomState(0), codes)
    >>> codes[valid]
    array([0, 1])
    """
    # Here: a process that only scores need not load it.
    from sklearn.model_selection._split import _validate_shuffle_split

    n_train, n_valid = _validate_shuffle_split(n_rows, fraction, None)
    held = np.zeros(n_rows, bool)
    if codes is None:
        held[random_state.permutation(n_rows)[:n_valid]] = True
    else:
        held[_of_each_class(codes, n_train, n_valid, random_state)] = True
        # train_test_split shuffles both parts; here only what that draws matters.
        random_state.permutation(n_train)
        random_state.permutation(n_valid)
    return np.flatnonzero(~held), np.flatnonzero(held)


def _of_each_class(
    codes: Array, n_train: int, n_valid: int, random_state: Any
) -> Array:
    counts = np.bincount(codes)
    counts = counts[counts > 0]
    _check_counts(counts, n_train, n_valid)
    keep = _approximate_mode(counts, n_train, random_state)
    # Breaks ties at random, as it does for the training rows.
    _approximate_mode(counts - keep, n_valid, random_state)
    # Stable, and of few bytes a code: NumPy then sorts by digits, in linear time.
    small = codes.astype(np.min_scalar_type(int(codes.max())))
    by_class = np.split(np.argsort(small, kind="stable"), np.cumsum(counts)[:-1])
    parts = [
        rows[random_state.permutation(len(rows))[n:]]
        for rows, n in zip(by_class, keep, strict=True)
    ]
    return np.concatenate(parts)


def _check_counts(counts: Array, n_train: int, n_valid: int) -> None:
    if counts.min() < 2:
        raise ValueError(
            "The least populated classes in y have only 1 member, which is too few. "
            "The minimum number of groups for any class cannot be less than 2."
        )
    for name, n in (("train_size", n_train), ("test_size", n_valid)):
        if n < len(counts):
            raise ValueError(
                f"The {name} = {n} should be greater or equal to the number of "
                f"classes = {len(counts)}"
            )
