"""Losses by row; their weighted mean is what training minimises."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

RowLoss = Callable[[Tensor, Tensor], Tensor]
"""(predictions (rows, outputs), targets) -> (rows,)."""


def binary(z: Tensor, y: Tensor) -> Tensor:
    """Log loss of independent logits, summed over the outputs."""
    return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1)


def multiclass(z: Tensor, y: Tensor) -> Tensor:
    """Log loss of class logits; ``y`` holds class indices."""
    return F.cross_entropy(z, y, reduction="none")


def squared(z: Tensor, y: Tensor) -> Tensor:
    """Half the squared error, averaged over the outputs."""
    return (z - y).square().mean(1) / 2


class Pinball:
    """Quantile loss, averaged over the outputs.

    ``q * (y - z)`` where the forecast is too low, ``(1 - q) * (z - y)`` where it
    is too high; minimal in expectation at the conditional ``q``-quantile.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    """

    def __init__(self, quantile: float):
        self.quantile = quantile

    def __call__(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the loss of each row."""
        short = y - z
        return torch.maximum(self.quantile * short, (self.quantile - 1) * short).mean(1)


LOSSES: dict[str, RowLoss] = {
    "binary": binary,
    "multiclass": multiclass,
    "squared_error": squared,
}


def get_loss(name: str, quantile: float) -> RowLoss:
    """Return the row loss of a name."""
    return Pinball(quantile) if name == "quantile" else LOSSES[name]


def _mean_binary(z: Tensor, y: Tensor) -> Tensor:
    mean = F.binary_cross_entropy_with_logits(z, y)
    return mean if z.shape[1] == 1 else mean * z.shape[1]


# The same means in one call: on a small batch each call forward and back counts.
_MEANS: dict[RowLoss, RowLoss] = {
    binary: _mean_binary,
    multiclass: F.cross_entropy,
    squared: lambda z, y: F.mse_loss(z, y) / 2,
}


def batch_loss(loss: RowLoss, z: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
    """Return the mean over the rows of a batch, each with its weight."""
    if weight is None and loss in _MEANS:
        return _MEANS[loss](z, y)
    return weighted_mean(loss(z, y), weight)


def weighted_mean(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Average the rows' losses, each with its weight."""
    return losses.mean() if weight is None else losses @ weight / weight.sum()


def mistakes(name: str, z: Tensor, y: Tensor) -> Tensor:
    """Return each row's misclassification (0 or 1), or its loss in regression."""
    if name == "multiclass":
        return (z.argmax(1) != y).to(z.dtype)
    if name == "binary":
        return ((z > 0) != (y > 0.5)).any(1).to(z.dtype)
    return squared(z, y)
