"""Log losses of classes and of labels."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score
from torch import Tensor
from torch.nn import functional as F

from skprune.losses.base import Loss

CERTAIN = 1e-7
"""A probability nearer to 0 or 1 counts as this far from it: a loss of 16."""


class _LogLoss(Loss):
    is_likelihood = True
    scaling = None

    def in_own_units(self, scale: NDArray[Any]) -> float:
        return 1.0


class Binary(_LogLoss):
    """Log loss of independent logits, summed over the outputs; targets in [0, 1]."""

    out_activation = "logistic"

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1)

    def mean(self, z: Tensor, y: Tensor) -> Tensor:
        mean = F.binary_cross_entropy_with_logits(z, y)
        return mean if z.shape[1] == 1 else mean * z.shape[1]

    def predicted(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z)

    def outputs_for(self, p: Tensor) -> Tensor:
        return torch.logit(p, CERTAIN)

    def labels(self, y: Tensor) -> Tensor:
        return (y > 0.5).to(y.dtype)

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        return ((z > 0) != (y > 0.5)).any(1).to(z.dtype)

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        return float(np.average(1.0 - self.mistakes(z, y).numpy(), weights=weight))


class Multiclass(_LogLoss):
    """Log loss of class logits.

    Targets are class indices (rows,), or the classes' shares (rows, classes), of
    which the largest is the label.
    """

    out_activation = "softmax"

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(z, y, reduction="none")

    def mean(self, z: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(z, y)

    def predicted(self, z: Tensor) -> Tensor:
        return z.softmax(1)

    def outputs_for(self, p: Tensor) -> Tensor:
        return p.clamp(CERTAIN).log()

    def labels(self, y: Tensor) -> Tensor:
        return y if y.ndim == 1 else y.argmax(1)

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        return (z.argmax(1) != self.labels(y)).to(z.dtype)

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        found = z.argmax(1).numpy()
        labels = self.labels(y).numpy()
        return float(accuracy_score(labels, found, sample_weight=weight))
