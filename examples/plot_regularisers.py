"""
L1, L2, dropout and pruning side by side
========================================

Four ways to keep a network from learning the noise. All act on the same one, and each
strength is tried. Pruning and L1 leave zeros, of which only pruning's are taken out of
the network; L2 and dropout leave it as large as it was.
"""

# %%
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from skprune import PrunedMLPClassifier

X, y = make_classification(
    1500, 40, n_informative=8, n_redundant=4, flip_y=0.15, class_sep=0.8, random_state=0
)
X = (X - X.mean(0)) / X.std(0)
folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))

# %%
# ``alpha`` is divided by the batch size, as in scikit-learn: useful values are near 1.

dense = {"sparsity": 0, "early_stopping": True, "random_state": 0}
grid = {
    "none": [dense],
    "L2 (alpha)": [dense | {"alpha": alpha} for alpha in (0.3, 1, 3, 10)],
    "L1 (alpha, l1_ratio=1)": [
        dense | {"alpha": alpha, "l1_ratio": 1.0} for alpha in (0.03, 0.1, 0.3, 1)
    ],
    "dropout": [dense | {"dropout": share} for share in (0.1, 0.2, 0.4, 0.6)],
    "pruning (sparsity)": [dense | {"sparsity": s} for s in (0.8, 0.9, 0.95, 0.98)],
}
rows = []
for method, settings in grid.items():
    for each in settings:
        for train, test in folds:
            network = PrunedMLPClassifier((64, 32), **each).fit(X[train], y[train])
            auc = roc_auc_score(y[test], network.predict_proba(X[test])[:, 1])
            strength = str({k: v for k, v in each.items() if dense.get(k) != v} or "")
            rows.append((method, strength, auc, network.n_nonzero_))
found = pd.DataFrame(rows, columns=["method", "strength", "AUC", "non-zeros"])
table = found.groupby(["method", "strength"], sort=False).mean()
print(table.round({"AUC": 3, "non-zeros": 0}).to_string())

# %%
# The best strength of each: AUC, with the standard error over the folds, and size.

best = table["AUC"].groupby("method", sort=False).idxmax()
errors = found.groupby(["method", "strength"], sort=False)["AUC"].sem()
fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
colours = ["#999999", "#56B4E9", "#009E73", "#E69F00", "#D55E00"]
for colour, (method, at) in zip(colours, best.items(), strict=True):
    auc, size = table.loc[at]
    ax.errorbar(size, auc, yerr=errors[at], fmt="o", color=colour, capsize=3)
    ax.annotate(method, (size, auc), xytext=(6, 4), textcoords="offset points")
ax.set(xscale="log", xlabel="non-zero weights", ylabel="AUC", xlim=(100, 20_000))
plt.show()
