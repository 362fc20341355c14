"""
A whole forecast: the S&P 500, five trading days ahead
======================================================

Prices, volumes and indicators of twenty years go in; out come the log prices of each of
the next five days, as a median and a band. What matters is what they are worth: beside
the last price, beside bands that know nothing of the last days, and beside *always up*.
"""

# %%
# Every channel is made of a day and of days before it.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, mean_pinball_loss, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.datasets import load_sp500
from skprune.inspection import TrainingCurveDisplay
from skprune.time_series import sliding_windows

WINDOW, HORIZON = 22, 5
LEVELS = [0.05, 0.5, 0.95]


def channels(days):
    """Return returns, volumes and indicators of daily prices."""
    close, volume = np.log(days["close"]), np.log(days["volume"])
    move = close.diff()
    gain, loss = (side.clip(lower=0).ewm(alpha=1 / 14).mean() for side in (move, -move))
    fast, slow = (days["close"].ewm(span=span).mean() for span in (12, 26))
    return pd.DataFrame(
        {
            "return": move,
            "overnight": np.log(days["open"]) - close.shift(),
            "range": np.log(days["high"] / days["low"]),
            "volume": volume - volume.rolling(50).mean(),
            "rsi": gain / (gain + loss),
            "macd": (fast - slow) / days["close"],
            "gap_to_50_days": close - close.rolling(50).mean(),
            "volatility": move.rolling(20).std(),
        }
    ).dropna()


prices = load_sp500(as_frame=True).data
table = channels(prices)
X, returns = sliding_windows(table, table["return"], window=WINDOW, horizon=HORIZON)
y = returns.cumsum(axis=1)  # log prices over that of the last day seen

# %%
# The first years teach, the last ones test. Between them as many rows are left out as
# have targets that reach into the test. The scaler is in the pipeline: it knows of the
# training rows alone. So does the choice of the epoch, which goes by the last fifth of
# them.

n_train = int(0.7 * len(X))
train, test = slice(n_train - (HORIZON - 1)), slice(n_train, None)
shape = {
    "hidden_layer_sizes": (50, 50),
    "dense_layer_sizes": (25,),
    "n_timesteps": WINDOW,
    "early_stopping": True,
    "max_iter": 20,
    "prune_iter": 10,
    "random_state": 0,
}
forecaster = make_pipeline(
    StandardScaler(),
    PrunedLSTMRegressor(loss="quantile", quantile=LEVELS, **shape),
)
forecaster.fit(X[train], y[train])
network = forecaster[-1]
print(f"{X.index[0]:%Y} to {X[train].index[-1]:%Y-%m} teach, the rest is the test")
print(network.pruning_report_)

# %%
# Losses of the rows that are learnt from, and of those that are not.

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
TrainingCurveDisplay.from_estimator(network, ax=ax)
plt.show()

# %%
# The median beside the last price, whose forecast is no change, and the band beside the
# quantiles of the past as a whole.

low, middle, high = np.moveaxis(forecaster.predict(X[test]), 2, 0)
truth = y[test].to_numpy()
usual = np.quantile(y[train], LEVELS, axis=0)


def pinball(forecasts):
    """Return the mean pinball loss of forecasts of each level, by day."""
    each = [
        mean_pinball_loss(truth, forecast, alpha=level, multioutput="raw_values")
        for level, forecast in zip(LEVELS, forecasts, strict=True)
    ]
    return np.mean(each, axis=0)


constant = pinball(np.broadcast_to(usual[:, None], (3, *truth.shape)))
scores = pd.DataFrame(
    {
        "error / last price's": np.sqrt(((truth - middle) ** 2).mean(axis=0))
        / np.sqrt((truth**2).mean(axis=0)),
        "in the band": ((low <= truth) & (truth <= high)).mean(axis=0),
        "in the past's band": ((usual[0] <= truth) & (truth <= usual[2])).mean(axis=0),
        "pinball loss / past's": pinball([low, middle, high]) / constant,
    },
    index=[f"day {k}" for k in range(1, HORIZON + 1)],
)
print(scores.round(3).to_string())

# %%
# Whether the price is higher after five days: by the median's sign, and by a network
# that is asked nothing else.

caller = make_pipeline(StandardScaler(), PrunedLSTMClassifier(**shape))
caller.fit(X[train], y[train].iloc[:, -1] > 0)
up = truth[:, -1] > 0
calls = {
    "the median's sign": middle[:, -1] > 0,
    "a classifier": caller.predict(X[test]),
    "always up": np.ones_like(up),
}
directions = pd.DataFrame(
    {
        name: {
            "accuracy": accuracy_score(up, call),
            "recall of up": recall_score(up, call),
            "recall of down": recall_score(~up, ~call),
            "F1": f1_score(up, call),
        }
        for name, call in calls.items()
    }
).T
print(directions.round(3).to_string())

# %%
# The band of each day, made five days before.

close = prices["close"]
made = X[test].index
due = close.index[close.index.get_indexer(made) + HORIZON]
today = close[made].to_numpy()
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.fill_between(
    due,
    today * np.exp(low[:, -1]),
    today * np.exp(high[:, -1]),
    color="#0072B2",
    alpha=0.25,
    lw=0,
    label="90 % band, five days before",
)
ax.plot(due, close[due], color="0.2", lw=0.7, label="what came")
ax.set(ylabel="S&P 500")
ax.legend(frameon=False)
plt.show()

# %%
# A few forecasts from close by: the last price, the five days after it, and the band,
# which is wide where days have been wild.

shown = made[-90:]
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.plot(close[shown[0] :], color="0.2", lw=0.9, label="what came")
for i in range(len(made) - 90, len(made), 9):
    at = close.index.get_loc(made[i])
    days = close.index[at : at + HORIZON + 1]
    fan = [today[i] * np.exp(np.r_[0.0, part[i]]) for part in (low, middle, high)]
    ax.fill_between(days, fan[0], fan[2], color="#0072B2", alpha=0.25, lw=0)
    ax.plot(days, fan[1], color="#0072B2", lw=1.2)
ax.plot([], [], color="#0072B2", label="median, and 90 % band")
ax.set(ylabel="S&P 500")
ax.legend(frameon=False)
fig.autofmt_xdate()
plt.show()

# %%
# The median is better than the last price by as much as it has learnt that the market
# rises, which is all that either network knows of the direction: each calls *up* every
# day, and what *always up* scores is what the test years gave. The width of the band is
# what can be forecast. It follows the market's moods, covers about as much as it
# should, and loses a tenth less than a band of the past, too wide for calm years.
