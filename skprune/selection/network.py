"""The network path: columns go where held-out rows are no worse off without them.

The penalty is on whole columns of the first layer, and counts them: a column
either stays with its weights or is gone with all of them (the proximal step of
a group L0 penalty is that cut). It grows from round to round, the networks going
on from where they were. Which columns are cut is told by rows that a network
hasn't trained on, since memorised noise has large weights but helps no unseen
row; and the decay of the weights is led along the path by the same rows.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.selection.elimination import Scored, eliminate
from skprune.selection.forest import rank_by_forest
from skprune.selection.judging import judged
from skprune.selection.perceptrons import Perceptrons
from skprune.selection.table import Ranking, Table
from skprune.training.threads import one_thread

# (epochs, least, most minibatches): before the first round, and in each later one
FIRST = (30, 300, 1000)
LATER = (8, 100, 250)
# Networks start from a column for so many rows where columns outnumber the rows.
ROWS_A_COLUMN = 7
# Share of the columns that trees drop in a round, down to there.
SCREEN_STEP = 0.5
# Share of the score that comes from the rounds before.
MEMORY = 0.5


def rank_by_network(table: Table, n_keep: int) -> Ranking:
    """Rank by the rise of held-out loss that taking a column away costs.

    With more columns than rows, networks can't tell them apart; extra trees thin
    such a table out first.
    """
    screen = max(2 * n_keep, table.X.shape[0] // ROWS_A_COLUMN)
    if screen < table.varies.sum() > table.X.shape[0]:
        return screened(table, n_keep, screen)
    with one_thread():
        return eliminate(table, n_keep, Path(table))


def screened(table: Table, n_keep: int, screen: int) -> Ranking:
    """Leave `screen` columns to the networks; those that trees drop rank behind."""
    trees = rank_by_forest(replace(table, step=SCREEN_STEP), screen)
    left = trees.path[-1].support
    with one_thread():
        rest = replace(table, varies=table.varies & left)
        ranking = eliminate(rest, n_keep, Path(rest))
    dropped = np.setdiff1d(trees.order, ranking.order)
    behind = trees.order[np.isin(trees.order, dropped)]
    return Ranking(
        np.where(left, ranking.importances, trees.importances),
        np.concatenate([ranking.order, behind]),
        (*trees.path[:-1], *ranking.path),
    )


class Path:
    """One warm-started path; called once a round with the columns still alive."""

    def __init__(self, table: Table) -> None:
        self.units = table.units
        generator = torch.Generator().manual_seed(table.seed)
        self.networks = Perceptrons(table, generator)
        self.scores = np.zeros(len(table.units.label))

    def __call__(self, columns: NDArray[np.intp], turn: int) -> Scored:
        networks = self.networks
        networks.restrict(columns)
        networks.train(*(LATER if turn else FIRST))
        label = np.unique(self.units.label[columns], return_inverse=True)[1]
        loss, rises = judged(networks, unit_positions(label))
        best = int(loss.mean(dim=0).argmin())
        decay = float(networks.decays[best])
        networks.centre = decay
        rise = rises[:, best].mean(dim=0).double().numpy()
        # Rounds differ in scale: each counts by shares of what all units cost.
        rise /= max(float(np.maximum(rise, 0).sum()), 1e-12)
        # What a group costs is shared evenly among its columns.
        values = (rise / np.bincount(label))[label]
        if turn:
            values = MEMORY * self.scores[columns] + (1 - MEMORY) * values
        self.scores[columns] = values
        return Scored(values, decay, float(loss.mean(dim=0)[best]))


def unit_positions(label: NDArray[np.intp]) -> list[torch.Tensor] | None:
    """List the positions of each unit's columns; None where each has one."""
    n_units = int(label.max()) + 1
    if n_units == len(label):
        return None
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label))[:-1]
    return [torch.from_numpy(part) for part in np.split(order, ends)]
