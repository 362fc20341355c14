"""The recurrent network, of either kind of cell, as a kind of network."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from skprune.inference.gru import GRUPredictor
from skprune.inference.lstm import LSTMPredictor
from skprune.inference.recurrent import RecurrentPredictor
from skprune.networks.kind import Array, Kind, Rescaling

if TYPE_CHECKING:
    from torch import nn

    from skprune.networks.recurrent.module import RecurrentNetwork

PREDICTORS: dict[str, type[RecurrentPredictor]] = {
    "lstm": LSTMPredictor,
    "gru": GRUPredictor,
}
"""What predicts, by the kind of cells."""


class RecurrentKind(Kind):
    """Recurrent layers over the steps of a window, a perceptron on their last state."""

    name = "recurrent"
    granularities = ("weight", "unit", "feature", "lag")
    # A signal passes more maps than in a perceptron, and all are held: with few rows a
    # prior as narrow as its leaves nothing of any.
    largest_prior = 1 / 32
    shaped_by = {
        "cell": "cell",
        "n_timesteps": "n_timesteps",
        "cells": "hidden_layer_sizes",
        "dense": "dense_layer_sizes",
        "activation": "activation",
        "lag_gates": "granularity",
    }

    def arguments(self, estimator: Any) -> dict[str, Any]:
        cells = estimator._sizes("hidden_layer_sizes")
        if not cells:
            raise ValueError("hidden_layer_sizes must name a recurrent layer.")
        if estimator.granularity == "lag" and estimator.regrow is not None:
            raise ValueError(
                "A time step that is skipped has no gradient to come back by: "
                "granularity='lag' needs regrow=None."
            )
        return {
            "cell": estimator.cell,
            "n_timesteps": estimator.n_timesteps_,
            "n_channels": estimator.n_channels_,
            "cells": cells,
            "dense": estimator._sizes("dense_layer_sizes"),
            "n_outputs": estimator.n_outputs_,
            "activation": estimator.activation,
            "dropout": float(estimator.dropout),
            "lag_gates": estimator.granularity == "lag",
            "order": estimator._axes.order,
        }

    def n_layers(self, arguments: Mapping[str, Any]) -> int:
        return len(arguments["cells"]) + len(arguments["dense"]) + 2

    def build(self, arguments: Mapping[str, Any]) -> "RecurrentNetwork":
        others = {name: value for name, value in arguments.items() if name != "cell"}
        return _module_of(arguments["cell"])(**others)

    def compact(
        self,
        module: Any,
        *,
        out_activation: str,
        into_own_units: Rescaling,
        n_bits: int | None = None,
    ) -> tuple[RecurrentPredictor, list[Array]]:
        from skprune.networks.recurrent.compaction import compact_recurrent
        from skprune.networks.recurrent.layer import rows_of
        from skprune.networks.storing import stored_layers

        found = compact_recurrent(module)
        layers = [layer.arrays for layer in found.layers]
        layers += [(weight.numpy(), bias.numpy()) for weight, bias in found.head]
        cells = [kept.numpy() for kept in found.cells]
        units = [kept.numpy() for kept in found.units]
        # Maps of one gate share the scales of its rows.
        rows = [
            rows_of(module.gate_of_map, kept, layer.hidden_size)
            for kept, layer in zip(cells, module.recurrent, strict=True)
        ]
        rows += units
        stored = stored_layers(layers, rows, module, n_bits, into_own_units)
        predictor = PREDICTORS[module.cell](
            stored[: len(cells)],
            stored[len(cells) :],
            module.n_channels,
            found.steps.numpy(),
            found.channels.numpy(),
            found.factors.numpy(),
            module.activation,
            out_activation,
            None if module.order is None else module.order.numpy(),
        )
        return predictor, [*cells, *units]

    def rebuild(self, predictor: RecurrentPredictor) -> "nn.Module":
        from skprune.networks.recurrent.rebuilding import Arrays, rebuild_recurrent

        return rebuild_recurrent(
            _module_of(predictor.cell),
            Arrays.of_predictor(predictor),
            predictor.columns_read,
            predictor.activation,
        )

    def expand(
        self,
        predictor: RecurrentPredictor,
        units: Sequence[Array],
        arguments: Mapping[str, Any],
        into_unit_size: Rescaling,
    ) -> Array:
        from skprune.networks.recurrent.rebuilding import (
            Arrays,
            Places,
            expand_recurrent,
        )

        arrays = Arrays.of_predictor(predictor)
        head = [*arrays.head[:-1], into_unit_size(*arrays.head[-1])]
        n_recurrent = len(arguments["cells"])
        places = Places(units[:n_recurrent], units[n_recurrent:])
        network = self.build(arguments)
        return expand_recurrent(network, arrays._replace(head=head), places)


def _module_of(cell: str) -> "type[RecurrentNetwork]":
    from skprune.networks.gru.module import GRU
    from skprune.networks.lstm.module import LSTM

    modules: list[type[RecurrentNetwork]] = [LSTM, GRU]
    return {module.cell: module for module in modules}[cell]


RECURRENT_KIND = RecurrentKind()
