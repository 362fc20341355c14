"""The multi-layer perceptron behind the common template."""

from typing import TYPE_CHECKING, Any

import numpy as np

from skprune.base import Array, BasePrunedNetwork
from skprune.inference import StackPredictor

if TYPE_CHECKING:
    from skprune.training.plan import Architecture


class MLPFace(BasePrunedNetwork):
    """Builds a perceptron, compacts it, and puts it together again."""

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

    def _compact(
        self, module: Any, n_bits: int | None = None
    ) -> tuple[StackPredictor, list[Array]]:
        from skprune.compaction import compact_mlp

        stack = compact_mlp(module)
        layers = [(w.numpy(), b.numpy()) for w, b in stack.layers]
        units = [kept.numpy() for kept in stack.units]
        columns = stack.columns.numpy()
        predictor = StackPredictor(
            self._stored(layers, units, module, n_bits),
            None if len(columns) == self.n_features_in_ else columns,
            self.activation,
            self.out_activation_,
        )
        return predictor, units

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
