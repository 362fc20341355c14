"""Smaller is faster, as ratios of one run to the other on the same machine."""

import time

import numpy as np
import pytest

from skprune import PrunedLSTMRegressor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def scorers():
    X = np.random.default_rng(0).normal(size=(1500, 100)).astype(np.float32)
    amounts = {
        "dense": {"sparsity": 0.0},
        "cells": {"sparsity": 0.8, "granularity": "unit"},
        "weights": {"sparsity": 0.9},
    }
    few = {"n_timesteps": 20, "max_iter": 1, "prune_iter": 2, "random_state": 0}
    nets = {
        name: PrunedLSTMRegressor((100, 100), **few, **amount).fit(X[:200], X[:200, -1])
        for name, amount in amounts.items()
    }
    return {name: lambda net=net: net.predict(X) for name, net in nets.items()}


def seconds(scorers, repeats=7):
    """Return the least processor time of each; they take turns."""
    times = {name: [] for name in scorers}
    for _ in range(repeats):
        for name, run in scorers.items():
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    return {name: min(found) for name, found in times.items()}


def test_without_most_cells_or_weights_scoring_is_faster(scorers):
    times = seconds(scorers)
    assert times["cells"] <= times["dense"] / 5
    assert times["weights"] <= times["dense"]
