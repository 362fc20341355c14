"""Which sparsities a path goes through."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_LEVELS = 10
"""So many levels where nobody says which, the dense network being the first."""


def checked_levels(sparsities: Any) -> tuple[float, ...]:
    """Return sparsities in ascending order, each once.

    Raises
    ------
    ValueError
        If there is none, or one is outside of [0, 1).

    Examples
    --------
    >>> checked_levels([0.9, 0.5, 0.9])
    (0.5, 0.9)
    """
    try:
        levels = np.unique(np.asarray(sparsities, dtype=float))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"sparsities must be numbers in [0, 1), got {sparsities!r}."
        ) from error
    if not levels.size or not np.all((levels >= 0) & (levels < 1)):
        raise ValueError(f"sparsities must be numbers in [0, 1), got {sparsities!r}.")
    return tuple(levels.tolist())


def spaced_levels(n_units: int, n_least: int) -> tuple[float, ...]:
    """Return levels spaced evenly in the logarithm of how many units stay.

    From all of ``n_units`` down to ``n_least``; fewer where whole units are few.

    Examples
    --------
    >>> spaced_levels(8, 1)
    (0.0, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875)
    """
    if n_units <= n_least:
        return (0.0,)
    kept: NDArray[Any] = np.geomspace(n_units, n_least, N_LEVELS).round()
    # As many digits as it takes to tell the numbers of units apart.
    digits = max(3, math.ceil(math.log10(n_units)) + 1)
    return tuple(np.unique((1.0 - kept / n_units).round(digits)).tolist())
