"""Multi-layer perceptrons whose sparsity is a hyperparameter."""

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skprune.base import Array, BasePrunedNetwork
from skprune.classification import ClassifierFace
from skprune.inference import Layer, StackPredictor
from skprune.regression import RegressorFace

if TYPE_CHECKING:
    from skprune.training.plan import Architecture


class MLPFace(BasePrunedNetwork):
    """The multi-layer perceptron behind the common template."""

    _predictor: StackPredictor

    def _architecture(self) -> "Architecture":
        from skprune.training.plan import Architecture

        widths = (self.n_features_in_, *self._widths(), self.n_outputs_)
        arguments = {
            "layer_units": widths,
            "activation": self.activation,
            "dropout": float(self.dropout),
        }
        return Architecture("mlp", tuple(arguments.items()))

    def _compact(self, module: Any) -> tuple[StackPredictor, list[Array]]:
        from skprune.compaction import compact_mlp

        stack = compact_mlp(module)
        arrays = [(w.numpy(), b.numpy()) for w, b in stack.layers]
        arrays[-1] = self._in_own_units(*arrays[-1])
        columns = stack.columns.numpy()
        predictor = StackPredictor(
            [Layer.from_arrays(w, b) for w, b in arrays],
            None if len(columns) == self.n_features_in_ else columns,
            self.activation,
            self.out_activation_,
        )
        return predictor, [units.numpy() for units in stack.units]

    def _expand(self) -> Array:
        layers = [(layer.dense, layer.bias[:, 0]) for layer in self._predictor.layers]
        layers[-1] = self._in_unit_size(*layers[-1])
        widths = (self.n_features_in_, *self._widths(), self.n_outputs_)
        columns = self._predictor.columns
        first = np.arange(widths[0]) if columns is None else columns
        kept = [first, *self._units, np.arange(widths[-1])]
        parts = []
        for i, (weight, bias) in enumerate(layers):
            full = np.zeros((widths[i + 1], widths[i]), np.float32)
            full[np.ix_(kept[i + 1], kept[i])] = weight
            full_bias = np.zeros(widths[i + 1], np.float32)
            full_bias[kept[i + 1]] = bias
            parts += [full.ravel(), full_bias]
        return np.concatenate(parts)

    def _compact_module(self) -> Any:
        from skprune.modules.compact import rebuild_mlp

        layers = [(layer.dense, layer.bias[:, 0]) for layer in self._predictor.layers]
        columns = self._predictor.columns
        if columns is None:
            columns = np.arange(self.n_features_in_)
        return rebuild_mlp(layers, columns, self.activation)


class PrunedMLPClassifier(ClassifierFace, MLPFace):
    """A multi-layer perceptron classifier that is pruned while it trains."""

    _parameter_constraints = {
        **BasePrunedNetwork._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        momentum: float = 0.9,
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        sparsity: Any = 0.9,
        n_keep: int | None = None,
        threshold: float | None = None,
        granularity: str = "weight",
        criterion: Any = "magnitude",
        schedule: Any = "cubic",
        scope: str = "global",
        regrow: str | None = None,
        prune_iter: int | None = None,
        tolerance: float = 0.002,
        l1_ratio: float = 0.0,
        dropout: float = 0.0,
        memory: Any = None,
        callbacks: Any = None,
        device: Any = "cpu",
        class_weight: Any = None,
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            momentum=momentum,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            sparsity=sparsity,
            n_keep=n_keep,
            threshold=threshold,
            granularity=granularity,
            criterion=criterion,
            schedule=schedule,
            scope=scope,
            regrow=regrow,
            prune_iter=prune_iter,
            tolerance=tolerance,
            l1_ratio=l1_ratio,
            dropout=dropout,
            memory=memory,
            callbacks=callbacks,
            device=device,
        )
        self.class_weight = class_weight


class PrunedMLPRegressor(RegressorFace, MLPFace):
    """A multi-layer perceptron regressor that is pruned while it trains."""

    _parameter_constraints = {
        **BasePrunedNetwork._parameter_constraints,
        "loss": [StrOptions({"squared_error", "quantile"})],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        momentum: float = 0.9,
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        sparsity: Any = 0.9,
        n_keep: int | None = None,
        threshold: float | None = None,
        granularity: str = "weight",
        criterion: Any = "magnitude",
        schedule: Any = "cubic",
        scope: str = "global",
        regrow: str | None = None,
        prune_iter: int | None = None,
        tolerance: float = 0.002,
        l1_ratio: float = 0.0,
        dropout: float = 0.0,
        memory: Any = None,
        callbacks: Any = None,
        device: Any = "cpu",
        loss: str = "squared_error",
        quantile: float = 0.5,
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            momentum=momentum,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            sparsity=sparsity,
            n_keep=n_keep,
            threshold=threshold,
            granularity=granularity,
            criterion=criterion,
            schedule=schedule,
            scope=scope,
            regrow=regrow,
            prune_iter=prune_iter,
            tolerance=tolerance,
            l1_ratio=l1_ratio,
            dropout=dropout,
            memory=memory,
            callbacks=callbacks,
            device=device,
        )
        self.loss = loss
        self.quantile = quantile
