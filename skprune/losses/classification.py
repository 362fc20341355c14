"""Log losses of classes and of labels."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, roc_auc_score
from torch import Tensor
from torch.nn import functional as F

from skprune.losses.base import Loss

CERTAIN = 1e-7
"""A probability nearer to 0 or 1 counts as this far from it: a loss of 16."""


class _LogLoss(Loss):
    is_likelihood = True
    scaling = None

    @abstractmethod
    def probabilities(self, z: Tensor) -> NDArray[Any]:
        """Return the probability of each class or label, (rows, classes)."""

    @abstractmethod
    def indicators(self, y: Tensor) -> NDArray[Any]:
        """Return 1 where a row is of a class or has a label, (rows, classes)."""

    def figures(
        self, z: Tensor, y: Tensor, weight: NDArray[Any] | None
    ) -> dict[str, float]:
        proba, truth = self.probabilities(z), self.indicators(y)
        # The last classes may have no row here.
        truth = np.pad(truth, [(0, 0), (0, proba.shape[1] - truth.shape[1])])
        mistaken = np.average((proba - truth) ** 2, axis=0, weights=weight)
        return {
            "accuracy": self.score(z, y, weight),
            "AUC": _mean_auc(truth, proba, weight),
            "Brier score": float(mistaken.sum()),
        }

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

    def probabilities(self, z: Tensor) -> NDArray[Any]:
        return torch.sigmoid(z).numpy()

    def indicators(self, y: Tensor) -> NDArray[Any]:
        return y.numpy()

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

    def best_constant(self, y: Tensor, weight: Tensor | None) -> Tensor:
        shares = F.one_hot(y).to(torch.float32) if y.ndim == 1 else y
        return super().best_constant(shares, weight)

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        return (z.argmax(1) != self.labels(y)).to(z.dtype)

    def probabilities(self, z: Tensor) -> NDArray[Any]:
        return torch.softmax(z, dim=1).numpy()

    def indicators(self, y: Tensor) -> NDArray[Any]:
        codes = self.labels(y).numpy()
        return np.eye(int(codes.max()) + 1, dtype=np.float32)[codes]

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        found = z.argmax(1).numpy()
        labels = self.labels(y).numpy()
        return float(accuracy_score(labels, found, sample_weight=weight))


def _mean_auc(
    truth: NDArray[Any], proba: NDArray[Any], weight: NDArray[Any] | None
) -> float:
    """Return the mean AUC of each class against the rest, where both are there."""
    both = np.flatnonzero((truth.min(0) == 0) & (truth.max(0) == 1))
    found = [
        roc_auc_score(truth[:, k], proba[:, k], sample_weight=weight) for k in both
    ]
    return float(np.mean(found)) if found else float("nan")
