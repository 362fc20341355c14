"""The paths from inputs to outputs, counted by the sign of their weights' product."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def count_paths(weights: Sequence[Array]) -> tuple[Array, Array]:
    """Return how many paths lead from each input to each output, by sign.

    Whether there is one is exact, whatever the rounding: numbers of paths are whole,
    and sums of numbers that are not negative.

    Parameters
    ----------
    weights : sequence of ndarray of shape (fan_out, fan_in)
        Of all layers, from the first to the last; zeros are no connections.

    Returns
    -------
    positive, negative : ndarray of float64 of shape (n_outputs, n_inputs)

    Examples
    --------
    >>> import numpy as np
    >>> first = np.array([[1.0, 0.0], [-2.0, 3.0]])
    >>> count_paths([first, np.array([[0.5, 0.1]])])
    (array([[1., 1.]]), array([[1., 0.]]))
    """
    # From the few outputs back, so that a wide table costs no more than its weights.
    positive = np.eye(weights[-1].shape[0])
    negative = np.zeros_like(positive)
    for weight in reversed(weights):
        up, down = (weight > 0).astype(float), (weight < 0).astype(float)
        positive, negative = (
            positive @ up + negative @ down,
            positive @ down + negative @ up,
        )
    return positive, negative
