"""Targets as the networks see them, and back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

if TYPE_CHECKING:
    from skprune.losses.base import Loss

Array = NDArray[Any]


@dataclass(frozen=True)
class Targets:
    """What targets are like, to a network.

    They are themselves of float32, (n_rows, n_outputs), or class indices, (n_rows,).

    Attributes
    ----------
    loss : Loss
    n_outputs : int
    scaling : Scaling or None
        Between the target's own units and the network's; None for classes.
    """

    loss: "Loss"
    n_outputs: int
    scaling: "Scaling | None" = None

    def into_own_units(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return an output layer that predicts in the units of ``y``."""
        if self.scaling is None:
            return weight, bias
        weight, bias = self.scaling.into_layer(weight, bias)
        return weight.astype(np.float32), np.asarray(bias, np.float64)

    def into_unit_size(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Undo :meth:`into_own_units`."""
        if self.scaling is None:
            return weight, bias
        return self.scaling.out_of_layer(weight, bias)

    @property
    def loss_scale(self) -> float:
        """What turns the loss of the network's targets into that of ``y``."""
        return (
            1.0 if self.scaling is None else self.loss.in_own_units(self.scaling.scale)
        )


def find_classes(y: Array) -> tuple[Array, bool]:
    """Return the classes of a target, and whether it is multilabel.

    Raises
    ------
    ValueError
        If ``y`` is continuous, or multi-output without being multilabel.
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
    return np.unique(column_or_1d(y)), False


def encode_classes(y: Array, classes: Array, multilabel: bool) -> tuple[Array, str]:
    """Return indicator columns or class indices, and the name of their loss.

    Of one or two classes there is one column, of more there are indices.

    Raises
    ------
    ValueError
        If ``y`` holds a class, or a number of labels, that is not known.
    """
    if multilabel:
        if y.ndim != 2 or y.shape[1] != len(classes):
            raise ValueError(
                f"y has shape {y.shape}, but the network was fitted with "
                f"{len(classes)} labels: a column for each is expected."
            )
        return np.asarray(y, np.float32), "binary"
    if y.ndim != 1:
        raise ValueError(
            f"y has shape {y.shape}, but the network was fitted with one column of "
            f"the classes {classes}."
        )
    index = np.searchsorted(classes, y)
    known = classes[np.minimum(index, len(classes) - 1)] == y
    if not np.all(known):
        raise ValueError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {classes}. "
            f"'y' has {np.unique(y)}."
        )
    if len(classes) <= 2:
        return index.astype(np.float32)[:, None], "binary"
    return index.astype(np.int64), "multiclass"


@dataclass(frozen=True)
class Scaling(ABC):
    """How targets of any size become targets of unit size, by output.

    A network that starts near zero needs a target of unit size; with several
    outputs each then weighs the same, whatever its unit.

    Attributes
    ----------
    centre, scale : ndarray of float64 of shape (n_outputs,)
        A scale of 0 is that of a constant target, which is predicted as it is.
    """

    centre: Array
    scale: Array

    @classmethod
    @abstractmethod
    def fit(cls, y: Array, weight: Array | None) -> "Scaling":
        """Return the scaling of targets (n_rows, n_outputs), rows weighted."""

    @abstractmethod
    def apply(self, y: Array) -> Array:
        """Return the target in units of its scale, as float32."""

    @abstractmethod
    def into_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return an output layer that predicts the target, in units of ``unit``."""

    @abstractmethod
    def out_of_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Undo :meth:`into_layer`."""

    @property
    def divisor(self) -> Array:
        """The scale, 1 where the target is constant."""
        return np.where(self.scale > 0, self.scale, 1.0)

    @property
    def unit(self) -> Array:
        """A power of two for each output, in units of which float32 holds the layer.

        It is 1 but for targets of extreme size; what the layer gives times this is the
        prediction.
        """
        size = np.maximum(self.scale, np.abs(self.centre))
        extreme = (size > 0) & ((size < 2.0**-80) | (size > 2.0**80))
        return np.where(extreme, power_of_two(size), 1.0)

    def taking_in(self, y: Array, weight: Array | None) -> "Scaling":
        """Return the scaling after more targets, which give a scale where none was.

        A stream may begin with targets that are all alike. The network predicts 0 of
        them, in its own units, so that another scale leaves its predictions alone.
        """
        new = self.scale == 0
        if not np.any(new & np.any(y != self.centre, axis=0)):
            return self
        both = np.concatenate([self.centre[None], y])
        weights = None if weight is None else np.concatenate([weight[:1], weight])
        found = self.fit(both, weights)
        return type(self)(self.centre, np.where(new, found.scale, self.scale))


def power_of_two(size: Array) -> Array:
    """Return the largest power of two that is not above each entry; 1 for 0."""
    return np.where(size > 0, np.ldexp(1.0, np.frexp(size)[1] - 1), 1.0)


class AffineScaling(Scaling):
    """The target less its mean, over its standard deviation."""

    @classmethod
    def fit(cls, y: Array, weight: Array | None) -> "AffineScaling":
        # In a unit in which squares are finite whatever y is; exact, as it's binary.
        unit = power_of_two(np.abs(y).max(axis=0))
        centre = np.average(y / unit, axis=0, weights=weight)
        residual = y / unit - centre
        spread = np.sqrt(np.average(residual**2, axis=0, weights=weight))
        # The mean is rounded: what is left of a constant is no spread.
        rounding = 4 * np.finfo(np.float64).eps * np.abs(centre)
        varies = (spread > rounding) & (y.min(axis=0) < y.max(axis=0))
        return cls(centre * unit, np.where(varies, spread * unit, 0.0))

    def apply(self, y: Array) -> Array:
        centre, divisor, unit = self.centre, self.divisor, self.unit
        if np.any(unit != 1.0):
            # So that no difference overflows.
            y, centre, divisor = y / unit, centre / unit, divisor / unit
        return np.asarray((y - centre) / divisor, np.float32)

    def into_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        scale, centre = self.scale / self.unit, self.centre / self.unit
        return weight * scale[:, None], bias * scale + centre

    def out_of_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        divisor, centre = self.divisor / self.unit, self.centre / self.unit
        return weight / divisor[:, None], (bias - centre) / divisor


class LogScaling(Scaling):
    """A rate over its mean, whose logarithm the output layer adds to its bias."""

    @classmethod
    def fit(cls, y: Array, weight: Array | None) -> "LogScaling":
        unit = power_of_two(np.abs(y).max(axis=0))
        mean = np.average(y / unit, axis=0, weights=weight) * unit
        if np.any(mean <= 0):
            raise ValueError(
                "The loss 'poisson' needs a positive value of y in each column, in a "
                "row that has a weight."
            )
        return cls(np.zeros_like(mean), mean)

    @property
    def unit(self) -> Array:
        # A rate of any size has a logarithm that float32 holds.
        return np.ones_like(self.scale)

    def apply(self, y: Array) -> Array:
        if np.any(y < 0):
            raise ValueError(
                "The loss 'poisson' takes counts and rates: no value of y may be "
                f"negative, got {y.min():.3g}."
            )
        return np.asarray(y / self.scale, np.float32)

    def into_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        return weight, bias + np.log(self.scale)

    def out_of_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        return weight, bias - np.log(self.scale)


SCALINGS: dict[str, type[Scaling]] = {"affine": AffineScaling, "log": LogScaling}
