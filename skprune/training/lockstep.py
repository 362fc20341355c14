"""Networks of equal shape that take their steps together.

A step of a small network costs its calls, not its arithmetic. So the parameters of
several become the rows of one matrix; one batched product serves them all, and so
does one call of the optimizer. Each network stays what it is, with its parameters,
gradients and moments as views of that matrix: whatever looks at it or cuts it
between two epochs need not know.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import torch
from torch import Tensor, nn

from skprune.training.batches import Batch, cut
from skprune.training.phase import Phase
from skprune.training.step import Step


class Lockstep:
    """Several networks, and the rows that each of them learns from.

    Parameters
    ----------
    phases : sequence of Phase
        Whose networks are of equal shape and settings, after equally many steps, and
        have as many rows each, in batches of equal size, all with weights or none.
    """

    def __init__(self, phases: Sequence[Phase]):
        self.nets = nets = [phase.net for phase in phases]
        self.batches = [phase.batches for phase in phases]
        value = nn.Parameter(torch.stack([net.flat_.value.data for net in nets]))
        self.grad = value.grad = torch.zeros_like(value.data)
        self.step = Step(value, nets[0].make_optimizer(value))
        self._take_over_moments()
        self._take_over_movement()
        self.step.l1 = _stack([net.step_.l1 for net in nets])
        self.penalties: list[Tensor | None] = []
        self.step.low = _stack([net.step_.low for net in nets])
        self.step.high = _stack([net.step_.high for net in nets])
        self.masks: list[Tensor | None] = []
        for net, row, grad in zip(nets, value.data, self.grad, strict=True):
            net.flat_.move(row, grad)
        self._share_moments()
        views = nets[0].flat_.split(value.data)
        self.leaves = [view.requires_grad_() for view in views.values()]
        modules = [net.module_ for net in nets]
        self.forward = phases[0].plan.kind.stack(modules, views)

    def _take_over_moments(self) -> None:
        states = [net.optimizer_.state.get(net.flat_.value) for net in self.nets]
        if not all(states):
            return
        self.step.optimizer.state[self.step.value] = {
            name: torch.stack([state[name] for state in states])
            if name in self.nets[0].step_.moments()
            else entry
            for name, entry in states[0].items()
        }

    def _share_moments(self) -> None:
        # So that a cut finds each network's moments where they always are.
        state = self.step.optimizer.state.get(self.step.value)
        if state is None:
            return
        moments = self.step.moments()
        for i, net in enumerate(self.nets):
            net.optimizer_.state[net.flat_.value] = {
                name: entry[i] if name in moments else entry
                for name, entry in state.items()
            }

    def _take_over_movement(self) -> None:
        self.step.movement = _stack([net.step_.movement for net in self.nets])
        if self.step.movement is not None:
            for net, row in zip(self.nets, self.step.movement, strict=True):
                net.step_.movement = row

    def train_epoch(self) -> list[float]:
        """Take an epoch's steps; return each network's mean loss."""
        self._agree()
        for net in self.nets:
            net.module_.train()
        total = torch.zeros_like(self.grad[:, 0])
        weight = torch.zeros_like(total)
        for gathered in zip(*(b.gathers() for b in self.batches), strict=True):
            for batch in cut(
                _side_by_side(gathered), self.batches[0].batch_size, dim=1
            ):
                size = _sizes(batch)
                total.add_(self._step(batch) * size)
                weight.add_(size)
        for net in self.nets:
            net.module_.eval()
        self._share_moments()
        return [float(loss) for loss in total / weight]

    def _agree(self) -> None:
        """Take up what happened to the networks since the last epoch."""
        masks = [net.step_.mask for net in self.nets]
        if [id(mask) for mask in masks] != [id(mask) for mask in self.masks]:
            self.masks, self.step.mask = masks, _stack(masks)
        penalties = [net.step_.l2 for net in self.nets]
        if [id(l2) for l2 in penalties] != [id(l2) for l2 in self.penalties]:
            self.penalties, self.step.l2 = penalties, _stack(penalties)
        for group in self.step.optimizer.param_groups:
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
        self.step.adjust(batch.y.shape[1])
        self.step.step()
        return losses.detach()

    def _losses(self, batch: Batch) -> Tensor:
        z, y = self.forward(batch.x), batch.y
        rows = self.nets[0].loss.rows(z.flatten(0, 1), y.flatten(0, 1))
        rows = rows.view(y.shape[:2])
        if batch.weight is None:
            return rows.mean(1)
        return (rows * batch.weight).sum(1) / batch.weight.sum(1)


def _stack(rows: Sequence[Tensor | None]) -> Tensor | None:
    present = [row for row in rows if row is not None]
    return torch.stack(present) if len(present) == len(rows) else None


def _side_by_side(gathered: Sequence[Batch]) -> Batch:
    """Put several networks' rows side by side: (networks, rows, ...)."""
    x, y, weight = zip(*gathered, strict=True)
    return Batch(torch.stack(x), torch.stack(y), _stack(weight))


def _sizes(batch: Batch) -> Tensor | float:
    return batch.y.shape[1] if batch.weight is None else batch.weight.sum(1)
