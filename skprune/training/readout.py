"""How outputs are read: as probabilities of classes or labels, or as numbers."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skprune.networks.outputs import output_function

if TYPE_CHECKING:
    from skprune.estimator.targets import Targets

Array = NDArray[Any]


@dataclass(frozen=True)
class Readout:
    """From a network's outputs to what is asked of it, and for targets the way back.

    Targets have three forms: a *user's* are labels or numbers in their own units; the
    *loss* takes float columns of unit size or class indices; a *callback* compares its
    predictions with class indices, label indicators, or numbers in their own units.

    Attributes
    ----------
    out_activation : str
    classes : ndarray of shape (n_classes,) or None
        None for numbers.
    multilabel : bool
    centre, scale : ndarray of shape (n_targets,) or None
        What brings numbers into their own units.
    """

    out_activation: str
    classes: Array | None = None
    multilabel: bool = False
    centre: Array | None = None
    scale: Array | None = None

    @classmethod
    def of_targets(cls, targets: "Targets") -> "Readout":
        """Return the readout for targets whose classes are named by their indices."""
        activation, scaling = targets.loss.out_activation, targets.scaling
        if scaling is not None:
            return cls(activation, centre=scaling.centre, scale=scaling.scale)
        several = targets.n_outputs > 1
        classes = np.arange(targets.n_outputs if several else 2)
        return cls(activation, classes, several and activation == "logistic")

    def by_index(self) -> "Readout":
        """Return the same readout with the classes named by their indices."""
        if self.classes is None:
            return self
        return replace(self, classes=np.arange(len(self.classes)))

    def __call__(self, z: Tensor) -> Tensor:
        """Return probabilities or numbers, (rows, classes or outputs), of outputs."""
        out = output_function(self.out_activation)(z)
        if self.classes is None:
            return self._into_own_units(out)
        if self.multilabel or out.shape[1] > 1:
            return out
        if len(self.classes) == 1:
            return torch.ones_like(out)
        return torch.cat([1 - out, out], dim=1)

    def decide(self, answers: Array) -> Array:
        """Return the predictions that probabilities or numbers amount to."""
        if self.classes is None:
            return answers[:, 0] if answers.shape[1] == 1 else answers
        if self.multilabel:
            return (answers > 0.5).astype(int)
        return self.classes[answers.argmax(1)]

    def for_callbacks(self, y: Tensor) -> Tensor:
        """Return targets of the loss in the form that callbacks see."""
        if self.classes is None:
            y = self._into_own_units(y)
            return y[:, 0] if y.shape[1] == 1 else y
        return (y[:, 0] if y.ndim == 2 and not self.multilabel else y).long()

    def for_loss(self, y: Tensor) -> Tensor:
        """Return targets that callbacks see in the form that the loss takes."""
        if self.classes is None:
            return self._into_unit_size(y if y.ndim == 2 else y[:, None])
        if self.out_activation == "softmax":
            return y
        return (y if self.multilabel else y[:, None]).to(torch.float32)

    def encode(self, y: Any) -> Array:
        """Return a user's targets in the form that callbacks see.

        Classes may also be given by their indices, as skorch's classifiers take them;
        where an index is a class as well, it is the class that counts.

        Raises
        ------
        ValueError
            If some target is neither.
        """
        y = np.asarray(y)
        if self.classes is None:
            return y.astype(np.float64)
        if self.multilabel:
            return y.astype(np.int64)
        y = y.ravel()
        for known in (self.classes, np.arange(len(self.classes))):
            if np.isin(y, known).all():
                return np.searchsorted(known, y).astype(np.int64)
        raise ValueError(
            f"y has values that are neither classes, which are {self.classes}, nor "
            f"their indices: {np.setdiff1d(y, self.classes)}."
        )

    def _into_own_units(self, values: Tensor) -> Tensor:
        centre, scale = self._units(values)
        return values.double() * scale + centre

    def _into_unit_size(self, values: Tensor) -> Tensor:
        centre, scale = self._units(values)
        divisor = torch.where(scale > 0, scale, 1.0)
        return ((values - centre) / divisor).to(torch.float32)

    def _units(self, values: Tensor) -> tuple[Tensor, Tensor]:
        assert self.centre is not None and self.scale is not None
        # Several outputs may be of one target.
        n_each = values.shape[1] // len(self.scale)
        centre, scale = (
            torch.from_numpy(a.repeat(n_each)) for a in (self.centre, self.scale)
        )
        return centre.to(values.device), scale.to(values.device)
