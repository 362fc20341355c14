"""The skorch network: a lean loop, its history and its callbacks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping
from skorch.history import History
from torch import Tensor, nn

from skprune.losses.base import Loss
from skprune.networks.rounding import round_module
from skprune.training.batches import Batch, Batches
from skprune.training.flat import FlatParameters
from skprune.training.step import Step

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class PruningNet(NeuralNet):
    """A skorch network over :class:`Batches`, whose parameters are one vector.

    Nothing is scored and nothing is recorded that nobody asked for; the hooks
    of a batch are called only where a callback defines them.
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Loss,
        *,
        optimizer: Any = torch.optim.Adam,
        callbacks: Any = None,
        device: Any = "cpu",
        **kwargs: Any,
    ):
        super().__init__(
            module,
            criterion=nn.Module,
            optimizer=optimizer,
            callbacks=callbacks,
            device=device,
            train_split=None,
            verbose=0,
            **kwargs,
        )
        self.loss = loss

    @property
    def _default_callbacks(self) -> list[Any]:
        return []

    def initialize_criterion(self) -> "PruningNet":
        """Set the loss, which is a function of rows here."""
        self.criterion_ = _MeanLoss(self.loss)
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> "PruningNet":
        """Flatten the parameters and hand them to a fused optimizer."""
        self.flat_ = FlatParameters(self.module_)
        self.n_bits_: int | None = None
        self.optimizer_ = self.make_optimizer(self.flat_.value)
        self.step_ = Step(
            self.flat_.value,
            self.optimizer_,
            # A callback may have hung something on the step, as LRScheduler does.
            bare=not self.callbacks_,
        )
        self._hears_batches = _any_batch_hook([cb for _, cb in self.callbacks_])
        return self

    def make_optimizer(self, value: nn.Parameter) -> Any:
        """Return an optimizer of ``value`` with this network's settings."""
        _, kwargs = self.get_params_for_optimizer("optimizer", [])
        kwargs.setdefault("lr", self.lr)
        return self.optimizer([value], fused=True, **kwargs)

    def get_loss(
        self, y_pred: Tensor, y_true: Tensor, X: Any = None, training: bool = False
    ) -> Tensor:
        """Return the mean loss of a batch without weights."""
        loss: Tensor = self.criterion_(y_pred, y_true)
        return loss

    @contextmanager
    def rounded(self) -> Iterator[None]:
        """Round the weights to ``n_bits_``, where that is set, for as long as it lasts.

        Gradients taken meanwhile are those by the rounded weights, and steps taken
        afterwards move the weights themselves: a straight-through estimate.

        References
        ----------
        Y. Bengio, N. Leonard and A. Courville, "Estimating or propagating gradients
        through stochastic neurons for conditional computation", arXiv:1308.3432, 2013.
        """
        if self.n_bits_ is None:
            yield
            return
        exact = self.flat_.value.data.clone()
        self.round_weights()
        try:
            yield
        finally:
            self.flat_.value.data.copy_(exact)

    def round_weights(self) -> None:
        """Round the weights to ``n_bits_`` for good."""
        assert self.n_bits_ is not None
        round_module(self.module_, self.n_bits_)

    def train_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Take one step of the optimizer on the batch."""
        self.flat_.grad.zero_()
        with self.rounded():
            y_pred = self.module_(batch.x)
            loss = self.loss.batch(y_pred, batch.y, batch.weight)
            loss.backward()
        self.step_.adjust(len(batch.y))
        if self._hears_batches:
            named = list(self.module_.named_parameters())
            self.notify("on_grad_computed", named_parameters=named, batch=batch)
        self.step_.step()
        return {"loss": loss.detach(), "y_pred": y_pred}

    @torch.no_grad()
    def validation_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Return the loss on the batch."""
        y_pred = self.module_(batch.x)
        loss = self.loss.batch(y_pred, batch.y, batch.weight)
        return {"loss": loss, "y_pred": y_pred}

    def weights(self) -> NDArray[np.float32]:
        """Return a copy of all parameters, (n_parameters,)."""
        copy: NDArray[np.float32] = self.flat_.value.data.numpy(force=True).copy()
        return copy

    def begin_epoch(self, train: Batches, valid: Batches | None) -> None:
        """Tell the callbacks that an epoch begins."""
        self.notify("on_epoch_begin", dataset_train=train, dataset_valid=valid)

    def train_epoch(self, train: Batches) -> float:
        """Take an epoch's steps; return their mean loss."""
        self.module_.train()
        loss = self._run_batches(train, self.train_step, training=True)
        self.module_.eval()
        return loss

    def end_epoch(
        self,
        train: Batches,
        valid: Batches | None,
        loss: float,
        facts: dict[str, Any],
    ) -> bool:
        """Judge and record an epoch whose steps had the mean loss ``loss``.

        Returns
        -------
        stop : bool
            Whether an :class:`skorch.callbacks.EarlyStopping` has had enough.
        """
        self.history.record("train_loss", loss)
        if valid is not None:
            self.history.record("valid_loss", self.loss_on(valid))
        for name, fact in facts.items():
            self.history.record(name, fact)
        sets = {"dataset_train": train, "dataset_valid": valid}
        self.on_epoch_end(self, **sets)
        return any([_wants_stop(cb, self, sets) for _, cb in self.callbacks_])

    def loss_on(self, rows: Batches) -> float:
        """Return the mean loss on rows, without the penalty."""
        with self.rounded():
            return self._run_batches(rows, self.validation_step, training=False)

    def _run_batches(self, batches: Batches, step_fn: Any, *, training: bool) -> float:
        total, weight = torch.zeros_like(self.flat_.grad[:1]), 0.0
        for batch in batches:
            size = len(batch.y) if batch.weight is None else float(batch.weight.sum())
            if self._hears_batches:
                self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch)
            total.add_(step["loss"], alpha=size)
            weight += size
            if self._hears_batches:
                self.notify("on_batch_end", batch=batch, training=training, **step)
        return float(total) / weight


def rebuilt_net(
    module: nn.Module, loss: Loss, rows: list[dict[str, Any]]
) -> PruningNet:
    """Return a network around a module that is trained already, with a history."""
    net = PruningNet(module, loss).initialize()
    net.history_ = History(rows)
    net.module_.eval()
    return net


class _MeanLoss(nn.Module):
    """The mean of a loss, in the form that skorch expects."""

    def __init__(self, loss: Loss):
        super().__init__()
        self.loss = loss

    def forward(self, y_pred: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss."""
        return self.loss.mean(y_pred, y_true)


def _wants_stop(callback: Callback, net: PruningNet, sets: dict[str, Any]) -> bool:
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


def _any_batch_hook(callbacks: Sequence[Callback]) -> bool:
    return any(
        getattr(type(callback), hook) is not getattr(Callback, hook)
        for callback in callbacks
        for hook in _BATCH_HOOKS
    )
