"""
German credit, from the raw table to the report
===============================================

A thousand loans with categories and numbers, of which three in ten went bad. The table
is prepared in one step, a network is trained and cut down, and the report puts the
dense network beside the pruned one.
"""

# %%
import matplotlib.pyplot as plt
from sklearn.metrics import RocCurveDisplay, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.metrics import ks_score
from skprune.preprocessing import make_tabular_preprocessor

X, y = load_german_credit(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=0
)

# %%
# Nine in ten weights go. The rows set aside by ``early_stopping`` choose the epoch that
# stays and how strongly the weights are held while they are cut.

model = make_pipeline(
    make_tabular_preprocessor(),
    PrunedMLPClassifier((64, 32), sparsity=0.9, early_stopping=True, random_state=0),
)
model.fit(X_train, y_train)
print(model[-1].pruning_report_)

# %%
# Rows that nobody has seen are the ones that count.

proba = model.predict_proba(X_test)[:, 1]
print(f"AUC {roc_auc_score(y_test, proba):.3f}, KS {ks_score(y_test, proba):.3f}")

fig, ax = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
RocCurveDisplay.from_predictions(
    y_test, proba, name="pruned network", plot_chance_level=True, ax=ax
)
ax.set_title("250 loans held out")
plt.show()
