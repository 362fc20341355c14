"""How much each input column moves the output of a trained network."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.networks.module import PrunableModule
from skprune.training.batches import Batch

SAMPLE_CELLS = 10_000_000


def input_importance(module: PrunableModule, batch: Batch) -> NDArray[np.float32]:
    """Return each column's mean ``|(x - mean(x)) * dz/dx|``, summing to one.

    The first-order change of the outputs if the column were replaced by its
    mean; columns that the network does not read have exactly 0.

    References
    ----------
    A. Shrikumar, P. Greenside and A. Kundaje, "Learning important features
    through propagating activation differences", ICML, 2017 (gradient x input).
    """
    x = batch.x.to_dense().detach().requires_grad_()
    module.eval()
    outputs = module(x)
    total = x.detach().new_zeros(x.shape[1])
    centred = x.detach() - x.detach().mean(0)
    for k in range(outputs.shape[1]):
        (slope,) = torch.autograd.grad(outputs[:, k].sum(), x, retain_graph=True)
        total += (centred * slope).abs().mean(0)
    share: NDArray[Any] = (total / total.sum().clamp_min(1e-30)).numpy(force=True)
    return share.astype(np.float32)


def sample_rows(n_features: int) -> int:
    """Return how many rows to look at, so that they stay small as a dense array."""
    return int(min(2000, max(50, SAMPLE_CELLS // max(n_features, 1))))
