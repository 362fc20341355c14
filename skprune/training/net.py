"""The skorch network under way: a lean loop and its history."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from torch import Tensor, nn

from skprune.losses.base import Loss
from skprune.networks.rounding import round_module
from skprune.training.batches import Batch, Batches
from skprune.training.flat import FlatParameters
from skprune.training.rows import Rows
from skprune.training.step import Step


class PruningNet(NeuralNet):
    """A skorch network over :class:`Batches`, whose parameters are one vector.

    Nothing is scored and nothing is recorded that nobody asked for, and no callback is
    called: where there are some, a :class:`~skprune.training.callback_net.CallbackNet`
    takes its place.
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Loss,
        *,
        optimizer: Any = torch.optim.Adam,
        callbacks: Any = None,
        device: Any = "cpu",
        verbose: int = 0,
        **kwargs: Any,
    ):
        super().__init__(
            module,
            criterion=nn.Module,
            optimizer=optimizer,
            callbacks=callbacks,
            device=device,
            train_split=None,
            verbose=verbose,
            **kwargs,
        )
        self.loss = loss

    @property
    def _default_callbacks(self) -> list[Any]:
        return []

    def initialize_criterion(self) -> "PruningNet":
        """Set the loss, which is a function of rows here."""
        self.criterion_ = MeanLoss(self.loss)
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> "PruningNet":
        """Flatten the parameters and hand them to a fused optimizer."""
        self.flat_ = FlatParameters(self.module_)
        self.n_bits_: int | None = None
        self.optimizer_ = self.make_optimizer(self.flat_.value)
        self.step_ = self.make_step()
        return self

    def make_step(self) -> Step:
        """Return what takes a step once the gradient is known."""
        return Step(self.flat_.value, self.optimizer_)

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

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the steps' average in place of the weights, for as long as it lasts."""
        average, value = self.step_.average, self.flat_.value.data
        if average is None:
            yield
            return
        last = value.clone()
        value.copy_(average)
        try:
            yield
        finally:
            value.copy_(last)

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

    def set_rate(self, rate: float) -> None:
        """Let the optimizer take steps of size ``rate`` from now on."""
        for group in self.optimizer_.param_groups:
            group["lr"] = rate

    def begin_training(self, rows: Rows) -> None:
        """Take note that a phase begins over some of the rows."""

    def end_training(self) -> None:
        """Take note that the phase is over, perhaps in the midst of a step."""
        self.step_.project()

    def begin_epoch(self, train: Batches, valid: Batches | None) -> None:
        """Open an epoch in the history."""
        self.on_epoch_begin(self)

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
            Whether somebody who was told has had enough.
        """
        self.history.record("train_loss", loss)
        if valid is not None:
            self.history.record("valid_loss", self.loss_on(valid))
        for name, fact in facts.items():
            self.history.record(name, fact)
        return False

    def loss_on(self, rows: Batches) -> float:
        """Return the mean loss on rows, without the penalty; of the average, if any."""
        with self.averaged(), self.rounded():
            return self._run_batches(rows, self.validation_step, training=False)

    def _run_batches(self, batches: Batches, step_fn: Any, *, training: bool) -> float:
        total, weight = torch.zeros_like(self.flat_.grad[:1]), 0.0
        for batch in batches:
            size = batch.size
            total.add_(step_fn(batch)["loss"], alpha=size)
            weight += size
        return float(total) / weight


class MeanLoss(nn.Module):
    """The mean of a loss, in the form that skorch expects."""

    def __init__(self, loss: Loss):
        super().__init__()
        self.loss = loss

    def forward(self, y_pred: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss."""
        return self.loss.mean(y_pred, y_true)
