"""How firm a choice is: how often each column is chosen on half of the rows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skprune.selection.table import Table

# The share of resamples from which on a column counts as stably chosen.
CUTOFF = 0.75


def selection_frequency(
    table: Table,
    choose: Callable[[Table], NDArray[np.intp]],
    n_bootstrap: int,
) -> NDArray[np.float64]:
    """Choose columns on random halves of the rows, drawn without replacement.

    `choose` lists the columns that a method keeps. Seeds belong to resamples, so
    the answer doesn't depend on the number of jobs.
    """
    parts = Parallel(n_jobs=table.n_jobs)(
        delayed(_chosen)(table, choose, number) for number in range(n_bootstrap)
    )
    return np.mean(parts, axis=0)


def _chosen(
    table: Table, choose: Callable[[Table], NDArray[np.intp]], number: int
) -> NDArray[np.float64]:
    rng = np.random.default_rng([table.seed, number])
    order = rng.permutation(table.X.shape[0])
    if table.kind == "classes":  # half of each class
        order = order[np.argsort(table.y[order], kind="stable")]
    half = np.sort(order[::2])
    part = replace(table.rows(half), seed=int(rng.integers(2**31)), n_jobs=1)
    mask = np.zeros(len(table.varies))
    mask[choose(part)] = 1.0
    return mask


def expected_false_selections(frequency: NDArray) -> float:
    """Bound the number of irrelevant columns chosen in `CUTOFF` of the resamples.

    With q columns chosen a resample out of p, at most q**2 / ((2 cutoff - 1) p)
    (theorem 1 of stability selection), if irrelevant columns are exchangeable and
    the method does no worse than guessing. Never more than are chosen so often.
    """
    q = float(frequency.sum())
    bound = q**2 / ((2 * CUTOFF - 1) * len(frequency))
    return min(bound, float((frequency >= CUTOFF).sum()))
