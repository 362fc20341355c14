"""Which contributions are a row's main reasons.

Scoring files hold this text as it is: it needs NumPy alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]

DECIMALS = 7
"""Contributions that are equal to so many decimals of the row's largest are ties, and
one that is 0 to so many is no reason."""


def main_reasons(rise: Floats, names: Array, n_reasons: int) -> tuple[Array, Floats]:
    """Return what raises the risk most, by name and size: (rows, n_reasons) each."""
    size = np.abs(rise).max(axis=1, keepdims=True, initial=0)
    share = np.round(rise / np.where(size > 0, size, 1), DECIMALS)
    # Stable: ties stay in the order of the columns.
    order = np.argsort(-share, axis=1, kind="stable")[:, :n_reasons]
    raises = np.take_along_axis(share, order, axis=1) > 0
    rows, ranks = np.nonzero(raises)
    columns = order[rows, ranks]
    reasons = np.full((len(rise), n_reasons), None, dtype=object)
    strengths = np.full(reasons.shape, np.nan)
    reasons[rows, ranks] = names[columns]
    strengths[rows, ranks] = rise[rows, columns]
    return reasons, strengths
