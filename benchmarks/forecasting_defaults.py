"""LSTM networks at their defaults: beside HAR, the last price, and other networks.

All parameters but ``n_timesteps`` and, where asked for, ``cell`` are at their defaults,
inputs are standardised by the training rows, and the last 30 per cent of the days are
the test. A line a model: R2 (volatility, volume) or the error over that of the last
price (prices), mean over the seeds, each seed, and processor seconds of a fit (of a
pruned network without the dense phase, which those of a seed share).

    python benchmarks/forecasting_defaults.py [volatility] [prices] [volume]
        [--seeds 0 1 2 3 4] [--cell gru] [--brief] [--nyse FILE]

``--nyse`` names the table of daily volumes on the New York exchange that comes with
the textbook of James, Witten, Hastie, Tibshirani and Taylor ("An introduction to
statistical learning", section 10.9.6); without it they are those of the S&P 500.
"""

import argparse
import os
import time
import warnings
from tempfile import TemporaryDirectory
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor
from skprune.datasets import load_sp500
from skprune.time_series import sliding_windows

WINDOW, HORIZON, LAGS = 22, 5, 5  # a month, a week, a week


class Task(NamedTuple):
    """Training and test rows, and what to beat.

    Attributes
    ----------
    name : str
    train, test : (X, y)
    n_timesteps : int
    baselines : dict of name to forecasts of the test rows
    score : callable
        Of (y_true, y_predicted).
    """

    name: str
    train: tuple
    test: tuple
    n_timesteps: int
    baselines: dict
    score: object = r2_score


def channels():
    """Return return, log volume and range of each day of the S&P 500."""
    prices = load_sp500(as_frame=True).data
    return pd.DataFrame(
        {
            "return": np.log(prices["close"]).diff(),
            "volume": np.log(prices["volume"]),
            "range": np.log(prices["high"] / prices["low"]),
        }
    ).dropna()


def days_ahead():
    """Return windows, and the returns of the five days after each."""
    table = channels()
    return sliding_windows(table, table["return"], window=WINDOW, horizon=HORIZON)


def parts(n, gap):
    """Return training and test rows, the last 30 per cent."""
    first = n - int(0.3 * n)
    return np.arange(first - gap), np.arange(first, n)


def volatility():
    """Realised volatility of the next five days, beside HAR (Corsi, 2009)."""
    X, returns = days_ahead()
    y = np.sqrt((returns**2).mean(axis=1)).to_numpy()
    past = [[f"return_lag{k}" for k in range(1, d + 1)] for d in (1, 5, 22)]
    har = np.column_stack([np.sqrt((X[names] ** 2).mean(axis=1)) for names in past])
    train, test = parts(len(X), HORIZON - 1)
    line = LinearRegression().fit(har[train], y[train]).predict(har[test])
    rows = X.to_numpy()
    return Task(
        "volatility of the next five days, R2",
        (rows[train], y[train]),
        (rows[test], y[test]),
        WINDOW,
        {"HAR": line},
    )


def prices():
    """Log prices of the next five days over today's, whose forecast is 0."""
    X, returns = days_ahead()
    y = returns.to_numpy().cumsum(axis=1)
    train, test = parts(len(X), HORIZON - 1)
    rows = X.to_numpy()
    naive = root_mean_squared_error(y[test], np.zeros_like(y[test]))
    return Task(
        "log price of the next five days, error over the last price's",
        (rows[train], y[train]),
        (rows[test], y[test]),
        WINDOW,
        {},
        lambda true, found: root_mean_squared_error(true, found) / naive,
    )


def volume(nyse=None):
    """Tomorrow's log volume, from five days' return, log volume and log volatility."""
    table, n_train = nyse_table(nyse) if nyse else sp500_volumes()
    rows, y = sliding_windows(table.to_numpy(), table["volume"].to_numpy(), window=LAGS)
    n_train -= LAGS
    line = LinearRegression().fit(rows[:n_train], y[:n_train])
    return Task(
        f"log volume of {'the NYSE' if nyse else 'the S&P 500'}, R2",
        (rows[:n_train], y[:n_train]),
        (rows[n_train:], y[n_train:]),
        LAGS,
        {"AR(5)": line.predict(rows[n_train:])},
    )


def nyse_table(path):
    """Return the textbook's channels, and how many days are for training."""
    days = pd.read_csv(path)
    names = {"DJ_return": "return", "log_volume": "volume", "log_volatility": "size"}
    table = days[list(names)].rename(columns=names)
    return table, int(days["train"].astype(str).str.lower().eq("true").sum())


def sp500_volumes():
    """Return channels made as the textbook's are: volume over its last 100 days'."""
    prices = load_sp500(as_frame=True).data
    returns = np.log(prices["close"]).diff()
    usual = prices["volume"].rolling(100).mean().shift(1)
    table = pd.DataFrame(
        {
            "return": returns,
            "volume": np.log(prices["volume"] / usual),
            "size": np.log((returns**2).ewm(alpha=0.06).mean()),
        }
    ).dropna()
    return table, len(table) - int(0.3 * len(table))


CELLS = {"granularity": "unit", "sparsity": 0.75}
MODELS = {
    "dense": {"sparsity": 0.0},
    "90 % of weights gone": {},
    "75 % of cells gone": CELLS,
}
MORE = {
    "90 % of weights gone, random": {"criterion": "random"},
    "75 % of cells gone, random": {**CELLS, "criterion": "random"},
    "dense, (13, 12) cells": {"sparsity": 0.0, "hidden_layer_sizes": (13, 12)},
}


def table(task, models, seeds, cell):
    """Print a line for each baseline and each model."""
    (X, y), (X_test, y_test) = task.train, task.test
    rows = f"{len(X)} training and {len(X_test)} test rows"
    print(f"{task.name} ({cell.upper()} cells, {rows})")
    for name, found in task.baselines.items():
        print(f"  {name:30}{task.score(y_test, found):7.3f}")
    with TemporaryDirectory() as memory:
        for name, parameters in models.items():
            scores, start = [], time.process_time()
            for seed in seeds:
                # Networks of a seed share their dense phase.
                lstm = PrunedLSTMRegressor(
                    cell=cell,
                    n_timesteps=task.n_timesteps,
                    random_state=seed,
                    memory=memory,
                    **parameters,
                )
                fitted = make_pipeline(StandardScaler(), lstm).fit(X, y)
                scores.append(task.score(y_test, fitted.predict(X_test)))
            took = (time.process_time() - start) / len(scores)
            each = " ".join(f"{score:.3f}" for score in scores)
            print(
                f"  {name:30}{np.mean(scores):7.3f}  {each}  {took:.0f} s", flush=True
            )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", default=["volatility", "prices", "volume"])
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5))
    parser.add_argument("--cell", choices=["lstm", "gru"], default="lstm")
    parser.add_argument("--brief", action="store_true", help="without other networks")
    parser.add_argument("--nyse", metavar="FILE")
    chosen = parser.parse_args(arguments)
    tasks = {"volatility": volatility, "prices": prices}
    tasks["volume"] = lambda: volume(chosen.nyse)
    models = MODELS if chosen.brief else {**MODELS, **MORE}
    for name in chosen.tasks:
        table(tasks[name](), models, chosen.seeds, chosen.cell)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
