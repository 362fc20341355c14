"""A raw table made ready for a network."""

from skprune.preprocessing.groups import column_groups
from skprune.preprocessing.pieces import PiecewiseLinearEncoder
from skprune.preprocessing.table import make_tabular_preprocessor

__all__ = ["PiecewiseLinearEncoder", "column_groups", "make_tabular_preprocessor"]
