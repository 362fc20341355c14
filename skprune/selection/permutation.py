"""Recursive elimination by what shuffling a column costs, on rows left out.

Extra trees are grown on bootstrap samples; each is judged on the rows that it
hasn't seen. A row's prediction changes only if a shuffled column is on its way
down the tree, so only those (row, unit) pairs walk again. scikit-learn's
`permutation_importance` has a forest predict anew for each column, takes no sparse
table and shuffles no group; ``benchmarks/selection.py --part permutation`` prints
what either costs and finds.
"""

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import ExtraTreesRegressor

from skprune.selection.elimination import Scored, eliminate
from skprune.selection.forest import N_TREES, sampled_rows, taken
from skprune.selection.table import Ranking, Table

# Rows left out that a tree is judged on, at most.
MAX_LEFT_OUT = 400


def rank_by_permutation(table: Table, n_keep: int) -> Ranking:
    """Rank by the rise of squared error; on classes that is the Brier score."""
    targets = table.targets

    def score(columns: NDArray[np.intp], turn: int) -> Scored:
        seed = [table.seed, turn]
        rows = sampled_rows(table, seed)
        X, Y = taken(table.X, rows, columns), targets[rows]
        weight = table.weight[rows]
        rng = np.random.default_rng(seed)
        forest = ExtraTreesRegressor(
            N_TREES,
            max_features="sqrt",
            bootstrap=True,
            random_state=int(rng.integers(2**31)),
            n_jobs=table.n_jobs,
        ).fit(X, Y.squeeze(), sample_weight=weight)
        units = np.unique(table.units.label[columns], return_inverse=True)[1]
        rises = Parallel(n_jobs=table.n_jobs, prefer="threads")(
            delayed(rise)(tree.tree_, X, Y, weight, seen, units, [*seed, number])
            for number, (tree, seen) in enumerate(
                zip(forest.estimators_, forest.estimators_samples_, strict=True)
            )
        )
        # What a group costs is shared evenly among its columns.
        values = np.mean(rises, axis=0) / np.bincount(units)
        return Scored(values[units])

    return eliminate(table, n_keep, score)


def rise(
    tree: Any,
    X: Any,
    Y: NDArray,
    weight: NDArray,
    seen: NDArray[np.intp],
    units: NDArray[np.intp],
    seed: list[int],
) -> NDArray[np.float64]:
    """Measure how much the mean squared error rises with each unit shuffled."""
    rng = np.random.default_rng(seed)
    total = np.zeros(units.max() + 1)
    left_out = np.setdiff1d(np.arange(X.shape[0]), seen)
    if len(left_out) == 0 or tree.node_count == 1:
        return total
    rows = rng.permutation(left_out)[:MAX_LEFT_OUT]
    shuffled = rng.permutation(len(rows))
    used = np.unique(tree.feature[tree.feature >= 0])
    grid = X[:, used]
    grid = (grid.toarray() if sparse.issparse(grid) else grid)[rows]
    walker = Walker(tree, used, units)

    values = tree.value[:, :, 0]
    every = np.arange(len(rows))
    leaf, met, nodes = walker.descend(grid, every, np.zeros_like(every))
    error = ((values[leaf] - Y[rows]) ** 2).sum(axis=1)
    pair, where = np.unique(met, return_index=True)  # row * n_units + unit
    row, unit = np.divmod(pair, len(total))
    # Above the first node with the unit, the walk is the one already made.
    leaf, *_ = walker.descend(grid, row, nodes[where], unit, shuffled)
    risen = ((values[leaf] - Y[rows][row]) ** 2).sum(axis=1) - error[row]
    share = weight[rows] / weight[rows].sum()
    np.add.at(total, unit, risen * share[row])
    return total


class Walker:
    """Walks many rows down one tree at once, over a table of the used columns."""

    def __init__(self, tree: Any, used: NDArray, units: NDArray) -> None:
        self.tree = tree
        self.place = np.searchsorted(used, tree.feature)  # leaves: any
        self.unit = units[np.maximum(tree.feature, 0)]
        self.n_units = units.max() + 1

    def descend(
        self,
        grid: NDArray,
        row: NDArray,
        start: NDArray,
        unit: NDArray | None = None,
        shuffled: NDArray | None = None,
    ) -> tuple[NDArray, NDArray, NDArray]:
        """Find the leaves below some nodes, and what was met on the way.

        That is (row, unit) pairs, each as one number, and the nodes they met at,
        from the root down. With `unit`, the columns of that unit are read from
        the shuffled row.
        """
        tree = self.tree
        node, walking = start.copy(), np.arange(len(row))
        met, nodes = [start[:0]], [start[:0]]
        while len(walking):
            here, source = node[walking], row[walking]
            if unit is not None and shuffled is not None:
                swap = self.unit[here] == unit[walking]
                source = np.where(swap, shuffled[source], source)
            else:
                met.append(source * self.n_units + self.unit[here])
                nodes.append(here)
            left = grid[source, self.place[here]] <= tree.threshold[here]
            below = np.where(left, tree.children_left[here], tree.children_right[here])
            node[walking] = below
            walking = walking[tree.children_left[below] >= 0]
        return node, np.concatenate(met), np.concatenate(nodes)
