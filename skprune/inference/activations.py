"""The activations on arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit

Array = np.ndarray[Any, np.dtype[Any]]


def _identity(x: Array) -> Array:
    return x


def _logistic(x: Array) -> Array:
    out: Array = expit(x, out=x)
    return out


def _tanh(x: Array) -> Array:
    return np.tanh(x, out=x)


def _relu(x: Array) -> Array:
    # A row of zeros: NumPy takes twice as long for a single number.
    return np.maximum(x, np.zeros(x.shape[-1], x.dtype), out=x)


def _softmax(x: Array) -> Array:
    # Less the largest no exponential overflows, and their sum is at least 1.
    x -= x.max(0)
    np.exp(x, out=x)
    x /= x.sum(0)
    return x


def _exp(x: Array) -> Array:
    return np.exp(x, out=x)


# Each takes its argument's memory for the result; outputs run along axis 0.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": _identity,
    "logistic": _logistic,
    "tanh": _tanh,
    "relu": _relu,
    "softmax": _softmax,
    "exp": _exp,
}
