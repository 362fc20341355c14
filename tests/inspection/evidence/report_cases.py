"""Rows to report on, and parameters of networks that are quickly trained."""

import pandas as pd
from sklearn.datasets import make_classification

QUICK = {"early_stopping": True, "random_state": 0, "max_iter": 15, "prune_iter": 6}
SIZE = 400


def rows(n_classes=2):
    """Return a table of rows and their classes, the first half to learn from."""
    X, y = make_classification(
        SIZE,
        8,
        n_informative=5,
        n_classes=n_classes,
        flip_y=0.2,
        random_state=1,
    )
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(8)])
    table.index = [f"id{i}" for i in range(SIZE)]
    return table, y


def halves(X, y):
    """Return training and test rows as keywords of a report."""
    half = SIZE // 2
    return (X[half:], y[half:]), {"X_train": X[:half], "y_train": y[:half]}
