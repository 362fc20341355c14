"""What the networks say of their columns, on the rows that each hasn't seen."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from skprune.selection.perceptrons import DECAY_RATIOS, Perceptrons

# Held-out rows that a column's removal is judged on, at most.
MAX_HELD_OUT = 1000
# Units taken away in one product.
ABLATIONS_AT_ONCE = 64


def judged(networks: Perceptrons, units: list[Tensor] | None) -> tuple[Tensor, Tensor]:
    """Measure held-out losses (k, d), and rises of error without a unit (k, d, u).

    Without a unit means: with its columns at 0, which is their mean, or of words
    their absence. `units` holds the positions of each unit's columns; None: one each.
    """
    found = [_judged(networks, e, units) for e in range(len(networks.params[0]))]
    losses, rises = (torch.stack(part) for part in zip(*found, strict=True))
    shape = len(networks.folds), len(DECAY_RATIOS)
    return losses.reshape(shape), rises.reshape(*shape, -1)


def _judged(
    networks: Perceptrons, e: int, units: list[Tensor] | None
) -> tuple[Tensor, Tensor]:
    """Judge one network: its loss, and the rises (u,)."""
    index = networks.folds[e // len(DECAY_RATIOS)][:MAX_HELD_OUT]
    w, b, v, c = (param[e] for param in networks.params)
    x = networks.columns.rows(index)
    z = x @ w + b  # (n, h)
    share = networks.weight[index] / networks.weight[index].sum()
    output = torch.relu(z) @ v + c
    without = []
    for added in contributions(x, w, units):
        each = index[:, None].expand(-1, added.shape[1])  # (n, units)
        ablated = torch.relu(z[:, None] - added) @ v + c
        without.append(share @ errors(networks, ablated, each))
    rises = torch.cat(without) - share @ errors(networks, output, index)
    return share @ networks.losses(output, index), rises


def contributions(x: Tensor, w: Tensor, units: list[Tensor] | None) -> Iterator[Tensor]:
    """Yield what units add to the hidden layer, in chunks of (n, units, h)."""
    n_units = x.shape[1] if units is None else len(units)
    for start in range(0, n_units, ABLATIONS_AT_ONCE):
        chunk = slice(start, start + ABLATIONS_AT_ONCE)
        if units is None:
            yield x[:, chunk, None] * w[chunk]
        else:
            yield torch.stack([x[:, unit] @ w[unit] for unit in units[chunk]], dim=1)


def errors(networks: Perceptrons, output: Tensor, index: Tensor) -> Tensor:
    """Compute what a row's prediction costs; output (..., q), index (...).

    Of classes that is the Brier score: the log loss has no bound, and a column
    that matters to a few rows would outweigh one that matters to many.
    """
    if networks.kind != "classes":
        return networks.losses(output, index)
    codes = F.one_hot(networks.target[index], output.shape[-1])
    return ((torch.softmax(output, dim=-1) - codes) ** 2).sum(dim=-1)
