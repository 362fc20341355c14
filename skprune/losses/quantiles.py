"""The loss of several quantiles of each target at once, which never cross."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import d2_pinball_score
from torch import Tensor

from skprune.inference.activations import sorted_by
from skprune.losses.regression import NumericLoss


class JointQuantiles(NumericLoss):
    """Mean pinball loss of several quantiles, the outputs of a target being sorted.

    A network has ``n_quantiles`` outputs next to one another for each target; sorted,
    they are its quantiles, in training and in prediction alike. To sort forecasts that
    cross never makes them worse: each pair that is swapped lowers the loss, or leaves
    it. It commutes with what brings a target into its own units, so that output layers
    still hold that.

    Parameters
    ----------
    quantile : sequence of float
        In (0, 1), ascending.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    V. Chernozhukov, I. Fernandez-Val and A. Galichon, "Quantile and probability curves
    without crossing", Econometrica 78, 2010.
    """

    is_own_scale = True

    def __init__(self, quantile: Sequence[float]):
        self.quantile = tuple(quantile)

    @property
    def out_activation(self) -> str:  # type: ignore[override]
        """Sorting, within each target."""
        return sorted_by(len(self.quantile))

    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        levels = z.new_tensor(self.quantile)
        # A quantile's own target, where it learns from another network, or all's.
        own = y.unflatten(1, (-1, len(levels))) if y.shape == z.shape else y[:, :, None]
        short = own - self._by_target(z)
        return torch.maximum(levels * short, (levels - 1) * short).mean((1, 2))

    def predicted(self, z: Tensor) -> Tensor:
        return self._by_target(z).flatten(1)

    def best_constant(self, y: Tensor, weight: Tensor | None) -> Tensor:
        # (quantiles, targets) -> (1, targets * quantiles); of rows without weights.
        levels = y.new_tensor(self.quantile)
        return y.quantile(levels, 0).T.reshape(1, -1)

    def _by_target(self, z: Tensor) -> Tensor:
        # (rows, targets * quantiles) -> (rows, targets, quantiles)
        return z.unflatten(1, (-1, len(self.quantile))).sort(2).values

    def figures(
        self, z: Tensor, y: Tensor, weight: NDArray[Any] | None
    ) -> dict[str, float]:
        return {"D2": self.score(z, y, weight)}

    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        if len(y) < 2:
            return float("nan")
        found = self._by_target(z).numpy()
        return mean_d2(y.numpy(), found, self.quantile, weight)

    def in_own_units(self, scale: NDArray[Any]) -> float:
        return float(scale.mean())


def mean_d2(
    y: NDArray[Any],
    found: NDArray[Any],
    quantile: Sequence[float],
    weight: NDArray[Any] | None,
) -> float:
    """Return the share of the best constants' pinball loss that forecasts save.

    Parameters
    ----------
    y : ndarray of shape (n_rows, n_targets)
    found : ndarray of shape (n_rows, n_targets, n_quantiles)
    quantile : sequence of float
    weight : ndarray of shape (n_rows,) or None

    Returns
    -------
    score : float
        At most 1; 0 for the quantiles of ``y`` itself. The mean over quantiles.
    """
    each = [
        d2_pinball_score(y, found[:, :, k], sample_weight=weight, alpha=level)
        for k, level in enumerate(quantile)
    ]
    return float(np.mean(each))
