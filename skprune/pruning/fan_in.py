"""What a weight is worth in a neuron that reads little else.

A neuron's readings are carried on by other weights, which read nothing themselves. Many
inputs share that cost, or few. Ranked by themselves, the last weights of a network
spread over many neurons that read one or two inputs each, and half of what is left is
carriage. So where a neuron reads fewer inputs than are enough to share its cost, its
weights count for less, in proportion, and what is left gathers in fewer neurons.
"""

import torch
from torch import Tensor

ENOUGH = 6
"""Inputs of a neuron from which on its weights count in full."""


def discounted(scores: Tensor, kept: Tensor) -> Tensor:
    """Return the scores of weights, lower in neurons that read little.

    Parameters
    ----------
    scores : Tensor of shape (fan_out * fan_in,)
        High means keep; what is not above zero stays as it is.
    kept : boolean Tensor of shape (fan_out, fan_in)
        Which weights are there; each row is what a neuron reads.

    Returns
    -------
    scores : Tensor of shape (fan_out * fan_in,)
    """
    enough = min(ENOUGH, kept.shape[1])
    share = (kept.sum(1) / enough).clamp_max(1.0).to(scores)
    lower = scores * share.repeat_interleave(kept.shape[1])
    return torch.where(scores > 0, lower, scores)
