"""Neural networks whose sparsity is a hyperparameter, as scikit-learn estimators."""

from skprune.mlp import PrunedMLPClassifier, PrunedMLPRegressor

__version__ = "0.1.0"

__all__ = ["PrunedMLPClassifier", "PrunedMLPRegressor"]
