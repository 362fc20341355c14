"""Pruned neural networks as scikit-learn estimators."""
