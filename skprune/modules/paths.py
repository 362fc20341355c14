"""The strongest path through a chain of linear maps."""

from collections.abc import Sequence

import torch
from torch import Tensor


def strongest_path(weights: Sequence[Tensor]) -> list[Tensor]:
    """Return masks of the path whose weights have the largest product.

    Parameters
    ----------
    weights : sequence of Tensor of shape (fan_out, fan_in)
        From the inputs to the outputs.

    Returns
    -------
    masks : list of boolean Tensor
        One of each weight's shape, with one True entry.
    """
    sizes = [weight.detach().abs() for weight in weights]
    # Best product of any path into each unit, and where it comes from.
    best, origins = torch.ones_like(sizes[0][0]), []
    for size in sizes:
        best, origin = (size * best).max(1)
        best = best / best.max().clamp_min(torch.finfo(best.dtype).tiny)
        origins.append(origin)
    masks, unit = [], int(best.argmax())
    for size, origin in zip(reversed(sizes), reversed(origins), strict=True):
        mask = torch.zeros_like(size, dtype=torch.bool)
        mask[unit, origin[unit]] = True
        masks.append(mask)
        unit = int(origin[unit])
    return masks[::-1]
