"""Which rows a network learns from, and which are set aside to judge it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import check_random_state

from skprune.estimator.holdout import hold_out, hold_out_of
from skprune.estimator.seeds import seeds_of_networks

Array = NDArray[Any]
Split = tuple[Array, Array]

REHEARSED_ROWS = 250
"""Of fewer rows a fifth tells too little of how long to train, or of the noise."""

HELD_OUT, MOST_HELD_OUT = 0.2, 10_000
"""Share of the rows that tell the noise, of so many: more tell it no better."""


def sets_rows_aside(estimator: Any) -> bool:
    """Return whether ``fit`` judges networks on rows that they do not learn from."""
    return bool(estimator.early_stopping or estimator.sparsity == "auto")


def is_unjudged(estimator: Any, y: Array) -> bool:
    """Return whether rows come in the order of time, but too few to rehearse."""
    few = len(y) < REHEARSED_ROWS
    return bool(estimator._layout.in_time and few and not sets_rows_aside(estimator))


def rehearsal_of(estimator: Any, y: Array, series: Array | None) -> Split | None:
    """Return which rows a rehearsal learns from, and which it forecasts.

    There is one where rows come in the order of time, no network sets any aside, and
    there are enough for the last of them to tell anything.
    """
    layout = estimator._layout
    if not layout.in_time or sets_rows_aside(estimator) or is_unjudged(estimator, y):
        return None
    try:
        split: Split = layout.split(estimator, y, None, series)
    except ValueError:
        # Of so long a horizon, or by so small a fraction, no rows are left to judge.
        return None
    return split


def held_out_of(estimator: Any, y: Array, random_state: Any) -> Split | None:
    """Return which rows tell a classifier's noise, and which are learnt from for that.

    Rows are held out only where none are set aside and they come in no order of time.
    """
    layout = estimator._layout
    if layout.in_time or sets_rows_aside(estimator) or not is_classifier(estimator):
        return None
    if len(y) < REHEARSED_ROWS:
        return None
    some = np.arange(0, len(y), math.ceil(len(y) / MOST_HELD_OUT))
    try:
        train, valid = hold_out_of(estimator, y[some], HELD_OUT, random_state)
    except ValueError:
        # Of some class there is one row.
        train, valid = hold_out(len(some), HELD_OUT, random_state)
    return some[train], some[valid]


def rows_learnt_from(
    estimator: Any, y: Array, weight: Array | None, series: Array | None = None
) -> tuple[Array, Array | None]:
    """Return the targets, with their weights, that some network is to learn from.

    Parameters
    ----------
    estimator : estimator
        Which is being fitted.
    y : ndarray of shape (n_rows, n_outputs)
    weight : ndarray of shape (n_rows,) or None
        Rows for which it is 0 are in no split.
    series : ndarray of int of shape (n_rows,) or None
        Which series each row is of, if that is known.

    Returns
    -------
    y, weight
        Of several networks each sets other rows aside: all that any of them learns
        from are returned.
    """
    if not sets_rows_aside(estimator):
        return y, weight
    if weight is not None:
        used = weight > 0
        y, weight = y[used], weight[used]
        series = None if series is None else series[used]
    learnt = np.zeros(len(y), bool)
    for seed in seeds_of_networks(estimator):
        draws = check_random_state(seed)
        train, _ = estimator._layout.split(estimator, y, draws, series)
        learnt[train] = True
    return y[learnt], None if weight is None else weight[learnt]
