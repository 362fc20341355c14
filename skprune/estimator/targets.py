"""Targets as the networks see them, and back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
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
        scaling = self.scaling.for_outputs(len(bias))
        weight, bias = scaling.into_layer(weight, bias)
        return weight.astype(np.float32), np.asarray(bias, np.float64)

    def into_unit_size(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Undo :meth:`into_own_units`."""
        if self.scaling is None:
            return weight, bias
        return self.scaling.for_outputs(len(bias)).out_of_layer(weight, bias)

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
    centre, scale : ndarray of float64 of shape (n_targets,)
        A scale of 0 is that of a constant target, which is predicted as it is.
    n_rows : ndarray of float64 of shape (n_targets,)
        Rows that they are from; those of a constant target count as one.
    """

    centre: Array
    scale: Array
    n_rows: Array

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
        if not extreme.any():
            return np.ones_like(size)
        return np.where(extreme, power_of_two(size), 1.0)

    @abstractmethod
    def typical(self) -> Array:
        """Return two targets that have this centre and scale: (2, n_outputs)."""

    @abstractmethod
    def layer_from(
        self, before: "Scaling", weight: Array, bias: Array
    ) -> tuple[Array, Array]:
        """Return an output layer that predicts what this one did by ``before``.

        What a constant target left of its outputs is noise, and stays as it is.
        """

    def taking_in(self, y: Array, weight: Array | None) -> "Scaling":
        """Return the scaling after more targets, where few rows have told of it yet.

        A stream may begin with a row, or with targets that are all alike. So centre
        and scale of an output are those of all its targets until there have been
        ``ENOUGH_ROWS``, of which a constant beginning counts as one.

        References
        ----------
        H. van Hasselt et al., "Learning values across many orders of magnitude",
        NeurIPS, 2016, whose outputs too are preserved while targets are rescaled.
        """
        varies = (self.scale > 0) | np.any(y != self.centre, axis=0)
        learning = varies & (self.n_rows < ENOUGH_ROWS)
        if not np.any(learning):
            return self
        found = [
            self._with_column(y[:, [i]], weight, i) if learns else self.column(i)
            for i, learns in enumerate(learning)
        ]
        return type(self)(
            np.concatenate([one.centre for one in found]),
            np.concatenate([one.scale for one in found]),
            np.concatenate([one.n_rows for one in found]),
        )

    @property
    def settled(self) -> bool:
        """Whether no more targets are taken in."""
        return bool(np.all(self.n_rows >= ENOUGH_ROWS))

    def column(self, i: int) -> "Scaling":
        """Return the scaling of one output."""
        return type(self)(self.centre[[i]], self.scale[[i]], self.n_rows[[i]])

    def for_outputs(self, n_outputs: int) -> "Scaling":
        """Return the scaling of outputs, of which several may be of one target."""
        n_each = n_outputs // len(self.centre)
        if n_each == 1:
            return self
        parts = (self.centre, self.scale, self.n_rows)
        return type(self)(*(part.repeat(n_each) for part in parts))

    def _with_column(self, y: Array, weight: Array | None, i: int) -> "Scaling":
        before = self.column(i)
        weight = np.ones(len(y)) if weight is None else weight / np.mean(weight)
        halves = np.repeat(before.n_rows / 2, 2)
        return self.fit(
            np.concatenate([before.typical(), y]), np.concatenate([halves, weight])
        ).counting(before.n_rows + len(y))

    def counting(self, n_rows: Array) -> "Scaling":
        """Return the scaling as one of so many rows; of one where it is constant."""
        return replace(self, n_rows=np.where(self.scale > 0, n_rows, 1.0))


ENOUGH_ROWS = 100
"""From so many rows on a scale stays: its standard error is then 7 per cent."""


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
        scale = np.where(varies, spread * unit, 0.0)
        return cls(centre * unit, scale, np.where(varies, float(len(y)), 1.0))

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

    def typical(self) -> Array:
        return np.stack([self.centre - self.scale, self.centre + self.scale])

    def layer_from(
        self, before: Scaling, weight: Array, bias: Array
    ) -> tuple[Array, Array]:
        known = before.scale > 0
        share = np.where(known, before.scale / self.divisor, 1.0)
        shift = np.where(known, (before.centre - self.centre) / self.divisor, 0.0)
        return weight * share[:, None], bias * share + shift


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
        return cls(np.zeros_like(mean), mean, np.full(mean.shape, float(len(y))))

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
        return weight, bias + np.log(self.scale / self.unit)

    def out_of_layer(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        return weight, bias - np.log(self.scale / self.unit)

    def typical(self) -> Array:
        return np.stack([self.scale, self.scale])

    def layer_from(
        self, before: Scaling, weight: Array, bias: Array
    ) -> tuple[Array, Array]:
        return weight, bias + np.log(before.scale / self.scale)


SCALINGS: dict[str, type[Scaling]] = {"affine": AffineScaling, "log": LogScaling}
