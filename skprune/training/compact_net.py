"""The network of a fitted estimator, as skorch's users know networks."""

from collections.abc import Sequence
from typing import Any

from skorch import NeuralNet
from skorch.history import History
from torch import Tensor, nn

from skprune.training.predicting import PredictingMixin
from skprune.training.readout import Readout


class CompactNet(PredictingMixin, NeuralNet):
    """A compact network that predicts as the estimator does, and learns as skorch does.

    Training is skorch's own, from the weights that are there; a weight that is zero
    when training begins stays zero. The estimator is none the wiser.

    Parameters
    ----------
    module : nn.Module
        The compact network, which gives outputs of unit size.
    criterion : nn.Module
        The mean loss of outputs and targets.
    readout : Readout
    loss_scale : float, default=1.0
        What turns the loss into that of targets in their own units.
    **kwargs : dict
        Of :class:`skorch.NeuralNet`.
    """

    def __init__(
        self,
        module: nn.Module,
        criterion: nn.Module,
        *,
        readout: Readout,
        loss_scale: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(module, criterion, **kwargs)
        self.readout, self.loss_scale = readout, loss_scale

    def initialize_module(self) -> "CompactNet":
        """Take the module as it is, and note which weights are not pruned."""
        super().initialize_module()
        matrices = [(n, p) for n, p in self.module_.named_parameters() if p.ndim > 1]
        self.kept_ = {name: p.detach() != 0 for name, p in matrices}
        return self

    def fit_loop(self, X: Any, y: Any = None, epochs: Any = None, **kwargs: Any) -> Any:
        """Run skorch's loop, in which classes go by their indices."""
        own = self.readout
        y = None if y is None else own.encode(y)
        self.readout = own.by_index()
        try:
            return super().fit_loop(X, y, epochs, **kwargs)
        finally:
            self.readout = own

    def get_loss(
        self, y_pred: Tensor, y_true: Tensor, X: Any = None, training: bool = False
    ) -> Tensor:
        """Return the mean loss of a batch."""
        loss: Tensor = self.criterion_(y_pred, self.readout.for_loss(y_true))
        return loss

    def train_step(self, batch: Any, **fit_params: Any) -> dict[str, Tensor]:
        """Take one step of the optimizer, which leaves at zero what is zero."""
        step = super().train_step(batch, **fit_params)
        for name, kept in self.kept_.items():
            self.module_.get_parameter(name).data.mul_(kept)
        return self._in_own_units(step)

    def validation_step(self, batch: Any, **fit_params: Any) -> dict[str, Tensor]:
        """Return the loss on the batch."""
        return self._in_own_units(super().validation_step(batch, **fit_params))

    def _in_own_units(self, step: dict[str, Tensor]) -> dict[str, Tensor]:
        return {**step, "loss": step["loss"].double() * self.loss_scale}

    def go_on(self, callbacks: Sequence[Any] | None, epochs: list[Any]) -> "CompactNet":
        """Take over callbacks and a history, both as training has left them."""
        defaults = {name for name, _ in self.callbacks_}
        self.callbacks = list(callbacks or [])
        self.callbacks_ += [
            (name, callback().initialize() if isinstance(callback, type) else callback)
            for name, callback in self._uniquely_named_callbacks()
            if name not in defaults
        ]
        self.history = History(epochs)
        for group in self.optimizer_.param_groups:
            # Without it no scheduler of torch takes up a history.
            group["initial_lr"] = group["lr"]
        return self
