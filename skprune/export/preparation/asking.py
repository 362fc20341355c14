"""What a fitted step makes of rows, as it says itself."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]


def ask(step: Any, rows: Array) -> Array:
    """Return what a step makes of rows: (n_rows, n_outputs)."""
    with warnings.catch_warnings():
        # That the rows have no names, and that one of their levels isn't known.
        warnings.simplefilter("ignore", UserWarning)
        out = step.transform(rows)
    return out.toarray() if sparse.issparse(out) else np.asarray(out)
