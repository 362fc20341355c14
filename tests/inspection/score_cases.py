"""Random networks of one output, and what is computed of them by brute force."""

from itertools import combinations, permutations

import numpy as np
from hypothesis import strategies as st

from skprune.inspection.score_network import HiddenLayer, ScoreNetwork

PIECEWISE, SMOOTH = ("identity", "relu"), ("logistic", "tanh")
WIDTHS = st.lists(st.integers(1, 5), min_size=1, max_size=4)
SEEDS = st.integers(0, 2**31 - 1)


def make_network(widths, activation, seed, last=None, density=0.7):
    """Return a network of these widths, from the columns on; some weights are 0."""
    rng = np.random.default_rng(seed)
    hidden = []
    for fan_in, fan_out in zip(widths[:-1], widths[1:], strict=True):
        kept = rng.random((fan_out, fan_in)) < density
        weight = np.where(kept, rng.normal(size=(fan_out, fan_in)), 0.0)
        hidden.append(HiddenLayer(weight, rng.normal(size=fan_out), activation))
    if last is not None and hidden:
        hidden[-1] = hidden[-1]._replace(activation=last)
    readout = rng.normal(size=widths[-1])
    return ScoreNetwork(np.arange(widths[0]), hidden, readout, float(rng.normal()))


def make_rows(network, seed, n_rows=4):
    """Return rows, and a baseline."""
    rng = np.random.default_rng(seed)
    shape = n_rows, len(network.columns)
    return 2 * rng.normal(size=shape), rng.normal(size=shape[1])


def slopes(network, x, step=1e-6):
    """Return the gradient of the score by central differences, (rows, columns)."""
    ways = step * np.eye(x.shape[1])
    return np.stack([(network(x + e) - network(x - e)) / (2 * step) for e in ways], 1)


def brute_force_path(network, row, start, n_points=40_000):
    """Return the integral along the path by the midpoint rule."""
    t = (np.arange(n_points) + 0.5)[:, None] / n_points
    return (row - start) * slopes(network, start + t * (row - start)).mean(0)


def brute_force_shapley(network, row, start):
    """Return the mean gain of each column over all orders."""
    total, orders = np.zeros(len(row)), list(permutations(range(len(row))))
    for order in orders:
        mixed, before = start.copy(), network(start[None])[0]
        for i in order:
            mixed[i] = row[i]
            after = network(mixed[None])[0]
            total[i] += after - before
            before = after
    return total / len(orders)


def pairs_that_interact(network, rng, n_rows=3000, size=20.0):
    """Return the pairs whose mixed difference is not 0 somewhere, by trying."""
    rows, others = size * rng.normal(size=(2, n_rows, len(network.columns)))
    found = set()
    for pair in combinations(range(len(network.columns)), 2):
        i, j = (np.isin(np.arange(rows.shape[1]), [k]) for k in pair)
        mixed = network(rows) - network(np.where(i, others, rows))
        mixed += network(np.where(i | j, others, rows)) - network(
            np.where(j, others, rows)
        )
        if np.abs(mixed).max() > 1e-6:
            found.add(pair)
    return found
