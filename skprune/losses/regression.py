"""Losses of numbers, averaged over the outputs."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import r2_score
from torch import Tensor
from torch.nn import functional as F

from skprune.losses.base import Loss

SMALLEST_RATE = 1e-7
"""A rate below it counts as this, in units of the mean."""


class NumericLoss(Loss):
    """What losses of numbers share."""

    out_activation = "identity"
    is_likelihood = False
    scaling = "affine"

    def predicted(self, z: Tensor) -> Tensor:
        return z

    def outputs_for(self, p: Tensor) -> Tensor:
        return p

    def figures(
        self, z: Tensor, y: Tensor, weight: NDArray[Any] | None
    ) -> dict[str, float]:
        return {"R2": self.score(z, y, weight)}

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        if len(y) < 2:
            return float("nan")
        found = self.predicted(z).numpy()
        return float(r2_score(y.numpy(), found, sample_weight=weight))


class SquaredError(NumericLoss):
    """Half the squared error."""

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        return (z - y).square().mean(1) / 2

    def mean(self, z: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(z, y) / 2

    def in_own_units(self, scale: NDArray[Any]) -> float:
        # Of targets of extreme size it is infinite, or 0.
        with np.errstate(over="ignore", under="ignore"):
            return float((scale**2).mean())


class Quantile(NumericLoss):
    """Pinball loss, minimal in expectation at the conditional quantile.

    ``q * (y - z)`` where the forecast is too low, ``(1 - q) * (z - y)`` where it is
    too high.

    Parameters
    ----------
    quantile : float
        In (0, 1).

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    """

    is_own_scale = True

    def __init__(self, quantile: float = 0.5):
        self.quantile = quantile

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        short = y - z
        return torch.maximum(self.quantile * short, (self.quantile - 1) * short).mean(1)

    def best_constant(self, y: Tensor, weight: Tensor | None) -> Tensor:
        # Of the rows without their weights: it is only to be of the right size.
        return y.quantile(self.quantile, 0, keepdim=True)

    def in_own_units(self, scale: NDArray[Any]) -> float:
        return float(scale.mean())


class Poisson(NumericLoss):
    """Half the Poisson deviance of counts or rates whose logarithm is the output.

    ``exp(z) - y z``, and the constant ``y log(y) - y`` that makes it 0 at best.

    References
    ----------
    P. McCullagh and J. Nelder, "Generalized linear models", 2nd edition, Chapman and
    Hall, 1989.
    """

    out_activation = "exp"
    scaling = "log"

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        return (torch.exp(z) - y * z + torch.xlogy(y, y) - y).mean(1)

    def predicted(self, z: Tensor) -> Tensor:
        return torch.exp(z)

    def outputs_for(self, p: Tensor) -> Tensor:
        return p.clamp(SMALLEST_RATE).log()

    def in_own_units(self, scale: NDArray[Any]) -> float:
        return float(np.mean(scale))
