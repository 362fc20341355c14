"""Forecast the S&P 500: next week's volatility, where there is signal, and its return.

Trained on the first half of 1999 to 2018, scored on the second in original units.

    python examples/volatility.py [--plot forecast.png]
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor
from skprune.datasets import load_sp500
from skprune.time_series import sliding_windows

WINDOW, HORIZON = 22, 5  # trading days: a month, a week


def channels():
    """Return what is known at the close of each day, a row a day."""
    prices = load_sp500(as_frame=True).data
    returns = np.log(prices["close"]).diff()
    size = returns**2
    return pd.DataFrame(
        {
            "return": returns,
            "day": np.log(returns.abs() + 1e-3),
            "range": np.log(np.log(prices["high"] / prices["low"]) + 1e-3),
            "week": np.log(np.sqrt(size.rolling(5).mean())),
            "month": np.log(np.sqrt(size.rolling(22).mean())),
        }
    ).dropna()


def weeks_ahead():
    """Return windows, and the returns of the five days after each: (n, 5)."""
    table = channels()
    return sliding_windows(table, table["return"], window=WINDOW, horizon=HORIZON)


def halves(n):
    """Return training and test rows; targets of neither reach into the other."""
    return np.arange(n // 2 - (HORIZON - 1)), np.arange(n // 2, n)


def realised_volatility(X, days):
    """Return the root mean square of the last daily returns of each window."""
    past = [f"return_lag{k}" for k in range(1, days + 1)]
    return np.sqrt((X[past] ** 2).mean(axis=1))


def har(X):
    """Return the heterogeneous autoregression's inputs: a day's, week's, month's.

    Corsi, F., "A simple approximate long-memory model of realized volatility",
    Journal of Financial Econometrics 7(2), 2009.
    """
    return np.column_stack([realised_volatility(X, days) for days in (1, 5, 22)])


def lstm(seed=0, **parameters):
    """Return a pipeline with an LSTM network of 50 cells, of which 10 stay."""
    chosen = {
        "hidden_layer_sizes": (50,),
        "dense_layer_sizes": (),
        "n_timesteps": WINDOW,
        "granularity": "unit",
        "sparsity": 0.8,
        "criterion": "fisher",
        "alpha": 1.0,
        "learning_rate_init": 0.002,
        "early_stopping": True,
        "validation_fraction": 0.2,
        "n_iter_no_change": 5,
        "prune_iter": 60,
        "random_state": seed,
    }
    return make_pipeline(StandardScaler(), PrunedLSTMRegressor(**(chosen | parameters)))


def ridge():
    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 13)))


def volatility():
    """Print R2 of next week's volatility by model; return what was forecast."""
    X, returns = weeks_ahead()
    y = np.sqrt((returns**2).mean(axis=1))
    train, test = halves(len(X))
    forecasts = {"last week's": realised_volatility(X, 5).iloc[test]}
    forecasts["HAR"] = (
        LinearRegression().fit(har(X)[train], y.iloc[train]).predict(har(X)[test])
    )
    pruned = lstm()
    models = {"ridge on lags": ridge(), "LSTM": lstm(sparsity=0.0)}
    for name, model in (models | {"LSTM, 80 % of cells gone": pruned}).items():
        forecasts[name] = model.fit(X.iloc[train], y.iloc[train]).predict(X.iloc[test])
    print("next week's volatility, R2")
    for name, forecast in forecasts.items():
        print(f"  {name:26}{r2_score(y.iloc[test], forecast):7.3f}")
    print(pruned[-1].pruning_report_)
    return y.iloc[test], forecasts, pruned[-1]


def price_path():
    """Print the error of five days' log prices, all at once, against the last price."""
    X, returns = weeks_ahead()
    y = returns.cumsum(axis=1)
    train, test = halves(len(X))
    naive = root_mean_squared_error(y.iloc[test], np.zeros_like(y.iloc[test]))
    # So little is to be learnt that the penalty has to be strong.
    pruned = lstm(alpha=30.0)
    models = {"ridge on lags": ridge(), "LSTM, 80 % of cells gone": pruned}
    print("log price of the next five days: error over that of the last price")
    for name, model in models.items():
        forecast = model.fit(X.iloc[train], y.iloc[train]).predict(X.iloc[test])
        error = root_mean_squared_error(y.iloc[test], forecast)
        print(f"  {name:26}{error / naive:7.3f}")


def plot(y, forecasts, network, path):
    """Draw the forecasts beside the truth, and the losses by epoch."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 4), width_ratios=(2, 1), layout="constrained"
    )
    left.plot(y.index, y, color="0.7", label="truth")
    for name in ("HAR", "LSTM, 80 % of cells gone"):
        left.plot(y.index, forecasts[name], linewidth=1, label=name)
    left.set(title="Volatility of the next five days", ylabel="per day")
    left.legend()
    right.plot(network.loss_curve_, label="training")
    right.plot(-np.array(network.validation_scores_), label="validation")
    right.set(title="Loss", xlabel="epoch", yscale="log")
    right.legend()
    figure.savefig(path, dpi=120)
    print(f"wrote {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="where to draw to")
    chosen = parser.parse_args()
    found = volatility()
    if chosen.plot:
        plot(*found, chosen.plot)
    price_path()


if __name__ == "__main__":
    main()
