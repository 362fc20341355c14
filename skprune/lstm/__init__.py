"""LSTM networks whose sparsity is a hyperparameter."""

from skprune.lstm.classifier import PrunedLSTMClassifier
from skprune.lstm.regressor import PrunedLSTMRegressor

__all__ = ["PrunedLSTMClassifier", "PrunedLSTMRegressor"]
