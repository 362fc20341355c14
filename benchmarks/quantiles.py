"""One network for several quantiles beside one network for each.

Targets are normal around ``50 + 10 x``, with a spread that grows with another column,
so that the best forecast of each quantile is known. Printed is the excess of pinball
loss over the best one's, as a share of what the best constant loses beyond it, on new
rows: 0 is perfect, 1 is the constant. ``--quick`` takes one seed.
"""

import numpy as np
from _peers import QUICK, machine, table
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss

from skprune import PrunedLSTMRegressor, PrunedMLPRegressor

LEVELS = (0.1, 0.5, 0.9)
HOW = {"learning_rate_init": 0.01, "max_iter": 40, "prune_iter": 20, "sparsity": 0.5}
NETWORKS = {
    "perceptron, 20 units": PrunedMLPRegressor((20,), **HOW),
    "perceptron, 60 units": PrunedMLPRegressor((60,), **HOW),
    "LSTM, 12 cells": PrunedLSTMRegressor((12,), dense_layer_sizes=(), **HOW),
}


def rows(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, targets, and their quantiles, (rows, levels)."""
    draws = np.random.default_rng(seed)
    X = draws.uniform(-1, 1, size=(1500, 4))
    centre, spread = 50 + 10 * X[:, -1], 4 * (1.2 + X[:, 0])
    y = centre + spread * draws.standard_normal(len(X))
    return X, y, centre[:, None] + spread[:, None] * norm.ppf(LEVELS)


def excess(y: np.ndarray, found: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return the share of avoidable loss that is left, by level."""
    shares = []
    for k, level in enumerate(LEVELS):
        constant = np.full(len(y), np.quantile(y, level))
        loss, least, flat = (
            mean_pinball_loss(y, forecast, alpha=level)
            for forecast in (found[:, k], best[:, k], constant)
        )
        shares.append((loss - least) / (flat - least))
    return np.array(shares)


def main() -> None:
    X, y, _ = rows(0)
    new, truth, best = rows(1)
    seeds = (0,) if QUICK else (0, 1, 2)
    lines = []
    for name, network in NETWORKS.items():
        ways: dict[str, list[np.ndarray]] = {"one for all": [], "one for each": []}
        for seed in seeds:
            one = clone(network).set_params(loss="quantile", random_state=seed)
            joint = clone(one).set_params(quantile=LEVELS).fit(X, y).predict(new)
            each = [
                clone(one).set_params(quantile=level).fit(X, y).predict(new)
                for level in LEVELS
            ]
            ways["one for all"].append(excess(truth, joint, best))
            ways["one for each"].append(excess(truth, np.stack(each, 1), best))
        for way, found in ways.items():
            lines.append([name, way, *(f"{x:.3f}" for x in np.mean(found, axis=0))])
    table(["", "networks", *(f"quantile {level}" for level in LEVELS)], lines)


if __name__ == "__main__":
    machine()
    main()
