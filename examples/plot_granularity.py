"""
Weights, neurons, columns: what goes
====================================

``granularity`` says what a unit is. The same small network, cut in three ways: by
single weights, by whole neurons, by input columns. What is drawn is what predicts:
nothing else is stored.
"""

# %%
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPRegressor
from skprune.inspection import NetworkDisplay

X, y = make_friedman1(1500, n_features=8, noise=0.5, random_state=0)
X = StandardScaler().fit_transform(X)
names = [f"x{i}" for i in range(8)]
# The first five columns matter; the last three are noise.

# %%
# A *weight* is one line of the picture, a *neuron* one of the dots in the middle with
# all of its lines, and a *column* one of the dots on the left with all of its lines. In
# an LSTM network a neuron is a *cell* with its four gates, and a column is a channel at
# each step.

shared = {"early_stopping": True, "learning_rate_init": 0.01, "random_state": 0}
models = {
    "dense": PrunedMLPRegressor((8,), sparsity=0, **shared),
    "weights": PrunedMLPRegressor((8,), sparsity=0.6, **shared),
    "neurons": PrunedMLPRegressor((8,), granularity="unit", sparsity=0.5, **shared),
    "columns": PrunedMLPRegressor(
        (8,), granularity="feature", sparsity=0.375, **shared
    ),
}
rows = {}
for name, model in models.items():
    model.fit(X[:1000], y[:1000])
    rows[name] = {
        "R2": round(model.score(X[1000:], y[1000:]), 3),
        "columns": int((model.feature_importances_ > 0).sum()),
        "neurons": model.coefs_[0].shape[1],
        "weights": model.n_nonzero_,
    }
print(pd.DataFrame(rows).T.to_string())

# %%
# Weights go wherever they matter least, and take a neuron along when it has lost all
# its inputs. Neurons make layers narrower, which every kind of hardware is faster for.
# Columns need not be collected any more.

fig, axes = plt.subplots(2, 2, figsize=(9, 7.5), layout="constrained")
for ax, (name, model) in zip(axes.flat, models.items(), strict=True):
    NetworkDisplay.from_estimator(model, feature_names=names, ax=ax)
    handles = ax.get_legend().legend_handles
    ax.get_legend().remove()
    ax.set_title(name if name == "dense" else f"pruned by {name}", pad=14)
fig.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
plt.show()
