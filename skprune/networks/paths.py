"""Paths through a chain of linear maps: the strongest one, and what lies on any."""

from collections.abc import Sequence
from itertools import pairwise

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


def on_a_path(masks: Sequence[Tensor]) -> list[Tensor]:
    """Return which kept weights of a chain of layers lie on a path through it.

    A kept weight does nothing if no input reaches it, which makes what it
    multiplies a constant, or if it reaches no output.

    Parameters
    ----------
    masks : sequence of boolean Tensor of shape (fan_out, fan_in)
        From the inputs to the outputs.

    Returns
    -------
    live : list of boolean Tensor
        Of the masks' shapes.
    """
    reached = [torch.ones_like(masks[0][0])]
    for mask in masks:
        reached.append((mask & reached[-1]).any(1))
    reaches = [torch.ones_like(masks[-1][:, 0])]
    for mask in reversed(masks):
        reaches.append((mask & reaches[-1][:, None]).any(0))
    ends = pairwise(range(len(masks) + 1))
    backwards = reaches[::-1]
    return [
        mask & reached[source] & backwards[sink][:, None]
        for mask, (source, sink) in zip(masks, ends, strict=True)
    ]
