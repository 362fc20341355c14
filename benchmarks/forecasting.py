"""LSTM networks: speed of training and scoring, and volatility by criterion.

Times are of one thread's processor, the best of several; R2, and errors over that of
the last price, are in the units of the target: mean and standard deviation over three
seeds, and each.

    python benchmarks/forecasting.py [defaults] [training] [scoring] [volatility]
        [returns]

``defaults`` is what ``forecasting_defaults.py`` prints.
"""

import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import forecasting_defaults
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, root_mean_squared_error

from skprune import PrunedLSTMRegressor

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import volatility

STEPS, CHANNELS = 20, 5
SEEDS = range(3)


def rows(n):
    draws = np.random.default_rng(0)
    X = draws.normal(size=(n, STEPS * CHANNELS)).astype(np.float32)
    return X, X[:, -CHANNELS:].sum(1) + 0.1 * draws.normal(size=n)


def seconds(run, repeats):
    """Return the least processor time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


class Bare(torch.nn.Module):
    """The network of a plain loop."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(CHANNELS, 50, num_layers=2, batch_first=True)
        self.head = torch.nn.Sequential(
            torch.nn.Linear(50, 25), torch.nn.ReLU(), torch.nn.Linear(25, 1)
        )

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def train_bare(X, y, epochs):
    """Train as a tutorial would: Adam, batches of 200, clipped gradients."""
    net = Bare()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-4)
    inputs = torch.from_numpy(X).view(-1, STEPS, CHANNELS)
    targets = torch.from_numpy(y.astype(np.float32))[:, None]
    for _ in range(epochs):
        for at in torch.randperm(len(X)).split(200):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(net(inputs[at]), targets[at])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()


def ours(cells=(50, 50), dense=6, prune=6, **parameters):
    """Return a network trained for so many epochs."""
    return PrunedLSTMRegressor(
        cells, n_timesteps=STEPS, max_iter=dense, prune_iter=prune, tol=0.0,
        n_iter_no_change=1000, random_state=0, **parameters,
    )  # fmt: skip


def training():
    """Print the time of a fit over that of a bare loop with as many epochs."""
    X, y = rows(5000)
    ours(dense=1, prune=2).fit(X, y)  # imports and first calls
    fits = {
        "weights": ours(),
        "cells": ours(granularity="unit"),
        "cells, by fisher": ours(granularity="unit", criterion="fisher"),
        "channels": ours(granularity="feature"),
        "steps": ours(granularity="lag"),
        "nothing": ours(dense=12, sparsity=0.0),
    }
    bare = seconds(lambda: train_bare(X, y, 12), 3)
    print(f"12 epochs over 5000 windows of 20 x 5, (50, 50): bare loop {bare:.2f} s")
    for name, net in fits.items():
        took = seconds(lambda net=net: net.fit(X, y), 3)
        print(f"  pruning {name:20}{took:6.2f} s {took / bare:6.2f}")


SIZES = (1, 100, 4000)
"""Rows that are scored at once."""


