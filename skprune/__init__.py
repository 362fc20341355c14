"""Neural networks whose sparsity is a hyperparameter, as scikit-learn estimators."""

from skprune.lstm import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.mlp import PrunedMLPClassifier, PrunedMLPRegressor

__version__ = "0.1.0"

__all__ = [
    "PrunedLSTMClassifier",
    "PrunedLSTMRegressor",
    "PrunedMLPClassifier",
    "PrunedMLPRegressor",
]
