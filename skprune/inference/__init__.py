"""Prediction from plain arrays: NumPy and SciPy, no torch.

Activations are kept transposed, (units, rows): a row-major CSR matrix times such
a block streams contiguous rows, and so does BLAS. Nothing here starts threads of
its own; what BLAS starts, joblib and threadpoolctl limit.
"""

from skprune.inference.activations import ACTIVATIONS
from skprune.inference.average import EnsemblePredictor
from skprune.inference.layer import Layer
from skprune.inference.predictor import StackPredictor

__all__ = ["ACTIVATIONS", "EnsemblePredictor", "Layer", "StackPredictor"]
