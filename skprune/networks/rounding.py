"""Rounding weights to few bits, as training around them does.

The rounding is that of :mod:`skprune.inference.quantised`, which stores them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from skprune.networks.module import PrunableModule


def round_rows(weight: Tensor, n_bits: int) -> Tensor:
    """Return the nearest weights that ``n_bits`` and a scale for each row hold.

    Parameters
    ----------
    weight : Tensor of shape (rows, ...)
    n_bits : int
        Bits a weight, its sign included.

    Returns
    -------
    rounded : Tensor of shape (rows, ...)
        Zeros stay zeros, each row's largest weight stays but for its last bit, and
        rounding again changes nothing.

    Examples
    --------
    >>> round_rows(torch.tensor([[0.7, -0.32, 0.0], [0.0, 0.0, 0.0]]), 4)
    tensor([[ 0.7000, -0.3000,  0.0000],
            [ 0.0000,  0.0000,  0.0000]])
    """
    rows = weight.flatten(1)
    scale = row_scales(weight, n_bits)[:, None]
    whole = torch.round(rows / scale)
    # Where a scale is 0, so is its row.
    rounded = torch.where(scale > 0, whole * scale, 0.0)
    return rounded.reshape(weight.shape)


@torch.no_grad()
def round_module(module: PrunableModule, n_bits: int) -> None:
    """Round a network's weights in place."""
    for group in module.rounded_together():
        parts = [module.get_parameter(name) for name in group]
        rounded = round_rows(_side_by_side(parts), n_bits)
        widths = [part.shape[1] for part in parts]
        for part, new in zip(parts, rounded.split(widths, dim=1), strict=True):
            part.copy_(new)


@torch.no_grad()
def module_scales(module: PrunableModule, n_bits: int) -> list[Tensor]:
    """Return the rows' scales, for each of ``module.rounded_together()``."""
    groups = [
        [module.get_parameter(name) for name in group]
        for group in module.rounded_together()
    ]
    return [row_scales(_side_by_side(parts), n_bits) for parts in groups]


def _side_by_side(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), dim=1)


def row_scales(weight: Tensor, n_bits: int) -> Tensor:
    """Return the scale of each row of ``weight``: (rows,)."""
    rows = weight.flatten(1).abs()
    largest = rows.amax(1) if rows.shape[1] else rows.new_zeros(len(rows))
    # By a tensor: CUDA takes a number's rounded reciprocal instead.
    return largest / torch.full_like(largest, 2 ** (n_bits - 1) - 1)
