"""A batch of small networks over the same columns, trained as one.

K folds times D strengths of weight decay, each network with one hidden layer.
A network never sees its fold, and is judged on it. All K * D are one product a
layer, so ten of them cost little more than one.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skprune.losses import get_loss
from skprune.selection.moments import moments
from skprune.selection.standardised import StandardColumns
from skprune.selection.table import Table
from skprune.training.optimizers import Adam

LOSSES = {"classes": "multiclass", "labels": "binary", "numbers": "squared_error"}
N_FOLDS = 4
# Weight decay is decoupled (AdamW): no entry outgrows 1 / decay. Each fold has a
# network at a third, at one and at three times the centre.
DECAY_RATIOS = (1 / 3, 1.0, 3.0)
FIRST_DECAY = 10.0
N_HIDDEN = 32
BATCH = 128
LEARNING_RATE = 3e-3
# Share of columns hidden from a network in a minibatch: what one column says must
# then be learned from its correlates too, and no column hides behind another.
HIDDEN_SHARE = 0.5


class Perceptrons:
    """The batch of networks, with the state of its optimizer."""

    def __init__(self, table: Table, generator: torch.Generator) -> None:
        self.generator, self.kind = generator, table.kind
        self.loss = get_loss(LOSSES[table.kind])
        self.columns = StandardColumns(table.X, table.weight)
        self.weight = torch.from_numpy(
            (table.weight / table.weight.mean()).astype(np.float32)
        )
        self.target, n_outputs = prepared_target(table)
        self._split(len(self.weight))
        self.centre = FIRST_DECAY
        self._start(table.X.shape[1], n_outputs)

    def _split(self, n: int) -> None:
        k = min(N_FOLDS, n)
        order = torch.randperm(n, generator=self.generator)
        self.folds = [order[i::k] for i in range(k)]
        self.seen = [torch.cat(self.folds[:i] + self.folds[i + 1 :]) for i in range(k)]
        self.n_seen = min(map(len, self.seen))

    def _start(self, p: int, q: int) -> None:
        """Draw the weights: the networks of a fold start from the same ones."""
        k, d, h = len(self.folds), len(DECAY_RATIOS), N_HIDDEN

        def drawn(*shape: int, scale: float) -> Tensor:
            one = torch.randn(k, *shape, generator=self.generator, dtype=torch.float32)
            return (one * scale).repeat_interleave(d, dim=0)

        e = k * d
        # first layer (e, p, h), its bias, second layer (e, h, q), its bias
        self.params = [
            drawn(p, h, scale=math.sqrt(2 / p)),
            torch.zeros(e, 1, h, dtype=torch.float32),
            drawn(h, q, scale=math.sqrt(1 / h)),
            torch.zeros(e, 1, q, dtype=torch.float32),
        ]
        # Fused, a step is one call for all layers.
        self.optimizer = Adam(self.params, lr=LEARNING_RATE, fused=True)

    @property
    def decays(self) -> Tensor:
        """Decay of each network, (e, 1, 1)."""
        ratios = self.centre * torch.tensor(DECAY_RATIOS, dtype=torch.float32)
        return ratios.repeat(len(self.folds))[:, None, None]

    def restrict(self, alive: NDArray[np.intp]) -> None:
        """Forget columns: the networks go on without them, warm."""
        kept = torch.from_numpy(np.searchsorted(self.columns.alive, alive))
        self.columns.restrict(alive)
        weight = self.params[0]
        weight.grad, weight.data = None, weight.data[:, kept].contiguous()
        state = self.optimizer.state[weight]  # empty before the first step
        for name in ("exp_avg", "exp_avg_sq") if state else ():
            state[name] = state[name][:, kept].contiguous()

    def train(self, n_epochs: int, least: int, most: int) -> None:
        """Train for some epochs, but at least and at most so many minibatches."""
        size = min(BATCH, self.n_seen)
        n_batches = max(1, round(self.n_seen / size))
        n_steps = min(max(n_epochs * n_batches, least), most)
        for step in range(n_steps):
            if step % n_batches == 0:
                order = torch.stack([self._shuffled(seen) for seen in self.seen])
            start = step % n_batches * size
            self._step(order[:, start : start + size])

    def _shuffled(self, seen: Tensor) -> Tensor:
        return seen[torch.randperm(len(seen), generator=self.generator)[: self.n_seen]]

    def _step(self, index: Tensor) -> None:
        """Take a step; index holds a minibatch for each fold, (k, b)."""
        d = len(DECAY_RATIOS)
        x = self.columns.rows(index).repeat_interleave(d, dim=0)  # (e, b, p)
        p = x.shape[2]
        draws = torch.rand(len(x), p, 1, generator=self.generator, dtype=torch.float32)
        shown = draws >= HIDDEN_SHARE
        mask = shown.float() / (1 - HIDDEN_SHARE)
        w, b, *upper = self.params
        z = torch.baddbmm(b, x, w * mask).requires_grad_()
        v, c = (layer.detach().requires_grad_() for layer in upper)
        index = index.repeat_interleave(d, dim=0)
        loss = self.losses(torch.baddbmm(c, torch.relu(z), v), index)
        total = (loss * self.weight[index]).sum() / index.shape[1]
        grad_z, v_grad, c_grad = torch.autograd.grad(total, [z, v, c])
        w_grad, b_grad = x.transpose(1, 2) @ grad_z * mask, grad_z.sum(1, keepdim=True)
        self._descend([w_grad, b_grad, v_grad, c_grad])

    def _descend(self, grads: list[Tensor]) -> None:
        """Take a step of AdamW.

        The decay, which differs from network to network where torch has one for
        a whole tensor, is taken off here.
        """
        for param, grad in zip(self.params, grads, strict=True):
            param.grad = grad
        for weight in self.params[::2]:  # biases don't decay
            weight.mul_(1 - LEARNING_RATE * self.decays)
        self.optimizer.step()

    def losses(self, output: Tensor, index: Tensor) -> Tensor:
        """Compute the loss of each row; output (..., q), index and result (...)."""
        target = self.target[index.reshape(-1)]
        flat = self.loss.rows(output.reshape(-1, output.shape[-1]), target)
        return flat.reshape(index.shape)


def prepared_target(table: Table) -> tuple[Tensor, int]:
    """Encode the target as its loss wants it, and count the outputs."""
    if table.kind == "classes":
        return torch.from_numpy(table.y), int(table.y.max()) + 1
    y = table.y
    if table.kind == "numbers":
        stats = moments(y, table.weight)
        y = (y - stats.mean) / stats.spread
    return torch.from_numpy(y.astype(np.float32)), y.shape[1]
