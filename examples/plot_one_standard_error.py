"""
How sparse? The one-standard-error choice
=========================================

The best mean score of a grid is often that of a level which the folds cannot tell from
sparser ones. The rule of one standard error takes the sparsest level whose score is
within one standard error of the best.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier, SparsitySearchCV
from skprune.datasets import load_german_credit
from skprune.preprocessing import make_tabular_preprocessor

LEVELS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98]
N_FOLDS = 5

# %%
# The search trains one dense network a fold and takes it down from level to level.

X, y = load_german_credit(return_X_y=True, as_frame=True)
network = PrunedMLPClassifier((32,), early_stopping=True, prune_iter=20, random_state=0)
search = SparsitySearchCV(
    make_pipeline(make_tabular_preprocessor(), network),
    sparsities=LEVELS,
    scoring="roc_auc",
    cv=StratifiedKFold(N_FOLDS, shuffle=True, random_state=0),
    rule="one_se",
).fit(X, y)
print(f"{search.best_sparsity_:.0%} of the weights go")

# %%
# Each level's mean with its standard error. The band is one standard error below the
# best.

mean = search.cv_results_["mean_test_score"]
# The deviation of the folds in the table divides by N.
error = search.cv_results_["std_test_score"] / np.sqrt(N_FOLDS - 1)
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
