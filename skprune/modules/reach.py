"""Which weights lie between an input and an output."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor


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
