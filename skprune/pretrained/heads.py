"""What the outputs of a network say, by its last layer and the targets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target

from skprune.estimator.given import Given, WeightAndBias
from skprune.estimator.targets import find_classes

Array = NDArray[Any]


def of_outputs(
    layers: Sequence[WeightAndBias],
    activation: str,
    head: str | None,
    y: Array,
    *,
    classifies: bool | None = None,
    classes: Array | None = None,
) -> Given:
    """Return a network whose outputs are read as the targets are.

    Parameters
    ----------
    layers : sequence of (weight, bias)
    activation : str
    head : {'logistic', 'softmax'} or None
        What follows the last layer.
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
    classifies : bool, optional
        Whether the outputs are of classes; the targets tell by default.
    classes : ndarray, optional
        Those that the network knows, where it says so.

    Raises
    ------
    ValueError
        If outputs and targets do not go together.
    """
    if classifies is None:
        classifies = head is not None or _are_classes(y, len(layers[-1][1]))
    if classifies:
        return _of_classes(layers, activation, head, y, classes)
    if head is not None:
        raise ValueError(
            f"The network ends in probabilities ({head}), but is to predict numbers."
        )
    return Given(layers, activation, "identity")


def _are_classes(y: Array, n_outputs: int) -> bool:
    kind = type_of_target(y)
    # One output tells two classes apart, and no more: whole numbers then.
    return kind in ("binary", "multilabel-indicator") or (
        kind == "multiclass" and n_outputs > 1
    )


def _of_classes(
    layers: Sequence[WeightAndBias],
    activation: str,
    head: str | None,
    y: Array,
    classes: Array | None,
) -> Given:
    found, multilabel = find_classes(y)
    n_outputs = len(layers[-1][1])
    expected = "logistic" if multilabel or n_outputs == 1 else "softmax"
    if head not in (None, expected):
        raise ValueError(
            f"The network has {n_outputs} outputs and ends in {head}, but with such "
            f"targets it must end in {expected}, or in its last Linear layer."
        )
    if multilabel:
        return Given(layers, activation, expected, np.arange(n_outputs), True)
    known = found if classes is None else classes
    classes = _one_for_each(known, max(n_outputs, 2))
    if n_outputs == 2:
        layers, expected = [*layers[:-1], _one_logit(*layers[-1])], "logistic"
    return Given(layers, activation, expected, classes)


def _one_for_each(classes: Array, n_classes: int) -> Array:
    """Return a class for each output: as found, or 0, 1, 2... where some are missing.

    That is how torch counts classes.
    """
    if len(classes) == n_classes:
        return classes
    whole = classes.dtype.kind in "iub"
    if whole and 0 <= classes.min() and classes.max() < n_classes:
        return np.arange(n_classes)
    raise ValueError(
        f"The network tells {n_classes} classes apart, but y has {len(classes)}: "
        f"{classes}."
    )


def _one_logit(weight: Array, bias: Array) -> WeightAndBias:
    """Return what tells the second of two classes from the first.

    The softmax of (a, b) is (1 - p, p) with p = 1 / (1 + exp(a - b)), the logistic
    function of b - a.
    """
    return weight[1:] - weight[:1], bias[1:] - bias[:1]
