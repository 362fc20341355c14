"""
Your own criterion
==================

A criterion says which units stay. It is a class with one method, which sees the weights
of a group of units and whatever else it names in ``needs``.
"""

# %%
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skprune import PrunedMLPClassifier
from skprune.criteria import Criterion


class SizeTimesInput(Criterion):
    """The size of a weight times a power of the size of what it multiplies."""

    needs = ("weight", "activation")

    def __init__(self, power=0.5):
        self.power = power

    def score(self, view):
        return (view.weight.abs() * view.activation**self.power).sum(1)


# %%
# It is passed in place of a name. With ``power=0`` it is the magnitude, with 1 nearly
# ``"activation"``; a search can tune it like any parameter.

X, y = make_classification(
    1500, 40, n_informative=6, n_redundant=0, n_clusters_per_class=3, random_state=0
)
X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

criteria = {
    "own, power 0": SizeTimesInput(0),
    "own, power 0.5": SizeTimesInput(0.5),
    "own, power 1": SizeTimesInput(1),
    "lamp": "lamp",
    "random": "random",
}
auc = {}
for name, criterion in criteria.items():
    model = PrunedMLPClassifier(
        (32,), criterion=criterion, sparsity=0.95, early_stopping=True, random_state=0
    ).fit(X_train, y_train)
    auc[name] = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
auc = pd.Series(auc, name="AUC")
print(auc.round(3).to_string())

# %%
# One set and one seed: differences of a hundredth are noise.

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.plot(auc, auc.index, "o", color="#0072B2", markersize=8)
ax.invert_yaxis()
ax.grid(axis="x", color="0.9")
ax.set(xlabel="AUC on held-out rows, 95 % of the weights gone")
plt.show()
