"""Multi-layer perceptrons whose sparsity is a hyperparameter."""

from skprune.mlp.classifier import PrunedMLPClassifier
from skprune.mlp.regressor import PrunedMLPRegressor

__all__ = ["PrunedMLPClassifier", "PrunedMLPRegressor"]
