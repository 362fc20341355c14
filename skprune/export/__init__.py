"""Ways to take a fitted network along: ONNX, torch, SQL, or NumPy alone.

Every export is run on rows before it is handed out, and must give what the
estimator gives.
"""

from skprune.export.convert import to_numpy, to_onnx, to_torch
from skprune.export.sql import to_sql

__all__ = ["to_numpy", "to_onnx", "to_sql", "to_torch"]