def scoring(n_cells):
    """Print the time to score rows with networks of two layers of so many cells."""
    X, y = rows(4000)
    few = {"cells": (n_cells, n_cells), "dense": 1, "prune": 2}
    cells = {"sparsity": 0.8, "granularity": "unit"}
    nets = {
        "dense": ours(**few, sparsity=0.0),
        "80 % of cells gone": ours(**few, **cells),
        "75 % of steps gone": ours(**few, sparsity=0.75, granularity="lag"),
        "90 % of weights gone": ours(**few, sparsity=0.9),
        "98 % of weights gone": ours(**few, sparsity=0.98),
        "GRU, dense": ours(**few, sparsity=0.0, cell="gru"),
        "GRU, 80 % of cells gone": ours(**few, **cells, cell="gru"),
    }
    runs = {name: net.fit(X[:400], y[:400]).predict for name, net in nets.items()}
    cube = torch.from_numpy(X).view(-1, STEPS, CHANNELS)
    for name, layer in {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}.items():
        dense = layer(CHANNELS, n_cells, num_layers=2, batch_first=True)
        bare = torch.no_grad()(dense)
        runs[f"torch's {name}, dense"] = lambda x, bare=bare: bare(cube[: len(x)])
    torch.set_num_threads(1)
    print(f"\npredict, ({n_cells}, {n_cells}) cells, milliseconds by number of rows")
    print(f"  {'':24}" + "".join(f"{n:>9}" for n in SIZES))
    for name, run in runs.items():
        times = [seconds(lambda n=n, r=run: r(X[:n]), 2000 // n + 5) for n in SIZES]
        print(f"  {name:24}" + "".join(f"{1e3 * each:9.2f}" for each in times))


def next_weeks_volatility():
    """Print R2 on the S&P 500 by criterion, beside dense networks and HAR."""
    X, returns = volatility.weeks_ahead()
    y = np.sqrt((returns**2).mean(axis=1)).to_numpy()
    train, test = volatility.halves(len(X))
    har = volatility.har(X)
    line = LinearRegression().fit(har[train], y[train])
    ridge = volatility.ridge().fit(X.iloc[train], y[train])
    print("\nS&P 500, volatility of the next five days, 2009 to 2018: R2")
    print(f"  {'HAR':36}{r2_score(y[test], line.predict(har[test])):6.3f}")
    print(
        f"  {'ridge on lags':36}{r2_score(y[test], ridge.predict(X.iloc[test])):6.3f}"
    )
    variants = {
        "LSTM, dense, 50 cells": {"sparsity": 0.0},
        "LSTM, dense, 10 cells": {"sparsity": 0.0, "hidden_layer_sizes": (10,)},
        "LSTM, 10 of 50 cells, fisher": {},
        "LSTM, 10 of 50 cells, magnitude": {"criterion": "magnitude"},
        "LSTM, 10 of 50 cells, random": {"criterion": "random"},
        "LSTM, 20 % of weights, fisher": {"granularity": "weight"},
        "LSTM, 20 % of weights, random": {
            "granularity": "weight",
            "criterion": "random",
        },
        "LSTM, 5 of 22 steps, fisher": {
            "granularity": "lag",
            "sparsity": USUAL,
            "n_keep": 5,
        },
        "LSTM, 5 of 22 steps, random": {
            "granularity": "lag",
            "sparsity": USUAL,
            "n_keep": 5,
            "criterion": "random",
        },
        "LSTM, 2 of 5 channels, fisher": {
            "granularity": "feature",
            "sparsity": USUAL,
            "n_keep": 2,
        },
        "LSTM, 2 of 5 channels, random": {
            "granularity": "feature",
            "sparsity": USUAL,
            "n_keep": 2,
            "criterion": "random",
        },
    }
    print_variants(variants, (X, y), (train, test), r2_score)


def next_weeks_prices():
    """Print the error of five days' log prices over that of the last price."""
    X, returns = volatility.weeks_ahead()
    y = returns.to_numpy().cumsum(axis=1)
    train, test = volatility.halves(len(X))
    naive = root_mean_squared_error(y[test], np.zeros_like(y[test]))

    def over_the_last(truth, found):
        return root_mean_squared_error(truth, found) / naive

    ridge = volatility.ridge().fit(X.iloc[train], y[train])
    error = over_the_last(y[test], ridge.predict(X.iloc[test]))
    print("\nS&P 500, log prices of the next five days: error over the last price's")
    print(f"  {'ridge on lags':36}{error:6.3f}")
    # So little is to be learnt that the penalty has to be strong.
    variants = {
        "LSTM, dense, 50 cells": {"sparsity": 0.0},
        "LSTM, dense, 10 cells": {"sparsity": 0.0, "hidden_layer_sizes": (10,)},
        "LSTM, 10 of 50 cells, fisher": {},
        "LSTM, 10 of 50 cells, random": {"criterion": "random"},
    }
    strong = {name: {"alpha": 30.0, **changed} for name, changed in variants.items()}
    strong["LSTM, 10 of 50 cells, alpha=1"] = {}
    print_variants(strong, (X, y), (train, test), over_the_last)


USUAL = PrunedLSTMRegressor().sparsity
"""The example asks for another; beside a number to keep it is to be the default."""


def print_variants(variants, rows, halves, score):
    """Print mean, standard deviation and each seed's score of networks."""
    (X, y), (train, test) = rows, halves
    for name, parameters in variants.items():
        scores = [
            score(
                y[test],
                volatility.lstm(seed, **parameters)
                .fit(X.iloc[train], y[train])
                .predict(X.iloc[test]),
            )
            for seed in SEEDS
        ]
        each = " ".join(f"{score:.3f}" for score in scores)
        spread = np.std(scores, ddof=1)
        print(f"  {name:36}{np.mean(scores):6.3f} +- {spread:.3f}  {each}", flush=True)


PARTS = {
    "defaults": lambda: forecasting_defaults.main([]),
    "training": training,
    "scoring": lambda: (scoring(50), scoring(100)),
    "volatility": next_weeks_volatility,
    "returns": next_weeks_prices,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
