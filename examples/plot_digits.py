"""
Digits as images: which pixels are needed
=========================================

Pruned by input column, a network says which pixels it can do without. The digits are
those of scikit-learn, eight by eight pixels.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skprune import PrunedMLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# Half of the pixels, four fifths of the neurons and nine tenths of the weights go. What
# is scored is the compact network: its size is that of the arrays that are left.

settings = {"early_stopping": True, "random_state": 0}
models = {
    "dense": PrunedMLPClassifier(sparsity=0, **settings),
    "90 % of weights": PrunedMLPClassifier(sparsity=0.9, **settings),
    "80 % of neurons": PrunedMLPClassifier(
        granularity="unit", sparsity=0.8, **settings
    ),
    "50 % of pixels": PrunedMLPClassifier(
        granularity="feature", sparsity=0.5, **settings
    ),
    "75 % of pixels": PrunedMLPClassifier(
        granularity="feature", sparsity=0.75, **settings
    ),
}
rows = {}
for name, network in models.items():
    model = make_pipeline(MinMaxScaler(), network).fit(X_train, y_train)
    rows[name] = {
        "accuracy": model.score(X_test, y_test),
        "pixels": int((network.feature_importances_ > 0).sum()),
        "non-zeros": network.n_nonzero_,
        "bytes": network.pruning_report_.pruned.bytes,
    }
table = pd.DataFrame(rows).T
print(table.to_string(formatters={"accuracy": "{:.3f}".format}, float_format="%.0f"))

# %%
# The pixels that are read, darker the more they matter. The margin goes first.

fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8), layout="constrained")
for ax, name in zip(axes, ["dense", "50 % of pixels", "75 % of pixels"], strict=True):
    importance = models[name].feature_importances_.reshape(8, 8)
    ax.imshow(np.where(importance > 0, importance, np.nan), cmap="Blues", vmin=0)
    ax.set(title=name, xticks=[], yticks=[], facecolor="0.9")
plt.show()
