"""
Several small networks instead of one
=====================================

``n_networks=5`` trains five networks from different seeds, as one batched product, and
averages their probabilities. Pruned to a tenth each, they are together half as large as
one dense network.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.preprocessing import make_tabular_preprocessor

X, y = load_german_credit(return_X_y=True, as_frame=True)
folds = list(
    RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0).split(X, y)
)

# %%
# The same folds for all, so that what one model has over another can be told from the
# luck of a fold: differences to the dense network, with their standard errors.

settings = {"early_stopping": True, "random_state": 0}
models = {
    "one dense": PrunedMLPClassifier((64, 32), sparsity=0, **settings),
    "one pruned": PrunedMLPClassifier((64, 32), sparsity=0.9, **settings),
    "five dense": PrunedMLPClassifier((64, 32), sparsity=0, n_networks=5, **settings),
    "five pruned": PrunedMLPClassifier(
        (64, 32), sparsity=0.9, n_networks=5, **settings
    ),
}
scores, sizes = {}, {}
for name, network in models.items():
    scores[name], sizes[name] = [], []
    for train, test in folds:
        model = make_pipeline(make_tabular_preprocessor(), network)
        model.fit(X.iloc[train], y.iloc[train])
        proba = model.predict_proba(X.iloc[test])[:, 1]
        scores[name].append(roc_auc_score(y.iloc[test], proba))
        sizes[name].append(network.n_nonzero_)
scores = pd.DataFrame(scores)
gaps = scores.sub(scores["one dense"], axis=0)
table = pd.DataFrame(
    {
        "AUC": scores.mean(),
        "less one dense": gaps.mean(),
        "its standard error": gaps.sem(),
        "non-zeros": pd.DataFrame(sizes).mean(),
    }
)
print(table.round({"AUC": 3, "less one dense": 4, "its standard error": 4}).to_string())

# %%
fig, ax = plt.subplots(figsize=(5.5, 3), layout="constrained")
at = np.arange(len(table))[::-1]
ax.errorbar(table["AUC"], at, xerr=scores.sem(), fmt="o", color="#0072B2", capsize=3)
ax.set_yticks(at, table.index)
ax.set(xlabel="AUC, mean and standard error over the folds", title="German credit")
plt.show()
