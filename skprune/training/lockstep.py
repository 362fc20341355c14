"""Networks of equal shape that take their steps together.

A step of a small network costs its calls, not its arithmetic. So the parameters of
several become the rows of one matrix; one batched product serves them all, and so
does one call of the optimizer. Each network stays what it is, with its parameters,
gradients and moments as views of that matrix: whatever looks at it or cuts it
between two epochs need not know.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import cast

import torch
from torch import Tensor, nn

from skprune.modules.mlp import MLP
from skprune.modules.stacked import StackedMLP
from skprune.training.data import Batch, Batches, cut
from skprune.training.descent import Descent
from skprune.training.net import PruningNet


class Lockstep:
    """Several networks, and the rows that each of them learns from.

    Parameters
    ----------
    nets : sequence of PruningNet
        Perceptrons of equal shape and settings, after equally many steps.
    batches : sequence of Batches
        As many rows for each, in batches of equal size, all with weights or none.
    """

    def __init__(self, nets: Sequence[PruningNet], batches: Sequence[Batches]):
        self.nets, self.batches = nets, batches
        value = nn.Parameter(torch.stack([net.flat_.value.data for net in nets]))
        self.grad = value.grad = torch.zeros_like(value.data)
        self.descent = Descent(value, nets[0].make_optimizer(value))
        self._take_over_moments()
        self._take_over_movement()
        self.descent.l1 = _stack([net.descent_.l1 for net in nets])
        self.descent.l2 = _stack([net.descent_.l2 for net in nets])
        self.masks: list[Tensor | None] = []
        for net, row, grad in zip(nets, value.data, self.grad, strict=True):
            net.flat_.move(row, grad)
        self._share_moments()
        self.module = self._stacked()

    def _stacked(self) -> StackedMLP:
        views = self.nets[0].flat_.split(self.descent.value.data)
        self.leaves = [view.requires_grad_() for view in views.values()]
        return StackedMLP(
            [cast(MLP, net.module_) for net in self.nets],
            [view for name, view in views.items() if name.endswith("weight")],
            [view for name, view in views.items() if name.endswith("bias")],
        )

    def _take_over_moments(self) -> None:
        states = [net.optimizer_.state.get(net.flat_.value) for net in self.nets]
        if not all(states):
            return
        self.descent.optimizer.state[self.descent.value] = {
            name: torch.stack([state[name] for state in states])
            if name in self.nets[0].descent_.moments()
            else entry
            for name, entry in states[0].items()
        }

    def _share_moments(self) -> None:
        # So that a cut finds each network's moments where they always are.
        state = self.descent.optimizer.state.get(self.descent.value)
        if state is None:
            return
        moments = self.descent.moments()
        for i, net in enumerate(self.nets):
            net.optimizer_.state[net.flat_.value] = {
                name: entry[i] if name in moments else entry
                for name, entry in state.items()
            }

    def _take_over_movement(self) -> None:
        self.descent.movement = _stack([net.descent_.movement for net in self.nets])
        if self.descent.movement is not None:
            for net, row in zip(self.nets, self.descent.movement, strict=True):
                net.descent_.movement = row

    def run_epoch(self) -> list[float]:
        """Take an epoch's steps; return each network's mean loss."""
        self._agree()
        for net in self.nets:
            net.module_.train()
        total = torch.zeros(len(self.nets), device=self.grad.device)
        weight = torch.zeros_like(total)
        for gathered in zip(*(b.gathers() for b in self.batches), strict=True):
            for batch in cut(_together(gathered), self.batches[0].batch_size, dim=1):
                size = _sizes(batch)
                total.add_(self._step(batch) * size)
                weight.add_(size)
        for net in self.nets:
            net.module_.eval()
        self._share_moments()
        return [float(loss) for loss in total / weight]

    def _agree(self) -> None:
        """Take up what happened to the networks since the last epoch."""
        masks = [net.descent_.mask for net in self.nets]
        if [id(mask) for mask in masks] != [id(mask) for mask in self.masks]:
            self.masks, self.descent.mask = masks, _stack(masks)
        for group in self.descent.optimizer.param_groups:
            group["lr"] = self.nets[0].optimizer_.param_groups[0]["lr"]

    def _step(self, batch: Batch) -> Tensor:
        """Take one step; return each network's loss, (networks,)."""
        with ExitStack() as stack:
            for net in self.nets:
                stack.enter_context(net.rounded())
            losses = self._losses(batch)
            grads = torch.autograd.grad(losses.sum(), self.leaves)
        flat = [grad.flatten(1) for grad in grads]
        torch.cat(flat, dim=1, out=self.grad)
        self.descent.adjust(batch.y.shape[1])
        self.descent.step()
        return losses.detach()

    def _losses(self, batch: Batch) -> Tensor:
        z, y = self.module(batch.x), batch.y
        rows = self.nets[0].row_loss(z.flatten(0, 1), y.flatten(0, 1)).view(y.shape[:2])
        if batch.weight is None:
            return rows.mean(1)
        return (rows * batch.weight).sum(1) / batch.weight.sum(1)


def _stack(rows: Sequence[Tensor | None]) -> Tensor | None:
    present = [row for row in rows if row is not None]
    return torch.stack(present) if len(present) == len(rows) else None


def _together(gathered: Sequence[Batch]) -> Batch:
    """Put several networks' rows side by side: (networks, rows, ...)."""
    x, y, weight = zip(*gathered, strict=True)
    return Batch(torch.stack(x), torch.stack(y), _stack(weight))


def _sizes(batch: Batch) -> Tensor | float:
    return batch.y.shape[1] if batch.weight is None else batch.weight.sum(1)
