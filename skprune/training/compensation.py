"""Moving the weights that stay to make up for those that go.

For a row ``w`` of a layer with input covariance ``H``, the removal of the
entries R changes the output least if the others S take

    w_S + H_SS^-1 H_SR w_R,

the minimiser of ``(v - w)' H (v - w)`` over ``v`` with ``v_R = 0``; the bias
takes up the change of the mean.

References
----------
B. Hassibi and D. Stork, "Second order derivatives for network pruning: optimal
brain surgeon", NeurIPS, 1992.
"""

import torch
from scipy.linalg import cho_factor, cho_solve
from torch import Tensor

from skprune.pruning.units import Masks
from skprune.training.evidence import Evidence


@torch.no_grad()
def compensate(evidence: Evidence, masks: Masks) -> None:
    """Correct every layer of the network for the removals in ``masks``, in place."""
    params = dict(evidence.net.module_.named_parameters())
    for tap in evidence.taps:
        mask = masks.get(tap.weight)
        # Without a bias there is nothing to take up the change of the mean.
        if mask is None or tap.bias is None or bool(mask.all()):
            continue
        weight, bias = params[tap.weight].data, params[tap.bias].data
        old = weight.clone()
        for at, block in evidence.blocks(tap):
            weight[:, at] = _rows(weight[:, at], mask[:, at], block)
        weight.mul_(mask)
        x = tap.inputs if tap.inputs.layout is torch.strided else tap.inputs.to_dense()
        bias.add_((old - weight) @ x.mean(0))


def _rows(weight: Tensor, mask: Tensor, block: Tensor) -> Tensor:
    rows = [_row(w, m, block) for w, m in zip(weight.double(), mask, strict=True)]
    return torch.stack(rows).to(weight)


def _row(w: Tensor, stays: Tensor, block: Tensor) -> Tensor:
    if bool(stays.all()) or not bool(stays.any()):
        return w
    held, gone = block[stays][:, stays], block[stays][:, ~stays] @ w[~stays]
    correction = cho_solve(cho_factor(held.numpy(force=True)), gone.numpy(force=True))
    return w.masked_scatter(stays, w[stays] + torch.from_numpy(correction).to(w))
