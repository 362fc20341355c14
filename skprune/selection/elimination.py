"""Recursive elimination: score, drop the worst share, score anew."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skprune.selection.budget import first_fit
from skprune.selection.table import PathPoint, Ranking, Table


class Scored(NamedTuple):
    """What one round says of the columns alive, and what it cost to know."""

    values: NDArray[np.float64]  # (alive,), high = keep
    penalty: float = float("nan")
    loss: float = float("nan")


# (columns alive, ascending; number of the round) -> their scores
Scorer = Callable[[NDArray[np.intp], int], Scored]


def eliminate(table: Table, n_keep: int, score: Scorer) -> Ranking:
    """Drop `step` of the columns a round until `n_keep` are left.

    Units are ordered by the round they got to, then by the last score they had,
    then by position. The survivors are scored once more, on their own.
    """
    units = table.units
    p = len(units.label)
    importances = np.zeros(p)
    reached = np.full(units.n_units, -1)
    alive = table.candidates()
    path: list[PathPoint] = []
    while True:
        columns = units.columns(alive)
        scored = score(columns, len(path))
        importances[columns] = scored.values
        reached[alive] = len(path)
        support = np.isin(np.arange(p), columns)
        path.append(PathPoint(len(columns), support, scored.penalty, scored.loss))
        if len(columns) <= n_keep:
            break
        n_left = max(n_keep, min(len(columns) - 1, after_step(len(columns), table)))
        totals = units.sums(importances)[alive]
        alive = np.sort(first_fit(alive[best_first(totals)], units, n_left))
    totals = units.sums(importances)
    candidates = np.flatnonzero(reached >= 0)
    order = np.lexsort((candidates, -totals[candidates], -reached[candidates]))
    return Ranking(importances, candidates[order], tuple(path))


def after_step(n_columns: int, table: Table) -> int:
    """Count the columns that are left when `step` of them have gone."""
    return int(np.ceil(n_columns * (1 - table.step) - 1e-9))


def best_first(scores: NDArray) -> NDArray[np.intp]:
    """Order by falling score, ties by position."""
    return np.argsort(-scores, kind="stable")
