"""
A teacher: boosted trees behind a small network
===============================================

The truth here is made of steps, of which boosted trees find more than a small network
does. As ``teacher`` they say what they think of each row, and are asked only about rows
that they have not seen. What predicts afterwards is the network alone.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skprune import PrunedMLPClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(2500, 20))
steps = (X[:, 0] > 0.3) ^ (X[:, 1] > -0.2), X[:, 2] > 0.5, np.abs(X[:, 3]) > 1
log_odds = 2 * steps[0] + 1.5 * steps[1] - 1.5 * steps[2] - 1
y = (rng.random(2500) < 1 / (1 + np.exp(-log_odds))).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
trees = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=0)

# %%
# Three seeds each: the loss of rows held out.

rows = []
for seed in range(3):
    for name, teacher in (("labels alone", None), ("with a teacher", trees)):
        model = PrunedMLPClassifier(
            (32,),
            sparsity=0.9,
            early_stopping=True,
            prune_iter=40,
            teacher=teacher,
            random_state=seed,
        ).fit(X_train, y_train)
        loss = log_loss(y_test, model.predict_proba(X_test))
        rows.append({"network": name, "log loss": loss})
losses = pd.DataFrame(rows).groupby("network")["log loss"].agg(["mean", "min", "max"])
of_trees = log_loss(y_test, trees.fit(X_train, y_train).predict_proba(X_test))
print(losses.round(3).to_string())
print(f"the trees themselves: {of_trees:.3f}")

# %%
fig, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
spread = np.abs(losses[["min", "max"]].to_numpy().T - losses["mean"].to_numpy())
ax.errorbar(
    losses["mean"], losses.index, xerr=spread, fmt="o", capsize=3, color="#0072B2"
)
ax.axvline(of_trees, color="#D55E00", lw=1)
ax.annotate(
    " trees",
    (of_trees, 1),
    xycoords=("data", "axes fraction"),
    va="top",
    color="#B34700",
)
ax.margins(y=0.4)
ax.set(xlabel="log loss of 1,000 rows held out: mean and range of three seeds")
plt.show()
