"""Activations with their derivatives, and their mean slopes between two points.

Scoring files hold this text as it is: it needs NumPy alone.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLOSE = 1e-5
"""Nearer than this a secant is the derivative in the middle, off by some 1e-11; by a
quotient it would be off by its rounding, 1e-16 over the distance."""


class Activation(NamedTuple):
    """A function of numbers and its derivative."""

    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]


def expit(z: Floats) -> Floats:
    """Return the logistic function, by tanh, which never overflows."""
    return (np.tanh(z / 2) + 1) / 2


SLOPES = {
    "identity": Activation(lambda z: z, np.ones_like),
    "relu": Activation(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "logistic": Activation(expit, lambda z: expit(z) * expit(-z)),
    "exp": Activation(np.exp, np.exp),
}


def secant(activation: str, low: Floats, high: Floats) -> Floats:
    """Return the mean slope between two inputs, the derivative where they are one."""
    function, derivative = SLOPES[activation]
    rise = high - low
    # Of lines on either side of a kink the quotient is right at any distance.
    least = 0.0 if activation in ("identity", "relu") else CLOSE
    near = np.abs(rise) <= least
    slope = np.empty_like(rise)
    slope[near] = derivative((low[near] + high[near]) / 2)
    np.divide(function(high) - function(low), rise, out=slope, where=~near)
    return slope
