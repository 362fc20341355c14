"""Each row's squared gradient by the weights of recurrent layers.

A row's gradient by an input weight is a sum over the steps,

    sum_t  d_t x_t',    d_t = dloss / d(preactivation at step t),

so its square is not that of the squares, as it is for a layer that runs once: the
sum is formed for each row before it is squared. That is exact, and costs the
memory of a few rows' gradients.
"""

from typing import Any

import torch
from torch import Tensor

UNROLLED_ROWS = 256
CHUNK_ROWS = 64


def subsample(batch: Any) -> Any:
    """Return at most ``UNROLLED_ROWS`` rows of a batch, evenly spread."""
    step = -(-len(batch.y) // UNROLLED_ROWS)
    weight = None if batch.weight is None else batch.weight[::step]
    return batch._replace(x=batch.x[::step], y=batch.y[::step], weight=weight)


def squared_gradients(net: Any, batch: Any, row_loss: Any) -> dict[str, Tensor]:
    """Return the weighted mean over the rows of each row's squared gradient."""
    ones = batch.x.new_ones(len(batch.y))
    weight = ones if batch.weight is None else batch.weight
    share = weight / weight.sum()
    total = {name: torch.zeros_like(p) for name, p in net.named_parameters()}
    for start in range(0, len(batch.y), CHUNK_ROWS):
        at = slice(start, start + CHUNK_ROWS)
        per_row = _row_gradients(net, batch.x[at], batch.y[at], row_loss)
        for name, grad in per_row.items():
            total[name] += torch.tensordot(share[at], grad.square(), 1)
    return total


def _row_gradients(net: Any, x: Tensor, y: Tensor, row_loss: Any) -> dict[str, Tensor]:
    """Return, by parameter, the gradients of the rows: (rows, *shape)."""
    steps = net.read(x).detach().requires_grad_()
    seen, runs = [steps], []
    for layer in net.recurrent:
        runs.append(net.unroll(layer, seen[-1]))
        seen.append(runs[-1].after)
    z, taps = net._tapped_head(seen[-1][:, -1], [])
    outputs = [tap.output for tap in taps if tap.output is not None]
    loss = row_loss(z, y).sum()
    projected = [run.projected for run in runs]
    back = torch.autograd.grad(loss, [steps, *projected, *outputs])
    d_steps, d_pre, d_out = back[0], back[1 : 1 + len(runs)], back[1 + len(runs) :]
    found = {}
    for i, (run, d) in enumerate(zip(runs, d_pre, strict=True)):
        d_state = d if run.passed is None else d * run.passed.detach()
        found[f"layers.{i}.weight_ih_l0"] = d.mT @ seen[i].detach()
        found[f"layers.{i}.weight_hh_l0"] = d_state.mT @ run.before.detach()
        found[f"layers.{i}.bias_ih_l0"] = d.sum(1)
        found[f"layers.{i}.bias_hh_l0"] = d_state.sum(1)
    for tap, d in zip(taps, d_out, strict=True):
        found[tap.weight] = d[:, :, None] * tap.inputs.detach()[:, None, :]
        found[str(tap.bias)] = d
    if net.lags is not None:
        found["lags"] = _by_lag(net, x, d_steps)
    return found


def _by_lag(net: Any, x: Tensor, d_steps: Tensor) -> Tensor:
    # A step's factor multiplies all of its channels; a skipped step has gradient 0.
    assert net.lags is not None
    raw = net.by_step(x)
    grad = torch.zeros_like(raw[:, :, 0])
    stays = net.lags.detach().ne(0)
    if bool(stays.any()):
        grad[:, stays] = (d_steps * raw[:, stays]).sum(2)
    return grad
