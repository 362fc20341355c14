"""The network under way, as skorch's callbacks know networks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.history import History
from torch import nn

from skprune.losses.base import Loss
from skprune.training.batches import Batches
from skprune.training.net import PruningNet
from skprune.training.predicting import PredictingMixin
from skprune.training.readout import Readout
from skprune.training.row_dataset import RowDataset, pair
from skprune.training.rows import Rows
from skprune.training.step import Step


class CallbackNet(PredictingMixin, PruningNet):
    """A network that calls callbacks wherever skorch's own networks do.

    They find what they find there: batches of rows and targets, data sets, losses of
    batches and epochs and which are the best so far; and they may do what they may do
    there: score, set the rate, freeze, clip, load. What is pruned stays pruned, and
    what is monotonic monotonic, whatever they load.

    Parameters
    ----------
    module : nn.Module
    loss : Loss
    readout : Readout
        With classes named by their indices, which is what targets in batches are.
    **kwargs : dict
        Of :class:`~skprune.training.net.PruningNet`.
    """

    def __init__(
        self, module: nn.Module, loss: Loss, *, readout: Readout, **kwargs: Any
    ):
        super().__init__(module, loss, **kwargs)
        self.readout = readout
        self.frozen_: list[nn.Parameter] = []

    def make_step(self) -> Step:
        """Return a step that calls callbacks, and spares what they have frozen."""
        return _HookedStep(self)

    def notify(self, method_name: str, **kwargs: Any) -> None:
        """Call a method of all callbacks, after which what is held is held still."""
        super().notify(method_name, **kwargs)
        self.step_.project()

    def set_rate(self, rate: float) -> None:
        """Let the optimizer take steps of size ``rate``, unless a user schedules it."""
        if not self.is_scheduled:
            super().set_rate(rate)

    @property
    def is_scheduled(self) -> bool:
        """Whether a user's scheduler sets the rate."""
        return any(isinstance(cb, LRScheduler) for _, cb in self.callbacks_)

    def take_up(self, epochs: Sequence[Mapping[str, Any]], rate: float) -> None:
        """Go on after epochs that were run by another network, from its rate."""
        self.history.extend(dict(row) for row in epochs)
        for group in self.optimizer_.param_groups:
            # What a scheduler asks for that begins in the midst of a history.
            group["initial_lr"] = group["lr"]
        if self.is_scheduled:
            super().set_rate(rate)

    def begin_training(self, rows: Rows) -> None:
        """Tell the callbacks that a phase begins; schedulers go on over all phases."""
        self.dataset_ = RowDataset(rows, self.readout)
        for _, cb in self.callbacks_:
            if not isinstance(cb, LRScheduler) or cb.lr_scheduler_ is None:
                self._begin(cb)
        self.step_.project()

    def _begin(self, callback: Callback) -> None:
        callback.on_train_begin(self, X=self.dataset_.X, y=self.dataset_.y)

    def end_training(self) -> None:
        """Tell the callbacks that the phase is over; they may load other weights."""
        self.notify("on_train_end", X=self.dataset_.X, y=self.dataset_.y)
        if self.n_bits_ is not None:
            self.round_weights()

    def begin_epoch(self, train: Batches, valid: Batches | None) -> None:
        """Tell the callbacks that an epoch begins."""
        _let_learn(self.frozen_, False)
        if train.rows is not self.dataset_.rows:
            self.dataset_ = RowDataset(train.rows, self.readout)
        self.notify("on_epoch_begin", **self._datasets(train, valid))

    def _datasets(self, train: Batches, valid: Batches | None) -> dict[str, Any]:
        parts = self.dataset_.part(train), self.dataset_.part(valid)
        return dict(zip(("dataset_train", "dataset_valid"), parts, strict=True))

    def end_epoch(
        self,
        train: Batches,
        valid: Batches | None,
        loss: float,
        facts: dict[str, Any],
    ) -> bool:
        """Judge and record an epoch; return whether early stopping has had enough."""
        super().end_epoch(train, valid, loss, facts)
        for name in ("train_loss", "valid_loss"):
            _mark_best(self.history, name)
        if facts["judged"] and not self.history[-2:][0].get("judged", True):
            # What was best before the last cut is no network that may stay.
            for _, cb in self.callbacks_:
                if isinstance(cb, EarlyStopping):
                    self._begin(cb)
        sets = self._datasets(train, valid)
        stops = [_wants_stop(cb, self, sets) for _, cb in self.callbacks_]
        self.step_.project()
        # Criteria ask for the gradient of any weight, between two epochs.
        self.frozen_ = [p for p in self.module_.parameters() if not p.requires_grad]
        _let_learn(self.frozen_, True)
        return any(stops)

    def _run_batches(self, batches: Batches, step_fn: Any, *, training: bool) -> float:
        prefix = "train" if training else "valid"
        total, weight = torch.zeros_like(self.flat_.grad[:1]), 0.0
        for batch in batches:
            self.batch_ = {"batch": pair(batch, self.readout), "training": training}
            self.notify("on_batch_begin", **self.batch_)
            step = step_fn(batch)
            self.history.record_batch(f"{prefix}_loss", float(step["loss"]))
            self.history.record_batch(f"{prefix}_batch_size", len(batch.y))
            total.add_(step["loss"], alpha=batch.size)
            weight += batch.size
            # Kept for an epoch by those that score, which its graph need not be.
            step["y_pred"] = step["y_pred"].detach()
            self.notify("on_batch_end", **self.batch_, **step)
        self.history.record(f"{prefix}_batch_count", len(batches))
        return float(total) / weight


class _HookedStep(Step):
    """A step before which callbacks see the gradient, and which spares frozen weights.

    Parameters
    ----------
    net : CallbackNet
    """

    def __init__(self, net: CallbackNet):
        # A callback may have hung something on the step, as LRScheduler does.
        super().__init__(net.flat_.value, net.optimizer_, bare=False)
        self.net = net

    def step(self) -> None:
        """Let the optimizer take its step."""
        named = list(self.net.module_.named_parameters())
        frozen = [p for _, p in named if not p.requires_grad]
        before = [p.detach().clone() for p in frozen]
        for p in frozen:
            p.grad.zero_()
        self.net.notify("on_grad_computed", named_parameters=named, **self.net.batch_)
        super().step()
        for p, value in zip(frozen, before, strict=True):
            p.data.copy_(value)


def _let_learn(parameters: Sequence[nn.Parameter], learn: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(learn)


def _mark_best(history: History, name: str) -> None:
    """Record whether a loss of the last epoch is the lowest so far."""
    *before, last = history.to_list()
    if name in last:
        best = min((row[name] for row in before if name in row), default=math.inf)
        history.record(f"{name}_best", bool(last[name] < best))


def _wants_stop(callback: Callback, net: CallbackNet, sets: dict[str, Any]) -> bool:
    # skorch's early stopping ends training by a KeyboardInterrupt; here it ends a
    # phase, so that the network it stops still gets pruned.
    if not isinstance(callback, EarlyStopping):
        callback.on_epoch_end(net, **sets)
        return False
    try:
        callback.on_epoch_end(net, **sets)
    except KeyboardInterrupt:
        return True
    return False
