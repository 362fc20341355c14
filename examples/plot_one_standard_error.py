"""
How sparse? The one-standard-error choice
=========================================

The best mean score of a grid is often that of a level which the folds cannot tell from
sparser ones. The rule of one standard error takes the sparsest level whose score is
within one standard error of the best.
"""

# %%
import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.preprocessing import make_tabular_preprocessor

LEVELS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98]
N_FOLDS = 5


def standard_error(results):
    """Return that of each level's mean: the deviation of the folds divides by N."""
    return results["std_test_score"] / np.sqrt(N_FOLDS - 1)


def sparsest_within_one_se(results):
    """Return the index that ``refit`` is to take."""
    mean, best = results["mean_test_score"], results["mean_test_score"].argmax()
    enough = mean >= mean[best] - standard_error(results)[best]
    return int(np.flatnonzero(enough)[-1])


# %%
# ``memory=`` keeps the dense phase, which is the same for all levels of a fold: the
# grid trains five dense networks, not thirty.

X, y = load_german_credit(return_X_y=True, as_frame=True)
with tempfile.TemporaryDirectory() as folder:
    network = PrunedMLPClassifier(
        (32,), early_stopping=True, prune_iter=30, memory=folder, random_state=0
    )
    search = GridSearchCV(
        make_pipeline(make_tabular_preprocessor(), network),
        {"prunedmlpclassifier__sparsity": LEVELS},
        scoring="roc_auc",
        cv=StratifiedKFold(N_FOLDS, shuffle=True, random_state=0),
        refit=sparsest_within_one_se,
    ).fit(X, y)
print(search.best_params_)

# %%
# Each level's mean with its standard error. The band is one standard error below the
# best.

mean, error = search.cv_results_["mean_test_score"], standard_error(search.cv_results_)
best, chosen = mean.argmax(), search.best_index_
at = np.arange(len(LEVELS))
fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.axhspan(mean[best] - error[best], mean[best], color="#0072B2", alpha=0.12, lw=0)
ax.errorbar(at, mean, yerr=error, fmt="o-", capsize=3, color="#0072B2")
ax.plot(at[chosen], mean[chosen], "o", color="#D55E00", markersize=9)
ax.annotate(
    "chosen",
    (at[chosen], mean[chosen]),
    xytext=(0, -18),
    textcoords="offset points",
    ha="center",
    color="#B34700",
)
ax.set_xticks(at, [f"{level:.0%}" for level in LEVELS])
ax.set(xlabel="weights gone", ylabel="AUC, mean of five folds")
plt.show()
