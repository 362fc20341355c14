"""Log losses of classes and of labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score
from torch import Tensor
from torch.nn import functional as F

from skprune.losses.base import Loss


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

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        return ((z > 0) != (y > 0.5)).any(1).to(z.dtype)

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        return float(np.average(1.0 - self.mistakes(z, y).numpy(), weights=weight))


class Multiclass(_LogLoss):
    """Log loss of class logits; targets are class indices."""

    out_activation = "softmax"

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(z, y, reduction="none")

    def mean(self, z: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(z, y)

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        return (z.argmax(1) != y).to(z.dtype)

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        found = z.argmax(1).numpy()
        return float(accuracy_score(y.numpy(), found, sample_weight=weight))
