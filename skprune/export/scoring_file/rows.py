"""Rows for a network that reads them as they are."""

from typing import Any

import numpy as np


def inputs(model: dict[str, Any], X: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return what the networks read, (n_samples, n_features) of float32."""
    rows, width = np.asarray(X, np.float32), int(model["n_features"])
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"X has shape {rows.shape}; expected rows of {width} features")
    return rows
