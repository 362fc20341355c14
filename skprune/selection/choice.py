"""From a ranking to the units that stay, by an amount or by a threshold."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.selection.budget import above_threshold, first_fit
from skprune.selection.table import Ranking, Table


def by_amount(
    table: Table, rank: Callable[[Table, int], Ranking], n_keep: int
) -> tuple[Ranking, NDArray[np.intp]]:
    """Rank, and keep the first units that fit."""
    ranking = rank(table, n_keep)
    return ranking, first_fit(ranking.order, table.units, n_keep)


def by_threshold(
    table: Table, rank: Callable[[Table, int], Ranking], threshold: Any
) -> tuple[Ranking, NDArray[np.intp]]:
    """Rank once with all columns alive."""
    ranking = rank(table, len(table.units.label))
    scores = table.units.sums(ranking.importances)
    return ranking, above_threshold(scores, ranking.order, table.units, threshold)


def columns_chosen(choose: Callable, table: Table) -> NDArray[np.intp]:
    """List the columns of the units that are chosen."""
    return table.units.columns(choose(table)[1])
