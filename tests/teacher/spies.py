"""Teachers that remember what they were given."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

FITS = []
"""What each fit of a spy got, in order."""


class SpyClassifier(ClassifierMixin, BaseEstimator):
    """Gives the classes' shares; asserts that it is asked about others alone."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        FITS.append({"X": X, "y": y, "weight": sample_weight, "self": self})
        self.seen_ = set(ids(X))
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X):
        assert not self.seen_ & set(ids(X))
        return np.tile(self.shares_, (len(ids(X)), 1))


class SpyRegressor(RegressorMixin, BaseEstimator):
    """Predicts the number of its last row in time."""

    def fit(self, X, y, sample_weight=None):
        FITS.append({"X": X, "y": y, "weight": sample_weight, "self": self})
        self.last_ = max(ids(X))
        return self

    def predict(self, X):
        return np.full(len(ids(X)), self.last_)


def ids(X):
    """Return the rows' numbers, which stand in the first column."""
    X = X.to_numpy() if hasattr(X, "to_numpy") else X
    first = X[:, [0]].toarray() if hasattr(X, "toarray") else np.asarray(X)[:, [0]]
    return np.round(first[:, 0]).astype(int).tolist()
