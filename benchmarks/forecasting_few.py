"""LSTM networks at their defaults on few windows, beside what is simple.

Each series is begun at several dates (of the S&P 500) or drawn several times; the first
windows train, those that follow are the test. Printed is R2 over the mean of the
training targets (which has 0): the mean over the beginnings, and the least.

    python benchmarks/forecasting_few.py [volatility] [volume] [ar] [arma] [har]
        [--windows 80 120 200 240] [--draws 6]
"""

import argparse
import os
import warnings
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from forecasting_defaults import LAGS, WINDOW, days_ahead, sp500_volumes
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor
from skprune.time_series import sliding_windows

N_TEST = 250  # a year
DRAWN_WINDOW = 10


class Task(NamedTuple):
    """Windows in the order of time, and what a simple forecast reads.

    Attributes
    ----------
    rows : ndarray of shape (n, n_timesteps * n_channels)
    y : ndarray of shape (n,)
    simple : ndarray of shape (n, n_inputs)
        Inputs of a linear forecast.
    last : ndarray of shape (n,)
        What the target was last.
    n_timesteps, gap : int
        ``gap`` rows between training and test overlap with both.
    """

    rows: np.ndarray
    y: np.ndarray
    simple: np.ndarray
    last: np.ndarray
    n_timesteps: int
    gap: int = 0

    def cut(self, start, n):
        """Return the task from a row on: training and test rows."""
        train = slice(start, start + n)
        test = slice(train.stop + self.gap, train.stop + self.gap + N_TEST)
        return train, test


def begun(task, draws, n):
    """Return the same task at several dates, evenly over its time."""
    room = len(task.y) - n - task.gap - N_TEST
    return [(task, int(at)) for at in np.linspace(0, room, draws)]


def volatility(draws, n):
    """Make tasks of the volatility of the next five days, by windows of 22."""
    X, returns = days_ahead()
    size = {
        d: np.sqrt((X[[f"return_lag{k}" for k in range(1, d + 1)]] ** 2).mean(axis=1))
        for d in (1, 5, 22)
    }
    y = np.sqrt((returns**2).mean(axis=1)).to_numpy()
    har = np.column_stack(list(size.values()))
    task = Task(X.to_numpy(), y, har, size[5].to_numpy(), WINDOW, gap=4)
    return begun(task, draws, n)


def volume(draws, n):
    """Make tasks of tomorrow's log volume, of five days of three channels."""
    table, _ = sp500_volumes()
    X, y = sliding_windows(table, table["volume"], window=LAGS)
    rows = X.to_numpy()
    task = Task(rows, y.to_numpy(), rows, X["volume_lag1"].to_numpy(), LAGS)
    return begun(task, draws, n)


def of_series(x):
    """Return the task of a series' next value."""
    rows, y = sliding_windows(x, x, window=DRAWN_WINDOW)
    return Task(rows, y, rows[:, -5:], rows[:, -1], DRAWN_WINDOW), 0


def drawn(step, draws, n):
    """Return tasks over series that a step of the past and of noise goes on."""
    tasks, burn = [], 100
    for seed in range(draws):
        noise = np.random.default_rng(seed).normal(size=burn + n + N_TEST + 50)
        x = np.zeros(len(noise))
        for t in range(22, len(noise)):
            x[t] = step(x[:t], noise[: t + 1])
        tasks.append(of_series(x[burn:]))
    return tasks


def ar(draws, n):
    """Make tasks of an autoregression of order 1."""
    return drawn(lambda x, e: 0.8 * x[-1] + e[-1], draws, n)


def arma(draws, n):
    """Make tasks of an autoregression of order 2 whose noise is a moving average."""
    return drawn(lambda x, e: 0.6 * x[-1] - 0.3 * x[-2] + e[-1] + 0.5 * e[-2], draws, n)


def har(draws, n):
    """Make tasks of a series that goes by its day's, week's and month's mean."""
    return drawn(
        lambda x, e: 0.3 * x[-1] + 0.35 * x[-5:].mean() + 0.25 * x[-22:].mean() + e[-1],
        draws,
        n,
    )


TASKS = {"volatility": volatility, "volume": volume, "ar": ar, "arma": arma, "har": har}

MODELS = {
    "dense": {"sparsity": 0.0},
    "90 % of weights gone": {},
    "75 % of cells gone": {"granularity": "unit", "sparsity": 0.75},
}


def beyond_the_mean(task, train, test, found):
    """Return R2 of the test rows' forecasts over the training targets' mean."""
    error = np.mean((task.y[test] - found) ** 2)
    return 1 - error / np.mean((task.y[test] - task.y[train].mean()) ** 2)


def forecasts(name, task, train, test, seed):
    """Return what a model that learns from the training rows forecasts."""
    if name == "last value":
        return task.last[test]
    if name == "line":
        line = LinearRegression().fit(task.simple[train], task.y[train])
        return line.predict(task.simple[test])
    lstm = PrunedLSTMRegressor(
        n_timesteps=task.n_timesteps, random_state=seed, **MODELS[name]
    )
    net = make_pipeline(StandardScaler(), lstm).fit(task.rows[train], task.y[train])
    return net.predict(task.rows[test])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--windows", type=int, nargs="+", default=[80, 120, 200, 240])
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    chosen = parser.parse_args(arguments)
    for task_name in chosen.tasks:
        sizes = ", ".join(map(str, chosen.windows))
        print(f"{task_name}, of {sizes} windows: R2, mean and least")
        for name in ["last value", "line", *chosen.models]:
            cells = []
            for n in chosen.windows:
                scores = []
                begun = TASKS[task_name](chosen.draws, n)
                for seed, (task, start) in enumerate(begun):
                    train, test = task.cut(start, n)
                    found = forecasts(name, task, train, test, seed)
                    scores.append(beyond_the_mean(task, train, test, found))
                cells.append(f"{np.mean(scores):8.3f}{min(scores):8.3f}")
            print(f"  {name:24}" + " |".join(cells), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
