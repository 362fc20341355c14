"""The activations on arrays."""

from collections.abc import Callable
from functools import partial
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


SORTED = "sort_"


def sorted_by(n: int) -> str:
    """Return the name of the activation that sorts each ``n`` neighbouring outputs."""
    return f"{SORTED}{n}"


def n_sorted(name: str) -> int | None:
    """Return how many outputs an activation sorts at once; None if it sorts none.

    Examples
    --------
    >>> n_sorted("sort_3"), n_sorted("exp")
    (3, None)
    """
    return int(name.removeprefix(SORTED)) if name.startswith(SORTED) else None


def output_activation(name: str) -> Callable[[Array], Array]:
    """Return what turns outputs (outputs, rows) into predictions, by its name."""
    n = n_sorted(name)
    return ACTIVATIONS[name] if n is None else partial(_sort, n)


def _sort(n: int, x: Array) -> Array:
    by_target = x.reshape(-1, n, x.shape[1])
    return np.sort(by_target, axis=1).reshape(x.shape)


# Each takes its argument's memory for the result; outputs run along axis 0.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": _identity,
    "logistic": _logistic,
    "tanh": _tanh,
    "relu": _relu,
    "softmax": _softmax,
    "exp": _exp,
}
