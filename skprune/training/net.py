"""The skorch network: a lean loop, its history and its callbacks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping
from torch import Tensor, nn

from skprune.quantisation import round_module
from skprune.training.data import Batch, Batches
from skprune.training.descent import Descent
from skprune.training.flat import FlatParameters
from skprune.training.losses import RowLoss, batch_loss

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class PhaseEnd(Exception):
    """A callback asks to end the present phase of training."""


class PruningNet(NeuralNet):
    """A skorch network over :class:`Batches`, whose parameters are one vector.

    Nothing is scored and nothing is recorded that nobody asked for; the hooks
    of a batch are called only where a callback defines them.
    """

    def __init__(
        self,
        module: nn.Module,
        row_loss: RowLoss,
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
        self.row_loss = row_loss

    @property
    def _default_callbacks(self) -> list[Any]:
        return []

    def initialize_criterion(self) -> "PruningNet":
        """Set the loss, which is a function of rows here."""
        self.criterion_ = _RowCriterion(self.row_loss)
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> "PruningNet":
        """Flatten the parameters and hand them to a fused optimizer."""
        self.flat_ = FlatParameters(self.module_)
        self.n_bits_: int | None = None
        self.optimizer_ = self.make_optimizer(self.flat_.value)
        self.descent_ = Descent(
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
            loss = batch_loss(self.row_loss, y_pred, batch.y, batch.weight)
            loss.backward()
        self.descent_.adjust(len(batch.y))
        if self._hears_batches:
            named = list(self.module_.named_parameters())
            self.notify("on_grad_computed", named_parameters=named, batch=batch)
        self.descent_.step()
        return {"loss": loss.detach(), "y_pred": y_pred}

    @torch.no_grad()
    def validation_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Return the loss on the batch."""
        y_pred = self.module_(batch.x)
        loss = batch_loss(self.row_loss, y_pred, batch.y, batch.weight)
        return {"loss": loss, "y_pred": y_pred}

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Any, **params: Any
    ) -> None:
        """Run all batches and record their mean loss."""
        if iterator is None:
            return
        self.module_.train(training)
        total = torch.zeros((), device=self.device)
        weight = 0.0
        for batch in iterator:
            size = len(batch.y) if batch.weight is None else float(batch.weight.sum())
            if self._hears_batches:
                self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **params)
            total.add_(step["loss"], alpha=size)
            weight += size
            if self._hears_batches:
                self.notify("on_batch_end", batch=batch, training=training, **step)
        self.history.record(f"{prefix}_loss", float(total) / weight)
        self.module_.eval()

    def run_epoch(
        self,
        train: Batches,
        valid: Batches | None,
        record: Any,
        loss: float | None = None,
    ) -> None:
        """Train for an epoch, evaluate, and let ``record`` add to the history.

        Where the epoch's steps were taken elsewhere, ``loss`` is their mean loss.

        Raises
        ------
        PhaseEnd
            If an :class:`skorch.callbacks.EarlyStopping` has had enough.
        """
        sets = {"dataset_train": train, "dataset_valid": valid}
        self.notify("on_epoch_begin", **sets)
        if loss is None:
            self.run_single_epoch(train, True, "train", self.train_step)
        else:
            self.history.record("train_loss", loss)
        with self.rounded():
            self.run_single_epoch(valid, False, "valid", self.validation_step)
        record(self.history)
        self.on_epoch_end(self, **sets)
        for _, callback in self.callbacks_:
            _end_epoch(callback, self, sets)


class _RowCriterion(nn.Module):
    """The mean of a row loss, in the form that skorch expects."""

    def __init__(self, row_loss: RowLoss):
        super().__init__()
        self.row_loss = row_loss

    def forward(self, y_pred: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss."""
        return self.row_loss(y_pred, y_true).mean()


def _end_epoch(callback: Callback, net: PruningNet, sets: dict[str, Any]) -> None:
    # skorch's early stopping ends training by a KeyboardInterrupt; here it ends a
    # phase, so that the network it stops still gets pruned.
    if not isinstance(callback, EarlyStopping):
        callback.on_epoch_end(net, **sets)
        return
    try:
        callback.on_epoch_end(net, **sets)
    except KeyboardInterrupt:
        raise PhaseEnd from None


def _any_batch_hook(callbacks: Sequence[Callback]) -> bool:
    return any(
        getattr(type(callback), hook) is not getattr(Callback, hook)
        for callback in callbacks
        for hook in _BATCH_HOOKS
    )
