"""
One bad in five: what class weights do, and how to undo it
==========================================================

With 80 % good and 20 % bad, a network that is to find the bad ones can be trained with
``class_weight="balanced"``, or its threshold can be moved. The ranking is about the
same. The probabilities are not: balanced ones are far too high, and a shift of the
log-odds mends them.
"""

# %%
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import (
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPClassifier
from skprune.scorecard import to_central_tendency

X, y = make_classification(
    4000,
    20,
    n_informative=6,
    n_redundant=2,
    weights=[0.8],
    flip_y=0.1,
    class_sep=0.7,
    random_state=0,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

# %%
# Three networks without 95 % of their weights: as it comes, balanced, and balanced with
# its log-odds shifted to the share of bad rows in training.

settings = {"sparsity": 0.95, "early_stopping": True, "random_state": 0}
plain = PrunedMLPClassifier((64, 32), **settings).fit(X_train, y_train)
balanced = PrunedMLPClassifier((64, 32), class_weight="balanced", **settings)
balanced.fit(X_train, y_train)
shifted = to_central_tendency(balanced, X_train, rate=y_train.mean())


def measures(model, threshold=0.5):
    proba = model.predict_proba(X_test)[:, 1]
    label = proba > threshold
    return {
        "AUC": roc_auc_score(y_test, proba),
        "recall": recall_score(y_test, label),
        "precision": precision_score(y_test, label),
        "F1": f1_score(y_test, label),
        "Brier": brier_score_loss(y_test, proba),
        "mean probability": proba.mean(),
    }


table = pd.DataFrame(
    {
        "plain": measures(plain),
        "plain, threshold at the rate": measures(plain, y_train.mean()),
        "balanced": measures(balanced),
        "balanced, shifted": measures(shifted),
    }
).T
print(table.round(3).to_string())
print(f"share of bad rows: {y_test.mean():.3f}")

# %%
# Calibration on the test rows. Above the diagonal the model is too low, below it too
# high.

fig, ax = plt.subplots(figsize=(5, 4.5), layout="constrained")
models = {"plain": plain, "balanced": balanced, "balanced, shifted": shifted}
looks = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^")]
for (name, model), (colour, marker) in zip(models.items(), looks, strict=True):
    CalibrationDisplay.from_estimator(
        model,
        X_test,
        y_test,
        n_bins=8,
        strategy="quantile",
        name=name,
        ax=ax,
        color=colour,
        marker=marker,
    )
ax.set_title("Predicted and observed share of bad rows")
plt.show()
