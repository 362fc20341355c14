"""Rounding weights to few bits, as training around them does.

The rounding is that of :mod:`skprune.inference.quantised`, which stores them.
"""

import torch
from torch import Tensor


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
        Zeros stay zeros, and so does each row's largest weight as it is.

    Examples
    --------
    >>> round_rows(torch.tensor([[0.7, -0.32, 0.0], [0.0, 0.0, 0.0]]), 4)
    tensor([[ 0.7000, -0.3000,  0.0000],
            [ 0.0000,  0.0000,  0.0000]])
    """
    most = 2 ** (n_bits - 1) - 1
    rows = weight.flatten(1)
    scale = rows.abs().amax(1, keepdim=True) / most if rows.shape[1] else rows
    whole = torch.round(rows / scale)
    # Where a scale is 0, so is its row.
    rounded = torch.where(scale > 0, whole * scale, 0.0)
    return rounded.reshape(weight.shape)
