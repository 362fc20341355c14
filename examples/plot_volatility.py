"""
The volatility of the next five days
====================================

Windows of the S&P 500 go in, the root mean square of the next five daily returns comes
out. Tomorrow's direction cannot be forecast; how far prices move can. Half of the cells
of an LSTM network go, and quantiles say how sure it is.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import mean_pinball_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor
from skprune.datasets import load_sp500
from skprune.time_series import sliding_windows

close = load_sp500(as_frame=True).data["close"]
returns = np.log(close).diff().dropna()[-1600:]
table = pd.DataFrame({"return": returns, "size": np.log(returns.abs() + 1e-3)})
X, ahead = sliding_windows(table, returns, window=10, horizon=5)
y = 100 * np.sqrt((ahead**2).mean(axis=1))

# %%
# The past teaches, the future tests. Between them four rows are left out, whose targets
# reach into the test.

n_train = 1100
train, test = slice(n_train - 4), slice(n_train, None)


def forecaster(quantile):
    """Return a small LSTM network for one quantile."""
    return make_pipeline(
        StandardScaler(),
        PrunedLSTMRegressor(
            (8,),
            dense_layer_sizes=(),
            n_timesteps=10,
            granularity="unit",
            sparsity=0.5,
            loss="quantile",
            quantile=quantile,
            learning_rate_init=0.01,
            early_stopping=True,
            max_iter=40,
            prune_iter=20,
            random_state=0,
        ),
    )


levels = [0.1, 0.5, 0.9]
forecasts = {q: forecaster(q).fit(X[train], y[train]).predict(X[test]) for q in levels}

# %%
# Beside it the quantiles of the past as a whole, which know nothing of the last days.

for q, forecast in forecasts.items():
    constant = np.full(len(forecast), np.quantile(y[train], q))
    ours = mean_pinball_loss(y[test], forecast, alpha=q)
    theirs = mean_pinball_loss(y[test], constant, alpha=q)
    print(f"quantile {q}: pinball loss {ours:.4f}, of a constant {theirs:.4f}")
inside = (y[test] >= forecasts[0.1]) & (y[test] <= forecasts[0.9])
print(f"between the outer two: {inside.mean():.0%} of the days, 80 % were asked for")

# %%
days = y[test].index
fig, ax = plt.subplots(figsize=(7.5, 3.4), layout="constrained")
ax.fill_between(days, forecasts[0.1], forecasts[0.9], color="#0072B2", alpha=0.2, lw=0)
ax.plot(days, forecasts[0.5], color="#0072B2", label="median, and 10 to 90 %")
ax.plot(days, y[test], color="0.35", lw=0.8, label="what came")
ax.set(ylabel="volatility, % a day")
ax.legend(frameon=False)
plt.show()
