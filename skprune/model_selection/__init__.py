"""Choosing the sparsity: a path of models, and its cross-validation."""

from skprune.model_selection.path import PathPoint, SparsityPath, sparsity_path
from skprune.model_selection.search import SparsitySearchCV

__all__ = ["PathPoint", "SparsityPath", "SparsitySearchCV", "sparsity_path"]
