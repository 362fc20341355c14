"""A batch of small networks over the same columns, trained as one.

K folds times D strengths of weight decay, each network with one hidden layer.
A network never sees its fold, and is judged on it. All K * D are one product a
layer, so ten of them cost little more than one.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor
from torch.nn import functional as F

from skprune.selection.moments import Moments, moments
from skprune.selection.table import Table

N_FOLDS = 4
# Weight decay is decoupled (AdamW): no entry outgrows 1 / decay. Each fold has a
# network at a third, at one and at three times the centre.
DECAY_RATIOS = (1 / 3, 1.0, 3.0)
FIRST_DECAY = 10.0
N_HIDDEN = 32
BATCH = 128
LEARNING_RATE = 3e-3
BETAS = (0.9, 0.999)
# Share of columns hidden from a network in a minibatch: what one column says must
# then be learned from its correlates too, and no column hides behind another.
HIDDEN_SHARE = 0.5
# Standardised values are clipped: one odd row must not carry a column.
CLIP = 5.0
# A table of at most so many entries is held standardised in float32; above, each
# minibatch is made from the table as it was given, sparse or not.
HELD_ENTRIES = 50_000_000
# Held-out rows that a column's removal is judged on, at most.
MAX_JUDGED = 1000
# Ablations evaluated at once.
CHUNK = 64


class Columns:
    """The table, standardised where and when it is needed."""

    def __init__(self, X: Any, weight: NDArray) -> None:
        self.X, self.stats = X, moments(X, weight)
        self.held: Tensor | None = None
        self.alive: NDArray[np.intp] = np.arange(X.shape[1])

    def restrict(self, alive: NDArray[np.intp]) -> None:
        """Look at these columns from now on, (alive,) into the original table."""
        kept = np.searchsorted(self.alive, alive)
        self.alive = alive
        if self.held is not None:
            self.held = self.held[:, kept].contiguous()
        elif self.X.shape[0] * len(alive) <= HELD_ENTRIES:
            self.held = self._standardised(np.arange(self.X.shape[0]))

    def rows(self, index: Tensor) -> Tensor:
        """Take rows, (..., alive)."""
        if self.held is not None:
            return self.held[index]
        part = self._standardised(index.reshape(-1).numpy())
        return part.reshape(*index.shape, len(self.alive))

    def _standardised(self, index: NDArray[np.intp]) -> Tensor:
        part = self.X[index]
        if len(self.alive) < self.X.shape[1]:
            part = part[:, self.alive]
        part = part.toarray() if sparse.issparse(part) else part
        stats = Moments(self.stats.mean[self.alive], self.stats.spread[self.alive])
        part = np.clip((part - stats.mean) / stats.spread, -CLIP, CLIP)
        return torch.from_numpy(part.astype(np.float32))


class Perceptrons:
    """The batch of networks, with the state of its optimizer."""

    def __init__(self, problem: Table, generator: torch.Generator) -> None:
        self.generator, self.kind = generator, problem.kind
        self.columns = Columns(problem.X, problem.weight)
        self.weight = torch.from_numpy(
            (problem.weight / problem.weight.mean()).astype(np.float32)
        )
        self.target, n_outputs = prepared_target(problem)
        self._split(len(self.weight))
        self.centre = FIRST_DECAY
        self._start(problem.X.shape[1], n_outputs)

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
        self.first = [torch.zeros_like(w) for w in self.params]
        self.second = [torch.zeros_like(w) for w in self.params]
        self.t = 0

    @property
    def decays(self) -> Tensor:
        """Decay of each network, (e, 1, 1)."""
        ratios = self.centre * torch.tensor(DECAY_RATIOS, dtype=torch.float32)
        return ratios.repeat(len(self.folds))[:, None, None]

    def restrict(self, alive: NDArray[np.intp]) -> None:
        """Forget columns: the networks go on without them, warm."""
        kept = torch.from_numpy(np.searchsorted(self.columns.alive, alive))
        self.columns.restrict(alive)
        for state in (self.params, self.first, self.second):
            state[0] = state[0][:, kept].contiguous()

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
        """Take a step of AdamW; index holds a minibatch for each fold, (k, b)."""
        d = len(DECAY_RATIOS)
        x = self.columns.rows(index).repeat_interleave(d, dim=0)  # (e, b, p)
        p = x.shape[2]
        draws = torch.rand(len(x), p, 1, generator=self.generator, dtype=torch.float32)
        shown = draws >= HIDDEN_SHARE
        mask = shown.float() / (1 - HIDDEN_SHARE)
        z = torch.baddbmm(self.params[1], x, self.params[0] * mask).requires_grad_()
        upper = [w.requires_grad_() for w in self.params[2:]]
        index = index.repeat_interleave(d, dim=0)
        loss = self.losses(torch.baddbmm(upper[1], torch.relu(z), upper[0]), index)
        total = (loss * self.weight[index]).sum() / index.shape[1]
        grad_z, *upper_grads = torch.autograd.grad(total, [z, *upper])
        lower_grads = [
            x.transpose(1, 2) @ grad_z * mask,
            grad_z.sum(dim=1, keepdim=True),
        ]
        self.params[2:] = [w.detach() for w in upper]
        self._adamw([*lower_grads, *upper_grads])

    def _adamw(self, grads: list[Tensor]) -> None:
        self.t += 1
        b1, b2 = BETAS
        rate = LEARNING_RATE * math.sqrt(1 - b2**self.t) / (1 - b1**self.t)
        for i, grad in enumerate(grads):
            if i % 2 == 0:  # biases don't decay
                self.params[i].mul_(1 - LEARNING_RATE * self.decays)
            self.first[i].lerp_(grad, 1 - b1)
            self.second[i].mul_(b2).addcmul_(grad, grad, value=1 - b2)
            scale = self.second[i].sqrt().add_(1e-8)
            self.params[i].addcdiv_(self.first[i], scale, value=-rate)

    def losses(self, output: Tensor, index: Tensor) -> Tensor:
        """Compute the loss of each row; output (..., q), index and result (...)."""
        return LOSSES[self.kind](output, self.target[index])

    def errors(self, output: Tensor, index: Tensor) -> Tensor:
        """Compute what a row's prediction costs, shaped as in `losses`.

        Of classes that is the Brier score: the log loss has no bound, and a column
        that matters to a few rows would outweigh one that matters to many.
        """
        if self.kind != "classes":
            return self.losses(output, index)
        codes = F.one_hot(self.target[index], output.shape[-1])
        return ((torch.softmax(output, dim=-1) - codes) ** 2).sum(dim=-1)

    def judge(self, groups: list[Tensor] | None) -> tuple[Tensor, Tensor]:
        """Measure held-out losses (k, d), and rises of error without a unit (k, d, u).

        Without a unit means: with its columns at their mean, which is 0 here.
        `groups` holds the positions of each unit's columns; None: one each.
        """
        k, d = len(self.folds), len(DECAY_RATIOS)
        loss, rises = torch.empty(k, d, dtype=torch.float32), []
        for e in range(k * d):
            fold, level = divmod(e, d)
            index = self.folds[fold][:MAX_JUDGED]
            w, b, v, c = (param[e] for param in self.params)
            x = self.columns.rows(index)
            z = x @ w + b  # (n, h)
            share = self.weight[index] / self.weight[index].sum()
            output = torch.relu(z) @ v + c
            loss[fold, level] = share @ self.losses(output, index)
            error = share @ self.errors(output, index)
            n_units = x.shape[1] if groups is None else len(groups)
            without = [
                share @ self.errors(torch.relu(z[:, None] - part) @ v + c, spread_index)
                for part in parts(x, w, groups)
                for spread_index in [index[:, None].expand(-1, part.shape[1])]
            ]
            rises.append(torch.cat(without) - error)
        return loss, torch.stack(rises).reshape(k, d, n_units)


def parts(x: Tensor, w: Tensor, groups: list[Tensor] | None) -> Any:
    """Yield what units add to the hidden layer, in chunks of (n, units, h)."""
    if groups is None:
        for s in range(0, x.shape[1], CHUNK):
            yield x[:, s : s + CHUNK, None] * w[s : s + CHUNK]
        return
    for s in range(0, len(groups), CHUNK):
        yield torch.stack([x[:, g] @ w[g] for g in groups[s : s + CHUNK]], dim=1)


def prepared_target(problem: Table) -> tuple[Tensor, int]:
    """Encode the target as its loss wants it, and count the outputs."""
    if problem.kind == "classes":
        return torch.from_numpy(problem.y), int(problem.y.max()) + 1
    y = problem.y
    if problem.kind == "numbers":
        stats = moments(y, problem.weight)
        y = (y - stats.mean) / stats.spread
    return torch.from_numpy(y.astype(np.float32)), y.shape[1]


def _classes(output: Tensor, target: Tensor) -> Tensor:
    flat = F.cross_entropy(
        output.reshape(-1, output.shape[-1]), target.reshape(-1), reduction="none"
    )
    return flat.reshape(target.shape)


def _labels(output: Tensor, target: Tensor) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(output, target, reduction="none")
    return loss.sum(dim=-1)


def _numbers(output: Tensor, target: Tensor) -> Tensor:
    return ((output - target) ** 2).sum(dim=-1) / 2


LOSSES = {"classes": _classes, "labels": _labels, "numbers": _numbers}
