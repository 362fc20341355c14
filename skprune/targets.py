"""Targets as the networks see them, and back."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

Array = NDArray[Any]


class Encoded(NamedTuple):
    """Targets for training.

    Attributes
    ----------
    y : ndarray of float32 of shape (n_rows, n_outputs), or int64 of shape (n_rows,)
    loss : str
        Name of the loss.
    out_activation : str
        What turns the network's output into a prediction.
    n_outputs : int
    """

    y: Array
    loss: str
    out_activation: str
    n_outputs: int


def find_classes(y: Array) -> tuple[Array, bool]:
    """Return the classes of a target, and whether it is multilabel.

    Raises
    ------
    ValueError
        If ``y`` is continuous, multi-output without being multilabel, or has one
        class only.
    """
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind == "multilabel-indicator":
        return np.arange(y.shape[1]), True
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. Maybe you are trying to fit a classifier, "
            "which expects discrete classes on a regression target with continuous "
            "values."
        )
    classes = np.unique(column_or_1d(y))
    if len(classes) < 2:
        raise ValueError(
            "This classifier needs samples of at least 2 classes in the data, but "
            f"the data contains only one class: {classes[0]!r}"
        )
    return classes, False


def encode_classes(y: Array, classes: Array, multilabel: bool) -> Encoded:
    """Return indicator columns, one of two classes, or class indices."""
    if multilabel:
        return Encoded(np.asarray(y, np.float32), "binary", "logistic", y.shape[1])
    index = np.searchsorted(classes, y)
    known = classes[np.minimum(index, len(classes) - 1)] == y
    if not np.all(known):
        raise ValueError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {classes}. "
            f"'y' has {np.unique(y)}."
        )
    if len(classes) == 2:
        return Encoded(index.astype(np.float32)[:, None], "binary", "logistic", 1)
    return Encoded(index.astype(np.int64), "multiclass", "softmax", len(classes))


class Scaling(NamedTuple):
    """A target's centre and scale, by output.

    A network that starts near zero needs a target of unit size; with several
    outputs each then weighs the same, whatever its unit.

    Attributes
    ----------
    centre, scale : ndarray of float64 of shape (n_outputs,)
    """

    centre: Array
    scale: Array

    @classmethod
    def fit(cls, y: Array, weight: Array | None) -> "Scaling":
        """Return the weighted mean and standard deviation of each output."""
        centre = np.average(y, axis=0, weights=weight)
        spread = np.sqrt(np.average((y - centre) ** 2, axis=0, weights=weight))
        # A constant target leaves rounding errors behind, which are no spread; with
        # a scale of 0 it is predicted as it is.
        return cls(centre, np.where(spread > 1e-12 * np.abs(centre), spread, 0.0))

    @property
    def divisor(self) -> Array:
        """The scale, 1 where the target is constant."""
        return np.where(self.scale > 0, self.scale, 1.0)

    def apply(self, y: Array) -> Array:
        """Return the target in units of its scale, as float32."""
        return np.asarray((y - self.centre) / self.divisor, np.float32)

    def into_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return an output layer that predicts in the target's own units."""
        return weight * self.scale[:, None], bias * self.scale + self.centre

    def out_of_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Undo :meth:`into_layer`."""
        divisor = self.divisor
        return weight / divisor[:, None], (bias - self.centre) / divisor
