"""The multi-layer perceptron as a kind of network."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from skprune.inference import StackPredictor
from skprune.networks.kind import Array, Kind, Rescaling

if TYPE_CHECKING:
    from torch import Tensor, nn

    from skprune.networks.mlp.module import MLP


class PerceptronKind(Kind):
    """Linear layers over the columns of a row."""

    name = "mlp"
    granularities = ("weight", "unit", "feature")
    shaped_by = {"layer_units": "hidden_layer_sizes", "activation": "activation"}

    def arguments(self, estimator: Any) -> dict[str, Any]:
        hidden = estimator._sizes("hidden_layer_sizes")
        return {
            "layer_units": (estimator.n_features_in_, *hidden, estimator.n_outputs_),
            "activation": estimator.activation,
            "dropout": float(estimator.dropout),
        }

    def n_layers(self, arguments: Mapping[str, Any]) -> int:
        return len(arguments["layer_units"])

    def build(self, arguments: Mapping[str, Any]) -> "MLP":
        from skprune.networks.mlp.module import MLP

        return MLP(**arguments)

    def compact(
        self,
        module: Any,
        *,
        out_activation: str,
        into_own_units: Rescaling,
        n_bits: int | None = None,
    ) -> tuple[StackPredictor, list[Array]]:
        from skprune.networks.mlp.compaction import compact_mlp
        from skprune.networks.storing import stored_layers

        stack = compact_mlp(module)
        layers = [(weight.numpy(), bias.numpy()) for weight, bias in stack.layers]
        units = [kept.numpy() for kept in stack.units]
        columns = stack.columns.numpy()
        predictor = StackPredictor(
            stored_layers(layers, units, module, n_bits, into_own_units),
            None if len(columns) == module.linears[0].in_features else columns,
            module.activation,
            out_activation,
        )
        return predictor, units

    def rebuild(self, predictor: StackPredictor) -> "nn.Module":
        from skprune.networks.mlp.rebuilding import rebuild_mlp

        return rebuild_mlp(
            predictor.arrays, predictor.columns_read, predictor.activation
        )

    def expand(
        self,
        predictor: StackPredictor,
        units: Sequence[Array],
        arguments: Mapping[str, Any],
        into_unit_size: Rescaling,
    ) -> Array:
        from skprune.networks.mlp.rebuilding import expand_mlp

        *hidden, last = predictor.arrays
        layers = [*hidden, into_unit_size(*last)]
        return expand_mlp(
            layers, predictor.columns_read, units, arguments["layer_units"]
        )

    def n_products(self, arguments: Mapping[str, Any]) -> float:
        return sum(a * b for a, b in pairwise(arguments["layer_units"]))

    def stack(
        self, modules: Sequence[Any], parameters: Mapping[str, "Tensor"]
    ) -> Callable[["Tensor"], "Tensor"]:
        from skprune.networks.mlp.stacking import StackedMLP

        return StackedMLP(modules, parameters)


MLP_KIND = PerceptronKind()
